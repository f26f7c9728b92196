/*
 * trace_answer - the story of a message, gathered line by line and told at the end
 */
#ifndef PROGRAMS_TRACE_ANSWER_H
#define PROGRAMS_TRACE_ANSWER_H

#include <stdio.h>

#include "shared/arena.h"
#include "shared/delivery.h"

enum { TRACE_EVENTS_MAX = 100000 /* told; further ones are counted */ };

/* One line of the story.  Texts lie in the story's arena. */
struct trace_event {
    int64_t time; /* ms since 1970, UTC */
    struct view host, queue_id;
    const char *what;   /* "received", "judged", "queued", "sent", ... */
    struct view detail; /* for people */
    bool attempt;       /* the rest is set */
    struct delivery delivery;
};

struct story {
    struct arena arena;
    struct trace_event *events;
    size_t count, room;
    uint64_t dropped; /* past TRACE_EVENTS_MAX, or for want of memory */
};

/* An empty story; and free it all. */
void story_init(struct story *story);
void story_done(struct story *story);

/* Add an event; the views are copied. */
void story_add(struct story *story, const struct trace_event *event);

/* The same, behind the events of its time and before those of later ones. */
void story_add_at_its_time(struct story *story, const struct trace_event *event);

/* What became of the undecided attempts of a stretch. */
void story_settle(struct story *story, uint32_t stretch, bool proven);

/* All events in their order: a line each, or one JSON object that names what was asked for. */
void story_print_text(const struct story *story, FILE *out);
void story_print_json(const struct story *story, struct view target, FILE *out);

#endif
