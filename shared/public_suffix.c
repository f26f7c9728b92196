#include "shared/public_suffix.h"

#include <stdlib.h>
#include <string.h>

#include <libpsl.h>

#include "shared/domain.h"

struct public_suffix {
    psl_ctx_t *psl;
};

struct public_suffix *public_suffix_open(void)
{
    struct public_suffix *list = calloc(1, sizeof(*list));

    if (list == NULL)
        return NULL;
    list->psl = psl_latest(NULL);
    if (list->psl == NULL) {
        free(list);
        return NULL;
    }
    return list;
}

void public_suffix_close(struct public_suffix *list)
{
    if (list == NULL)
        return;
    psl_free(list->psl);
    free(list);
}

struct view public_suffix_registrable(const struct public_suffix *list, struct view domain)
{
    char text[DOMAIN_MAX + 1];
    const char *part;

    if (domain.n == 0 || domain.n > DOMAIN_MAX || domain.p[0] == '[')
        return (struct view){ NULL, 0 };
    memcpy(text, domain.p, domain.n);
    text[domain.n] = '\0';
    part = psl_registrable_domain(list->psl, text);
    if (part == NULL)
        return (struct view){ NULL, 0 };
    return view_slice(domain, (size_t)(part - text), domain.n);
}

bool public_suffix_shared(const struct public_suffix *list, struct view a, struct view b)
{
    struct view part;

    if (a.n == 0 || b.n == 0)
        return false;
    if (view_eq(a, b))
        return true;
    part = public_suffix_registrable(list, a);
    return part.n > 0 && view_eq(part, public_suffix_registrable(list, b));
}
