/*
 * server - metrics over HTTP: GET /metrics and GET /healthz, in a process of its own
 *
 * What speaks with strangers is neither the follower nor anything that can
 * write the ledger.  /healthz is 503 when no follower keeps the ledger, or it
 * cannot be read.  By libmicrohttpd; RFC 9110.
 */
#ifndef METRICS_SERVER_H
#define METRICS_SERVER_H

#include <sys/types.h>

#include "shared/error.h"
#include "shared/view.h"

enum {
    SERVER_CONNECTIONS_MAX = 16,
    SERVER_TIMEOUT_SECONDS = 10 /* of an idle connection */
};

struct metrics_server {
    pid_t pid; /* 0: not running */
    int life;  /* its end is the server's end; -1: not running */
};

/*
 * Start it on ADDRESS:PORT or [ADDRESS]:PORT for the ledger of this path.  The socket is bound before the process is
 * made, so -1 with the reason tells what keeps it from being bound.
 */
int metrics_server_start(struct metrics_server *server, struct view listen_at, const char *ledger, struct error *error);
void metrics_server_stop(struct metrics_server *server);

/* Is it still there?  False once it died; start it again then. */
bool metrics_server_runs(struct metrics_server *server);

#endif
