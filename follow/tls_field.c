#include "follow/tls_field.h"

static const struct {
    struct view name;
    enum protection protection;
} levels[] = {
    { VIEW_INIT("none"), PROTECTION_PLAINTEXT },      { VIEW_INIT("may"), PROTECTION_ENCRYPTED },
    { VIEW_INIT("encrypt"), PROTECTION_ENCRYPTED },   { VIEW_INIT("fingerprint"), PROTECTION_ENCRYPTED },
    { VIEW_INIT("halfdane"), PROTECTION_ENCRYPTED },  { VIEW_INIT("dane"), PROTECTION_ENCRYPTED },
    { VIEW_INIT("dane-only"), PROTECTION_ENCRYPTED }, { VIEW_INIT("verify"), PROTECTION_ENCRYPTED },
    { VIEW_INIT("secure"), PROTECTION_ENCRYPTED },
};

static enum protection level_protection(struct view name)
{
    for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
        if (view_eq(levels[i].name, name))
            return levels[i].protection;
    }
    return PROTECTION_UNKNOWN;
}

struct tls_field tls_field_parse(struct view field)
{
    struct tls_field found = { .protection = PROTECTION_UNKNOWN };
    struct view first, in_force;

    if (field.n == 0)
        return found;
    if (!view_cut(&field, VIEW("/"), &first))
        first = field;
    if (view_starts(first, VIEW("!")) || view_ends(first, VIEW("?")))
        return found;
    /* "may:none" is what level may allows; less than any other level is a downgrade. */
    found.downgraded = view_cut(&first, VIEW(":"), &in_force) && !view_eq(in_force, VIEW("may"));
    found.protection = level_protection(first);
    return found;
}
