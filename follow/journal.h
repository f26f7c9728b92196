/*
 * journal - the mail lines of the systemd journal, followed by cursor
 *
 * Only what the trusted field _UID says was written by one of the given users
 * is read, of syslog facility mail; and the journal's own notes that it dropped
 * messages.  systemd.journal-fields(7).
 * Does not wait: journal_fd() says when to ask again.  One thread at a time.
 */
#ifndef FOLLOW_JOURNAL_H
#define FOLLOW_JOURNAL_H

#include <sys/types.h>

#include "follow/prefix.h"
#include "shared/buf.h"
#include "shared/error.h"

enum { JOURNAL_CURSOR_MAX = 512 }; /* octets */

struct journal;

struct journal_settings {
    const char *directory; /* of journal files; NULL: this machine's journal */
    const uid_t *users;
    size_t user_count;
    struct writers *writers;
};

/* -1 with the reason, also when nothing of the journal may be read. */
int journal_open(const struct journal_settings *settings, struct journal **out, struct error *error);
void journal_close(struct journal *journal); /* NULL is fine */

/*
 * Go to a place that journal_place() told, or to the first entry when it is empty.  1; 0: that entry is gone, and
 * reading begins with the next one there is: a gap; -1 with the reason.
 */
int journal_go(struct journal *journal, struct view place, struct error *error);

/* Go to the first entry at or after a time (ms since 1970): 1; -1 with the reason. */
int journal_go_to_time(struct journal *journal, int64_t time, struct error *error);

/* The next line: 1; 0: none now; -1 with the reason.  Valid until the next call. */
int journal_line(struct journal *journal, struct log_line *line, struct error *error);

/* The place behind the line that was given last, or before it; empty before the first.  JOURNAL_CURSOR_MAX is room enough. */
int journal_place(struct journal *journal, bool before_last, struct buf *out, struct error *error);

/* Becomes readable when there may be more; -1 when there is no such thing.  Then call journal_wake(). */
int journal_fd(const struct journal *journal);
void journal_wake(struct journal *journal);

#endif
