/*
 * partition - which logs can be read apart from each other
 *
 * What a log says of one host has nothing to do with another host.  So logs
 * that share no host may be read at the same time, and what comes of them added up.
 */
#ifndef FOLLOW_PARTITION_H
#define FOLLOW_PARTITION_H

#include "follow/prefix.h"
#include "shared/error.h"

enum { PARTS_MAX = 64 };

/*
 * Put each path in a part, so that logs with a host in common are in the same one, and the parts are alike in size:
 * part_of[i] is the part of paths[i], from 0.  Looks at the beginning of each log only (SOURCE_BUFFER octets): a host
 * that appears further behind may after all be in two parts, which writers_share_host() tells when they were read.
 * most: parts at most, 1 to PARTS_MAX.  One part only where a path cannot be read twice, such as standard input.
 * Returns the number of parts, or -1 with the reason when a path cannot be read.
 */
int partition_logs(const char *const *paths, size_t count, const struct prefix_settings *settings, unsigned most,
                   unsigned *part_of, struct error *error);

#endif
