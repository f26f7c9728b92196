/* inflate_format - what inflate.c and the decompressors share */
#ifndef FOLLOW_INFLATE_FORMAT_H
#define FOLLOW_INFLATE_FORMAT_H

#include "follow/inflate.h"

/* One step of a decompressor: octets taken and given, and whether a member ended exactly here. */
struct step {
    const char *in;
    size_t in_left;
    char *out;
    size_t out_left;
    bool at_end;
};

/* A format: state made by open, fed by step (false: damaged, *why says how), freed by close. */
struct inflate_format {
    const char *name;
    struct view magic;
    void *(*open)(void);
    bool (*step)(void *state, struct step *step, const char **why);
    void (*close)(void *state);
};

extern const struct inflate_format inflate_gzip, inflate_zstd, inflate_xz;

#endif
