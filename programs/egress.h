/*
 * egress - the addresses that mail leaves from, as far as this host knows them
 */
#ifndef PROGRAMS_EGRESS_H
#define PROGRAMS_EGRESS_H

#include "dns/sender.h"
#include "programs/command_line.h"
#include "shared/error.h"
#include "shared/settings.h"

enum egress_source { EGRESS_NOWHERE, EGRESS_OPTION, EGRESS_FILE, EGRESS_POSTFIX };

struct egress {
    enum egress_source source;
    struct address list[SENDER_ADDRESSES_MAX];
    size_t count;
    size_t dropped;  /* past SENDER_ADDRESSES_MAX */
    size_t networks; /* of the file: whole networks, which cannot be looked up address by address */
    size_t private;  /* that Postfix binds, but that the world does not see: address translation decides */
};

/* Twice the same is once. */
void egress_add(struct egress *egress, const struct address *address);

/* --egress, which may be repeated: the field is the struct egress. */
option_take option_egress;

/* guidelines { egress { ... } }. */
void egress_of_settings(const struct guidelines_settings *settings, struct egress *out);

/*
 * smtp_bind_address and smtp_bind_address6, else what inet_interfaces makes smtp(8) bind: its one address of a family
 * that is no loopback address (postconf(5), inet_interfaces).
 * postconf, directory: as read_postfix_config() takes them.  -1 when Postfix cannot be asked.
 */
int egress_of_postfix(const char *postconf, const char *directory, struct egress *out, struct error *error);

/* "option", "file", "postfix", "none". */
const char *egress_source_name(enum egress_source source);

#endif
