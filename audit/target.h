/*
 * target - what outward probe is asked to look at
 *
 * Pure.
 */
#ifndef AUDIT_TARGET_H
#define AUDIT_TARGET_H

#include "shared/buf.h"

enum { HOST_NAME_MAX_OCTETS = 255 };

struct target {
    char host[HOST_NAME_MAX_OCTETS + 1]; /* normalized name, or an address without brackets */
    unsigned port;                       /* 0: the mail servers of the domain */
    bool is_address;
};

/* "example.com", "mail.example.com:587", "192.0.2.1:25", "[2001:db8::1]:465".  False for anything else. */
bool target_parse(struct view text, struct target *out);

#endif
