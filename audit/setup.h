/*
 * setup - the commands that hook the gate into this host's Postfix, and those that take it out again
 *
 * All that is set goes by two parameters of our own, outward_milter and
 * outward_reinjection_milters, so that a second run finds what the first did and the way
 * back takes away no more than that.  The plan is pure.
 */
#ifndef AUDIT_SETUP_H
#define AUDIT_SETUP_H

#include "audit/config.h"
#include "audit/inspect.h"
#include "shared/settings.h"

enum { SETUP_STEPS_MAX = 2 * SERVICES_MAX + 8, SETUP_NOTES_MAX = 64, SETUP_TEXT_MAX = 2048 };

/* postconf [-c DIR] OPTION ARGUMENT */
struct setup_step {
    const char *option, *argument; /* -e, -X, -P, -PX; NUL-terminated */
    const char *why;               /* what it does, for who reads the plan */
};

struct setup_plan {
    struct setup_step *steps;
    size_t step_count;
    const char *notes[SETUP_NOTES_MAX]; /* what to see to by hand */
    size_t note_count;
    bool impossible; /* the notes say why; nothing is to be run */
};

/* Hook in, or take out when undo.  settings may be NULL.  -1 when out of memory or past a limit. */
int setup_plan_make(struct arena *arena, const struct postfix_config *config, const struct settings *settings,
                    bool undo, struct setup_plan *out, struct error *error);

/* A line for outward.conf that names mynetworks, as far as it holds addresses; NULL when the rule file has them all. */
const char *setup_relay_networks(struct arena *arena, const struct postfix_config *config,
                                 const struct settings *settings);

/* Nobody listens at the gate's socket: enforcing would stop all mail.  False for a socket on the network. */
bool setup_gate_is_down(struct inspector *inspector, const struct settings *settings);

struct setup_run {
    const char *directory; /* of main.cf, absolute */
    const char *postconf;  /* absolute */
    const char *postfix;   /* absolute */
    bool default_instance; /* no -c is needed */
};

/*
 * Save main.cf and master.cf beside themselves, run the plan, then `postfix check`, then `postfix reload` if it runs.
 * When anything fails both files are put back.  -1 with what failed.
 * saved gets the time stamp in the names of the copies: main.cf.STAMP.
 */
int setup_apply(struct arena *arena, const struct setup_run *run, const struct setup_plan *plan, int64_t now,
                struct buf *saved, struct error *error);

#endif
