#include "programs/guidelines_answer.h"

#include "programs/foreign.h"
#include "shared/plural.h"

enum { SENTENCE_MAX = 1024, TITLE_WIDTH = 14, VERDICT_WIDTH = 11 };

enum compliance_verdict guidelines_verdict(const struct dns_findings *findings)
{
    enum compliance_verdict worst = COMPLIANCE_NO_DATA;

    for (size_t i = 0; i < REQUIREMENT_COUNT; i++) {
        const struct dns_finding *row = &findings->rows[i];

        if (row->asked && finding_table[row->finding].verdict > worst)
            worst = finding_table[row->finding].verdict;
    }
    return worst;
}

static struct finding_facts facts_of(const struct dns_finding *row)
{
    return (
        struct finding_facts){ .count = row->count, .of = row->of, .receiver = VIEW("Gmail"), .detail = row->detail };
}

static struct view evidence(const struct dns_finding *row, struct buf *storage)
{
    const struct finding_facts facts = facts_of(row);

    finding_print(storage, finding_evidence(NULL, &finding_table[row->finding], &facts), &facts);
    return buf_view(storage);
}

static struct view next_step(const struct dns_finding *row, struct buf *storage)
{
    const struct finding_facts facts = facts_of(row);

    finding_print(storage, finding_table[row->finding].next, &facts);
    return buf_view(storage);
}

/* ---- text ---- */

static void print_row(FILE *out, enum requirement requirement, const struct dns_finding *row)
{
    const struct finding_row *finding = &finding_table[row->finding];
    char storage[SENTENCE_MAX];
    struct buf text = BUF(storage);

    fprintf(out, "  %-*s %-*s ", TITLE_WIDTH, requirement_title(requirement), VERDICT_WIDTH,
            compliance_title(finding->verdict));
    foreign_print(out, evidence(row, &text));
    fputc('\n', out);
    if (finding->next[0] == '\0')
        return;
    buf_reset(&text);
    fprintf(out, "  %-*s %-*s ", TITLE_WIDTH, "", VERDICT_WIDTH, "  next:");
    foreign_print(out, next_step(row, &text));
    fputc('\n', out);
}

static void print_addresses(FILE *out, const struct guidelines_answer *answer)
{
    static const char *const whence[] = { [EGRESS_NOWHERE] = "",
                                          [EGRESS_OPTION] = "",
                                          [EGRESS_FILE] = " (by the rule file)",
                                          [EGRESS_POSTFIX] = " (by Postfix's configuration)" };
    const struct egress *egress = answer->egress;

    fputs("mail leaves from ", out);
    for (size_t i = 0; i < egress->count; i++) {
        char storage[64];
        struct buf text = BUF(storage);

        address_add(&text, &egress->list[i]);
        fprintf(out, "%s%s", i > 0 ? ", " : "", buf_text(&text));
    }
    fprintf(out, "%s%s\n", egress->count == 0 ? "addresses that are not known here" : "", whence[egress->source]);
    if (egress->dropped > 0)
        fprintf(out, "%zu more %s not looked at\n", egress->dropped,
                plural(egress->dropped, "address was", "addresses were"));
    if (egress->networks > 0)
        fprintf(out, "%zu %s of the rule file %s not looked at: name single addresses with --egress\n",
                egress->networks, plural(egress->networks, "network", "networks"),
                plural(egress->networks, "was", "were"));
    if (egress->private > 0)
        fputs("Postfix binds a private address: address translation decides what others see\n", out);
    if (answer->egress_trouble != NULL) {
        foreign_print(out, view_of(answer->egress_trouble));
        fputc('\n', out);
    }
}

void guidelines_print_text(FILE *out, const struct guidelines_answer *answer)
{
    const struct sender_question *question = answer->question;

    fprintf(out, "%.*s: what DNS says, %s\n", VIEW_ARG(question->domain),
            answer->validated ? "validated with DNSSEC" : "not validated");
    print_addresses(out, answer);
    fputc('\n', out);
    for (size_t i = 0; i < REQUIREMENT_COUNT; i++) {
        if (answer->findings->rows[i].asked)
            print_row(out, (enum requirement)i, &answer->findings->rows[i]);
    }
    fprintf(out, "\n%.*s: %s\n", VIEW_ARG(question->domain), compliance_title(guidelines_verdict(answer->findings)));
}

/* ---- JSON ---- */

static json_t *text_json(struct view text)
{
    return text.n == 0 ? json_null() : foreign_json(text);
}

static json_t *name_json(struct view name)
{
    return json_stringn(name.p, name.n);
}

static json_t *address_json(const struct sender_address *address)
{
    static const char *const reverses[] = { [REVERSE_PENDING] = "pending",
                                            [REVERSE_UNKNOWN] = "unknown",
                                            [REVERSE_ABSENT] = "absent",
                                            [REVERSE_MISMATCH] = "mismatch",
                                            [REVERSE_CONFIRMED] = "confirmed" };
    char storage[64];
    struct buf text = BUF(storage);

    address_add(&text, &address->address);
    return json_pack("{s:s, s:{s:o, s:o, s:i, s:i, s:o}, s:{s:s, s:o, s:b, s:o}}", "address", buf_text(&text), "spf",
                     "result", name_json(spf_verdict_name(address->spf.verdict)), "term", text_json(address->spf.term),
                     "lookups", (int)address->spf.lookups, "void_lookups", (int)address->spf.voids, "problem",
                     text_json(view_of(address->spf.problem)), "ptr", "state", reverses[address->reverse.state], "name",
                     text_json(address->reverse.name), "dnssec", address->reverse.secure, "fault",
                     text_json(dns_fault_name(address->reverse.fault)));
}

static const char *alignment_name(enum alignment alignment)
{
    static const char *const names[] = {
        [ALIGNMENT_PENDING] = "unknown", [ALIGNMENT_UNKNOWN] = "unknown", [ALIGNMENT_NO] = "no", [ALIGNMENT_YES] = "yes"
    };

    return names[alignment];
}

static json_t *key_json(const struct sender_key *key)
{
    bool found = key->key.state == DKIM_KEY_FOUND;

    return json_pack("{s:o, s:o, s:o, s:o, s:i, s:b, s:b, s:b, s:s, s:o}", "selector",
                     text_json(key->signature.selector), "domain", text_json(key->signature.domain), "state",
                     name_json(dkim_key_state_name(key->key.state)), "type",
                     found ? name_json(dkim_key_type_name(key->key.type)) : json_null(), "bits", (int)key->key.bits,
                     "good", dkim_key_is_good(&key->key), "testing", key->key.testing, "dnssec", key->key.secure,
                     "aligned", alignment_name(key->alignment), "fault", text_json(dns_fault_name(key->key.fault)));
}

static json_t *dmarc_json(const struct dmarc *dmarc)
{
    static const char *const states[] = { [DMARC_PENDING] = "pending",
                                          [DMARC_UNKNOWN] = "unknown",
                                          [DMARC_ABSENT] = "absent",
                                          [DMARC_INVALID] = "invalid",
                                          [DMARC_FOUND] = "found" };

    return json_pack("{s:s, s:o, s:o, s:o, s:o, s:b, s:b, s:o}", "state", states[dmarc->state], "policy",
                     text_json(dmarc_policy_name(dmarc->policy)), "domain", text_json(dmarc->place), "record",
                     text_json(dmarc->record.text), "organizational_domain", text_json(dmarc->organization), "several",
                     dmarc->several, "dnssec", dmarc->secure, "fault", text_json(dns_fault_name(dmarc->fault)));
}

static json_t *row_json(enum requirement requirement, const struct dns_finding *row)
{
    const struct finding_row *finding = &finding_table[row->finding];
    char storage[SENTENCE_MAX];
    struct buf text = BUF(storage);

    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o}", "requirement", name_json(requirement_name(requirement)),
                     "verdict", name_json(compliance_name(finding->verdict)), "finding", name_json(finding->name),
                     "source", name_json(finding_source_name(finding->source)), "evidence",
                     text_json(evidence(row, &text)), "next", text_json(view_of(finding->next)));
}

static json_t *addresses_json(const struct sender_facts *facts)
{
    json_t *list = json_array();

    for (size_t i = 0; i < facts->address_count; i++)
        (void)json_array_append_new(list, address_json(&facts->addresses[i]));
    return list;
}

static json_t *keys_json(const struct sender_facts *facts)
{
    json_t *list = json_array();

    for (size_t i = 0; i < facts->key_count; i++)
        (void)json_array_append_new(list, key_json(&facts->keys[i]));
    return list;
}

static json_t *rows_json(const struct dns_findings *findings)
{
    json_t *list = json_array();

    for (size_t i = 0; i < REQUIREMENT_COUNT; i++) {
        if (findings->rows[i].asked)
            (void)json_array_append_new(list, row_json((enum requirement)i, &findings->rows[i]));
    }
    return list;
}

int guidelines_print_json(FILE *out, const struct guidelines_answer *answer)
{
    const struct sender_facts *facts = answer->facts;
    json_t *all = json_pack(
        "{s:i, s:o, s:o, s:b, s:s, s:i, s:o, s:{s:o, s:i, s:s}, s:o, s:o, s:o, s:o}", "schema", 1, "domain",
        text_json(answer->question->domain), "envelope", text_json(answer->question->envelope), "validated",
        answer->validated, "addresses_from", egress_source_name(answer->egress->source), "addresses_not_asked",
        (int)(answer->egress->dropped + answer->egress->networks), "addresses", addresses_json(facts), "spf", "record",
        text_json(facts->spf_cost.record), "lookups_at_most", (int)facts->spf_cost.lookups, "aligned",
        alignment_name(facts->spf_alignment), "dkim", keys_json(facts), "dmarc", dmarc_json(&facts->dmarc), "rows",
        rows_json(answer->findings), "verdict", name_json(compliance_name(guidelines_verdict(answer->findings))));
    int printed = all == NULL ? -1 : json_dumpf(all, out, JSON_INDENT(2));

    fputc('\n', out);
    json_decref(all);
    return printed;
}
