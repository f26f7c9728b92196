/*
 * server - "name[address]:port", as Postfix writes the other end of a connection
 *
 * Pure.
 */
#ifndef FOLLOW_SERVER_H
#define FOLLOW_SERVER_H

#include "shared/view.h"

struct server {
    struct view text;    /* all of it */
    struct view name;    /* "none" without a connection; may be an address */
    struct view address; /* empty where not logged; a path for LMTP over a unix-domain socket */
    unsigned port;       /* 0 where not logged */
};

/* All of text is one server; false, *out unchanged, otherwise. */
bool server_parse(struct view text, struct server *out);

#endif
