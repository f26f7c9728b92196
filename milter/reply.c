#include "milter/reply.h"

#include <string.h>

#include "shared/ascii.h"

const struct outcome outcome_undecided = { .verdict = VERDICT_TEMPFAIL,
                                           .reply = { VIEW_INIT("451"), VIEW_INIT("4.3.0"),
                                                      VIEW_INIT("Mail filter cannot decide, try again later") } };

const struct outcome outcome_forged_tags = {
    .verdict = VERDICT_REJECT,
    .reply = { VIEW_INIT("550"), VIEW_INIT("5.7.1"),
               VIEW_INIT("Too many copies of a header field that only this server adds") }
};

static const struct {
    char class;
    struct reply reply;
} defaults[VERDICT_COUNT] = {
    [VERDICT_TEMPFAIL] = { '4',
                           { VIEW_INIT("451"), VIEW_INIT("4.7.1"),
                             VIEW_INIT("Service unavailable - try again later") } },
    [VERDICT_REJECT] = { '5', { VIEW_INIT("550"), VIEW_INIT("5.7.1"), VIEW_INIT("Refused by local policy") } },
};

static bool is_code(struct view code, char class)
{
    return code.n == 3 && code.p[0] == class && ascii_is_digit(code.p[1]) && ascii_is_digit(code.p[2]);
}

/* class.ddd.ddd with one to three digits each, RFC 3463 section 2. */
static bool is_dsn(struct view dsn, char class)
{
    struct view subject;
    uint64_t number;

    if (dsn.n < 2 || dsn.p[0] != class || dsn.p[1] != '.')
        return false;
    dsn = view_slice(dsn, 2, dsn.n);
    return view_cut(&dsn, VIEW("."), &subject) && subject.n <= 3 && dsn.n <= 3 && view_number(subject, 999, &number) &&
           view_number(dsn, 999, &number);
}

static void copy(char *to, size_t size, struct view from)
{
    size_t n = from.n < size ? from.n : size - 1;

    memcpy(to, from.p, n);
    to[n] = '\0';
}

/* Printable ASCII only: some versions of libmilter pass on what they get, and Postfix logs it. */
static void copy_text(char *to, struct view from)
{
    size_t n = 0;

    for (size_t i = 0; i < from.n && i < REPLY_TEXT_MAX; i++) {
        bool printable = from.p[i] >= ' ' && from.p[i] < 0x7f;

        if (from.p[i] == '%')
            to[n++] = '%';
        if (printable)
            to[n++] = from.p[i];
        else
            to[n++] = '?';
    }
    to[n] = '\0';
}

static bool is_usable(const struct reply *reply, char class)
{
    return is_code(reply->code, class) && is_dsn(reply->dsn, class) && reply->text.n > 0;
}

void answer_make(const struct outcome *outcome, struct answer *out)
{
    const struct reply *reply = &outcome->reply;
    char class = defaults[outcome->verdict].class;

    out->verdict = VERDICT_ACCEPT;
    if (class == '\0')
        return;
    if (!is_usable(reply, class))
        reply = &defaults[outcome->verdict].reply;
    out->verdict = outcome->verdict;
    copy(out->reply.code, sizeof(out->reply.code), reply->code);
    copy(out->reply.dsn, sizeof(out->reply.dsn), reply->dsn);
    copy_text(out->reply.text, reply->text);
}
