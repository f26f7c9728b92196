#include "dns/dmarc.h"

#include "dns/tag_list.h"

static const struct view policy_names[] = {
    [DMARC_NO_POLICY] = VIEW_INIT(""),
    [DMARC_POLICY_NONE] = VIEW_INIT("none"),
    [DMARC_POLICY_QUARANTINE] = VIEW_INIT("quarantine"),
    [DMARC_POLICY_REJECT] = VIEW_INIT("reject"),
};

struct view dmarc_policy_name(enum dmarc_policy policy)
{
    return policy_names[policy];
}

/* ---- one record ---- */

static enum dmarc_policy policy_of(struct view text, bool *broken)
{
    for (size_t i = DMARC_POLICY_NONE; i <= DMARC_POLICY_REJECT; i++) {
        if (view_eq_nocase(text, policy_names[i]))
            return (enum dmarc_policy)i;
    }
    *broken = true;
    return DMARC_NO_POLICY;
}

/* "mailto:a@example.org,https://...": one that has a scheme and something behind it will do. */
static bool has_uri(struct view list)
{
    struct view uri;

    while (view_next(&list, ',', &uri)) {
        ptrdiff_t colon;

        uri = view_trim(uri);
        colon = view_find_char(uri, ':');
        if (colon > 0 && (size_t)colon + 1 < uri.n)
            return true;
    }
    return false;
}

/* Tags that are not known are ignored: section 4.7. */
static void take_tag(const struct tag_value *tag, struct dmarc_record *record)
{
    if (view_eq(tag->name, VIEW("p")))
        record->policy = policy_of(tag->value, &record->broken_policy);
    else if (view_eq(tag->name, VIEW("sp")))
        record->subdomains = policy_of(tag->value, &record->broken_policy);
    else if (view_eq(tag->name, VIEW("np")))
        record->nonexistent = policy_of(tag->value, &record->broken_policy);
    else if (view_eq(tag->name, VIEW("rua")))
        record->has_reports = has_uri(tag->value);
    else if (view_eq(tag->name, VIEW("psd")) && view_eq_nocase(tag->value, VIEW("y")))
        record->psd = DMARC_PSD_YES;
    else if (view_eq(tag->name, VIEW("psd")) && view_eq_nocase(tag->value, VIEW("n")))
        record->psd = DMARC_PSD_NO;
    else if (view_eq(tag->name, VIEW("t")))
        record->testing = view_eq_nocase(tag->value, VIEW("y"));
    else if (view_eq(tag->name, VIEW("adkim")))
        record->strict_dkim = view_eq_nocase(tag->value, VIEW("s"));
    else if (view_eq(tag->name, VIEW("aspf")))
        record->strict_spf = view_eq_nocase(tag->value, VIEW("s"));
}

struct dmarc_record dmarc_record_parse(struct view text)
{
    struct dmarc_record record = { .text = text };
    struct tag_value tag;
    struct view list = text;
    int found;

    /* The version is the first tag and the one value whose case matters: section 4.8. */
    if (tag_list_next(&list, &tag) != 1 || !view_eq(tag.name, VIEW("v")) || !view_eq(tag.value, VIEW("DMARC1")))
        return record;
    while ((found = tag_list_next(&list, &tag)) == 1)
        take_tag(&tag, &record);
    record.broken_policy = record.broken_policy || record.policy == DMARC_NO_POLICY;
    record.valid = found == 0;
    return record;
}

/* ---- the walk ---- */

struct step {
    struct view domain;
    struct dmarc_record record; /* valid: the one record of this name */
    enum dns_answer_state state;
    enum dns_fault fault;
    bool several, secure;
};

static size_t count_labels(struct view domain)
{
    size_t labels = domain.n > 0;

    for (size_t i = 0; i < domain.n; i++)
        labels += domain.p[i] == '.';
    return labels;
}

static struct view without_label(struct view domain)
{
    struct view label;

    return view_cut(&domain, VIEW("."), &label) ? domain : view_slice(domain, domain.n, domain.n);
}

/* Steps 3, 4 and 7 of the walk: one label less, and from eight or more at once to seven. */
static struct view next_target(struct view domain)
{
    size_t labels = count_labels(domain);

    domain = without_label(domain);
    for (; labels > DMARC_WALK_MAX; labels--)
        domain = without_label(domain);
    return domain;
}

/* Records that are no DMARC records do not count; of several none does. */
static void read_step(const struct dns_answer *answer, struct step *step)
{
    unsigned count = 0;

    step->state = answer->state;
    step->fault = answer->fault;
    step->secure = answer->secure;
    for (size_t i = 0; i < answer->count; i++) {
        struct dmarc_record record = dmarc_record_parse(answer->records[i].text);

        if (!record.valid)
            continue;
        count++;
        step->record = record;
    }
    step->several = count > 1;
    if (count > 1)
        step->record = (struct dmarc_record){ .valid = false };
}

/* All names of a walk are asked about at once, though a psd tag may end it sooner: that costs less than waiting. */
static size_t take_steps(struct dns_answers *answers, struct view domain, struct step *steps)
{
    size_t count = 0;

    while (domain.n > 0 && count < DMARC_WALK_MAX) {
        char storage[DNS_NAME_MAX + 1];
        struct buf name = BUF(storage);

        buf_addf(&name, "_dmarc.%.*s", VIEW_ARG(domain));
        steps[count] = (struct step){ .domain = domain, .state = DNS_ANSWER_NO_NAME };
        if (!name.full && dns_name_is_valid(buf_view(&name)))
            read_step(dns_ask(answers, buf_view(&name), DNS_TYPE_TXT), &steps[count]);
        count++;
        domain = next_target(domain);
    }
    return count;
}

/* The steps that count: up to the one that a psd tag ends the walk at. */
static size_t cut_steps(const struct step *steps, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (steps[i].record.valid && steps[i].record.psd != DMARC_PSD_UNSAID)
            return i + 1;
    }
    return count;
}

/* The three rules of "Identifier Alignment Evaluation", from the longest name to the shortest. */
static struct view select_organization(const struct step *steps, size_t count, struct view domain)
{
    struct view fewest = domain;

    for (size_t i = 0; i < count; i++) {
        if (!steps[i].record.valid)
            continue;
        if (steps[i].record.psd == DMARC_PSD_NO)
            return steps[i].domain;
        if (steps[i].record.psd == DMARC_PSD_YES && i > 0)
            return steps[i - 1].domain;
        fewest = steps[i].domain;
    }
    return fewest;
}

/*
 * The name one label below a psd=y on the walk is the step before it, but for a long domain whose walk jumps: there the
 * names between were never asked about and have at least eight labels, which a public suffix has not.
 */
static const struct step *find_open(const struct step *steps, size_t count, enum dns_answer_state state)
{
    for (size_t i = 0; i < count; i++) {
        if (steps[i].state == state)
            return &steps[i];
    }
    return NULL;
}

bool dmarc_organization(struct dns_answers *answers, struct view domain, struct view *out, enum dns_fault *fault)
{
    struct step steps[DMARC_WALK_MAX];
    size_t count = take_steps(answers, domain, steps);
    const struct step *faulty;

    *fault = DNS_FAULT_NONE;
    count = cut_steps(steps, count);
    faulty = find_open(steps, count, DNS_ANSWER_FAULT);
    if (find_open(steps, count, DNS_ANSWER_PENDING) != NULL)
        return false;
    if (faulty != NULL) {
        *fault = faulty->fault;
        return false;
    }
    *out = select_organization(steps, count, domain);
    return true;
}

/* Whose record holds: the domain's, its organization's, its public suffix's.  NULL: none. */
static const struct step *select_policy(const struct step *steps, size_t count, struct view organization)
{
    if (count > 0 && steps[0].record.valid)
        return &steps[0];
    for (size_t i = 0; i < count; i++) {
        if (steps[i].record.valid && view_eq(steps[i].domain, organization))
            return &steps[i];
    }
    return count > 0 && steps[count - 1].record.psd == DMARC_PSD_YES ? &steps[count - 1] : NULL;
}

static enum dmarc_policy policy_for(const struct step *step, bool is_subdomain)
{
    if (step->record.broken_policy)
        return DMARC_POLICY_NONE; /* section 4.10.1: as if it said so, where it has a rua */
    return is_subdomain && step->record.subdomains != DMARC_NO_POLICY ? step->record.subdomains : step->record.policy;
}

static void take_policy(const struct step *step, struct view domain, struct dmarc *out)
{
    out->record = step->record;
    out->place = step->domain;
    out->secure = step->secure;
    out->policy = policy_for(step, !view_eq(step->domain, domain));
    out->state = step->record.broken_policy && !step->record.has_reports ? DMARC_INVALID : DMARC_FOUND;
}

struct dmarc dmarc_find(struct dns_answers *answers, struct view domain)
{
    struct dmarc dmarc = { .state = DMARC_ABSENT, .organization = domain };
    struct step steps[DMARC_WALK_MAX];
    size_t count = take_steps(answers, domain, steps);
    const struct step *faulty, *policy;

    count = cut_steps(steps, count);
    faulty = find_open(steps, count, DNS_ANSWER_FAULT);
    for (size_t i = 0; i < count; i++)
        dmarc.several = dmarc.several || steps[i].several;
    if (find_open(steps, count, DNS_ANSWER_PENDING) != NULL) {
        dmarc.state = DMARC_PENDING;
        return dmarc;
    }
    dmarc.organization = select_organization(steps, count, domain);
    policy = select_policy(steps, count, dmarc.organization);
    /* The domain's own record holds whatever lies above it. */
    if (faulty != NULL && (policy == NULL || policy != &steps[0])) {
        dmarc.state = DMARC_UNKNOWN;
        dmarc.fault = faulty->fault;
    } else if (policy != NULL) {
        take_policy(policy, domain, &dmarc);
    }
    return dmarc;
}
