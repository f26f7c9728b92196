/*
 * language - the catalog of the language that the reader wants
 *
 * Catalogs stand beside the program: in ../share/locale/ of the folder it lies in, or in ../locale/ of a build tree, as
 * LANGUAGE/LC_MESSAGES/outward.mo.  No locale of that language need be generated on the machine.
 */
#ifndef PROGRAMS_LANGUAGE_H
#define PROGRAMS_LANGUAGE_H

#include "shared/catalog.h"

struct language {
    const struct catalog *catalog; /* NULL: English */
    struct catalog opened;
    char *file; /* what the catalog looks at */
};

/*
 * name is "en", "ja", ...; NULL: what LC_ALL, LC_MESSAGES or LANG, the first of them that is set, asks for, English where
 * there is no catalog of that or the character set is not UTF-8.  False, with the reason, for a name without a catalog.
 * End it with language_done(), also after false.
 */
bool language_init(struct language *language, const char *name, struct error *error);
void language_done(struct language *language);

#endif
