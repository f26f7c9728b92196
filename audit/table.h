/*
 * table - the entries of Postfix's lookup tables, as far as files and main.cf show them
 *
 * Tables in main.cf (inline, static) and those made from a text file beside
 * them (texthash, hash, btree, lmdb, cdb, dbm, sdbm) are read; servers are never asked.
 * The syntax of the files is that of Postfix's postmap(1).
 */
#ifndef AUDIT_TABLE_H
#define AUDIT_TABLE_H

#include "audit/inspect.h"

enum { TABLE_ENTRIES_MAX = 100000 }; /* of one table; further ones are not seen */

struct table_entry {
    struct view table, key, value; /* "texthash:/etc/postfix/transport", "example.com", "smtp:[192.0.2.1]:25" */
};

/* The key of static:, which answers whatever is asked. */
#define TABLE_EVERY_KEY VIEW("(every domain)")

enum table_state {
    TABLE_READ,
    TABLE_OPAQUE,    /* a server or a pattern table: its entries cannot be listed */
    TABLE_UNREADABLE /* the file is not there or not for us */
};

struct table_visitor {
    void *to;
    void (*entry)(void *to, const struct table_entry *entry);
    void (*table)(void *to, struct view table, enum table_state state, const char *reason); /* once for each table */
};

/* The entries of one table's text, as postmap(1) reads it.  Pure: nothing is opened. */
void table_text_visit(struct view table, struct view text, const struct table_visitor *visitor);

/* All tables of a parameter such as transport_maps, in its order. */
void tables_visit(struct inspector *inspector, struct view tables, const struct table_visitor *visitor);

#endif
