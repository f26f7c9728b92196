#include "shared/delivery.h"

#include "shared/catalog.h"

static const struct view statuses[DELIVERY_STATUS_COUNT] = {
    [DELIVERY_SENT] = VIEW_INIT("sent"),
    [DELIVERY_DEFERRED] = VIEW_INIT("deferred"),
    [DELIVERY_BOUNCED] = VIEW_INIT("bounced"),
};

static const struct view hops[HOP_COUNT] = {
    [HOP_DIRECT] = VIEW_INIT("direct"),
    [HOP_LMTP] = VIEW_INIT("lmtp"),
    [HOP_SMARTHOST] = VIEW_INIT("smarthost"),
    [HOP_INTERNAL] = VIEW_INIT("internal"),
};

static const struct view protections[PROTECTION_COUNT] = {
    [PROTECTION_NONE] = VIEW_INIT("none"),           [PROTECTION_UNDECIDED] = VIEW_INIT("undecided"),
    [PROTECTION_UNKNOWN] = VIEW_INIT("unknown"),     [PROTECTION_PLAINTEXT] = VIEW_INIT("plaintext"),
    [PROTECTION_ENCRYPTED] = VIEW_INIT("encrypted"),
};

static const struct view evidences[EVIDENCE_COUNT] = {
    [EVIDENCE_NONE] = VIEW_INIT("none"),
    [EVIDENCE_TLS_FIELD] = VIEW_INIT("tls-field"),
    [EVIDENCE_TLS_LINE] = VIEW_INIT("tls-line"),
    [EVIDENCE_REUSED_LINE] = VIEW_INIT("reused-line"),
    [EVIDENCE_STARTTLS_OFFER] = VIEW_INIT("starttls-offer"),
    [EVIDENCE_RECEIVER] = VIEW_INIT("receiver"),
    [EVIDENCE_CONFIG] = VIEW_INIT("config"),
    [EVIDENCE_NO_TLS_LINE] = VIEW_INIT("no-tls-line"),
};

struct row {
    struct view name;
    const char *help;
};

static const struct row reasons[UNKNOWN_REASON_COUNT] = {
    [UNKNOWN_NO_REASON] = { VIEW_INIT("none"), "" },
    [UNKNOWN_LOGGING_UNPROVEN] = { VIEW_INIT("tls-logging-unproven"),
                                   N_("no TLS line between two starts of Postfix: set smtp_tls_loglevel = 1") },
    [UNKNOWN_LOGGING_OFF] = { VIEW_INIT("tls-logging-off"), N_("TLS is not logged, by --tls-logging off") },
    [UNKNOWN_GAP] = { VIEW_INIT("gap"), N_("lines of the log are missing there") },
    [UNKNOWN_NO_PROCESS] = { VIEW_INIT("no-process-id"),
                             N_("the lines have no process IDs, so TLS lines are nobody's: log them as smtp[PID]") },
    [UNKNOWN_LIMIT] = { VIEW_INIT("too-many-processes"), N_("more mail processes at once than can be followed") },
};

static const struct view levels[PEER_LEVEL_COUNT] = {
    [PEER_NOT_LOGGED] = VIEW_INIT("not-logged"), [PEER_ANONYMOUS] = VIEW_INIT("anonymous"),
    [PEER_UNTRUSTED] = VIEW_INIT("untrusted"),   [PEER_TRUSTED] = VIEW_INIT("trusted"),
    [PEER_VERIFIED] = VIEW_INIT("verified"),
};

static const struct row failures[TLS_FAILURE_COUNT] = {
    [TLS_FAILURE_NONE] = { VIEW_INIT("none"), "" },
    [TLS_FAILURE_NOT_OFFERED] = { VIEW_INIT("not-offered"),
                                  N_("TLS was required, the server does not offer STARTTLS") },
    [TLS_FAILURE_REFUSED] = { VIEW_INIT("refused"), N_("the server offered STARTTLS and then refused it") },
    [TLS_FAILURE_HANDSHAKE] = { VIEW_INIT("handshake"), N_("the TLS handshake failed") },
    [TLS_FAILURE_CERTIFICATE] = { VIEW_INIT("certificate"), N_("the server's certificate was not verified") },
    [TLS_FAILURE_REQUIRETLS] = { VIEW_INIT("requiretls"),
                                 N_("the sender asked for REQUIRETLS and the way there has none") },
    [TLS_FAILURE_LOCAL] = { VIEW_INIT("local"), N_("our own TLS engine or TLS policy is at fault") },
    [TLS_FAILURE_DEMANDED] = { VIEW_INIT("demanded"), N_("the server refused mail because it came without TLS") },
};

static const char *const causes[CAUSE_COUNT] = {
    [CAUSE_NOT_REACHED] = N_("the server offered no TLS or refused it, or our TLS level was none"),
    [CAUSE_HANDSHAKE] = N_("the TLS handshake failed and Postfix fell back to plaintext"),
    [CAUSE_SWITCHED_OFF] = N_("our own TLS level for this destination is none"),
};

static const struct view origins[ORIGIN_COUNT] = {
    [ORIGIN_UNKNOWN] = VIEW_INIT("unknown"),
    [ORIGIN_SUBMITTED] = VIEW_INIT("submitted"),
    [ORIGIN_FORWARDED] = VIEW_INIT("forwarded"),
    [ORIGIN_BOUNCE] = VIEW_INIT("bounce"),
};

struct view delivery_status_name(enum delivery_status status)
{
    return statuses[status];
}

struct view hop_name(enum hop hop)
{
    return hops[hop];
}

struct view protection_name(enum protection protection)
{
    return protections[protection];
}

struct view evidence_name(enum evidence evidence)
{
    return evidences[evidence];
}

struct view unknown_reason_name(enum unknown_reason reason)
{
    return reasons[reason].name;
}

struct view peer_level_name(enum peer_level level)
{
    return levels[level];
}

struct view tls_failure_name(enum tls_failure failure)
{
    return failures[failure].name;
}

struct view origin_name(enum origin origin)
{
    return origins[origin];
}

const char *tls_failure_help(enum tls_failure failure)
{
    return failures[failure].help;
}

const char *unknown_reason_help(enum unknown_reason reason)
{
    return reasons[reason].help;
}

const char *plaintext_cause_help(enum plaintext_cause cause)
{
    return causes[cause];
}

enum plaintext_cause delivery_cause(const struct delivery *delivery)
{
    if (delivery->failure == TLS_FAILURE_HANDSHAKE)
        return CAUSE_HANDSHAKE;
    if (delivery->evidence == EVIDENCE_STARTTLS_OFFER ||
        (delivery->evidence == EVIDENCE_TLS_FIELD && view_eq(delivery->wanted, VIEW("none"))))
        return CAUSE_SWITCHED_OFF;
    return CAUSE_NOT_REACHED;
}

static bool holds_nocase(struct view text, struct view word)
{
    for (size_t i = 0; i + word.n <= text.n; i++) {
        if (view_eq_nocase(view_slice(text, i, i + word.n), word))
            return true;
    }
    return false;
}

bool key_exchange_is_post_quantum(struct view key_exchange)
{
    static const struct view words[] = { VIEW_INIT("mlkem"), VIEW_INIT("kyber"), VIEW_INIT("frodo"),
                                         VIEW_INIT("sntrup") };

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (holds_nocase(key_exchange, words[i]))
            return true;
    }
    return false;
}
