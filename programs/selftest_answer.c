#include "programs/selftest_answer.h"

#include "programs/foreign.h"

static const struct {
    const char *name, *text;
} verdicts[] = {
    [SELFTEST_REFUSED] = { "refused", "FAILED: the message was not taken" },
    [SELFTEST_KEPT] = { "kept", "FAILED: the rules keep the message; outward held shows what is on hold" },
    [SELFTEST_INCOMPLETE] = { "incomplete", "FAILED: one end was not found in the logs in time" },
    [SELFTEST_NOT_DELIVERED] = { "not-delivered", "FAILED: the message was not delivered to another host" },
    [SELFTEST_NOT_ENCRYPTED] = { "not-encrypted", "FAILED: encryption is not proven at both ends" },
    [SELFTEST_ENCRYPTED] = { "encrypted", "fine: both ends found, both encrypted" },
};

enum selftest_verdict selftest_verdict(const struct selftest_answer *answer)
{
    const struct way_in *in = answer->in;
    const struct way_out *out = answer->out;

    if (!answer->sent)
        return SELFTEST_REFUSED;
    if (in->found && in->verdict != VERDICT_ACCEPT)
        return SELFTEST_KEPT;
    if (!in->found || !out->final)
        return SELFTEST_INCOMPLETE;
    if (out->local || out->status != DELIVERY_SENT)
        return SELFTEST_NOT_DELIVERED;
    return in->encrypted && out->protection == PROTECTION_ENCRYPTED ? SELFTEST_ENCRYPTED : SELFTEST_NOT_ENCRYPTED;
}

static void print(FILE *out, const char *label, const char *text)
{
    fputs(label, out);
    foreign_print(out, view_of(text));
}

static void print_sent(const struct selftest_answer *answer, FILE *out)
{
    print(out, "sent   to ", answer->host);
    fprintf(out, " port %u by %s: ", answer->port, answer->implicit_tls ? "implicit TLS" : "STARTTLS");
    foreign_print(out, view_of(answer->sent ? answer->reply : answer->trouble));
    fputc('\n', out);
}

static void print_in(const struct selftest_answer *answer, FILE *out)
{
    const struct way_in *in = answer->in;
    struct view verdict = verdict_name(in->verdict), mode = mode_name(in->mode);

    if (!in->found) {
        fprintf(out, "in     no record of the gate within %u s: is it in smtpd_milters, and is its log read?\n",
                answer->timeout);
        return;
    }
    print(out, "in     ", in->encrypted ? "encrypted, " : "PLAINTEXT, ");
    print(out, "TLS ", in->tls);
    print(out, ", queue ID ", in->queue_id);
    print(out, ", listener ", in->listener);
    print(out, ", client ", in->client);
    print(out, ", auth ", in->mechanism);
    print(out, ", login ", in->login);
    fprintf(out, "\n       decision %.*s", VIEW_ARG(verdict));
    if (in->rule[0] != '\0')
        print(out, " by ", in->rule);
    fprintf(out, ", mode %.*s", VIEW_ARG(mode));
    if (in->would[0] != '\0')
        print(out, ", would be stricter by ", in->would);
    fputc('\n', out);
}

static void print_evidence(const struct way_out *way, FILE *out)
{
    struct view protection = protection_name(way->protection), evidence = evidence_name(way->evidence);

    if (way->protection == PROTECTION_NONE || way->local)
        return;
    fprintf(out, "       %.*s, evidence %.*s", VIEW_ARG(protection), VIEW_ARG(evidence));
    if (way->version[0] != '\0') {
        struct view level = peer_level_name(way->level);

        print(out, ", ", way->version);
        print(out, ", ", way->cipher);
        fprintf(out, ", %.*s", VIEW_ARG(level));
    }
    if (way->protection == PROTECTION_UNKNOWN)
        fprintf(out, ": %s", unknown_reason_help(way->reason));
    fputc('\n', out);
}

static void print_out(const struct selftest_answer *answer, FILE *out)
{
    const struct way_out *way = answer->out;
    struct view status = delivery_status_name(way->status);

    if (!way->found) {
        fprintf(out, "out    no delivery line within %u s\n", answer->timeout);
        return;
    }
    fprintf(out, "out    %.*s", VIEW_ARG(status));
    print(out, way->local ? " on this host by " : " by ", way->relay);
    print(out, ", ", way->dsn);
    print(out, ", ", way->reply);
    fputc('\n', out);
    print_evidence(way, out);
}

void selftest_text(const struct selftest_answer *answer, FILE *out)
{
    print_sent(answer, out);
    if (answer->sent) {
        print_in(answer, out);
        if (!answer->in->found || answer->in->verdict == VERDICT_ACCEPT)
            print_out(answer, out);
    }
    fprintf(out, "%s\n", verdicts[selftest_verdict(answer)].text);
}

static json_t *text_json(const char *text)
{
    return text[0] == '\0' ? json_null() : foreign_json(view_of(text));
}

static json_t *in_json(const struct way_in *in)
{
    if (!in->found)
        return json_null();
    return json_pack("{s:b, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "encrypted", (int)in->encrypted, "tls",
                     text_json(in->tls), "queue_id", text_json(in->queue_id), "listener", text_json(in->listener),
                     "client", text_json(in->client), "auth", text_json(in->mechanism), "login", text_json(in->login),
                     "decision", foreign_json(verdict_name(in->verdict)), "rule", text_json(in->rule), "would",
                     text_json(in->would), "mode", foreign_json(mode_name(in->mode)));
}

static json_t *out_json(const struct way_out *out)
{
    if (!out->found)
        return json_null();
    return json_pack("{s:o, s:b, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "status",
                     foreign_json(delivery_status_name(out->status)), "local", (int)out->local, "relay",
                     text_json(out->relay), "dsn", text_json(out->dsn), "reply", text_json(out->reply), "protection",
                     foreign_json(protection_name(out->protection)), "evidence",
                     foreign_json(evidence_name(out->evidence)), "version", text_json(out->version), "cipher",
                     text_json(out->cipher), "level", foreign_json(peer_level_name(out->level)));
}

bool selftest_json(const struct selftest_answer *answer, FILE *out)
{
    json_t *all = json_pack("{s:i, s:s, s:o, s:b, s:o, s:o, s:o, s:o}", "schema", 1, "verdict",
                            verdicts[selftest_verdict(answer)].name, "message_id", foreign_json(answer->message_id),
                            "sent", (int)answer->sent, "reply", text_json(answer->reply), "trouble",
                            text_json(answer->trouble), "in", in_json(answer->in), "out", out_json(answer->out));
    bool fine = all != NULL && json_dumpf(all, out, JSON_INDENT(2)) == 0;

    json_decref(all);
    fputc('\n', out);
    return fine;
}
