#include "dns/lookup.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <time.h>
#include <unbound.h>

enum { CLASS_IN = 1 };

struct lookups {
    struct ub_ctx *context;
    unsigned timeout_ms;
};

/* One question on its way. */
struct asked {
    struct dns_answers *answers;
    struct dns_answer *answer;
    size_t *waiting; /* how many still are */
    int id;
};

struct lookups *lookups_open(const struct resolver_options *options, struct error *error)
{
    struct lookups *lookups = calloc(1, sizeof(*lookups));

    if (lookups == NULL) {
        error_set(error, ERROR_MEMORY, "resolver: out of memory");
        return NULL;
    }
    lookups->timeout_ms = options->timeout_ms;
    lookups->context = context_new(options, options->unchecked ? NULL : context_anchor(options));
    if (lookups->context == NULL) {
        error_set(error, ERROR_SYSTEM, "resolver: cannot be set up%s%s", options->server == NULL ? "" : " for ",
                  options->server == NULL ? "" : options->server);
        free(lookups);
        return NULL;
    }
    return lookups;
}

void lookups_close(struct lookups *lookups)
{
    if (lookups == NULL)
        return;
    ub_ctx_delete(lookups->context);
    free(lookups);
}

int64_t lookups_now(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void keep_result(struct asked *asked, const struct ub_result *result)
{
    if (result->bogus != 0) {
        dns_answer_none(asked->answer, DNS_ANSWER_FAULT, DNS_FAULT_BOGUS);
    } else if (result->nxdomain != 0 || (result->rcode == 0 && result->havedata == 0)) {
        dns_answer_none(asked->answer, result->nxdomain != 0 ? DNS_ANSWER_NO_NAME : DNS_ANSWER_NO_DATA, DNS_FAULT_NONE);
        asked->answer->secure = result->secure != 0;
    } else if (result->rcode != 0) {
        dns_answer_none(asked->answer, DNS_ANSWER_FAULT, DNS_FAULT_SERVER);
    } else {
        for (size_t i = 0; result->data[i] != NULL; i++)
            dns_answer_add(asked->answers, asked->answer, (struct view){ result->data[i], (size_t)result->len[i] });
        dns_answer_end(asked->answer, result->secure != 0);
    }
}

static void take_result(void *to, int failure, struct ub_result *result)
{
    struct asked *asked = to;

    (*asked->waiting)--;
    if (failure == 0 && result != NULL)
        keep_result(asked, result);
    else
        dns_answer_none(asked->answer, DNS_ANSWER_FAULT, DNS_FAULT_SERVER);
    if (result != NULL)
        ub_resolve_free(result);
}

static void wait_for_all(struct lookups *lookups, const size_t *waiting, int64_t until)
{
    while (*waiting > 0) {
        struct pollfd polled = { .fd = ub_fd(lookups->context), .events = POLLIN };
        int64_t left = until - lookups_now();
        int ready = left <= 0 ? 0 : poll(&polled, 1, (int)left);

        if (ready == 0 || (ready == -1 && errno != EINTR))
            return;
        if (ready > 0 && ub_process(lookups->context) != 0)
            return;
    }
}

static void ask_one(struct lookups *lookups, struct asked *asked)
{
    (*asked->waiting)++;
    if (ub_resolve_async(lookups->context, asked->answer->name.p, (int)asked->answer->type, CLASS_IN, asked,
                         take_result, &asked->id) == 0)
        return;
    (*asked->waiting)--;
    dns_answer_none(asked->answer, DNS_ANSWER_FAULT, DNS_FAULT_SERVER);
}

/* What has no answer yet will get none: nothing of this round may come in later. */
static void cancel_rest(struct lookups *lookups, const struct asked *asked, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (asked[i].answer->state != DNS_ANSWER_PENDING)
            continue;
        (void)ub_cancel(lookups->context, asked[i].id);
        dns_answer_none(asked[i].answer, DNS_ANSWER_FAULT, DNS_FAULT_TIMEOUT);
    }
}

size_t lookups_answer(struct lookups *lookups, struct dns_answers *answers, int64_t until)
{
    static const size_t most = DNS_QUESTIONS_MAX;
    struct asked asked[DNS_QUESTIONS_MAX];
    int64_t soon = lookups_now() + lookups->timeout_ms;
    size_t waiting = 0, count = 0;

    for (size_t i = 0; i < answers->count && count < most; i++) {
        if (answers->list[i].state != DNS_ANSWER_PENDING)
            continue;
        asked[count] = (struct asked){ .answers = answers, .answer = &answers->list[i], .waiting = &waiting };
        ask_one(lookups, &asked[count++]);
    }
    wait_for_all(lookups, &waiting, soon < until ? soon : until);
    cancel_rest(lookups, asked, count);
    return count;
}
