/*
 * message - what is known of a message in the queue: where it came from and in whose name
 *
 * Gathered under host and queue ID from smtpd, pickup, qmgr, bounce and the
 * gate's record, told to each of its deliveries, forgotten when the queue ID is
 * free again.  Short queue IDs come again within seconds, so a message begins
 * anew where smtpd or pickup takes it.  The instance is no part of the key: a
 * service's own syslog_name replaces it, so smtpd and qmgr of one instance may differ in it.
 * Pure.
 */
#ifndef FOLLOW_MESSAGE_H
#define FOLLOW_MESSAGE_H

#include "follow/aging.h"
#include "shared/delivery.h"
#include "shared/names.h"

enum {
    MESSAGES_MAX = 131072,     /* known at once; older ones are forgotten, and counted */
    MESSAGE_NAMES_MAX = 262144 /* distinct sender domains; further ones are unknown */
};

struct message {
    struct aging_entry entry;
    uint32_t sender, header_from; /* names of domains; 0: unknown */
    uint32_t signers;             /* name of a list of domains, with commas between; 0: none known */
    uint32_t login;               /* who submitted it, until it is queued: a name, 0: nobody or unknown */
    enum origin origin;
};

struct messages {
    struct aging table;
    struct names *names;
    uint64_t names_refused; /* by tables of names before this one, see state_tidy() */
    uint64_t seed;
};

/* False: out of memory.  seed: see shared/hash.h.  messages_done() takes a zeroed struct, too. */
bool messages_init(struct messages *messages, uint64_t seed);
void messages_done(struct messages *messages);

/* The name of a message here: its host and queue ID. */
uint64_t message_hash(const struct messages *messages, uint32_t host, struct view queue_id);

/* Say that a message will soon be looked for: see aging_seek() and aging_expect(). */
void message_seek(const struct messages *messages, uint64_t hash);
void message_expect(const struct messages *messages, uint64_t hash);

/* NULL: unknown, or out of memory.  Pointers hold until the next call that may add. */
struct message *message_find(struct messages *messages, uint64_t hash);
struct message *message_add(struct messages *messages, uint64_t hash);

/* As message_add(), but what an earlier message of this queue ID left behind is gone. */
struct message *message_begin(struct messages *messages, uint64_t hash);
void message_remove(struct messages *messages, uint64_t hash);

/* The message goes on under another queue ID: what is known of it goes with it. */
void message_goes_on(struct messages *messages, uint64_t from, uint64_t to);

#endif
