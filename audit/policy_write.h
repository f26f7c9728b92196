/*
 * policy_write - put a table in place, whole or not at all
 *
 * The text is written beside the file, brought to the disk and renamed.  A
 * texthash table is then done; for cdb and lmdb postmap(1) makes the database from
 * it, which for these types Postfix's readers see in one step as well.
 * Not pure.
 */
#ifndef AUDIT_POLICY_WRITE_H
#define AUDIT_POLICY_WRITE_H

#include "shared/arena.h"
#include "shared/error.h"

enum { POLICY_PATH_MAX = 1024 };

/* "texthash:/etc/postfix/outward_tls_policy" */
struct policy_table {
    struct view type;
    char path[POLICY_PATH_MAX];
};

/* out->type points into text.  -1 with the reason: another type, or no absolute path. */
int policy_table_parse(struct view text, struct policy_table *out, struct error *error);

/*
 * Held from before the table is read until it is written, so that two at once do not undo each other.
 * A descriptor to close; -1 with the reason.
 */
int policy_table_lock(const struct policy_table *table, struct error *error);

/* The text as it is; empty if there is no file yet. */
int policy_table_read(struct arena *arena, const struct policy_table *table, struct view *text, struct error *error);

/*
 * postmap    absolute path; used for cdb and lmdb.
 * directory  of main.cf, for postmap -c; NULL: Postfix's own.
 */
int policy_table_write(struct arena *arena, const struct policy_table *table, struct view text, const char *postmap,
                       const char *directory, struct error *error);

#endif
