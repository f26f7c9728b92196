/*
 * listen - the gate's socket before libmilter opens it and after
 *
 * A unix socket that a dead gate left behind is replaced, one that somebody
 * answers on never; anything else at its path is left alone and told.
 * Between bind and the final mode nobody else can connect.
 */
#ifndef MILTER_LISTEN_H
#define MILTER_LISTEN_H

#include "shared/error.h"
#include "shared/settings.h"

/* The path of a "unix:PATH" or "local:PATH" address; NULL for an inet one. */
const char *listen_path(const struct listen_settings *settings);

/* Clear the way for the socket.  -1 with the reason when somebody is using it. */
int listen_prepare(const struct listen_settings *settings, struct error *error);

/*
 * Give the open socket its owner, group and mode.  default_owner: of the socket where `listen` names none; may be empty.
 * Call with a umask of 0177 around the bind.  inet sockets need nothing.
 */
int listen_finish(const struct listen_settings *settings, struct view default_owner, struct error *error);

/* Remove the path, so that nobody connects any more.  Not there any more is fine. */
void listen_remove(const struct listen_settings *settings);

#endif
