/*
 * source - the lines of a log file or of standard input
 *
 * Reads with read(2) into one buffer: memory does not grow with the file.
 */
#ifndef FOLLOW_SOURCE_H
#define FOLLOW_SOURCE_H

#include "follow/inflate.h"

enum {
    SOURCE_BUFFER = 262144 /* octets */
};

struct source;

/* path "-" is standard input.  Regular files, FIFOs and sockets; -1 with the reason. */
int source_open(const char *path, struct source **out, struct error *error);
void source_close(struct source *source); /* NULL is fine */

/*
 * The next lines, as many as there are, each with its line end but for the last of a file: 1, or 0 at the end, or -1
 * with the reason.  Of a line that does not fit SOURCE_BUFFER only the beginning comes, without line end, and alone.
 * Valid until the next call.
 */
int source_lines(struct source *source, struct view *lines, struct error *error);

/* The path, or "-", for messages. */
const char *source_name(const struct source *source);
int64_t source_written(const struct source *source); /* when the file was last written, s since 1970; 0: unknown */
int64_t source_size(const struct source *source);    /* octets of a regular file, as it lies; else 0 */
bool source_rereadable(const struct source *source); /* a regular file: closing and opening it again starts over */

#endif
