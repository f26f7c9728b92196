/*
 * rule_file - a policy from the file system: what stands around the pure parser
 *
 * Threads: rule_file_check_user() forks, so before the first thread is started.
 */
#ifndef POLICY_RULE_FILE_H
#define POLICY_RULE_FILE_H

#include "policy/policy.h"

/* Parse a file and what it includes.  NULL after an error, which faults names.  policy_free() is the caller's. */
struct policy *rule_file_load(const char *path, struct faults *faults);

/*
 * A daemon that root starts reads its file as root and reads it again, at a
 * reload, as the file's `user`.  Warn where that user could not: a child
 * process becomes that user and tries.  Nothing to do for whoever is not root,
 * or when the file names no user, or an unknown one (the start tells that).
 */
void rule_file_check_user(const char *path, const struct policy *policy, struct faults *faults);

#endif
