/*
 * error - one failure, told with the name the operator knows
 *
 * Who finds an error words it (path, line, queue ID); only mains and
 * callbacks log it, so nothing is logged twice.  The text lies in the
 * caller's struct and never needs freeing.
 */
#ifndef SHARED_ERROR_H
#define SHARED_ERROR_H

enum error_kind { ERROR_NONE, ERROR_SYSTEM, ERROR_MEMORY, ERROR_SYNTAX, ERROR_LIMIT, ERROR_USAGE };

struct error {
    enum error_kind kind;
    char text[256]; /* NUL-terminated, one line, cut at its end when longer */
};

/* Always returns -1, so that a failing function may return it. */
int error_set(struct error *error, enum error_kind kind, const char *format, ...) __attribute__((format(printf, 3, 4)));

#endif
