/*
 * correlate - log lines in, deliveries with their evidence out
 *
 * The rules: a TLS line belongs to the deliveries of the same process, server
 * and message that follow it (process.h); a missing one means plaintext only
 * where TLS logging is proven (stretch.h); hops within our own hosts are no
 * deliveries but carry on what is known of the message (message.h).
 * Pure: no I/O, no clock, memory bounded by the limits of those headers.
 * One thread at a time.
 */
#ifndef FOLLOW_CORRELATE_H
#define FOLLOW_CORRELATE_H

#include "follow/prefix.h"
#include "follow/promise.h"
#include "shared/delivery.h"
#include "shared/domain.h"
#include "shared/network.h"
#include "shared/record.h"

struct correlate;

/* What the operator says of smtp_tls_loglevel, where the log itself cannot prove it. */
enum tls_logging { TLS_LOGGING_PROVE, TLS_LOGGING_ON, TLS_LOGGING_OFF };

struct correlate_settings {
    uint64_t seed; /* secret where strangers write into the log; see shared/hash.h */
    enum tls_logging tls_logging;
    const struct promises *promises; /* of the configuration; NULL: none */
    /* Relays that are hops of our own, and relays that send on for us; NULL holds nothing. */
    const struct network_set *internal, *smarthosts;
    const struct domain_set *internal_names, *smarthost_names;
};

/* Where the results go.  All calls come from within correlate_line() and correlate_end(). */
struct correlate_sink {
    /* A delivery to this domain comes at once: the memory can fetch what delivery() will need.  May be NULL. */
    void (*expect)(void *context, struct view domain);
    /* As expect(): with this very delivery, whose domain, sender, relay, hop, origin and status are known.  May be NULL. */
    void (*prepare)(void *context, const struct delivery *delivery);
    void (*delivery)(void *context, const struct delivery *delivery);
    /* The undecided deliveries of a stretch: plaintext if proven, else unknown for want of proof. */
    void (*settle)(void *context, uint32_t stretch, bool proven);
    /* A message ran out of time in the queue; sender_domain as in struct delivery. */
    void (*expired)(void *context, int64_t time, struct view sender_domain);
    /* Somebody with a login submitted a message to so many recipients, after aliases; may be NULL. */
    void (*submitted)(void *context, int64_t time, struct view login, unsigned recipients);
    /* What may be remembered of a login until its message is queued, and is then told; NULL: all of it. */
    void (*keep_login)(void *context, struct view login, struct buf *out);
    /* As expect(): record() comes at once, with this very record.  May be NULL. */
    void (*expect_record)(void *context, const struct record *record);
    /* The gate judged a submission; may be NULL. */
    void (*record)(void *context, int64_t time, const struct record *record);
    /* A line that should have been understood and was not; may be NULL. */
    void (*strange)(void *context, const struct log_line *line);
    void *context;
};

struct correlate_counts {
    uint64_t lines;             /* given to correlate_line() */
    uint64_t strange;           /* of programs whose every line matters, but of no known kind, or broken */
    uint64_t gaps;              /* places where the log itself says that lines are missing */
    uint64_t processes_evicted; /* for want of room, as the next */
    uint64_t messages_evicted;
    uint64_t names_refused; /* domains, logins, ciphers that stayed unknown for want of room, each time */
};

/* NULL: out of memory. */
struct correlate *correlate_new(const struct correlate_settings *settings, const struct correlate_sink *sink);
void correlate_free(struct correlate *correlate);

/* Lines of one host must come in the order of their time, and all writers from one struct writers. */
void correlate_line(struct correlate *correlate, const struct log_line *line);

/* The log ends: settles what waits.  More lines may follow in a live log; they begin new stretches. */
void correlate_end(struct correlate *correlate);

/* All so far. */
struct correlate_counts correlate_counts(const struct correlate *correlate);

/* Add what another correlation, of other hosts, knows of the main relay. */
void correlate_merge_main_relay(struct correlate *into, const struct correlate *from);

/* The relay that took nearly all direct deliveries, of many domains: a smarthost that nobody declared?  See main_relay.h. */
struct view correlate_main_relay(const struct correlate *correlate);

#endif
