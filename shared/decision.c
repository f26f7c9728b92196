#include "shared/decision.h"

#include "shared/hash.h"

static const struct view verdicts[VERDICT_COUNT] = {
    [VERDICT_ACCEPT] = VIEW_INIT("accept"),
    [VERDICT_HOLD] = VIEW_INIT("hold"),
    [VERDICT_TEMPFAIL] = VIEW_INIT("tempfail"),
    [VERDICT_REJECT] = VIEW_INIT("reject"),
};

static const struct view directions[] = {
    [DIRECTION_PENDING] = VIEW_INIT("pending"),
    [DIRECTION_INBOUND] = VIEW_INIT("inbound"),
    [DIRECTION_OUTBOUND] = VIEW_INIT("outbound"),
};

static const struct view modes[] = {
    [MODE_MONITOR] = VIEW_INIT("monitor"),
    [MODE_ENFORCE] = VIEW_INIT("enforce"),
};

#define COUNT(names) (sizeof(names) / sizeof((names)[0]))

int name_index(const struct view *names, size_t count, struct view text)
{
    /* Names of one length mostly differ in their last octet. */
    for (size_t i = 0; i < count; i++) {
        if (names[i].n == text.n && (text.n == 0 || names[i].p[text.n - 1] == text.p[text.n - 1]) &&
            hash_same(names[i], text))
            return (int)i;
    }
    return -1;
}

struct view verdict_name(enum verdict verdict)
{
    return verdicts[verdict];
}

bool verdict_parse(struct view text, enum verdict *out)
{
    int index = name_index(verdicts, COUNT(verdicts), text);

    if (index >= 0)
        *out = (enum verdict)index;
    return index >= 0;
}

struct view direction_name(enum direction direction)
{
    return directions[direction];
}

bool direction_parse(struct view text, enum direction *out)
{
    int index = name_index(directions, COUNT(directions), text);

    if (index >= 0)
        *out = (enum direction)index;
    return index >= 0;
}

struct view mode_name(enum mode mode)
{
    return modes[mode];
}

bool mode_parse(struct view text, enum mode *out)
{
    int index = name_index(modes, COUNT(modes), text);

    if (index >= 0)
        *out = (enum mode)index;
    return index >= 0;
}
