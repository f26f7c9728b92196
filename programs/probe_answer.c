#include "programs/probe_answer.h"

#include <string.h>
#include <time.h>

#include "programs/foreign.h"
#include "shared/plural.h"

static const char *const version_names[VERSIONS] = { "1.0", "1.1", "1.2", "1.3" };

static const char *trial_name(enum trial trial)
{
    static const char *const names[] = {
        [TRIAL_NOT_MADE] = "not tested", [TRIAL_YES] = "yes", [TRIAL_NO] = "no", [TRIAL_UNKNOWN] = "unknown"
    };

    return names[trial];
}

static const char *dnssec_name(const struct lookup *lookup)
{
    static const char *const names[] = {
        [DNSSEC_INSECURE] = "unsigned", [DNSSEC_SECURE] = "signed", [DNSSEC_UNCHECKED] = "unchecked"
    };

    return names[lookup->dnssec];
}

static const char *purpose_name(enum purpose purpose)
{
    return purpose == PURPOSE_SUBMISSION ? "submission" : "mx";
}

static void date_text(int64_t when, char *out, size_t room)
{
    time_t seconds = (time_t)when;
    struct tm broken;

    if (gmtime_r(&seconds, &broken) == NULL || strftime(out, room, "%Y-%m-%d", &broken) == 0)
        (void)snprintf(out, room, "?");
}

static void print_label(FILE *out, const char *label)
{
    fprintf(out, "    %-12s ", label);
}

static void print_foreign(FILE *out, const char *label, const char *text)
{
    print_label(out, label);
    foreign_print(out, view_of(text));
    fputc('\n', out);
}

static void print_session(FILE *out, const struct session_facts *session)
{
    print_label(out, "TLS");
    fprintf(out, "%s, %s, %d bits%s%s\n", session->version, session->cipher, session->bits,
            session->group[0] != '\0' ? ", " : "", session->group);
}

static void print_certificate(FILE *out, const struct certificate_facts *certificate)
{
    char until[16];

    if (!certificate->shown)
        return;
    date_text(certificate->not_after, until, sizeof(until));
    print_label(out, "certificate");
    foreign_print(out, view_of(certificate->names));
    fputs("; by ", out);
    foreign_print(out, view_of(certificate->issuer));
    fprintf(out, "; until %s; %d bits; %u in the chain\n", until, certificate->key_bits, certificate->chain);
    print_label(out, "trust");
    fprintf(out, "chain %s%s%s, name %s, OCSP staple %s\n", certificate->trusted ? "yes" : "no",
            certificate->trusted ? "" : ": ", certificate->trust_text, certificate->name_matches ? "yes" : "no",
            staple_name(certificate->staple));
}

static void print_versions(FILE *out, const struct server_facts *facts)
{
    if (facts->versions[VERSIONS - 1] == TRIAL_NOT_MADE)
        return;
    print_label(out, "versions");
    for (size_t i = 0; i < VERSIONS; i++)
        fprintf(out, "%sTLS %s %s", i > 0 ? ", " : "", version_names[i], trial_name(facts->versions[i]));
    fputc('\n', out);
    print_label(out, "post-quantum");
    fprintf(out, "X25519MLKEM768 %s%s\n", trial_name(facts->post_quantum),
            facts->post_quantum == TRIAL_NOT_MADE ? ": this OpenSSL does not have it" : "");
}

static void print_auth(FILE *out, const struct server_facts *facts)
{
    if (facts->auth_before[0] == '\0' && facts->auth_after[0] == '\0')
        return;
    print_label(out, "AUTH");
    if (!facts->implicit) {
        fputs("in plaintext: ", out);
        foreign_print(out, view_of(facts->auth_before[0] != '\0' ? facts->auth_before : "none"));
        fputs("; ", out);
    }
    fputs("under TLS: ", out);
    foreign_print(out, view_of(facts->auth_after[0] != '\0' ? facts->auth_after : "none"));
    fputc('\n', out);
}

static void print_dane(FILE *out, const struct server_facts *facts)
{
    if (facts->tlsa_records == 0)
        return;
    print_label(out, "DANE");
    fprintf(out, "%zu TLSA %s, %zu usable, %s; the certificate matches: %s\n", facts->tlsa_records,
            plural(facts->tlsa_records, "record", "records"), facts->tlsa_usable, dnssec_name(&facts->tlsa),
            trial_name(facts->dane));
}

static void print_remarks(FILE *out, const struct judgement *judgement)
{
    for (size_t i = 0; i < judgement->count; i++) {
        const struct remark *remark = &judgement->remarks[i];

        print_label(out, remark_weight_name(remark->weight));
        foreign_print(out, view_of(remark->text));
        fprintf(out, "  (%s)\n", remark->id);
    }
}

static void print_server(FILE *out, const struct survey_row *row)
{
    const struct server_facts *facts = &row->facts;
    char storage[64];
    struct buf address = BUF(storage);

    address_add(&address, &facts->address);
    foreign_print(out, view_of(facts->host));
    fprintf(out, " [%s]:%u, %s%s\n", buf_text(&address), facts->port, purpose_name(facts->purpose),
            facts->implicit ? ", implicit TLS" : "");
    if (facts->greeting[0] != '\0')
        print_foreign(out, "greeting", facts->greeting);
    if (facts->step == STEP_TLS) {
        print_session(out, &facts->session);
        print_versions(out, facts);
        print_certificate(out, &facts->session.certificate);
    }
    print_auth(out, facts);
    print_dane(out, facts);
    print_remarks(out, &row->judgement);
    print_label(out, "answer");
    fprintf(out, "%s\n\n", answer_name(row->judgement.answer));
}

static void print_policy(FILE *out, const struct survey *survey)
{
    if (survey->policy_trouble[0] != '\0')
        print_foreign(out, "MTA-STS", survey->policy_trouble);
    if (!survey->policy_read)
        return;
    print_label(out, "MTA-STS");
    fprintf(out, "mode %s, for %u %s", sts_mode_name(survey->policy.mode), survey->policy.max_age,
            plural(survey->policy.max_age, "second", "seconds"));
    for (size_t i = 0; i < survey->policy.pattern_count; i++) {
        fputs(", ", out);
        foreign_print(out, survey->policy.patterns[i]);
    }
    fputs("\n\n", out);
}

static void print_domain(FILE *out, const struct survey_request *request, const struct survey *survey)
{
    if (request->target.port != 0 || survey->exchange.lookup.state != DNS_FOUND)
        return;
    fprintf(out, "%s: %zu mail %s, MX records %s%s%s\n\n", request->target.host, survey->exchange.count,
            plural(survey->exchange.count, "server", "servers"), dnssec_name(&survey->exchange.lookup),
            survey->exchange.implicit ? ", none: the domain's own address" : "",
            survey->mta_sts ? ", MTA-STS announced" : "");
    print_policy(out, survey);
    if (survey->exchange.dropped > 0)
        fprintf(out, "%zu more mail %s not asked\n\n", survey->exchange.dropped,
                plural(survey->exchange.dropped, "server was", "servers were"));
}

static const char *question(const struct survey_request *request)
{
    return request->purpose == PURPOSE_SUBMISSION ? "are mail and passwords safe on the way to it"
                                                  : "is mail to it encrypted";
}

void probe_print_text(FILE *out, const struct survey_request *request, const struct survey *survey)
{
    print_domain(out, request, survey);
    for (size_t i = 0; i < survey->count; i++)
        print_server(out, &survey->rows[i]);
    if (survey->trouble[0] != '\0') {
        foreign_print(out, view_of(survey->trouble));
        fputc('\n', out);
    }
    if (survey->dropped > 0)
        fprintf(out, "%zu more %s not asked\n", survey->dropped,
                plural(survey->dropped, "address was", "addresses were"));
    fprintf(out, "%s: %s?  %s\n", request->target.host, question(request), answer_name(survey->answer));
}

static json_t *text(const char *value)
{
    return value[0] == '\0' ? json_null() : foreign_json(view_of(value));
}

static json_t *trial_json(enum trial trial)
{
    return trial == TRIAL_NOT_MADE ? json_null() : json_string(trial_name(trial));
}

static json_t *date_json(int64_t when)
{
    char date[16];

    date_text(when, date, sizeof(date));
    return json_string(date);
}

static json_t *certificate_json(const struct certificate_facts *certificate)
{
    if (!certificate->shown)
        return json_null();
    return json_pack("{s:o, s:o, s:o, s:o, s:b, s:b, s:o, s:b, s:i, s:i, s:s}", "names", text(certificate->names),
                     "issuer", text(certificate->issuer), "not_before", date_json(certificate->not_before), "not_after",
                     date_json(certificate->not_after), "self_signed", certificate->self_signed, "trusted",
                     certificate->trusted, "trust", text(certificate->trust_text), "name_matches",
                     certificate->name_matches, "chain", (int)certificate->chain, "key_bits", certificate->key_bits,
                     "staple", staple_name(certificate->staple));
}

static json_t *session_json(const struct server_facts *facts)
{
    const struct session_facts *session = &facts->session;

    if (facts->step != STEP_TLS)
        return json_null();
    return json_pack("{s:s, s:s, s:i, s:o, s:o}", "version", session->version, "cipher", session->cipher, "bits",
                     session->bits, "group", text(session->group), "certificate",
                     certificate_json(&session->certificate));
}

static json_t *versions_json(const struct server_facts *facts)
{
    json_t *versions = json_object();

    for (size_t i = 0; i < VERSIONS; i++)
        (void)json_object_set_new(versions, version_names[i], trial_json(facts->versions[i]));
    return versions;
}

static json_t *dane_json(const struct server_facts *facts)
{
    return json_pack("{s:I, s:I, s:s, s:o}", "records", (json_int_t)facts->tlsa_records, "usable",
                     (json_int_t)facts->tlsa_usable, "dnssec", dnssec_name(&facts->tlsa), "matches",
                     trial_json(facts->dane));
}

static json_t *remarks_json(const struct judgement *judgement)
{
    json_t *list = json_array();

    for (size_t i = 0; i < judgement->count; i++)
        (void)json_array_append_new(list, json_pack("{s:s, s:s, s:o}", "id", judgement->remarks[i].id, "weight",
                                                    remark_weight_name(judgement->remarks[i].weight), "text",
                                                    text(judgement->remarks[i].text)));
    return list;
}

static json_t *server_json(const struct survey_row *row)
{
    const struct server_facts *facts = &row->facts;
    char storage[64];
    struct buf address = BUF(storage);

    address_add(&address, &facts->address);
    return json_pack(
        "{s:o, s:s, s:i, s:i, s:s, s:b, s:o, s:b, s:b, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:s}", "host",
        text(facts->host), "address", buf_text(&address), "port", (int)facts->port, "preference", (int)row->preference,
        "purpose", purpose_name(facts->purpose), "implicit_tls", facts->implicit, "greeting", text(facts->greeting),
        "starttls", facts->starttls, "starttls_overwritten", facts->overwritten, "auth_in_plaintext",
        text(facts->auth_before), "auth_under_tls", text(facts->auth_after), "session", session_json(facts), "versions",
        versions_json(facts), "post_quantum", trial_json(facts->post_quantum), "dane", dane_json(facts), "mta_sts",
        trial_json(facts->sts), "remarks", remarks_json(&row->judgement), "answer", answer_name(row->judgement.answer));
}

static json_t *policy_json(const struct survey *survey)
{
    json_t *names = json_array();

    if (!survey->policy_read) {
        json_decref(names);
        return json_null();
    }
    for (size_t i = 0; i < survey->policy.pattern_count; i++)
        (void)json_array_append_new(names, foreign_json(survey->policy.patterns[i]));
    return json_pack("{s:s, s:I, s:o}", "mode", sts_mode_name(survey->policy.mode), "max_age",
                     (json_int_t)survey->policy.max_age, "mx", names);
}

static json_t *domain_json(const struct survey_request *request, const struct survey *survey)
{
    if (request->target.port != 0)
        return json_null();
    return json_pack("{s:b, s:s, s:b, s:b, s:b, s:o, s:o}", "found", survey->exchange.lookup.state == DNS_FOUND,
                     "dnssec", dnssec_name(&survey->exchange.lookup), "implicit_mx", survey->exchange.implicit,
                     "null_mx", survey->exchange.null_mx, "mta_sts", survey->mta_sts, "mta_sts_policy",
                     policy_json(survey), "mta_sts_trouble", text(survey->policy_trouble));
}

int probe_print_json(FILE *out, const struct survey_request *request, const struct survey *survey)
{
    json_t *servers = json_array(), *all;
    int printed;

    for (size_t i = 0; i < survey->count; i++)
        (void)json_array_append_new(servers, server_json(&survey->rows[i]));
    all = json_pack("{s:i, s:o, s:o, s:o, s:o, s:I, s:s}", "schema", 1, "target", text(request->target.host), "domain",
                    domain_json(request, survey), "servers", servers, "trouble", text(survey->trouble), "not_asked",
                    (json_int_t)survey->dropped + (json_int_t)survey->exchange.dropped, "answer",
                    answer_name(survey->answer));
    printed = all == NULL ? -1 : json_dumpf(all, out, JSON_INDENT(2));
    fputc('\n', out);
    json_decref(all);
    return printed;
}
