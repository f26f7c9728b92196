#include "audit/facts.h"

#include "audit/listener.h"
#include "audit/words.h"

static const struct view proof_names[PROOF_COUNT] = {
    [PROOF_NOTHING] = VIEW_INIT("nothing"),
    [PROOF_LINES] = VIEW_INIT("lines"),
    [PROOF_ALWAYS_PLAINTEXT] = VIEW_INIT("always-plaintext"),
    [PROOF_ALWAYS_ENCRYPTED] = VIEW_INIT("always-encrypted"),
};

struct view proof_name(enum proof proof)
{
    return proof_names[proof];
}

static bool is_set(const struct postfix_config *config, const struct service *service, struct view prefix,
                   struct view rest)
{
    return config_setting_of(config, service, prefix, rest).value.n > 0;
}

static bool logs_lines(const struct postfix_config *config, const struct service *service, struct view prefix)
{
    struct view level = config_setting_of(config, service, prefix, VIEW("_tls_loglevel")).value;

    /* A table by peer may turn single lines off (3.12). */
    return level.n > 0 && !view_eq(level, VIEW("0")) && !is_set(config, service, prefix, VIEW("_tls_loglevel_maps"));
}

/* "TLS-Required: no" lowers the level to may: 3.10. */
static bool header_lowers(const struct postfix_config *config, const struct service *service)
{
    struct setting setting = config_setting(config, service, VIEW("tls_required_enable"));

    return setting.known && words_yes(setting.value);
}

static enum proof proof_of(const struct service_facts *facts)
{
    if (facts->fixed && facts->level == LEVEL_NONE)
        return PROOF_ALWAYS_PLAINTEXT;
    if (facts->fixed && security_level_encrypts(facts->level))
        return PROOF_ALWAYS_ENCRYPTED;
    return facts->tls_lines ? PROOF_LINES : PROOF_NOTHING;
}

bool service_facts(const struct postfix_config *config, const struct service *service, struct service_facts *out)
{
    struct view prefix = client_prefix(service);
    struct service_facts facts = { .service = service->label, .program = service->program };

    if (listener_facts(config, service).role != ROLE_CLIENT)
        return false;
    facts.log_name = config_value(config, service, VIEW("syslog_name"));
    facts.level = client_level(config, service, prefix).level;
    facts.tls_lines = logs_lines(config, service, prefix);
    facts.tls_field = words_yes(config_setting_of(config, service, prefix, VIEW("_log_tls_feature_status")).value);
    facts.fixed = !is_set(config, service, prefix, VIEW("_tls_policy_maps")) &&
                  !is_set(config, service, prefix, VIEW("_tls_per_site")) &&
                  (facts.level == LEVEL_NONE || !header_lowers(config, service));
    facts.proof = proof_of(&facts);
    *out = facts;
    return true;
}
