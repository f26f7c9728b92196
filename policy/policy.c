#include "policy/policy.h"

#include <stdlib.h>
#include <string.h>

#include "policy/check.h"
#include "policy/guard.h"
#include "policy/list.h"
#include "policy/load.h"
#include "policy/rule.h"
#include "policy/setting.h"

static const struct view default_transports[] = {
    VIEW_INIT("local"),   VIEW_INIT("virtual"), VIEW_INIT("lmtp"),  VIEW_INIT("pipe"),
    VIEW_INIT("discard"), VIEW_INIT("error"),   VIEW_INIT("retry"),
};
static const unsigned default_ports[] = { 587, 465 };
static const struct view default_daemon_names[] = { VIEW_INIT("ORIGINATING") };
static const struct view default_profiles[] = { VIEW_INIT("gmail") };

static const struct listener default_listener = {
    .name = VIEW_INIT("submission"),
    .ports = default_ports,
    .port_count = 2,
    .daemon_names = default_daemon_names,
    .daemon_name_count = 1,
};

static const struct settings defaults = {
    .mode = MODE_MONITOR,
    .on_error = ON_ERROR_TEMPFAIL,
    .tag_header = VIEW_INIT("X-Outward"),
    .local_transports = default_transports,
    .local_transport_count = sizeof(default_transports) / sizeof(default_transports[0]),
    .alert = { .repeat = 3600, .recover = 900, .relay = VIEW_INIT("127.0.0.1:25") },
    .ledger = { .path = VIEW_INIT("/var/lib/outward/ledger.db"), .keep_detail = 30, .keep_hours = 8, .keep_days = 400 },
    .follow = { .journal = true },
    .guidelines = { .profiles = default_profiles, .profile_count = 1 },
};

/* Loopback, where the file says nothing else. */
static void set_default_networks(struct build *build)
{
    struct settings *settings = &build->policy->settings;
    struct collector collector = { .build = build, .kind = LIST_NETWORK };

    list_declare_built_in(build);
    (void)collect_entry(&collector, NULL, VIEW("127.0.0.0/8"));
    (void)collect_entry(&collector, NULL, VIEW("::1"));
    settings->relay_networks = collect_finish(&collector).networks;
    settings->relay_network_list = vector_keep(build, &collector.entries, sizeof(struct network));
    settings->relay_network_count = collector.entries.count;
    settings->follow.internal = settings->relay_networks;
}

static void take_statements(struct build *build, bool declares)
{
    struct line *const *lines = build->statements.items;

    for (size_t i = 0; i < build->statements.count; i++) {
        if (!lines[i]->section)
            setting_take_statement(build, lines[i], declares);
    }
}

static void take_sections(struct build *build)
{
    struct line *const *lines = build->statements.items;

    for (size_t i = 0; i < build->statements.count; i++) {
        bool submission = view_eq(lines[i]->parts->text, VIEW("submission"));

        for (const struct line *rule = lines[i]->section ? lines[i]->rules : NULL; rule != NULL; rule = rule->next) {
            if (submission)
                rule_take(build, rule);
            else
                delivery_take(build, rule);
        }
    }
}

/* Rules look up listeners and certificates, so these get their lasting place first. */
static void keep_declared(struct build *build)
{
    struct settings *settings = &build->policy->settings;

    settings->certificates = vector_keep(build, &build->certificates, sizeof(struct certificate));
    settings->certificate_count = build->certificates.count;
    settings->listeners = vector_keep(build, &build->listeners, sizeof(struct listener));
    settings->listener_count = build->listeners.count;
}

static void keep_guards(struct build *build)
{
    struct policy *policy = build->policy;
    struct guard *guards;
    bool any = false;

    if (policy->rule_count == 0)
        return;
    guards = arena_alloc(&policy->arena, policy->rule_count * sizeof(*guards));
    if (guards == NULL)
        build_out_of_memory(build);
    for (size_t i = 0; i < policy->rule_count; i++) {
        guards[i] = guard_of(&policy->rules[i]);
        any = any || guards[i].kind[0] != GUARD_NONE;
    }
    policy->guards = any ? guards : NULL;
}

/* A bit of a decision stands for each: see tags_dropped. */
static void number_tag_rules(struct build *build)
{
    struct rule *rules = build->rules.items;
    const struct line *const *lines = build->rule_lines.items;
    unsigned count = 0;

    for (size_t i = 0; i < build->rules.count; i++) {
        if (rules[i].action != ACTION_TAG || rules[i].monitor_only)
            continue;
        if (count == TAG_RULES_MAX) {
            build_error(build, lines[i]->parts, "more than %d tag rules", TAG_RULES_MAX);
            return;
        }
        rules[i].tag_number = count++;
    }
}

static void keep_rules(struct build *build)
{
    struct policy *policy = build->policy;
    struct settings *settings = &policy->settings;

    settings->delivery_rules = vector_keep(build, &build->delivery, sizeof(struct delivery_rule));
    settings->delivery_rule_count = build->delivery.count;
    number_tag_rules(build);
    policy->rules = vector_keep(build, &build->rules, sizeof(struct rule));
    policy->rule_count = build->rules.count;
    keep_guards(build);
    policy->local_transports =
        word_set_new(&policy->arena, settings->local_transports, settings->local_transport_count, false);
    if (policy->local_transports == NULL)
        build_out_of_memory(build);
}

/* A function of its own, so that no local variable lives across the jump. */
static void run(struct build *build, const char *name)
{
    if (setjmp(build->out_of_memory) != 0) {
        faults_add(build->faults, SEVERITY_ERROR, view_of(name), 0, 0, "out of memory, or more than %d MiB of rules",
                   MEMORY_MAX >> 20);
        return;
    }
    set_default_networks(build);
    load_file(build, name);
    take_statements(build, true);
    keep_declared(build);
    take_statements(build, false);
    take_sections(build);
    keep_rules(build);
    if (build->faults->errors == 0) {
        check_rules(build);
        check_settings(build);
    }
}

struct policy *policy_parse(const char *name, const struct reader *reader, struct faults *faults)
{
    struct build build = { .faults = faults, .reader = reader };
    size_t errors = faults->errors;

    build.policy = calloc(1, sizeof(*build.policy));
    if (build.policy == NULL) {
        faults_add(faults, SEVERITY_ERROR, view_of(name), 0, 0, "out of memory");
        return NULL;
    }
    arena_init(&build.policy->arena, MEMORY_MAX);
    arena_init(&build.scratch, MEMORY_MAX);
    build.policy->settings = defaults;
    run(&build, name);
    load_sort_faults(&build);
    arena_done(&build.scratch);
    if (faults->errors > errors) {
        policy_free(build.policy);
        return NULL;
    }
    build.policy->needs = policy_needs_of(build.policy);
    return build.policy;
}

void policy_free(struct policy *policy)
{
    if (policy == NULL)
        return;
    arena_done(&policy->arena);
    free(policy);
}

const struct settings *policy_settings(const struct policy *policy)
{
    return &policy->settings;
}

size_t policy_rule_count(const struct policy *policy)
{
    return policy->rule_count;
}

static bool has_port(const struct listener *listener, unsigned port)
{
    for (size_t i = 0; i < listener->port_count; i++) {
        if (listener->ports[i] == port)
            return true;
    }
    return false;
}

static bool has_address(const struct listener *listener, const struct address *address)
{
    for (size_t i = 0; address != NULL && i < listener->address_count; i++) {
        if (memcmp(&listener->addresses[i], address, sizeof(*address)) == 0)
            return true;
    }
    return false;
}

static bool has_name(const struct listener *listener, struct view name)
{
    for (size_t i = 0; i < listener->daemon_name_count; i++) {
        if (view_eq(listener->daemon_names[i], name))
            return true;
    }
    return false;
}

/* Port or name tell the service: many a master.cf sets no milter_macro_daemon_name, some use other ports. */
static bool listener_matches(const struct listener *listener, unsigned port, const struct address *address,
                             struct view daemon_name)
{
    bool by_address_only = listener->port_count + listener->daemon_name_count == 0;

    return (by_address_only || has_port(listener, port) || has_name(listener, daemon_name)) &&
           (listener->address_count == 0 || has_address(listener, address));
}

const struct listener *policy_listener(const struct policy *policy, unsigned port, const struct address *address,
                                       struct view daemon_name)
{
    const struct settings *settings = &policy->settings;

    for (size_t i = 0; i < settings->listener_count; i++) {
        if (listener_matches(&settings->listeners[i], port, address, daemon_name))
            return &settings->listeners[i];
    }
    if (settings->listener_count == 0 && listener_matches(&default_listener, port, address, daemon_name))
        return &default_listener;
    return NULL;
}
