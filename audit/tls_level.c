#include "audit/tls_level.h"

#include "audit/words.h"

static const struct view level_names[] = {
    [LEVEL_INVALID] = VIEW_INIT("invalid"),
    [LEVEL_NONE] = VIEW_INIT("none"),
    [LEVEL_MAY] = VIEW_INIT("may"),
    [LEVEL_ENCRYPT] = VIEW_INIT("encrypt"),
    [LEVEL_FINGERPRINT] = VIEW_INIT("fingerprint"),
    [LEVEL_DANE] = VIEW_INIT("dane"),
    [LEVEL_DANE_ONLY] = VIEW_INIT("dane-only"),
    [LEVEL_VERIFY] = VIEW_INIT("verify"),
    [LEVEL_SECURE] = VIEW_INIT("secure"),
};

enum security_level security_level_parse(struct view text)
{
    if (text.n == 0)
        return LEVEL_NONE;
    for (enum security_level level = LEVEL_NONE; level <= LEVEL_SECURE; level++) {
        if (view_eq_nocase(level_names[level], text))
            return level;
    }
    return LEVEL_INVALID;
}

struct view security_level_name(enum security_level level)
{
    return level_names[level];
}

bool security_level_encrypts(enum security_level level)
{
    return level >= LEVEL_ENCRYPT && level != LEVEL_DANE;
}

static bool is_on(const struct postfix_config *config, const struct service *service, struct view prefix,
                  struct view rest)
{
    return words_yes(config_setting_of(config, service, prefix, rest).value);
}

struct tls_level client_level(const struct postfix_config *config, const struct service *service, struct view prefix)
{
    struct view text = config_setting_of(config, service, prefix, VIEW("_tls_security_level")).value;

    if (text.n > 0)
        return (struct tls_level){ security_level_parse(text), false };
    if (is_on(config, service, prefix, VIEW("_enforce_tls"))) {
        bool names = is_on(config, service, prefix, VIEW("_tls_enforce_peername"));

        return (struct tls_level){ names ? LEVEL_VERIFY : LEVEL_ENCRYPT, true };
    }
    if (is_on(config, service, prefix, VIEW("_use_tls")))
        return (struct tls_level){ LEVEL_MAY, true };
    return (struct tls_level){ LEVEL_NONE, false };
}

struct tls_level server_level(const struct postfix_config *config, const struct service *service)
{
    struct view text = config_value(config, service, VIEW("smtpd_tls_security_level"));

    if (words_yes(config_value(config, service, VIEW("smtpd_tls_wrappermode"))))
        return (struct tls_level){ LEVEL_ENCRYPT, false };
    if (text.n > 0) {
        enum security_level level = security_level_parse(text);

        /* smtpd(8) knows three: what is stricter is taken for encrypt, with a warning. */
        return (struct tls_level){ level > LEVEL_ENCRYPT ? LEVEL_ENCRYPT : level, false };
    }
    if (words_yes(config_value(config, service, VIEW("smtpd_enforce_tls"))))
        return (struct tls_level){ LEVEL_ENCRYPT, true };
    if (words_yes(config_value(config, service, VIEW("smtpd_use_tls"))))
        return (struct tls_level){ LEVEL_MAY, true };
    return (struct tls_level){ LEVEL_NONE, false };
}
