/*
 * read_config - ask the host's Postfix for its configuration
 *
 * Only postconf(1) is run, as child.h runs programs; nothing is changed, and
 * main.cf and master.cf are never read here (Postfix alone knows how).
 */
#ifndef AUDIT_READ_CONFIG_H
#define AUDIT_READ_CONFIG_H

#include "audit/config.h"

/*
 * postconf    absolute path, or NULL to look at the usual places.
 * directory   absolute path of main.cf's folder, or NULL for the version's own.
 * -1 with the command that failed and what it said.
 */
int read_postfix_config(struct arena *arena, const char *postconf, const char *directory, struct postfix_config *out,
                        struct error *error);

#endif
