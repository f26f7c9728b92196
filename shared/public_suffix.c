#include "shared/public_suffix.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <bsd/stdlib.h>
#include <libpsl.h>

#include "shared/domain.h"
#include "shared/hash.h"

/*
 * Mail repeats few domains, and a look-up costs as much as the rest of a message's header facts.  A report asks for all
 * its senders in turn, several times: hundreds should find slots of their own.  Memory is used as slots are.
 */
enum { CACHE_SLOTS = 4096, CACHED_MAX = 62 };

struct cached {
    uint8_t size, part; /* octets of domain[], 0: empty; where the registrable part begins, size: nowhere */
    char domain[CACHED_MAX];
};

struct public_suffix {
    psl_ctx_t *psl;
    uint64_t seed;
    pthread_mutex_t lock; /* for slots[] */
    struct cached slots[CACHE_SLOTS];
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
    arc4random_buf(&list->seed, sizeof(list->seed));
    pthread_mutex_init(&list->lock, NULL);
    return list;
}

void public_suffix_close(struct public_suffix *list)
{
    if (list == NULL)
        return;
    psl_free(list->psl);
    pthread_mutex_destroy(&list->lock);
    free(list);
}

/* Where the registrable part begins; domain.n: nowhere. */
static size_t look_up(const struct public_suffix *list, struct view domain)
{
    char text[DOMAIN_MAX + 1];
    const char *part;

    memcpy(text, domain.p, domain.n);
    text[domain.n] = '\0';
    part = psl_registrable_domain(list->psl, text);
    return part == NULL ? domain.n : (size_t)(part - text);
}

static size_t look_up_cached(struct public_suffix *list, struct view domain)
{
    struct cached *slot = &list->slots[hash_view(domain, list->seed) % CACHE_SLOTS];
    size_t part;

    pthread_mutex_lock(&list->lock);
    part = slot->part;
    if (!view_eq((struct view){ slot->domain, slot->size }, domain)) {
        part = look_up(list, domain);
        slot->size = (uint8_t)domain.n;
        slot->part = (uint8_t)part;
        memcpy(slot->domain, domain.p, domain.n);
    }
    pthread_mutex_unlock(&list->lock);
    return part;
}

struct view public_suffix_registrable(struct public_suffix *list, struct view domain)
{
    size_t part;

    if (domain.n == 0 || domain.n > DOMAIN_MAX || domain.p[0] == '[')
        return (struct view){ NULL, 0 };
    part = domain.n <= CACHED_MAX ? look_up_cached(list, domain) : look_up(list, domain);
    return view_slice(domain, part, domain.n);
}

bool public_suffix_shared(struct public_suffix *list, struct view a, struct view b)
{
    struct view part;

    if (a.n == 0 || b.n == 0)
        return false;
    if (view_eq(a, b))
        return true;
    part = public_suffix_registrable(list, a);
    return part.n > 0 && view_eq(part, public_suffix_registrable(list, b));
}
