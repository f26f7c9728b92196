/*
 * gate - the milter itself: libmilter's callbacks around milter/session
 *
 * The only place that knows libmilter.  Its callbacks carry no context but the
 * connection's, so there can be one gate in a process.
 * Threads: libmilter calls back from many (a worker pool, or one for each
 * connection); the functions here belong to the main thread, gate_run() to one of its own.
 */
#ifndef MILTER_GATE_H
#define MILTER_GATE_H

#include "milter/reload.h"
#include "milter/volume_table.h"
#include "shared/error.h"
#include "shared/log.h"
#include "shared/public_suffix.h"

/* What the gate works with; all of it must outlive it. */
struct gate_setup {
    struct reload *reload; /* has a policy */
    struct log *log;
    struct public_suffix *suffixes;
    struct volume_table *volumes; /* NULL: volumes are not known */
};

/*
 * Register with libmilter and open the socket, "unix:PATH" or "inet:PORT@HOST".
 * -1 with the reason.  Once in a process.
 */
int gate_open(const char *address, struct error *error);

/* Serve until gate_stop(): smfi_main().  0, or -1 when libmilter gave up. */
int gate_run(const struct gate_setup *setup);

/* New connections are turned away from now on (Postfix then does what milter_default_action says); others go on. */
void gate_drain(void);

/* Messages between MAIL and their end. */
unsigned gate_busy(void);

/* Make gate_run() return; libmilter takes up to 5 s. */
void gate_stop(void);

#endif
