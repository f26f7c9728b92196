/*
 * packet - the milter protocol's packets: four octets of length, a command, its data
 *
 * Bytes only: what the commands mean is dialogue's business.  Constants are
 * those of libmilter/mfdef.h.
 */
#ifndef MILTER_LOAD_PACKET_H
#define MILTER_LOAD_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Octets on their way out, or in.  Grows; exits without memory. */
struct octets {
    char *p;
    size_t n, room;
    size_t done; /* of n, sent or read already */
};

/* Append; without memory the program ends.  octets_done() frees. */
void octets_add(struct octets *octets, const void *p, size_t n);
void octets_done(struct octets *octets);

/* Begin a packet, add to it with octets_add(), and end it: at is what begin gave. */
size_t packet_begin(struct octets *out, char command);
void packet_end(struct octets *out, size_t at);

/* Add a number in network order, a string with its NUL. */
void packet_add_number(struct octets *out, uint32_t number);
void packet_add_string(struct octets *out, const char *string);

/* Take one whole packet off in.  False when there is none yet; data stays valid until in changes. */
struct packet {
    char command;
    const char *data;
    size_t n;
};
enum { PACKET_MAX = 1 << 20 }; /* octets; a longer one is a fault: *broken */
bool packet_take(struct octets *in, struct packet *out, bool *broken);

/* Four octets, the big end first. */
uint32_t packet_number(const char *data);

#endif
