/*
 * stream - one run of lines through correlation into the ledger, taken up where it was left
 *
 * Stream 0 is the live one; another imports what is older.  What its
 * correlation waits for is kept with the counts in one transaction, so a kill
 * at any instant loses nothing and counts nothing twice.
 * One thread at a time.
 */
#ifndef KEEPER_STREAM_H
#define KEEPER_STREAM_H

#include "follow/state.h"
#include "keeper/batch.h"

enum { STREAM_LIVE, STREAM_IMPORT };

struct stream;

/*
 * Who else wants to know what is counted.  Any function may be NULL.  What it keeps is kept in the transaction of
 * the counts: save() runs within it, again after one that failed; saved() once it is committed.
 */
struct stream_observer {
    void (*delivery)(void *context, const struct delivery *delivery);
    void (*settle)(void *context, uint32_t stretch, bool proven);
    void (*record)(void *context, int64_t time, const struct record *record);
    void (*line)(void *context, const struct log_line *line);
    void (*gap)(void *context, int64_t time, uint64_t gaps); /* the log says that lines are missing */
    int (*save)(void *context, struct error *error);
    void (*saved)(void *context);
};

struct stream_settings {
    struct ledger *ledger; /* outlives the stream */
    uint32_t number;
    struct correlate_settings correlate;    /* its seed is taken from the ledger */
    const struct privacy *privacy;          /* outlives the stream */
    struct batch_rules rules;               /* likewise */
    const struct stream_observer *observer; /* likewise; NULL: nobody */
    void *observer_context;
};

/*
 * Go on where the stream was left.  *anew: what was kept of it cannot be used (damaged, another version), so lines
 * whose beginnings are lost count as behind a gap.  -1 with the reason.
 */
int stream_open(const struct stream_settings *settings, struct stream **out, bool *anew, struct error *error);
void stream_free(struct stream *stream); /* NULL is fine; what was not saved is forgotten */

/* For the prefixes of its sources. */
struct writers *stream_writers(const struct stream *stream);

/* In the order of their time. */
void stream_line(struct stream *stream, const struct log_line *line);

/* Lines of no known prefix were read. */
void stream_strange(struct stream *stream, uint64_t lines);

/* Lines were read, whatever they are, of which only the beginning is known. */
void stream_cut(struct stream *stream, uint64_t lines);

/* Lines are missing before the next one. */
void stream_gap(struct stream *stream, uint64_t gaps);

/* The stream ends: what waits is settled, at the next save.  More lines may not follow. */
void stream_end(struct stream *stream);

/* Nothing to save; save before the next line. */
bool stream_is_empty(const struct stream *stream);
bool stream_is_full(const struct stream *stream);

/* ms, of the newest line that was given or kept; 0: none. */
int64_t stream_newest(const struct stream *stream);

/* Within a transaction; stream_saved() once that is committed. */
int stream_save(struct stream *stream, struct error *error);
void stream_saved(struct stream *stream);

/* Give up what an earlier process left of a stream: its open verdicts stay unknown.  Within a transaction. */
int stream_drop(struct ledger *ledger, uint32_t number, struct error *error);

#endif
