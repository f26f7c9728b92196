#include "shared/catalog.h"

#include "shared/plural.h"

enum { HEADER_SIZE = 28, ROW_SIZE = 8 };

static uint32_t word_at(struct view file, size_t at)
{
    const unsigned char *p = (const unsigned char *)file.p + at;

    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

/* A string of a table; what is not whole within the file has no place (NULL). */
static struct view string_at(struct view file, uint32_t table, uint32_t row)
{
    size_t at = table + (size_t)row * ROW_SIZE, length = word_at(file, at), begin = word_at(file, at + 4);

    if (begin >= file.n || length >= file.n - begin || file.p[begin + length] != '\0')
        return (struct view){ NULL, 0 };
    return (struct view){ file.p + begin, length };
}

static bool table_fits(struct view file, uint32_t table, uint32_t count)
{
    return table <= file.n && count <= (file.n - table) / ROW_SIZE;
}

static bool strings_fit(const struct catalog *catalog)
{
    for (uint32_t row = 0; row < catalog->count; row++) {
        if (string_at(catalog->file, catalog->originals, row).p == NULL ||
            string_at(catalog->file, catalog->translations, row).p == NULL)
            return false;
    }
    return true;
}

/* The translation of the text, with all its plural forms; NULL: none. */
static struct view find(const struct catalog *catalog, const char *text)
{
    uint32_t low = 0, high = catalog->count;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        struct view original = string_at(catalog->file, catalog->originals, middle);
        int order = original.p == NULL ? -1 : strcmp(text, original.p);

        if (order == 0)
            return string_at(catalog->file, catalog->translations, middle);
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return (struct view){ NULL, 0 };
}

/* From the header, which is the translation of the empty text.  0: a language whose rule is not known here. */
static unsigned plural_forms(const struct catalog *catalog)
{
    struct view header = find(catalog, "");

    if (view_find(header, VIEW("nplurals=1;")) != -1)
        return 1;
    return view_find(header, VIEW("nplurals=2; plural=(n != 1);")) != -1 ? 2 : 0;
}

int catalog_open(struct view file, struct catalog *catalog, struct error *error)
{
    struct catalog found = { .file = file };

    if (file.n < HEADER_SIZE || file.n > CATALOG_MAX || word_at(file, 0) != 0x950412de || word_at(file, 4) >> 16 != 0)
        return error_set(error, ERROR_SYNTAX, "no message catalog");
    found.count = word_at(file, 8);
    found.originals = word_at(file, 12);
    found.translations = word_at(file, 16);
    if (!table_fits(file, found.originals, found.count) || !table_fits(file, found.translations, found.count) ||
        !strings_fit(&found))
        return error_set(error, ERROR_SYNTAX, "a broken message catalog");
    found.forms = plural_forms(&found);
    if (found.forms == 0)
        return error_set(error, ERROR_SYNTAX, "a message catalog with plural forms that are not known");
    *catalog = found;
    return 0;
}

const char *catalog_say(const struct catalog *catalog, const char *text)
{
    struct view found = catalog == NULL || text[0] == '\0' ? (struct view){ NULL, 0 } : find(catalog, text);

    return found.n > 0 ? found.p : text;
}

const char *catalog_say_count(const struct catalog *catalog, const char *one, const char *many, uint64_t number)
{
    struct view found = catalog == NULL ? (struct view){ NULL, 0 } : find(catalog, one);
    size_t first = found.n > 0 ? strlen(found.p) : 0;

    if (found.n == 0)
        return plural(number, one, many);
    if (number == 1 || catalog->forms == 1 || first == found.n)
        return found.p;
    return found.p + first + 1;
}
