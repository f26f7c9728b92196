#include "dns/spf.h"

#include "dns/spf_term.h"

struct check {
    struct dns_answers *answers;
    const struct spf_question *question;
    struct spf_result *result;
};

/* What a mechanism says, beside errors: section 4.6.2. */
enum match { MATCH_NO, MATCH_YES, MATCH_STOP /* the verdict lies in *stop */ };

static enum spf_verdict check_host(struct check *check, struct view domain, bool first);

struct view spf_verdict_name(enum spf_verdict verdict)
{
    static const struct view names[SPF_VERDICTS] = {
        [SPF_PENDING] = VIEW_INIT("pending"),     [SPF_NONE] = VIEW_INIT("none"),
        [SPF_NEUTRAL] = VIEW_INIT("neutral"),     [SPF_PASS] = VIEW_INIT("pass"),
        [SPF_FAIL] = VIEW_INIT("fail"),           [SPF_SOFTFAIL] = VIEW_INIT("softfail"),
        [SPF_TEMPERROR] = VIEW_INIT("temperror"), [SPF_PERMERROR] = VIEW_INIT("permerror"),
    };

    return names[verdict];
}

/* ---- errors and answers ---- */

static enum spf_verdict give_up(struct check *check, enum spf_verdict verdict, const char *problem, struct view where)
{
    struct buf text = buf_over(check->result->problem, sizeof(check->result->problem));

    buf_addf(&text, "%s: %.*s", problem, (int)(where.n > 120 ? 120 : where.n), where.n > 0 ? where.p : "");
    (void)buf_text(&text);
    return verdict;
}

static enum spf_verdict fault(struct check *check, const struct dns_answer *answer)
{
    struct view why = dns_fault_name(answer->fault);

    return give_up(check, SPF_TEMPERROR, why.p, answer->name);
}

static enum match stop_with(enum spf_verdict verdict, enum spf_verdict *stop)
{
    *stop = verdict;
    return MATCH_STOP;
}

/* The answer of a term's own question: its void look-ups count.  NULL: *stop says why. */
static const struct dns_answer *ask(struct check *check, struct view name, enum dns_type type, enum spf_verdict *stop)
{
    const struct dns_answer *answer = dns_ask(check->answers, name, type);

    if (answer->state == DNS_ANSWER_PENDING) {
        *stop = SPF_PENDING;
        return NULL;
    }
    if (answer->state == DNS_ANSWER_FAULT) {
        *stop = fault(check, answer);
        return NULL;
    }
    if (answer->state != DNS_ANSWER_RECORDS && ++check->result->voids > SPF_VOIDS_MAX && !check->question->exhaust) {
        *stop = give_up(check, SPF_PERMERROR, "more than 2 look-ups find nothing (RFC 7208 section 4.6.4)", name);
        return NULL;
    }
    return answer;
}

static enum dns_type address_type(const struct check *check)
{
    return address_is_ipv4(check->question->client) ? DNS_TYPE_A : DNS_TYPE_AAAA;
}

/* ---- names ---- */

/* Names that the client's PTR gives and that lead back to it; the first is for %{p}.  Section 5.5. */
static enum match validated_name(struct check *check, struct view below, struct view *out, enum spf_verdict *stop)
{
    char room[REVERSE_NAME_MAX];
    const struct dns_answer *names = dns_ask(check->answers, reverse_name(check->question->client, room), DNS_TYPE_PTR);
    bool pending = names->state == DNS_ANSWER_PENDING;

    for (size_t i = 0; names->state == DNS_ANSWER_RECORDS && i < names->count && i < SPF_HOSTS_MAX; i++) {
        struct view name = names->records[i].text;
        const struct dns_answer *back;
        bool is_below =
            below.n == 0 || view_eq(name, below) || (view_ends(name, below) && name.p[name.n - below.n - 1] == '.');

        if (!is_below || !dns_name_is_valid(name))
            continue;
        back = dns_ask(check->answers, name, address_type(check));
        pending = pending || back->state == DNS_ANSWER_PENDING;
        for (size_t row = 0; row < back->count; row++) {
            if (memcmp(&back->records[row].address, check->question->client, sizeof(struct address)) == 0) {
                *out = name;
                return MATCH_YES;
            }
        }
    }
    return pending ? stop_with(SPF_PENDING, stop) : MATCH_NO; /* a fault is no match: section 5.5 */
}

/* The name a term speaks of: its domain-spec with macros expanded, or the current domain. */
static enum match expand_name(struct check *check, const struct spf_term *term, struct view domain, struct buf *out,
                              enum spf_verdict *stop)
{
    const struct spf_question *question = check->question;
    struct spf_macros macros = { .sender_local = question->sender_local,
                                 .sender_domain = question->domain,
                                 .domain = domain,
                                 .helo = question->helo,
                                 .client = question->client };

    if (macros.sender_local.n == 0)
        macros.sender_local = VIEW("postmaster");
    if (term->domain.n == 0) {
        buf_add(out, domain);
        return MATCH_YES;
    }
    if (spf_needs_validated(term->domain) &&
        validated_name(check, (struct view){ NULL, 0 }, &macros.validated, stop) == MATCH_STOP)
        return MATCH_STOP;
    spf_expand(term->domain, &macros, out);
    if (out->full || !dns_name_is_valid(buf_view(out)))
        return stop_with(give_up(check, SPF_PERMERROR, "no domain name comes of the term", term->text), stop);
    return MATCH_YES;
}

/* ---- mechanisms ---- */

static bool prefix_agrees(const struct address *a, const struct address *b, unsigned bits)
{
    unsigned whole = bits / 8, rest = bits % 8;

    return memcmp(a->octets, b->octets, whole) == 0 &&
           (rest == 0 || (a->octets[whole] ^ b->octets[whole]) >> (8 - rest) == 0);
}

static bool address_matches(const struct check *check, const struct spf_term *term, const struct address *address)
{
    bool four = address_is_ipv4(check->question->client);

    return address_is_ipv4(address) == four &&
           prefix_agrees(address, check->question->client, four ? 96 + term->bits4 : term->bits6);
}

static bool any_address_matches(const struct check *check, const struct spf_term *term, const struct dns_answer *answer)
{
    for (size_t i = 0; i < answer->count; i++) {
        if (address_matches(check, term, &answer->records[i].address))
            return true;
    }
    return false;
}

static enum match match_a(struct check *check, const struct spf_term *term, struct view name, enum spf_verdict *stop)
{
    const struct dns_answer *answer = ask(check, name, address_type(check), stop);

    if (answer == NULL)
        return MATCH_STOP;
    return any_address_matches(check, term, answer) ? MATCH_YES : MATCH_NO;
}

static enum match match_mx(struct check *check, const struct spf_term *term, struct view name, enum spf_verdict *stop)
{
    const struct dns_answer *hosts = ask(check, name, DNS_TYPE_MX, stop);
    const struct dns_answer *broken = NULL;
    bool pending = false;

    if (hosts == NULL)
        return MATCH_STOP;
    if (hosts->count + hosts->dropped > SPF_HOSTS_MAX)
        return stop_with(give_up(check, SPF_PERMERROR, "an mx term with more than 10 mail servers", name), stop);
    for (size_t i = 0; i < hosts->count; i++) {
        const struct dns_answer *answer;

        if (!dns_name_is_valid(hosts->records[i].text))
            continue; /* the null MX of RFC 7505 */
        answer = dns_ask(check->answers, hosts->records[i].text, address_type(check));
        pending = pending || answer->state == DNS_ANSWER_PENDING;
        if (answer->state == DNS_ANSWER_FAULT)
            broken = answer;
        if (any_address_matches(check, term, answer))
            return MATCH_YES;
    }
    if (pending)
        return stop_with(SPF_PENDING, stop);
    return broken != NULL ? stop_with(fault(check, broken), stop) : MATCH_NO;
}

/* The table of section 5.2. */
static enum match match_include(struct check *check, struct view name, enum spf_verdict *stop)
{
    enum spf_verdict verdict = check_host(check, name, false);

    switch (verdict) {
    case SPF_PASS:
        return MATCH_YES;
    case SPF_FAIL:
    case SPF_SOFTFAIL:
    case SPF_NEUTRAL:
        return MATCH_NO;
    case SPF_NONE:
        return stop_with(give_up(check, SPF_PERMERROR, "an included domain without SPF record", name), stop);
    default:
        return stop_with(verdict, stop);
    }
}

static enum match match_named(struct check *check, const struct spf_term *term, struct view name,
                              enum spf_verdict *stop)
{
    const struct dns_answer *answer;
    struct view validated;

    switch (term->kind) {
    case SPF_INCLUDE:
        return match_include(check, name, stop);
    case SPF_A:
        return match_a(check, term, name, stop);
    case SPF_MX:
        return match_mx(check, term, name, stop);
    case SPF_PTR:
        return validated_name(check, name, &validated, stop);
    default: /* SPF_EXISTS: an A record whatever the client's family, section 5.7 */
        answer = ask(check, name, DNS_TYPE_A, stop);
        if (answer == NULL)
            return MATCH_STOP;
        return answer->state == DNS_ANSWER_RECORDS ? MATCH_YES : MATCH_NO;
    }
}

/* One more term that needs look-ups.  False: that is one too many. */
static bool pay(struct check *check, struct view term, enum spf_verdict *stop)
{
    unsigned limit = check->question->exhaust ? SPF_COUNTED_MAX : SPF_LOOKUPS_MAX;

    if (++check->result->lookups <= limit)
        return true;
    *stop = give_up(check, SPF_PERMERROR, "more than 10 terms need look-ups (RFC 7208 section 4.6.4)", term);
    return false;
}

static enum match match_term(struct check *check, const struct spf_term *term, struct view domain,
                             enum spf_verdict *stop)
{
    char storage[DNS_NAME_MAX + 1];
    struct buf name = BUF(storage);
    enum match match;

    if (term->kind == SPF_ALL)
        return MATCH_YES;
    if (term->kind == SPF_IP4 || term->kind == SPF_IP6)
        return address_matches(check, term, &term->base) ? MATCH_YES : MATCH_NO;
    if (!pay(check, term->text, stop))
        return MATCH_STOP;
    match = expand_name(check, term, domain, &name, stop);
    return match == MATCH_YES ? match_named(check, term, buf_view(&name), stop) : match;
}

/* ---- records ---- */

/* All terms must be well-formed before any is looked at: section 4.6.  The modifiers redirect and exp stand once. */
static bool is_well_formed(struct check *check, struct view record, struct spf_term *redirect)
{
    struct spf_term term;
    unsigned redirects = 0, explanations = 0;
    int found;

    while ((found = spf_term_next(&record, &term)) == 1) {
        redirects += term.kind == SPF_REDIRECT;
        explanations += term.kind == SPF_EXPLANATION;
        if (redirects > 1 || explanations > 1)
            break;
        if (term.kind == SPF_REDIRECT)
            *redirect = term;
    }
    if (found == 0)
        return true;
    (void)give_up(check, SPF_PERMERROR, found == 1 ? "a modifier that stands twice" : "syntax error", term.text);
    return false;
}

static enum spf_verdict verdict_of(char qualifier)
{
    switch (qualifier) {
    case '-':
        return SPF_FAIL;
    case '~':
        return SPF_SOFTFAIL;
    case '?':
        return SPF_NEUTRAL;
    default:
        return SPF_PASS;
    }
}

static enum spf_verdict follow_redirect(struct check *check, const struct spf_term *redirect, struct view domain)
{
    char storage[DNS_NAME_MAX + 1];
    struct buf name = BUF(storage);
    enum spf_verdict verdict = SPF_NEUTRAL;

    if (!pay(check, redirect->text, &verdict) || expand_name(check, redirect, domain, &name, &verdict) == MATCH_STOP)
        return verdict;
    verdict = check_host(check, buf_view(&name), false);
    if (verdict == SPF_NONE)
        return give_up(check, SPF_PERMERROR, "a redirect to a domain without SPF record", buf_view(&name));
    return verdict;
}

/* terms: what stands behind "v=spf1". */
static enum spf_verdict walk(struct check *check, struct view terms, struct view domain, bool first)
{
    struct spf_term term, redirect = { .kind = SPF_OTHER_MODIFIER };
    enum spf_verdict stop = SPF_PERMERROR;
    bool has_all = false;

    if (!is_well_formed(check, terms, &redirect))
        return SPF_PERMERROR;
    while (spf_term_next(&terms, &term) == 1) {
        enum match match = MATCH_NO;

        if (term.kind < SPF_REDIRECT)
            match = match_term(check, &term, domain, &stop);
        has_all = has_all || term.kind == SPF_ALL;
        if (has_all && check->question->exhaust)
            break; /* nothing behind it is ever reached */
        if (match == MATCH_NO || (match == MATCH_YES && check->question->exhaust))
            continue;
        if (first)
            check->result->term = term.text;
        return match == MATCH_STOP ? stop : verdict_of(term.qualifier);
    }
    /* Section 6.1: a redirect counts where no `all` stands. */
    if (redirect.kind != SPF_REDIRECT || has_all)
        return SPF_NEUTRAL;
    if (first)
        check->result->term = redirect.text;
    return follow_redirect(check, &redirect, domain);
}

/* Section 4.4 and 4.5: the one record of a domain. */
static enum spf_verdict check_host(struct check *check, struct view domain, bool first)
{
    const struct dns_answer *answer = dns_ask(check->answers, domain, DNS_TYPE_TXT);
    const struct view *record = NULL;

    if (answer->state == DNS_ANSWER_PENDING)
        return SPF_PENDING;
    if (answer->state == DNS_ANSWER_FAULT)
        return fault(check, answer);
    for (size_t i = 0; i < answer->count; i++) {
        if (!spf_is_record(answer->records[i].text))
            continue;
        if (record != NULL)
            return give_up(check, SPF_PERMERROR, "more than one SPF record", domain);
        record = &answer->records[i].text;
    }
    if (record == NULL)
        return SPF_NONE;
    if (first)
        check->result->record = *record;
    return walk(check, view_slice(*record, sizeof("v=spf1") - 1, record->n), domain, first);
}

struct spf_result spf_check(struct dns_answers *answers, const struct spf_question *question)
{
    struct spf_result result = { .verdict = SPF_NONE };
    struct check check = { answers, question, &result };

    if (dns_name_is_valid(question->domain))
        result.verdict = check_host(&check, question->domain, true);
    return result;
}
