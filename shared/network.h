/*
 * network - addresses and networks of both families, and sets of them
 *
 * IPv4 is kept as its mapped IPv6 form, so one comparison serves both.
 * Pure.  Threads: a finished set never changes.
 */
#ifndef SHARED_NETWORK_H
#define SHARED_NETWORK_H

#include "shared/arena.h"
#include "shared/buf.h"

struct address {
    uint8_t octets[16]; /* network order; IPv4 as ::ffff:a.b.c.d */
};

struct network {
    struct address base; /* host bits are zero */
    unsigned prefix;     /* bits of the mapped form, 0 to 128 */
};

/* "192.0.2.1", "2001:db8::1", also with Postfix's "IPv6:" or brackets around it.  False for others, *out unchanged. */
bool address_parse(struct view text, struct address *out);

enum { ADDRESS_IPV4_MAX = 15 /* octets of "255.255.255.255" */ };

/*
 * "192.0.2.1" at p as inet_pton(3) takes it, no leading zeros, as a number; records and logs hold little else.  Gives
 * what is behind it; NULL: none is there.  At most ADDRESS_IPV4_MAX octets are read, and none behind the first that is
 * neither digit nor dot.
 */
const char *address_read_ipv4(const char *p, uint32_t *out);

/* From such a number. */
void address_set_ipv4(struct address *address, uint32_t number);

/* As inet_ntop(3) writes it; IPv4 in its dotted form. */
void address_add(struct buf *out, const struct address *address);

/* Of IPv4, in its mapped form. */
bool address_is_ipv4(const struct address *address);

/* 127.0.0.0/8 and ::1. */
bool address_is_loopback(const struct address *address);

enum network_fault { NETWORK_FINE, NETWORK_NO_ADDRESS, NETWORK_BAD_PREFIX, NETWORK_HOST_BITS };

/* "192.0.2.0/24", "2001:db8::/32", or one address.  Host bits that are set are refused: the writer meant something else. */
enum network_fault network_parse(struct view text, struct network *out);

/* What a fault says to the operator, without the text at fault. */
const char *network_fault_text(enum network_fault fault);

/* Networks sorted and merged: asked in logarithmic time. */
struct network_set;

/* Everything lies in the arena; NULL when it is out of memory. */
struct network_set *network_set_new(struct arena *arena, const struct network *networks, size_t count);

/* A NULL set holds nothing. */
bool network_set_has(const struct network_set *set, const struct address *address);

/* Is some address in both sets?  Is all of part in set, each of its networks in one of set's? */
bool network_set_meets(const struct network_set *a, const struct network_set *b);
bool network_set_covers(const struct network_set *set, const struct network_set *part);

/*
 * What all addresses of the set begin with: how many whole octets, and in *out an address that begins so.
 * 16 for a set of one address, 12 for IPv4 networks of all kinds, 0 for a NULL or empty set (*out unchanged).
 */
size_t network_set_begins(const struct network_set *set, struct address *out);

/* Mark the first octets of all IPv4 addresses of the set, which may be NULL; what is marked stays so. */
void network_set_first_octets(const struct network_set *set, bool octets[256]);

#endif
