#include "follow/line_ends.h"

#include <endian.h>
#include <string.h>

enum { BLOCK = 64, QUARTER = BLOCK / 4 };

/* One for each block of a stretch; so many blocks that lines end in several times; and one block more of them. */
_Static_assert(LINE_ENDS_MAX >= LINE_ENDS_STRETCH / BLOCK + BLOCK + BLOCK, "room for the line ends of a stretch");

/* Extensions of GCC and clang: without such registers the compiler takes the vectors apart. */
typedef unsigned char octets __attribute__((vector_size(QUARTER)));
typedef uint64_t words __attribute__((vector_size(QUARTER)));

/* The line ends among some octets, each as this bit. */
static inline octets ends_of(const char *p, unsigned char bit)
{
    octets text, ends = { 0 };

    memcpy(&text, p, QUARTER);
    return (octets)(text == ends + (unsigned char)'\n') & bit;
}

/*
 * One bit for each line end of a block: an octet of the result has those of one place in each eighth of the block, for
 * so the vectors need no shuffling.  place_of_bit tells where.
 */
static inline uint64_t bits_of_block(const char *p)
{
    words halves =
        (words)(ends_of(p, 1) | ends_of(p + QUARTER, 4) | ends_of(p + 2 * QUARTER, 16) | ends_of(p + 3 * QUARTER, 64));

    return le64toh(halves[0]) | le64toh(halves[1]) << 1;
}

/* By the number of a bit. */
static const uint8_t place_of_bit[BLOCK] = {
#define OCTET(i) (i), (i) + 8, (i) + 16, (i) + 24, (i) + 32, (i) + 40, (i) + 48, (i) + 56
    OCTET(0), OCTET(1), OCTET(2), OCTET(3), OCTET(4), OCTET(5), OCTET(6), OCTET(7),
#undef OCTET
};

/* One octet after the other; base is added to the places. */
static size_t find_slowly(const char *p, size_t n, size_t base, uint16_t *at)
{
    size_t count = 0;

    for (size_t i = 0; i < n; i++) {
        if (p[i] == '\n')
            at[count++] = (uint16_t)(base + i);
    }
    return count;
}

/*
 * The line ends of whole blocks; *n is how many octets were looked at.  Blocks in which no more than one line ends add
 * one entry each at most, for which there is always room: so only the others are asked to stop.
 */
static inline size_t find_in_blocks(const char *p, size_t *n, uint16_t *at)
{
    size_t count = 0, base = 0;

    while (base + BLOCK <= *n) {
        uint64_t bits = bits_of_block(p + base);

        if (__builtin_expect((bits & (bits - 1)) != 0, 0)) {
            count += find_slowly(p + base, BLOCK, base, at + count);
            base += BLOCK;
            if (count > BLOCK)
                break;
            continue;
        }
        /* Written down in any case, and counted if it is one. */
        at[count] = (uint16_t)(base + place_of_bit[(unsigned)__builtin_ctzll(bits | UINT64_C(1) << 63)]);
        count += bits != 0;
        base += BLOCK;
    }
    *n = base;
    return count;
}

size_t line_ends_find(struct line_ends *ends, const char *p, size_t n)
{
    size_t looked = n < LINE_ENDS_STRETCH ? n : LINE_ENDS_STRETCH;

    if (n < BLOCK)
        ends->count = (uint16_t)find_slowly(p, n, 0, ends->at);
    else
        ends->count = (uint16_t)find_in_blocks(p, &looked, ends->at);
    ends->next = 0;
    return looked;
}
