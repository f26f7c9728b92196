/* memory_files - the files of a test: a policy's reader without a disk */
#ifndef TESTS_UNIT_POLICY_MEMORY_FILES_H
#define TESTS_UNIT_POLICY_MEMORY_FILES_H

#include "policy/policy.h"

enum { MEMORY_FILES_MAX = 16 };

struct memory_file {
    const char *name, *text; /* name NULL: no more files */
};

/* A reader of these files; others are "NAME: No such file or directory".  Patterns may hold one '*'. */
struct reader memory_reader(const struct memory_file *files);

/* Parse `text` as outward.conf; *faults is emptied first. */
struct policy *parse_text(const char *text, struct faults *faults);

/* Parse a text that has no fault but warnings; fails the test otherwise. */
struct policy *parse_fine(const char *text);

/* All shown faults, one a line, with the count of those that are not shown. */
const char *faults_text(const struct faults *faults, char *out, size_t size);

#endif
