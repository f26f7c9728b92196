/*
 * status_answer - what `outward status` found, and how it says it
 *
 * The levels and the first line are what monitoring plugins say: Monitoring
 * Plugins Development Guidelines, "Plugin Output" and "Performance data".
 */
#ifndef PROGRAMS_STATUS_ANSWER_H
#define PROGRAMS_STATUS_ANSWER_H

#include <stdio.h>

#include <stdbool.h>
#include <stdint.h>

enum status_level { STATUS_OK, STATUS_WARNING, STATUS_CRITICAL, STATUS_UNKNOWN }; /* and exit codes */

enum { STATUS_FINDINGS_MAX = 80, STATUS_TEXT_MAX = 400, STATUS_FIGURES_MAX = 16 };

struct status_finding {
    enum status_level level;
    char text[STATUS_TEXT_MAX];
};

struct status_figure {
    const char *name; /* of perfdata and JSON */
    const char *unit; /* "B", "s", "" */
    int64_t value;
    int64_t warning, critical; /* from where on it is one; critical 0: never */
};

struct status_answer {
    struct status_finding
        findings[STATUS_FINDINGS_MAX]; /* further ones are dropped: the first is the worst or says enough */
    size_t finding_count;
    struct status_figure figures[STATUS_FIGURES_MAX];
    size_t figure_count;
};

/* Add a sentence.  Past STATUS_FINDINGS_MAX it is dropped. */
void status_find(struct status_answer *answer, enum status_level level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Add a figure, without limits or with them; it is a finding only where status_find() says so, too. */
void status_figure(struct status_answer *answer, const char *name, const char *unit, int64_t value);
void status_limited_figure(struct status_answer *answer, const struct status_figure *figure);

/* The worst: critical before unknown before warning. */
enum status_level status_level(const struct status_answer *answer);

/*
 * The worst finding and, behind a bar, the figures in the first line, as monitoring plugins say it; each other finding
 * in a line of its own.  The same as one JSON object.
 */
void status_print_text(const struct status_answer *answer, FILE *out);
bool status_print_json(const struct status_answer *answer, FILE *out); /* false: out of memory */

#endif
