/*
 * dns_data - the octets of MX, TLSA, PTR and TXT records
 *
 * As libunbound gives them: names uncompressed (RFC 1035 section 3.1).
 * Foreign octets; anything that is not whole and well-formed is refused.  Pure.
 */
#ifndef DNS_DNS_DATA_H
#define DNS_DNS_DATA_H

#include "shared/buf.h"

enum { DNS_NAME_TEXT_MAX = 256, TLSA_DATA_MAX = 1024 };

struct mx_data {
    unsigned preference;
    char host[DNS_NAME_TEXT_MAX]; /* lower case, without the final dot; "" is the root: RFC 7505's null MX */
};

/* RFC 6698 section 2.1. */
struct tlsa_data {
    uint8_t usage, selector, matching;
    uint8_t data[TLSA_DATA_MAX];
    size_t data_length;
};

/* A whole uncompressed name, as text like an MX's host; out has room for DNS_NAME_TEXT_MAX - 1 octets. */
bool name_data_read(struct view octets, struct buf *out);

/*
 * The data of one record, all of it (RFC 1035 section 3.3.9, RFC 6698 section 2.1); false, *out unchanged, when it is
 * not.
 */
bool mx_data_read(struct view octets, struct mx_data *out);
bool tlsa_data_read(struct view octets, struct tlsa_data *out);

/* Usage 2 or 3, a selector and a matching type that exist, data of the digest's length: RFC 7672 section 3.1. */
bool tlsa_usable(const struct tlsa_data *tlsa);

/* The strings of a TXT record, joined.  False when they do not fit. */
bool txt_data_read(struct view octets, struct buf *out);

#endif
