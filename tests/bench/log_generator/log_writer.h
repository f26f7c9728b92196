/*
 * log_writer - the prefix of each line, in the form the log's keeper gives it
 */
#ifndef LOG_GENERATOR_LOG_WRITER_H
#define LOG_GENERATOR_LOG_WRITER_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct log_writer;

struct origin_of_line {
    const char *host, *tag;
    uint32_t pid; /* 0: none */
};

/* The names that log_writer_new() knows, in one line for a usage message. */
extern const char *const log_writer_prefixes;

/* NULL for an unknown prefix name.  The lines go to out, which stays the caller's. */
struct log_writer *log_writer_new(const char *prefix, FILE *out);
void log_writer_free(struct log_writer *writer);

/* Microseconds between two stamps that readers can tell apart: a second, or a millisecond where a fraction is written. */
int64_t log_writer_resolution(const struct log_writer *writer);

/* time: microseconds since 1970, UTC; traditional stamps are written as UTC. */
void log_writer_line(struct log_writer *writer, int64_t time, const struct origin_of_line *origin, const char *text,
                     size_t n);

#endif
