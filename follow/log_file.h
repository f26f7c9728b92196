/*
 * log_file - one log file, plain or packed, read line by line from a known place on
 *
 * Only whole lines are given; the offset, in octets of the unpacked text, moves
 * with each of them, so that it can be kept and gone on from.  A plain file may
 * grow while it is read.  Memory does not grow with the file.
 * Reads a descriptor.  One thread at a time.
 */
#ifndef FOLLOW_LOG_FILE_H
#define FOLLOW_LOG_FILE_H

#include "follow/inflate.h"
#include "shared/position.h"

enum {
    LOG_FILE_BUFFER = 262144, /* octets */
    LOG_FILE_LINE_MAX = 65536 /* octets; a longer line is cut there: log_file_is_cut() */
};

struct log_file;

/* path "-" is standard input.  seed: of the head's hash, the same for all that are compared.  -1 with the reason. */
int log_file_open(const char *path, uint64_t seed, struct log_file **out, struct error *error);
void log_file_close(struct log_file *file); /* NULL is fine */

/* The next whole line without its line end: 1; 0: there is none (yet); -1 with the reason.  Valid until the next call. */
int log_file_line(struct log_file *file, struct view *line, struct error *error);

/* The line that was given last is the beginning of one longer than LOG_FILE_LINE_MAX. */
bool log_file_is_cut(const struct log_file *file);

/* What stands behind the last line end, of a file that will not grow: 1, or 0. */
int log_file_rest(struct log_file *file, struct view *line);

/* Go to an offset before the first line is read: 1; 0: the text is shorter; -1 with the reason. */
int log_file_skip(struct log_file *file, int64_t offset, struct error *error);

/* Go to the end of what there is, whatever it is: 1; -1 with the reason. */
int log_file_skip_all(struct log_file *file, struct error *error);

/* Go to so many octets before the end of a plain file, which may be within a line.  False: it is shorter, or packed. */
bool log_file_skip_back(struct log_file *file, int64_t octets);

/* The hash of the first octets (at most POSITION_HEAD_MAX): 1; 0: the text is shorter; -1 with the reason. */
int log_file_head(struct log_file *file, uint32_t length, uint64_t *hash, struct error *error);

/*
 * Where the reading stands, in all fields of *position but id and source: behind the line that was given last, or
 * before it.
 */
int log_file_position(struct log_file *file, bool before_last, struct position *position, struct error *error);

/* A plain file is shorter than what was read of it, or no longer begins with it. */
bool log_file_is_truncated(const struct log_file *file);

/* All of file, of which nothing was read, is less than POSITION_HEAD_MAX octets with which what was read of other began. */
bool log_file_is_beginning(struct log_file *file, const struct log_file *other);

/* A plain file holds more than what was read of it. */
bool log_file_has_more(const struct log_file *file);

/* As it was given to log_file_open(); is the text unpacked; and is it this file on the disk? */
const char *log_file_path(const struct log_file *file);
bool log_file_is_packed(const struct log_file *file);
int64_t log_file_written(const struct log_file *file); /* s since 1970, when it was last written; 0: unknown */
int64_t log_file_made(const struct log_file *file);    /* s since 1970, when it was created; INT64_MIN: unknown */
bool log_file_is(const struct log_file *file, uint64_t device, uint64_t inode);

#endif
