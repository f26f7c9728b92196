/*
 * selftest_watch - one message in the lines of growing logs: how it came in, how it went out
 *
 * Known by its Message-ID, which cleanup(8) logs with the queue ID, also under
 * the new one after a content filter.  The gate's record of that queue ID is the
 * way in; the delivery line of smtp(8) or lmtp(8), with the evidence of
 * follow/correlate, the way out.  Bounded.  No I/O.
 */
#ifndef PROGRAMS_SELFTEST_WATCH_H
#define PROGRAMS_SELFTEST_WATCH_H

#include "follow/correlate.h"

enum {
    WATCH_IDS_MAX = 8,      /* queue IDs of one message, one for each filter on the way */
    WATCH_RECORDS_MAX = 64, /* latest records kept for a queue ID that is not known yet */
    WATCH_TEXT_MAX = 320    /* octets of each text kept */
};

struct way_in {
    bool found, encrypted;
    enum verdict verdict;
    enum mode mode;
    char queue_id[WATCH_TEXT_MAX], listener[WATCH_TEXT_MAX], client[WATCH_TEXT_MAX], tls[WATCH_TEXT_MAX],
        mechanism[WATCH_TEXT_MAX], login[WATCH_TEXT_MAX], rule[WATCH_TEXT_MAX], would[WATCH_TEXT_MAX];
};

struct way_out {
    bool found; /* also of an attempt that failed for now */
    bool final; /* sent or bounced */
    bool local; /* by an agent that is no SMTP client, named in relay: it did not leave this host */
    enum delivery_status status;
    enum protection protection;
    enum evidence evidence;
    enum unknown_reason reason;
    enum peer_level level;
    uint32_t stretch;
    char relay[WATCH_TEXT_MAX], version[WATCH_TEXT_MAX], cipher[WATCH_TEXT_MAX], dsn[WATCH_TEXT_MAX],
        reply[WATCH_TEXT_MAX];
};

struct watch;

/* message_id: with its brackets.  settings as for correlate_new().  NULL: out of memory. */
struct watch *watch_new(struct view message_id, const struct correlate_settings *settings);
void watch_free(struct watch *watch); /* NULL is fine */

/* Lines of one log in their order, all writers from one struct writers. */
void watch_line(struct watch *watch, const struct log_line *line);

/* Nothing more is to be expected: both ends are known, or the gate keeps the message. */
bool watch_is_over(const struct watch *watch);

/* No more lines: an end that hangs on the proof of TLS logging is settled. */
void watch_end(struct watch *watch);

/* What is known of each end by now; they live as long as the watch. */
const struct way_in *watch_in(const struct watch *watch);
const struct way_out *watch_out(const struct watch *watch);

#endif
