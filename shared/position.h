/*
 * position - how far a log file was read, and how to know the file again under any name
 *
 * A file is the one that begins with the same octets: renamed, copied or
 * compressed it is still the same log.  Device and inode only help to find it.
 * The head never covers more than what was read, so it stays as it is while the file grows.
 */
#ifndef SHARED_POSITION_H
#define SHARED_POSITION_H

#include "shared/view.h"

enum { POSITION_HEAD_MAX = 1024 }; /* octets that identify a file */

struct position {
    int64_t id;             /* where it is kept; 0: not kept yet */
    struct view source;     /* the configured path it was read for; empty: imported once */
    uint64_t device, inode; /* when it was last seen; 0: unknown */
    uint32_t head_length;   /* octets, at most POSITION_HEAD_MAX */
    uint64_t head;          /* hash of them */
    int64_t offset;         /* octets that were read, of the uncompressed text: always behind a whole line */
    int64_t seen;           /* s since 1970, when it was last read */
};

#endif
