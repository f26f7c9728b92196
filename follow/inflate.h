/*
 * inflate - the octets of a log file, plain or compressed by gzip, zstd or xz
 *
 * Which one it is tells the file's first octets, not its name.  Several
 * compressed members one behind the other are read as one text.
 * Reads a descriptor; keeps no more than the decompressors' windows.
 */
#ifndef FOLLOW_INFLATE_H
#define FOLLOW_INFLATE_H

#include <sys/types.h>

#include "shared/error.h"
#include "shared/view.h"

enum {
    INFLATE_INPUT = 65536,        /* octets of compressed input read at once */
    INFLATE_WINDOW_MAX = 1 << 27, /* octets: zstd frames that ask for more are refused */
    INFLATE_MEMORY_MAX = 96 << 20 /* octets: xz streams that ask for more are refused */
};

struct inflate;

/* Takes over the descriptor in any case; name is for messages and is copied.  -1 with the reason. */
int inflate_open(int fd, const char *name, struct inflate **out, struct error *error);
void inflate_close(struct inflate *inflate); /* NULL is fine */

/* Up to size octets to p: their number, 0 at the end, -1 with the reason (a truncated or damaged file included). */
ssize_t inflate_read(struct inflate *inflate, char *p, size_t size, struct error *error);

/* The file is packed: its octets cost time to make. */
bool inflate_is_packed(const struct inflate *inflate);

#endif
