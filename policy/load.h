/*
 * load - a rule file and all it includes become one list of statements
 *
 * Private to policy/.
 */
#ifndef POLICY_LOAD_H
#define POLICY_LOAD_H

#include "policy/build.h"

/* Fill build->statements, includes in their places. */
void load_file(struct build *build, const char *name);

/* Bring the faults into the order of files and lines. */
void load_sort_faults(struct build *build);

#endif
