#include "audit/config.h"

#include "audit/expand.h"
#include "shared/ascii.h"

/* Digits at the start of the text; false without any. */
static bool cut_number(struct view *text, unsigned *out)
{
    size_t digits = 0;
    uint64_t number;

    while (digits < text->n && ascii_is_digit(text->p[digits]))
        digits++;
    if (!view_number(view_slice(*text, 0, digits), 9999, &number))
        return false;
    *out = (unsigned)number;
    *text = view_slice(*text, digits, text->n);
    return true;
}

bool postfix_version_parse(struct view text, struct postfix_version *out)
{
    struct postfix_version got = { 0 };

    if (!cut_number(&text, &got.major) || !view_skip(&text, VIEW(".")) || !cut_number(&text, &got.minor))
        return false;
    if (view_skip(&text, VIEW(".")) && !cut_number(&text, &got.patch))
        return false;
    if (text.n > 0 && text.p[0] != '-')
        return false;
    *out = got;
    return true;
}

bool version_at_least(const struct postfix_config *config, unsigned major, unsigned minor)
{
    return config->version.major > major || (config->version.major == major && config->version.minor >= minor);
}

static struct setting from(const struct parameter *row, enum source source)
{
    return (struct setting){ row->value, source, true };
}

struct setting config_setting(const struct postfix_config *config, const struct service *service, struct view name)
{
    const struct parameter *row = service == NULL ? NULL : service_override(service, name);

    if (row != NULL)
        return from(row, SOURCE_SERVICE);
    row = parameters_find(&config->parameters, name);
    if (row == NULL)
        return (struct setting){ { "", 0 }, SOURCE_DEFAULT, false };
    return from(row, row->explicit ? SOURCE_MAIN : SOURCE_DEFAULT);
}

struct view config_value(const struct postfix_config *config, const struct service *service, struct view name)
{
    return config_setting(config, service, name).value;
}

struct setting config_setting_of(const struct postfix_config *config, const struct service *service, struct view prefix,
                                 struct view rest)
{
    char storage[128];
    struct buf name = BUF(storage);

    buf_add(&name, prefix);
    buf_add(&name, rest);
    return config_setting(config, service, buf_view(&name));
}

bool config_chrooted(const struct postfix_config *config, const struct service *service)
{
    struct postfix_version level;

    if (!view_eq(service->chroot, VIEW("-")))
        return view_eq(service->chroot, VIEW("y"));
    if (!version_at_least(config, 3, 0))
        return true;
    /* "0", "2", "3.6": levels 0 and below 1 keep the old default. */
    if (postfix_version_parse(config_value(config, NULL, VIEW("compatibility_level")), &level))
        return false;
    return view_eq(config_value(config, NULL, VIEW("compatibility_level")), VIEW("0"));
}

/* postconf -n says which of the values main.cf sets. */
static int mark_explicit(struct postfix_config *config, struct view text, struct error *error)
{
    struct parameters set;

    if (postconf_parameters(config->arena, text, &set, error) == -1)
        return -1;
    for (size_t i = 0; i < set.count; i++) {
        struct parameter *row = parameters_find(&config->parameters, set.rows[i].name);

        if (row == NULL)
            continue;
        row->explicit = true;
        row->raw = set.rows[i].value;
    }
    return 0;
}

static int resolve_overrides(struct postfix_config *config, struct view overrides, struct error *error)
{
    if (overrides.p != NULL) {
        postconf_overrides(overrides, &config->services);
        return 0;
    }
    for (size_t i = 0; i < config->services.count; i++) {
        if (expand_overrides(config, &config->services.rows[i], error) == -1)
            return -1;
    }
    return 0;
}

int postfix_config_build(struct arena *arena, const struct postconf_texts *texts, struct postfix_config *out,
                         struct error *error)
{
    struct postfix_config config = { .arena = arena, .complaints = texts->complaints };

    if (postconf_parameters(arena, texts->values, &config.parameters, error) == -1 ||
        mark_explicit(&config, texts->explicit, error) == -1 ||
        postconf_services(arena, texts->services, &config.services, error) == -1)
        return -1;
    config.version_text = config_value(&config, NULL, VIEW("mail_version"));
    config.directory = config_value(&config, NULL, VIEW("config_directory"));
    if (!postfix_version_parse(config.version_text, &config.version))
        return error_set(error, ERROR_SYNTAX, "postconf shows no mail_version: is this Postfix?");
    if (resolve_overrides(&config, texts->overrides, error) == -1)
        return -1;
    *out = config;
    return 0;
}
