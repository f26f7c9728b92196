/*
 * ledger - the file in which the follower keeps its counts: open, transactions, small facts
 *
 * One SQLite database in WAL mode; its tables are described in
 * man/outward-ledger.5.  One process writes (a lock file beside the ledger says
 * so), any number read at the same time.  Totals: totals.h.  Rows of single
 * deliveries: detail.h.  Where the sources stand: position.h.  What the
 * correlation still waits for: image.h.  Retention, checks, backup: upkeep.h; its clock: retention.h.
 *
 * Functions that can fail return -1 with the ledger's path and the reason.
 * error->kind tells what to do then:
 *     ERROR_SYNTAX  the file is damaged: set it aside and begin anew
 *     ERROR_LIMIT   the disk is full or fails: roll back, try again later
 *     ERROR_USAGE   not a ledger, or one of a newer version: leave it alone
 *     else          as it says
 * Threads: a struct ledger belongs to one thread.
 */
#ifndef STORE_LEDGER_H
#define STORE_LEDGER_H

#include <sys/types.h>

#include "shared/error.h"
#include "shared/view.h"

enum { LEDGER_VERSION = 6 }; /* of the tables; older ledgers are brought up when they are opened for writing */

struct ledger;

/*
 * Open for writing, made at need (mode 0640, less the umask), and take the lock.
 * 0, or -1; ERROR_USAGE also when another process writes it.
 */
int ledger_open(const char *path, struct ledger **out, struct error *error);

/*
 * Open for reading; works with and without a writer, also where this process may write nothing.  A ledger of an
 * earlier version is read as it is now, through memory.
 */
int ledger_open_readonly(const char *path, struct ledger **out, struct error *error);

/* Open for one small transaction beside the process that writes the ledger; fails where there is no ledger of this version. */
int ledger_open_beside(const char *path, struct ledger **out, struct error *error);
void ledger_close(struct ledger *ledger); /* NULL is fine; rolls back what was begun */

/* As it was given at opening. */
const char *ledger_path(const struct ledger *ledger);

/* The process that has a ledger open for writing; 0: none. */
pid_t ledger_writer(const char *path);

/* Remove the lock file of a ledger that will have no writer any more. */
void ledger_remove_lock(const char *path);

/*
 * Rename a damaged ledger, and what SQLite keeps beside it, to PATH.damaged-YYYYMMDDTHHMMSSZ.
 * now: seconds since 1970.  The new name, NUL-terminated, goes to name[size].
 */
int ledger_set_aside(const char *path, int64_t now, char *name, size_t size, struct error *error);

/* Everything between begin and commit is kept as a whole or not at all, also when the machine dies. */
int ledger_begin(struct ledger *ledger, struct error *error);
int ledger_commit(struct ledger *ledger, struct error *error);
void ledger_rollback(struct ledger *ledger);

/* A number kept under a name; *value is left alone when there is none. */
int ledger_get(struct ledger *ledger, const char *key, int64_t *value, struct error *error);
int ledger_set(struct ledger *ledger, const char *key, int64_t value, struct error *error);

/* A text kept under a name; empty when there is none.  Kept until the ledger is closed: not for what is read often. */
int ledger_get_text(struct ledger *ledger, const char *key, struct view *text, struct error *error);
int ledger_set_text(struct ledger *ledger, const char *key, struct view text, struct error *error);

/* Keys of the small facts. */
#define LEDGER_SEED "seed"               /* of the hash tables; made with the ledger */
#define LEDGER_HOURS_SINCE "hours_since" /* ms: rows of hours are kept from here on */
#define LEDGER_GENERATION "generation"   /* of correlations begun anew; see totals.h */
#define LEDGER_WRITTEN "written"         /* ms: the last commit of counts */
#define LEDGER_REVIEWED "reviewed"       /* ms: bulk senders were looked for up to here */
#define LEDGER_JOURNAL "journal"         /* a text: how far the journal was read, see follow/journal.h */
#define LEDGER_NEWEST "newest"           /* ms: the newest line that was counted */
#define LEDGER_RETENTION "retention"     /* s: what retention takes for now, see retention.h */
#define LEDGER_AHEAD_SINCE "ahead_since" /* s: since when the system's clock is too far ahead of it; 0: it is not */

#endif
