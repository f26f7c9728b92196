#include "policy/near.h"

#include <stdio.h>

#include "shared/ascii.h"

static unsigned smaller(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

unsigned edit_distance(struct view a, struct view b)
{
    /* The row before the last serves swaps: optimal string alignment. */
    unsigned rows[3][NEAR_WORD_MAX + 1];

    if (a.n > NEAR_WORD_MAX || b.n > NEAR_WORD_MAX)
        return NEAR_WORD_MAX;
    for (unsigned j = 0; j <= b.n; j++)
        rows[0][j] = j;
    for (unsigned i = 1; i <= a.n; i++) {
        unsigned *now = rows[i % 3], *before = rows[(i + 2) % 3], *before_last = rows[(i + 1) % 3];

        now[0] = i;
        for (unsigned j = 1; j <= b.n; j++) {
            char left = ascii_lower(a.p[i - 1]), right = ascii_lower(b.p[j - 1]);

            now[j] = smaller(smaller(before[j], now[j - 1]) + 1, before[j - 1] + (left != right));
            if (i > 1 && j > 1 && left == ascii_lower(b.p[j - 2]) && ascii_lower(a.p[i - 2]) == right)
                now[j] = smaller(now[j], before_last[j - 2] + 1);
        }
    }
    return rows[a.n % 3][b.n];
}

struct near near_begin(struct view word)
{
    unsigned most = word.n > NEAR_WORD_MAX ? 0 : (unsigned)(word.n + 2) / 3;

    return (struct near){ .word = word, .distance = most + 1 };
}

void near_offer(struct near *near, struct view candidate)
{
    unsigned distance = edit_distance(near->word, candidate);

    if (distance >= near->distance || distance >= candidate.n)
        return;
    near->distance = distance;
    near->best = candidate;
}

const char *near_hint(const struct near *near, char hint[NEAR_HINT_MAX])
{
    hint[0] = '\0';
    if (near->best.n > 0)
        (void)snprintf(hint, NEAR_HINT_MAX, ", did you mean \"%.*s\"?", VIEW_ARG(near->best));
    return hint;
}
