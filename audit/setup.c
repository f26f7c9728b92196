#include "audit/setup.h"

#include <stdarg.h>

#include "audit/listener.h"
#include "audit/milters.h"
#include "audit/networks.h"
#include "audit/words.h"

#define OURS "outward_milter"
#define REINJECTION "outward_reinjection_milters"

struct plan {
    struct arena *arena;
    const struct postfix_config *config;
    const struct settings *settings;
    struct endpoint gate;
    struct setup_plan *out;
    bool full; /* out of memory, or past a limit */
};

/* The text, for as long as the plan; "" and a full plan where it finds no room. */
static const char *keep(struct plan *plan, const char *format, va_list args) __attribute__((format(printf, 2, 0)));

static const char *keep(struct plan *plan, const char *format, va_list args)
{
    char storage[SETUP_TEXT_MAX];
    struct buf text = BUF(storage);
    struct view copy = { NULL, 0 };

    buf_addv(&text, format, args);
    if (!text.full)
        copy = arena_copy(plan->arena, buf_view(&text));
    plan->full = plan->full || copy.p == NULL;
    return copy.p == NULL ? "" : copy.p;
}

static void add_step(struct plan *plan, const char *option, const char *why, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

static void add_step(struct plan *plan, const char *option, const char *why, const char *format, ...)
{
    const char *text;
    va_list args;

    va_start(args, format);
    text = keep(plan, format, args);
    va_end(args);
    if (plan->out->step_count == SETUP_STEPS_MAX) {
        plan->full = true;
        return;
    }
    plan->out->steps[plan->out->step_count++] = (struct setup_step){ option, text, why };
}

static void add_note(struct plan *plan, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void add_note(struct plan *plan, const char *format, ...)
{
    const char *text;
    va_list args;

    va_start(args, format);
    text = keep(plan, format, args);
    va_end(args);
    if (plan->out->note_count == SETUP_NOTES_MAX) {
        plan->full = true;
        return;
    }
    plan->out->notes[plan->out->note_count++] = text;
}

static void give_up(struct plan *plan)
{
    plan->out->impossible = true;
}

/* "$name", "${name}" or "$(name)". */
static bool refers_to(struct view word, struct view name)
{
    if (!view_skip(&word, VIEW("$")))
        return false;
    if (word.n > 2 && (word.p[0] == '{' || word.p[0] == '('))
        word = view_slice(word, 1, word.n - 1);
    return view_eq(word, name);
}

static bool list_refers_to(struct view list, struct view name)
{
    struct view word;

    while (words_next(&list, &word)) {
        if (refers_to(word, name))
            return true;
    }
    return false;
}

/* The gate under another spelling than ours, seen from inside a chroot or outside. */
static bool is_gate(const struct plan *plan, struct view word)
{
    struct view queue = config_value(plan->config, NULL, VIEW("queue_directory"));
    struct milter milter;
    struct endpoint seen;

    if (!milters_next(&word, &milter))
        return false;
    return (endpoint_of_milter(milter.endpoint, queue, true, &seen) && endpoint_same(&seen, &plan->gate)) ||
           (endpoint_of_milter(milter.endpoint, queue, false, &seen) && endpoint_same(&seen, &plan->gate));
}

/* Without the gate, words divided by commas: postconf -P takes no blanks. */
static void add_others(const struct plan *plan, struct view list, struct buf *out)
{
    struct view word;

    while (words_next(&list, &word)) {
        if (refers_to(word, VIEW(OURS)) || refers_to(word, VIEW(REINJECTION)) || is_gate(plan, word))
            continue;
        if (out->len > 0)
            buf_add_char(out, ',');
        if (view_starts(word, VIEW("{"))) {
            struct view inside = words_unbrace(word), part;
            bool first = true;

            buf_add_char(out, '{');
            while (words_next(&inside, &part)) {
                if (!first)
                    buf_add_char(out, ',');
                buf_add(out, part);
                first = false;
            }
            buf_add_char(out, '}');
        } else {
            buf_add(out, word);
        }
    }
}

static struct view raw_value(const struct plan *plan, const struct service *service, struct view name)
{
    const struct parameter *row =
        service != NULL ? service_override(service, name) : parameters_find(&plan->config->parameters, name);

    return row == NULL || !row->explicit ? (struct view){ "", 0 } : row->raw;
}

/* A word of ours at the end, or none any more. */
static void make_list(const struct plan *plan, struct view list, bool undo, struct buf *out)
{
    add_others(plan, list, out);
    if (undo)
        return;
    if (out->len > 0)
        buf_add_char(out, ',');
    buf_add(out, VIEW("$" OURS));
}

static void plan_main_list(struct plan *plan, const char *name, const char *why, bool undo)
{
    struct view raw = raw_value(plan, NULL, view_of(name));
    char storage[SETUP_TEXT_MAX];
    struct buf list = BUF(storage);
    bool ours = list_refers_to(raw, VIEW(OURS));

    if (undo != ours || (!undo && list_refers_to(raw, VIEW("smtpd_milters"))))
        return;
    make_list(plan, raw, undo, &list);
    if (list.full)
        plan->full = true;
    else if (list.len == 0)
        add_step(plan, "-X", why, "%s", name);
    else
        add_step(plan, "-e", why, "%s=%.*s", name, VIEW_ARG(buf_view(&list)));
}

/* postconf -P came with 2.11, and takes no blanks. */
static bool can_set_service(const struct plan *plan, struct view value)
{
    return version_at_least(plan->config, 2, 11) && view_find_char(value, ' ') == -1 &&
           view_find_char(value, '\t') == -1;
}

static void set_service(struct plan *plan, const struct service *service, struct view value, const char *why)
{
    if (can_set_service(plan, value))
        add_step(plan, "-P", why, "%.*s/smtpd_milters=%.*s", VIEW_ARG(service->label), VIEW_ARG(value));
    else
        add_note(plan, "in master.cf, below the line of %.*s: -o { smtpd_milters = %.*s }", VIEW_ARG(service->label),
                 VIEW_ARG(value));
}

/* A listener whose -o hides main.cf's list. */
static void plan_listener(struct plan *plan, const struct service *service, bool undo)
{
    const struct parameter *override = service_override(service, VIEW("smtpd_milters"));
    char storage[SETUP_TEXT_MAX];
    struct buf list = BUF(storage);

    if (override == NULL || undo != list_refers_to(override->raw, VIEW(OURS)))
        return;
    if (!undo && list_refers_to(override->raw, VIEW("smtpd_milters")))
        return;
    make_list(plan, override->raw, undo, &list);
    plan->full = plan->full || list.full;
    set_service(plan, service, buf_view(&list),
                undo ? "this listener as it was" : "this listener has a list of its own");
}

/* Where a filter hands mail back the gate has nothing to ask; the other milters stay. */
static void plan_reinjection(struct plan *plan, const struct service *service, bool undo)
{
    const struct parameter *override = service_override(service, VIEW("smtpd_milters"));
    bool ours = override != NULL && list_refers_to(override->raw, VIEW(REINJECTION));

    if (undo && ours) {
        if (version_at_least(plan->config, 2, 11))
            add_step(plan, "-PX", "this listener as it was", "%.*s/smtpd_milters", VIEW_ARG(service->label));
        else
            add_note(plan, "in master.cf, below the line of %.*s: remove -o smtpd_milters", VIEW_ARG(service->label));
        return;
    }
    if (undo || override != NULL ||
        words_have(config_value(plan->config, service, VIEW("receive_override_options")), VIEW("no_milters")))
        return;
    set_service(plan, service, VIEW("$" REINJECTION), "a filter hands mail back here: the gate has seen it already");
}

static bool needs_reinjection(const struct plan *plan)
{
    for (size_t i = 0; i < plan->config->services.count; i++) {
        if (listener_facts(plan->config, &plan->config->services.rows[i]).role == ROLE_REINJECTION)
            return true;
    }
    return false;
}

static void set_own(struct plan *plan, const char *name, struct view value, const char *why)
{
    if (!view_eq(raw_value(plan, NULL, view_of(name)), value) ||
        parameters_find(&plan->config->parameters, view_of(name)) == NULL)
        add_step(plan, "-e", why, "%s=%.*s", name, VIEW_ARG(value));
}

/* main.cf's list as it is without the gate, for re-injection. */
static void plan_own_reinjection(struct plan *plan, bool undo)
{
    char storage[SETUP_TEXT_MAX];
    struct buf others = BUF(storage);
    bool set = parameters_find(&plan->config->parameters, VIEW(REINJECTION)) != NULL;

    if (undo) {
        if (set)
            add_step(plan, "-X", "our own parameter", "%s", REINJECTION);
        return;
    }
    if (!needs_reinjection(plan))
        return;
    add_others(plan, raw_value(plan, NULL, VIEW("smtpd_milters")), &others);
    plan->full = plan->full || others.full;
    set_own(plan, REINJECTION, buf_view(&others), "the milters but the gate, for mail that a filter hands back");
}

static bool any_chrooted(const struct plan *plan)
{
    for (size_t i = 0; i < plan->config->services.count; i++) {
        const struct service *service = &plan->config->services.rows[i];
        bool asks = view_eq(service->program, VIEW("smtpd")) || view_eq(service->program, VIEW("cleanup"));

        if (asks && config_chrooted(plan->config, service))
            return true;
    }
    return false;
}

/* Where a gate is found that listens on all addresses. */
static struct view reachable(struct view host)
{
    if (host.n == 0 || view_eq(host, VIEW("0.0.0.0")))
        return VIEW("127.0.0.1");
    return view_eq(host, VIEW("::")) ? VIEW("::1") : host;
}

/* Relative to queue_directory, a path is right inside a chroot and outside. */
static bool add_endpoint(struct plan *plan, struct buf *out)
{
    struct view queue = config_value(plan->config, NULL, VIEW("queue_directory")), path = view_of(plan->gate.path);

    if (!plan->gate.local) {
        struct view host = reachable(plan->gate.host);
        bool six = view_find_char(host, ':') != -1;

        buf_addf(out, "inet:%s%.*s%s:%u", six ? "[" : "", VIEW_ARG(host), six ? "]" : "", plan->gate.port);
        return true;
    }
    if (queue.n > 0 && view_skip(&path, queue) && view_skip(&path, VIEW("/"))) {
        buf_addf(out, "unix:%.*s", VIEW_ARG(path));
        return true;
    }
    if (any_chrooted(plan)) {
        add_note(
            plan,
            "smtpd(8) runs chrooted and cannot reach %s: in outward.conf write listen unix:%.*s/outward/milter.sock",
            plan->gate.path, VIEW_ARG(queue));
        give_up(plan);
        return false;
    }
    buf_addf(out, "unix:%s", plan->gate.path);
    return true;
}

static const char *default_action(const struct plan *plan)
{
    return plan->settings != NULL && plan->settings->mode == MODE_ENFORCE ? "tempfail" : "accept";
}

static bool has_other_milters(const struct plan *plan)
{
    char storage[SETUP_TEXT_MAX];
    struct buf others = BUF(storage);

    add_others(plan, raw_value(plan, NULL, VIEW("smtpd_milters")), &others);
    return others.len > 0;
}

static void plan_own(struct plan *plan)
{
    char storage[SETUP_TEXT_MAX], endpoint_storage[SOCKET_PATH_MAX + 8];
    struct buf value = BUF(storage), endpoint = BUF(endpoint_storage);
    bool options = version_at_least(plan->config, 3, 0);

    if (!add_endpoint(plan, &endpoint))
        return;
    if (options)
        buf_addf(&value, "{ %.*s, default_action=%s }", VIEW_ARG(buf_view(&endpoint)), default_action(plan));
    else
        buf_add(&value, buf_view(&endpoint));
    plan->full = plan->full || value.full;
    set_own(plan, OURS, buf_view(&value), "the gate's socket, and what Postfix does while the gate is away");
    /* Before 3.0 the action is one for all milters. */
    if (!options && !has_other_milters(plan))
        set_own(plan, "milter_default_action", view_of(default_action(plan)),
                "what Postfix does while the gate is away");
    else if (!options)
        add_note(plan, "milter_default_action is for all milters here; the gate wants %s", default_action(plan));
}

static void plan_services(struct plan *plan, bool undo)
{
    for (size_t i = 0; i < plan->config->services.count; i++) {
        const struct service *service = &plan->config->services.rows[i];
        enum role role = listener_facts(plan->config, service).role;

        if (role == ROLE_REINJECTION)
            plan_reinjection(plan, service, undo);
        else if (role == ROLE_EXCHANGE || role == ROLE_SUBMISSION)
            plan_listener(plan, service, undo);
        if (!undo && (role == ROLE_EXCHANGE || role == ROLE_SUBMISSION) &&
            words_have(config_value(plan->config, service, VIEW("receive_override_options")), VIEW("no_milters")))
            add_note(plan, "%.*s turns all milters off with receive_override_options=no_milters",
                     VIEW_ARG(service->label));
    }
}

static void plan_hook(struct plan *plan)
{
    plan_own(plan);
    if (plan->out->impossible)
        return;
    plan_own_reinjection(plan, false);
    plan_main_list(plan, "smtpd_milters", "mail by SMTP; other milters, such as a DKIM signer, come first", false);
    plan_main_list(plan, "non_smtpd_milters", "mail of sendmail(1)", false);
    plan_services(plan, false);
    if (!view_starts(config_value(plan->config, NULL, VIEW("milter_protocol")), VIEW("6")))
        add_note(plan, "milter_protocol is %.*s; the gate needs 6, the default",
                 VIEW_ARG(config_value(plan->config, NULL, VIEW("milter_protocol"))));
}

static void plan_undo(struct plan *plan)
{
    plan_services(plan, true);
    plan_main_list(plan, "smtpd_milters", "mail by SMTP, as it was", true);
    plan_main_list(plan, "non_smtpd_milters", "mail of sendmail(1), as it was", true);
    plan_own_reinjection(plan, true);
    if (parameters_find(&plan->config->parameters, VIEW(OURS)) != NULL)
        add_step(plan, "-X", "our own parameter", "%s", OURS);
}

int setup_plan_make(struct arena *arena, const struct postfix_config *config, const struct settings *settings,
                    bool undo, struct setup_plan *out, struct error *error)
{
    struct plan plan = { .arena = arena, .config = config, .settings = settings, .out = out };

    *out = (struct setup_plan){ .steps = arena_alloc(arena, SETUP_STEPS_MAX * sizeof(*out->steps)) };
    if (out->steps == NULL)
        return error_set(error, ERROR_MEMORY, "setup: out of memory");
    if (!gate_endpoint(settings, &plan.gate))
        return error_set(error, ERROR_SYNTAX, "setup: the address behind listen is no socket");
    if (undo)
        plan_undo(&plan);
    else
        plan_hook(&plan);
    return plan.full ? error_set(error, ERROR_LIMIT, "setup: a list of milters is too long to edit") : 0;
}

static bool known(const struct settings *settings, const struct network *network)
{
    for (size_t i = 0; settings != NULL && i < settings->relay_network_count; i++) {
        if (network_covers(&settings->relay_network_list[i], network))
            return true;
    }
    return address_is_loopback(&network->base);
}

const char *setup_relay_networks(struct arena *arena, const struct postfix_config *config,
                                 const struct settings *settings)
{
    struct view list = config_value(config, NULL, VIEW("mynetworks")), word, copy;
    char storage[SETUP_TEXT_MAX];
    struct buf text = BUF(storage);
    bool missing = false;

    buf_add(&text, VIEW("relay-networks {"));
    while (words_next(&list, &word)) {
        struct network network;
        bool ipv4;

        if (!postfix_network(word, &network))
            continue;
        missing = missing || !known(settings, &network);
        ipv4 = network.prefix >= 96 && network.base.octets[10] == 0xff;
        buf_add_char(&text, ' ');
        address_add(&text, &network.base);
        if (network.prefix < 128)
            buf_addf(&text, "/%u", ipv4 ? network.prefix - 96 : network.prefix);
    }
    buf_add(&text, VIEW(" }"));
    if (!missing || text.full)
        return NULL;
    copy = arena_copy(arena, buf_view(&text));
    return copy.p;
}
