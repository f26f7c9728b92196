/*
 * listen - the gate's socket before libmilter opens it and after
 *
 * A unix socket that a dead gate left behind is replaced, one that somebody
 * answers on never; anything else at its path is left alone and told.
 * libmilter binds a name of this process's own, PATH.PID, which becomes PATH
 * when owner and mode are right: nobody connects before, and what libmilter
 * removes at its end is that name, never the socket of a gate started since.
 * Threads: all of it belongs to one.
 */
#ifndef MILTER_LISTEN_H
#define MILTER_LISTEN_H

#include <stdbool.h>
#include <sys/types.h>
#include <sys/un.h>

#include "shared/error.h"
#include "shared/settings.h"

enum { SOCKET_MODE_DEFAULT = 0660 }; /* so that Postfix's group can connect */

/* The socket of this process; {0} before listen_prepare(). */
struct listen_socket {
    /* "unix:PATH.PID"; empty for an inet address */
    char own_address[sizeof("unix:") + sizeof(((struct sockaddr_un *)0)->sun_path)];
    bool placed; /* PATH was ours, as this file: */
    dev_t device;
    ino_t inode;
};

/* The path of a "unix:PATH" or "local:PATH" address; NULL for an inet one. */
const char *listen_path(const struct listen_settings *settings);

/*
 * Make sure that the socket may be opened.  -1 with the reason: somebody is using it, something else stands there, or
 * PATH.PID does not fit into a socket's address (unix(7): 107 octets).
 */
int listen_prepare(const struct listen_settings *settings, struct listen_socket *own, struct error *error);

/* After listen_prepare(): what libmilter is to open.  Valid as long as both arguments are. */
const char *listen_address(const struct listen_settings *settings, const struct listen_socket *own);

/*
 * Give the open socket its owner, group and mode, and then its path.  default_owner: of the socket where `listen` names
 * none; may be empty.  -1 with the reason; nothing of ours is left behind then.
 * Call with a umask of 0177 around the bind.  inet sockets need nothing.
 */
int listen_finish(const struct listen_settings *settings, struct view default_owner, struct listen_socket *own,
                  struct error *error);

/* Remove the path, so that nobody connects any more, unless it is another's by now.  Not there any more is fine. */
void listen_remove(const struct listen_settings *settings, struct listen_socket *own);

#endif
