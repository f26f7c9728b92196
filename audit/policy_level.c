#include "audit/policy_level.h"

#include "audit/words.h"
#include "shared/ascii.h"
#include "shared/network.h"

enum { VALUE_MAX = 12288 };

static bool has_authorities(const struct postfix_config *config)
{
    return config_value(config, NULL, VIEW("smtp_tls_CAfile")).n > 0 ||
           config_value(config, NULL, VIEW("smtp_tls_CApath")).n > 0 ||
           words_yes(config_value(config, NULL, VIEW("tls_append_default_CA")));
}

static bool is_server_name(struct view name)
{
    struct address address;

    if (view_find_char(name, '.') == -1 || address_parse(name, &address))
        return false;
    for (size_t i = 0; i < name.n; i++) {
        char octet = name.p[i];

        if (!ascii_is_letter(octet) && !ascii_is_digit(octet) && octet != '-' && octet != '.' && octet != '_')
            return false;
    }
    return true;
}

static bool was_seen(const struct hop_evidence *evidence)
{
    return evidence != NULL && evidence->deliveries > 0;
}

/* Every certificate seen was vouched for, and all servers are known by name. */
static bool carries_secure(const struct postfix_config *config, const struct hop_evidence *evidence)
{
    if (!was_seen(evidence) || !has_authorities(config) || evidence->relay_count == 0 ||
        evidence->relay_count > HOP_RELAYS_MAX ||
        evidence->levels[PEER_TRUSTED] + evidence->levels[PEER_VERIFIED] != evidence->deliveries)
        return false;
    for (size_t i = 0; i < evidence->relay_count; i++) {
        if (!is_server_name(evidence->relays[i]))
            return false;
    }
    return true;
}

static struct view secure_value(struct arena *arena, const struct postfix_config *config,
                                const struct hop_evidence *evidence)
{
    char storage[VALUE_MAX];
    struct buf text = BUF(storage);

    buf_add(&text, VIEW("secure match="));
    for (size_t i = 0; i < evidence->relay_count; i++) {
        buf_add(&text, i > 0 ? VIEW(":") : VIEW(""));
        buf_add(&text, evidence->relays[i]);
    }
    if (version_at_least(config, 3, 4))
        buf_add(&text, VIEW(" servername=hostname"));
    return arena_copy(arena, buf_view(&text));
}

/* Under dane a line encrypt would take the verification away from servers that have TLSA records. */
static struct policy_choice choose_under_dane(const struct postfix_config *config, const struct hop_evidence *evidence)
{
    bool seen = was_seen(evidence);

    if (seen && evidence->levels[PEER_VERIFIED] == evidence->deliveries && version_at_least(config, 2, 11))
        return (struct policy_choice){ .value = VIEW("dane-only") };
    if (seen && evidence->levels[PEER_VERIFIED] + evidence->levels[PEER_NOT_LOGGED] == 0)
        return (struct policy_choice){ .value = VIEW("encrypt") };
    return (struct policy_choice){
        .value = VIEW(""),
        .id = "dane-in-force",
        .severity = FINDING_NOTICE,
        .text =
            seen ? "the level in force is dane, and only some of its deliveries were verified by TLSA records: encrypt "
                   "would take DANE away, dane-only would shut servers out"
                 : "the level in force is dane, and no delivery tells if its servers have TLSA records: encrypt would "
                   "take DANE away, dane-only would shut servers out"
    };
}

static const char *why_not_secure(const struct hop_evidence *evidence)
{
    if (!was_seen(evidence))
        return "a rule demands verified, but no delivery shows its certificates: the line is no more than encrypt";
    if (evidence->relay_count == 0)
        return "a rule demands verified, but the ledger does not name its servers, which --log of a mail log does: the "
               "line "
               "is no more than encrypt";
    return "a rule demands verified, but not all of its servers had names and certificates that our authorities vouch "
           "for: "
           "the line is no more than encrypt";
}

bool policy_level_demands(enum security_level level, enum demand demand)
{
    if (demand == DEMAND_VERIFIED)
        return level == LEVEL_SECURE || level == LEVEL_VERIFY || level == LEVEL_DANE_ONLY || level == LEVEL_FINGERPRINT;
    return security_level_encrypts(level);
}

struct policy_choice policy_choose(struct arena *arena, const struct postfix_config *config,
                                   enum security_level in_force, enum demand demand,
                                   const struct hop_evidence *evidence)
{
    if (policy_level_demands(in_force, demand))
        return (struct policy_choice){ .value = VIEW(""),
                                       .id = "level-in-force",
                                       .severity = FINDING_NOTICE,
                                       .text = "the level in force demands it already" };
    if (in_force == LEVEL_DANE)
        return choose_under_dane(config, evidence);
    if (demand == DEMAND_ENCRYPTED)
        return (struct policy_choice){ .value = VIEW("encrypt") };
    if (carries_secure(config, evidence))
        return (struct policy_choice){ .value = secure_value(arena, config, evidence) };
    return (struct policy_choice){ .value = security_level_encrypts(in_force) ? VIEW("") : VIEW("encrypt"),
                                   .id = "level-not-proven",
                                   .severity = FINDING_WARNING,
                                   .text = why_not_secure(evidence) };
}

static enum security_level level_of(struct view value)
{
    struct view word = { "", 0 };

    (void)words_next(&value, &word);
    return security_level_parse(word);
}

unsigned policy_strictness(struct view value)
{
    switch (level_of(value)) {
    case LEVEL_ENCRYPT:
        return 1;
    case LEVEL_SECURE:
    case LEVEL_DANE_ONLY:
        return 2;
    case LEVEL_INVALID:
    case LEVEL_NONE:
    case LEVEL_MAY:
    case LEVEL_DANE:
        return 0;
    case LEVEL_FINGERPRINT:
    case LEVEL_VERIFY:
        break;
    }
    return POLICY_BY_HAND;
}

bool policy_stops(struct view value, enum protection protection, enum peer_level level)
{
    enum security_level demanded = level_of(value);

    if (!security_level_encrypts(demanded))
        return false;
    if (protection == PROTECTION_PLAINTEXT)
        return true;
    return demanded != LEVEL_ENCRYPT && protection == PROTECTION_ENCRYPTED && level != PEER_VERIFIED &&
           level != PEER_NOT_LOGGED && !(demanded == LEVEL_SECURE && level == PEER_TRUSTED);
}
