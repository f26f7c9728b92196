#include "milter/reload.h"

#include <pthread.h>
#include <stdlib.h>

#include "policy/rule_file.h"

struct reload {
    const char *path;
    unsigned loads;
    pthread_mutex_t lock;       /* for current and every generation's holders */
    struct generation *current; /* holds itself once */
};

struct reload *reload_new(const char *path)
{
    struct reload *reload = calloc(1, sizeof(*reload));

    if (reload == NULL)
        return NULL;
    reload->path = path;
    pthread_mutex_init(&reload->lock, NULL);
    return reload;
}

void reload_free(struct reload *reload)
{
    if (reload == NULL)
        return;
    reload_release(reload, reload->current);
    pthread_mutex_destroy(&reload->lock);
    free(reload);
}

static const struct generation *swap(struct reload *reload, struct generation *next)
{
    const struct generation *before;

    pthread_mutex_lock(&reload->lock);
    before = reload->current;
    reload->current = next;
    pthread_mutex_unlock(&reload->lock);
    return before;
}

bool reload_load(struct reload *reload, struct faults *faults)
{
    struct generation *next = calloc(1, sizeof(*next));

    if (next == NULL) {
        faults_add(faults, SEVERITY_ERROR, view_of(reload->path), 0, 0, "out of memory");
        return false;
    }
    next->policy = rule_file_load(reload->path, faults);
    if (next->policy == NULL) {
        free(next);
        return false;
    }
    next->number = ++reload->loads;
    next->holders = 1;
    reload_release(reload, swap(reload, next));
    return true;
}

const struct generation *reload_hold(struct reload *reload)
{
    struct generation *generation;

    pthread_mutex_lock(&reload->lock);
    generation = reload->current;
    if (generation != NULL)
        generation->holders++;
    pthread_mutex_unlock(&reload->lock);
    return generation;
}

void reload_release(struct reload *reload, const struct generation *generation)
{
    /* The one place that changes what holders only look at. */
    struct generation *counted = (struct generation *)generation;
    unsigned left;

    if (counted == NULL)
        return;
    pthread_mutex_lock(&reload->lock);
    left = --counted->holders;
    pthread_mutex_unlock(&reload->lock);
    if (left > 0)
        return;
    policy_free(counted->policy);
    free(counted);
}
