/*
 * random - the same numbers for the same seed, on every machine
 *
 * xorshift64*, George Marsaglia's with a multiplier; no secrets here.  Pure.
 */
#ifndef LOG_GENERATOR_RANDOM_H
#define LOG_GENERATOR_RANDOM_H

#include <stdbool.h>
#include <stdint.h>

struct random {
    uint64_t state; /* never 0 */
};

/* The next of 2^64 - 1 numbers: xorshift64*, the same for the same seed everywhere. */
static inline uint64_t random_next(struct random *random)
{
    random->state ^= random->state >> 12;
    random->state ^= random->state << 25;
    random->state ^= random->state >> 27;
    return random->state * UINT64_C(0x2545F4914F6CDD1D);
}

/* A number below limit (at least 1). */
static inline uint32_t random_below(struct random *random, uint32_t limit)
{
    return (uint32_t)(((random_next(random) >> 32) * limit) >> 32);
}

/* True in so many of a thousand cases. */
static inline bool random_chance(struct random *random, uint32_t permille)
{
    return random_below(random, 1000) < permille;
}

/* Neighbouring numbers give numbers far apart: to derive a domain's habits from its index. */
static inline uint64_t random_mix(uint64_t value)
{
    value += UINT64_C(0x9E3779B97F4A7C15);
    value = (value ^ (value >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    value = (value ^ (value >> 27)) * UINT64_C(0x94D049BB133111EB);
    return value ^ (value >> 31);
}

#endif
