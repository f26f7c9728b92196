/* replay - run a log text through prefix and correlation and keep the deliveries as they are settled at its end */
#ifndef TESTS_UNIT_FOLLOW_REPLAY_H
#define TESTS_UNIT_FOLLOW_REPLAY_H

#include "follow/correlate.h"
#include "shared/arena.h"

enum { REPLAY_DELIVERIES_MAX = 4096 };

struct replay {
    struct arena arena; /* holds the texts of the deliveries */
    struct delivery deliveries[REPLAY_DELIVERIES_MAX];
    size_t count;
    unsigned expired, strange, foreign;
    struct correlate_counts counts;
    struct correlate_settings settings; /* set before replay_text() */
    struct prefix_settings prefix;
};

/* Everything zero but a newest time in 2026. */
void replay_init(struct replay *replay);
void replay_done(struct replay *replay);

/* All lines of a text, to the settled end.  May be called again: the deliveries add up. */
void replay_text(struct replay *replay, struct view text);

/* A whole file of tests/data, in the replay's arena. */
struct view replay_file(struct replay *replay, const char *name);

#endif
