/*
 * finding - what an examination found, why it matters, and the command that mends it
 *
 * Texts lie in the arena.  Equal findings of several services are one finding
 * that names them all.
 */
#ifndef AUDIT_FINDING_H
#define AUDIT_FINDING_H

#include "shared/arena.h"

enum { FINDINGS_MAX = 400, FINDING_SERVICES_MAX = 16, FINDING_TEXT_MAX = 600 };

/* Mildest first. */
enum finding_severity {
    FINDING_NOTICE,  /* worth knowing; nothing is wrong */
    FINDING_WARNING, /* protection is weaker than it should be, or will break */
    FINDING_ERROR    /* mail or passwords travel in clear, mail is lost, or the gate does not work */
};

struct finding {
    const char *id; /* stable; in the manual page */
    enum finding_severity severity;
    const char *title, *why, *reference, *verify; /* the check's own words */
    struct view services[FINDING_SERVICES_MAX];   /* labels: submission/inet */
    size_t service_count;                         /* 0: the host; may pass FINDING_SERVICES_MAX, the rest is counted */
    struct view parameter;                        /* empty where no parameter is at fault */
    struct view found;                            /* what was seen */
    struct view mend;                             /* the command; empty where only words help, which found then has */
};

struct findings {
    struct arena *arena;
    struct finding *rows;
    size_t count;
    size_t dropped; /* past FINDINGS_MAX, or out of memory */
    size_t counts[FINDING_ERROR + 1];
};

/* -1 when out of memory. */
int findings_init(struct findings *findings, struct arena *arena);

/* Copy one in; its views may go away. */
void findings_add(struct findings *findings, const struct finding *finding);

/* Worst first, else in the order they were found. */
void findings_sort(struct findings *findings);

struct view finding_severity_name(enum finding_severity severity); /* notice, warning, error */

#endif
