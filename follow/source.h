/*
 * source - a log file or standard input, line by line
 *
 * Reads with read(2) into one buffer: memory does not grow with the file.  A
 * line longer than SOURCE_LINE_MAX is cut there and counted.
 */
#ifndef FOLLOW_SOURCE_H
#define FOLLOW_SOURCE_H

#include "follow/inflate.h"

enum {
    SOURCE_BUFFER = 262144, /* octets */
    SOURCE_LINE_MAX = 65536 /* octets; Postfix cuts at 2,000, syslog daemons at 8 KiB to 48 KiB */
};

struct source;

/* path "-" is standard input.  Regular files, FIFOs and sockets; -1 with the reason. */
int source_open(const char *path, struct source **out, struct error *error);
void source_close(struct source *source); /* NULL is fine */

/* The next line without its line end: 1, or 0 at the end, or -1 with the reason.  Valid until the next call. */
int source_line(struct source *source, struct view *line, struct error *error);

const char *source_name(const struct source *source);
uint64_t source_cut(const struct source *source);    /* lines that were cut */
int64_t source_written(const struct source *source); /* when the file was last written, s since 1970; 0: unknown */
bool source_rereadable(const struct source *source); /* a regular file: closing and opening it again starts over */

#endif
