/*
 * policy_map - the entries of smtp_tls_policy_maps, as far as files and main.cf show them
 *
 * Which tables can be listed: table.h.
 */
#ifndef AUDIT_POLICY_MAP_H
#define AUDIT_POLICY_MAP_H

#include "audit/config.h"
#include "audit/table.h"
#include "audit/tls_level.h"

struct policy_entry {
    struct view map, key; /* "texthash:/etc/postfix/tls_policy", "example.com" */
    struct view level, attributes;
};

/* What to call for what is found; NULL: nothing. */
struct policy_map_visitor {
    void *to;
    void (*entry)(void *to, const struct policy_entry *entry);
    void (*map)(void *to, struct view map, enum table_state state, const char *reason); /* once for each map */
};

/* Every entry of every table of smtp_tls_policy_maps, in its order, as tables_visit() finds them. */
void policy_maps_visit(struct inspector *inspector, struct view maps, const struct policy_map_visitor *visitor);

/*
 * What makes Postfix refuse this entry and defer the mail: an unknown level or attribute, one that came later
 * than this version, or one that its level does not take.  Empty: nothing.  The text lies in storage.
 */
struct view policy_entry_fault(const struct policy_entry *entry, const struct postfix_config *config, struct buf *out);

#endif
