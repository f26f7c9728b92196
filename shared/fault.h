/*
 * fault - errors and warnings of a file, each with its place
 *
 * A checker goes on after a fault, so that one run names them all.
 */
#ifndef SHARED_FAULT_H
#define SHARED_FAULT_H

#include "shared/arena.h"
#include "shared/buf.h"

enum { FAULTS_MAX = 20, FAULT_TEXT_MAX = 400 }; /* shown; the rest is counted */

enum severity { SEVERITY_WARNING, SEVERITY_ERROR };

struct fault {
    enum severity severity;
    char file[256];  /* as the operator gave it, or as the include named it */
    unsigned line;   /* from 1; 0: the file as a whole */
    unsigned column; /* from 1, in octets; 0: the line as a whole */
    char text[FAULT_TEXT_MAX];
};

struct faults {
    struct fault shown[FAULTS_MAX]; /* errors push warnings out when there are too many */
    size_t count;                   /* of shown[] */
    size_t errors, warnings;        /* all of them, shown or not */
};

/* The text is printf's; it is cut at FAULT_TEXT_MAX. */
void faults_add(struct faults *faults, enum severity severity, struct view file, unsigned line, unsigned column,
                const char *format, ...) __attribute__((format(printf, 6, 7)));

/* "file:line:column: error: text", without the parts that are 0; no line end. */
void fault_print(struct buf *out, const struct fault *fault);

/*
 * How a pure parser reaches files: the shell reads and checks (regular, not writable by group or others, size), the parser asks by name.
 * read    gives the whole text, kept until the reader is done with, or -1 with the reason in error->text.
 * glob    calls found() for each name that matches the pattern, in sorted order; -1 with the reason.
 */
struct error;
struct reader {
    int (*read)(void *context, const char *name, size_t limit, struct view *text, struct error *error);
    int (*glob)(void *context, const char *pattern, void (*found)(void *to, const char *name), void *to,
                struct error *error);
    void *context;
};

#endif
