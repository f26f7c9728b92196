/*
 * inlet - one live source with its prefix and the line that comes next
 *
 * A log file or the journal.  The line that waits to be merged with those of
 * other sources is not counted yet, and its place is noted before it.
 * One thread at a time.
 */
#ifndef KEEPER_INLET_H
#define KEEPER_INLET_H

#include "follow/journal.h"
#include "follow/tail.h"
#include "store/ledger.h"

struct inlet {
    struct tail *tail; /* one of the two */
    struct journal *journal;
    struct prefix prefix;
    struct log_line line;
    bool waiting;                 /* line is filled and not taken yet */
    bool given;                   /* a line of the journal was read since the start */
    uint64_t strange, gaps, cut;  /* since they were taken last */
    char name[256];               /* for messages */
    char trouble[256], told[256]; /* why it cannot be read, now and as it was told; empty: it can */
    bool kept;                    /* what was told, in the ledger */
};

/* For -1 in each: the reason. */
int inlet_open_file(struct inlet *inlet, const char *path, struct positions *positions,
                    const struct prefix_settings *prefix, uint64_t seed, struct error *error);
int inlet_open_journal(struct inlet *inlet, const struct journal_settings *settings, struct ledger *ledger,
                       struct error *error);
void inlet_close(struct inlet *inlet); /* a zeroed struct is fine */

/* Something may have happened to the source.  now: s since 1970. */
void inlet_wake(struct inlet *inlet, int64_t now);

/* As tail_register(); nothing to do for a journal, which begins with its first entry whatever happens. */
bool inlet_register(struct inlet *inlet, int64_t now);

/* Fill inlet->line; false: none now.  Take it by setting waiting to false. */
bool inlet_next(struct inlet *inlet);

/* Note how far the source was read, a line that waits not included; the journal's place goes into the ledger. */
int inlet_note(struct inlet *inlet, struct ledger *ledger, struct error *error);

/* Keep in the ledger what was told, where that is not done yet.  In a transaction of its own.  -1 with the reason. */
int inlet_keep_news(struct inlet *inlet, struct ledger *ledger, struct error *error);

/* What has to be told of the source: why it cannot be read, or "" when it can be again; NULL when nothing changed. */
const char *inlet_news(struct inlet *inlet);

/* A descriptor that wakes a journal; -1: none.  Files are watched by inotify. */
int inlet_fd(const struct inlet *inlet);
bool inlet_watch(struct inlet *inlet, int inotify_fd); /* as tail_watch() */

#endif
