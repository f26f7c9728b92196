/*
 * names - small ids for foreign names, each name kept once
 *
 * Hosts, domains, logins, ciphers: whatever a log repeats a million times is
 * kept once and compared by its id.  Ids are dense from 1 in the order names
 * came; 0 is no name, and what a full table answers.
 * Pure.  One thread at a time.
 */
#ifndef SHARED_NAMES_H
#define SHARED_NAMES_H

#include "shared/view.h"

struct names;

/* limit: the most names that are kept, below 2^31.  seed: see shared/hash.h.  NULL: out of memory. */
struct names *names_new(uint32_t limit, uint64_t seed);
/*
 * The same with a value beside each name, aligned to 8, all zero at first.
 * text_size: octets of usual names.  One of up to so many lies with its value, and is found with one look into the
 * memory; a longer one costs a second.
 */
struct names *names_new_with(uint32_t limit, size_t text_size, size_t value_size, uint64_t seed);

void names_free(struct names *names); /* NULL is fine */

/* The id of a name, new or known; 0 when it is new and the table is full or memory is out (names_refused() counts). */
uint32_t names_add(struct names *names, struct view name);

/* The same for tables of a few names that come again and again, as ciphers do: those of late are found without a hash. */
uint32_t names_add_frequent(struct names *names, struct view name);

/* The id of a name that names_remember() told of, unless another has taken its place since; else 0. */
uint32_t names_recall(const struct names *names, struct view name);
void names_remember(struct names *names, uint32_t id); /* that was given; 0 is fine */

/* The id of a known name, or 0. */
uint32_t names_find(const struct names *names, struct view name);

/*
 * A name that is to be looked up soon, so that the memory fetches its place meanwhile: tables are larger than caches,
 * and two that are waited for together cost as much as one.  The name's octets must stay until it was taken.
 */
struct names_sought {
    struct view name;
    uint32_t hash;
};

/* The first step: hash the name, and let its slot be fetched.  What it gives fits this table alone. */
struct names_sought names_seek(const struct names *names, struct view name);

/* The second, some hundred instructions later: let the entry be fetched, if the slot has one.  May be left out. */
void names_expect(const struct names *names, const struct names_sought *sought);

/* The last: names_add() of the name that was sought. */
uint32_t names_take(struct names *names, const struct names_sought *sought);

/* The last where the table must not grow: names_find() of it. */
uint32_t names_peek(const struct names *names, const struct names_sought *sought);

/* Say that the octets of an id will soon be read. */
void names_expect_text(const struct names *names, uint32_t id);

/* The octets of an id; the empty view for 0.  Valid until names_free(). */
struct view names_text(const struct names *names, uint32_t id);

/* The value of an id that was given, and back.  It stays where it is until names_free(). */
void *names_value(const struct names *names, uint32_t id);
uint32_t names_id(const void *value);

uint32_t names_count(const struct names *names);   /* the highest id */
uint64_t names_refused(const struct names *names); /* how often names_add() answered 0 */

#endif
