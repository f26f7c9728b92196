/*
 * catalog - the same messages in another language, out of a GNU gettext .mo file
 *
 * Messages are extracted by xgettext, translated in po/ and compiled by msgfmt.
 * They are not looked up by gettext(3): that needs a generated locale of the
 * language, which servers seldom have, and glibc 2.41 ignores LANGUAGE under
 * C.UTF-8 too.  The format: gettext manual, "The Format of GNU MO Files";
 * here little-endian, as msgfmt writes it everywhere unless told otherwise,
 * without system-dependent strings ("%<PRIu64>").
 * Pure: looks at octets that the caller keeps.  Threads: never changes once opened.
 */
#ifndef SHARED_CATALOG_H
#define SHARED_CATALOG_H

#include "shared/error.h"
#include "shared/view.h"

enum { CATALOG_MAX = 1 << 20 /* octets of a file */ };

struct catalog {
    struct view file;
    uint32_t count, originals, translations; /* messages; where their two tables begin */
    unsigned forms;                          /* of plurals: 1 or 2 */
};

/* Marks a message that is translated where it is shown, for xgettext. */
#define N_(text) text
/* The same for a pair of them, the first where a number is 1: both fields of a struct in a table. */
#define N_COUNT(one, many)                                                                                             \
    {                                                                                                                  \
        one, many                                                                                                      \
    }

/*
 * Check the whole file: every message in it ends within it.  Plural forms may be those of Japanese (nplurals=1) or of
 * English (nplurals=2; plural=(n != 1)).  -1 with the reason; *catalog is then unchanged.  The file must outlive it.
 */
int catalog_open(struct view file, struct catalog *catalog, struct error *error);

/* The translation, or the text itself when there is none or catalog is NULL. */
const char *catalog_say(const struct catalog *catalog, const char *text) __attribute__((format_arg(2)));

/* The same by number: one where it is 1, else many; in the form that the language has for it. */
const char *catalog_say_count(const struct catalog *catalog, const char *one, const char *many, uint64_t number)
    __attribute__((format_arg(2), format_arg(3)));

#endif
