/*
 * child - run another program with next to no rights, and take what it says within limits
 *
 * The program gets an empty environment, the input it is given or none, no descriptors, its own
 * process group, limits on CPU time, memory and files, and, when we are root,
 * the rights of nobody(5).  Its whole group is killed when it is done, too slow or too talkative.
 * Not pure.  Threads: any, but fork(2) copies the calling one only.
 */
#ifndef SHARED_CHILD_H
#define SHARED_CHILD_H

#include "shared/arena.h"
#include "shared/error.h"

enum {
    CHILD_OUTPUT_MAX = 4 << 20, /* octets of standard output and of standard error each */
    CHILD_TIMEOUT_MS = 20000    /* default */
};

struct child_command {
    const char *const *argv; /* argv[0] is an absolute path; NULL at the end */
    unsigned timeout_ms;     /* 0: CHILD_TIMEOUT_MS */
    struct view input;       /* its standard input; a program that does not read it is not waited for */
    bool keep_rights;        /* run as we run, with a PATH: for what must write; never for what only reads */
};

struct child_result {
    int status;           /* exit status; 128 + signal when a signal ended it */
    struct view out, err; /* in the arena */
};

/*
 * Run it to its end.  -1 with the command's name and the reason when it could not
 * be started, took too long or said too much; a failing exit status is not an error here.
 */
int child_run(struct arena *arena, const struct child_command *command, struct child_result *result,
              struct error *error);

#endif
