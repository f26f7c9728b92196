/*
 * live - the configured sources of one ledger, merged by time and counted
 *
 * Several sources of one host (Postfix's log, the gate's) are merged by the
 * time of their lines: with more than one, a line waits LIVE_MERGE_MS for older
 * ones of the others.  live_drain() reads what there is, live_commit() keeps
 * counts, correlation and places in one transaction.
 * One thread at a time.
 */
#ifndef KEEPER_LIVE_H
#define KEEPER_LIVE_H

#include "keeper/inlet.h"
#include "keeper/stream.h"

enum {
    LIVE_SOURCES_MAX = 64,
    LIVE_MERGE_MS = 2000,     /* that a line waits for those of other sources */
    LIVE_BATCH_LINES = 100000 /* after so many, commit */
};

struct live {
    struct ledger *ledger;
    struct stream *stream;
    struct positions positions;
    struct inlet inlets[LIVE_SOURCES_MAX];
    size_t count;
    int64_t last_position; /* id */
};

struct live_settings {
    struct ledger *ledger; /* outlives it */
    struct correlate_settings correlate;
    const struct privacy *privacy;
    struct batch_rules rules;
    const struct stream_observer *observer; /* of the live stream; NULL: nobody */
    void *observer_context;
    const struct follow_settings *follow;
    const char *journal_directory; /* NULL: this machine's journal */
    const uid_t *users;            /* whose journal entries are read */
    size_t user_count;
    int64_t (*utc)(void *context, int64_t civil); /* as in struct prefix_settings */
    bool imports_only;                            /* open no source */
};

/* *anew as in stream_open().  Register and wake it before the first drain.  The caller ends it with live_close(), also after -1. */
int live_open(struct live *live, const struct live_settings *settings, bool *anew, struct error *error);
void live_close(struct live *live); /* a zeroed struct is fine */

/* Where reading stopped. */
enum live_state {
    LIVE_DRY,  /* there is no more now */
    LIVE_MORE, /* commit, then go on */
    LIVE_HELD  /* lines wait for those of other sources: come again after LIVE_MERGE_MS at the latest */
};

/* Before the first drain: keep where new sources begin.  now: s since 1970. */
int live_register(struct live *live, int64_t now, struct error *error);

/* Sources may have changed.  now: s since 1970. */
void live_wake(struct live *live, int64_t now);

/* Count what can be read.  now_ms: since 1970; INT64_MAX: no line waits for others. */
enum live_state live_drain(struct live *live, int64_t now_ms);

/* Nothing to keep. */
bool live_is_kept(const struct live *live);

/* One transaction.  After -1 everything is still there: try again later, and read nothing meanwhile. */
int live_commit(struct live *live, int64_t now_ms, struct error *error);

/* Wake this inotify instance for files; journals have descriptors of their own, by number of the inlet.  As tail_watch(). */
bool live_watch(struct live *live, int inotify_fd);

/* The places of files that were noted, within a transaction, and that they are kept once it is committed. */
int live_save_positions(struct live *live, struct error *error);
void live_positions_saved(struct live *live);

#endif
