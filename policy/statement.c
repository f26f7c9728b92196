#include <string.h>
#include <sys/un.h>

#include "policy/draft.h"
#include "policy/list.h"
#include "policy/setting.h"
#include "policy/takes.h"

#define COUNT(names) (sizeof(names) / sizeof((names)[0]))

/* An address that libmilter takes, and that names exactly one place. */
static bool is_listen_address(struct view address)
{
    struct view port, host = address;
    uint64_t number;

    if (view_skip(&host, VIEW("unix:")) || view_skip(&host, VIEW("local:")))
        return view_starts(host, VIEW("/")) && host.n < sizeof(((struct sockaddr_un *)NULL)->sun_path);
    if (!view_skip(&host, VIEW("inet:")) && !view_skip(&host, VIEW("inet6:")))
        return false;
    if (!view_cut(&host, VIEW("@"), &port)) {
        port = host;
        host = VIEW("*");
    }
    return view_number(port, 65535, &number) && number > 0 && host.n > 0;
}

void take_listen(struct cursor *cursor, void *to)
{
    struct listen_settings *listen = &((struct settings *)to)->listen;
    static const char what[] = "unix:/PATH, inet:PORT@HOST or inet6:PORT@HOST";

    if (cursor->at == NULL || cursor->at->kind == PART_BLOCK || !is_listen_address(cursor->at->text)) {
        (void)expected(cursor, what);
        return;
    }
    cursor->build->listen_place = cursor->last;
    listen->place = build_place(cursor->at);
    (void)take_text(cursor, what, PATH_TEXT_MAX, &listen->address);
    while (cursor->at != NULL) {
        bool fine;

        if (cursor_skip(cursor, VIEW("owner")))
            fine = take_text(cursor, "a user's name", NAME_TEXT_MAX, &listen->owner);
        else if (cursor_skip(cursor, VIEW("group")))
            fine = take_text(cursor, "a group's name", NAME_TEXT_MAX, &listen->group);
        else if (cursor_skip(cursor, VIEW("mode")))
            fine = take_mode_bits(cursor, &listen->mode);
        else
            fine = expected(cursor, "owner, group, mode or end of line");
        if (!fine)
            return;
    }
}

void take_user(struct cursor *cursor, void *to)
{
    (void)take_text(cursor, "a user's name", NAME_TEXT_MAX, &((struct settings *)to)->user);
}

void take_mode(struct cursor *cursor, void *to)
{
    const struct view names[] = { mode_name(MODE_MONITOR), mode_name(MODE_ENFORCE) };
    size_t index;

    if (take_choice(cursor, names, COUNT(names), &index))
        ((struct settings *)to)->mode = (enum mode)index;
}

void take_on_error(struct cursor *cursor, void *to)
{
    static const struct view names[] = {
        [ON_ERROR_TEMPFAIL] = VIEW_INIT("tempfail"), [ON_ERROR_ACCEPT] = VIEW_INIT("accept")
    };
    size_t index;

    if (take_choice(cursor, names, COUNT(names), &index))
        ((struct settings *)to)->on_error = (enum on_error)index;
}

void take_record(struct cursor *cursor, void *to)
{
    static const struct view names[] = { [RECORD_FULL] = VIEW_INIT("full"), [RECORD_BRIEF] = VIEW_INIT("brief") };
    size_t index;

    if (take_choice(cursor, names, COUNT(names), &index))
        ((struct settings *)to)->record = (enum record_detail)index;
}

void take_log(struct cursor *cursor, void *to)
{
    static const struct view names[] = { VIEW_INIT("syslog"), VIEW_INIT("stderr"), VIEW_INIT("file") };
    static const enum log_target targets[] = { LOG_TARGET_SYSLOG, LOG_TARGET_STDERR, LOG_TARGET_FILE };
    struct settings *settings = to;
    size_t index;

    if (!take_choice(cursor, names, COUNT(names), &index))
        return;
    if (targets[index] == LOG_TARGET_FILE && !take_path(cursor, &settings->log_path))
        return;
    settings->log = targets[index];
}

void take_network(struct cursor *cursor, void *to)
{
    (void)to;
    list_declare(cursor, LIST_NETWORK);
}

void take_domain(struct cursor *cursor, void *to)
{
    (void)to;
    list_declare(cursor, LIST_DOMAIN);
}

void take_login(struct cursor *cursor, void *to)
{
    (void)to;
    list_declare(cursor, LIST_LOGIN);
}

void take_relay_networks(struct cursor *cursor, void *to)
{
    struct collector collector = { .build = cursor->build, .kind = LIST_NETWORK };
    struct settings *settings = to;
    const struct part *block;

    cursor->build->relay_place = cursor->last;
    if (!take_block(cursor, "{", &block) || !collect_block(&collector, block))
        return;
    settings->relay_networks = collect_finish(&collector).networks;
    settings->relay_network_list = vector_keep(cursor->build, &collector.entries, sizeof(struct network));
    settings->relay_network_count = collector.entries.count;
}

void take_local_transports(struct cursor *cursor, void *to)
{
    struct settings *settings = to;
    struct vector names = { 0 };
    const struct part *block;
    struct cursor inside;

    if (!take_block(cursor, "{", &block))
        return;
    inside = cursor_in_block(cursor->build, block);
    while (inside.at != NULL) {
        struct view name;

        if (!take_text(&inside, "the name of a transport", NAME_TEXT_MAX, &name))
            return;
        *(struct view *)vector_add(cursor->build, &names, sizeof(name)) = name;
    }
    settings->local_transports = vector_keep(cursor->build, &names, sizeof(struct view));
    settings->local_transport_count = names.count;
}

/* Removing forged copies of a field that others own would break their mail. */
static bool is_private_field(struct view name)
{
    return name.n > 2 && view_eq_nocase(view_slice(name, 0, 2), VIEW("X-"));
}

void take_tag_header(struct cursor *cursor, void *to)
{
    if (cursor->at == NULL || cursor->at->kind == PART_BLOCK || !is_field_name(cursor->at->text) ||
        !is_private_field(cursor->at->text)) {
        (void)expected(cursor, "a header field's name that starts with X-");
        return;
    }
    (void)take_text(cursor, "a header field's name", NAME_TEXT_MAX, &((struct settings *)to)->tag_header);
}

/* Tell of a second declaration of a name. */
static bool is_new_name(struct cursor *cursor, const struct part *part, const char *kind, struct view name,
                        struct view other, struct place place)
{
    if (!view_eq(name, other))
        return true;
    build_error(cursor->build, part, "%s %.*s is declared twice, first in %.*s:%u", kind, VIEW_ARG(name),
                VIEW_ARG(place.file), place.line);
    return false;
}

void take_certificate(struct cursor *cursor, void *to)
{
    struct build *build = cursor->build;
    struct certificate certificate = { 0 };
    const struct certificate *others = build->certificates.items;
    const struct part *name = cursor->at;
    size_t errors = build->faults->errors;

    (void)to;
    if (!take_name(cursor, "a name for the certificate", &certificate.name))
        return;
    certificate.place = build_place(name);
    for (size_t i = 0; i < build->certificates.count; i++) {
        if (!is_new_name(cursor, name, "certificate", certificate.name, others[i].name, others[i].place))
            return;
    }
    setting_take_block(cursor, BLOCK_CERTIFICATE, &certificate);
    if (build->faults->errors == errors && (certificate.subject.n == 0 || certificate.issuer.n == 0))
        build_error(build, name, "certificate %.*s needs both subject and issuer: anyone may issue a subject",
                    VIEW_ARG(certificate.name));
    *(struct certificate *)vector_add(build, &build->certificates, sizeof(certificate)) = certificate;
}

void take_listener(struct cursor *cursor, void *to)
{
    struct build *build = cursor->build;
    struct listener_draft draft = { 0 };
    struct listener *listener = &draft.listener;
    const struct listener *others = build->listeners.items;
    const struct part *name = cursor->at;
    size_t errors = build->faults->errors;

    (void)to;
    if (!take_name(cursor, "a name for the listener", &listener->name))
        return;
    listener->place = build_place(name);
    for (size_t i = 0; i < build->listeners.count; i++) {
        if (!is_new_name(cursor, name, "listener", listener->name, others[i].name, others[i].place))
            return;
    }
    setting_take_block(cursor, BLOCK_LISTENER, &draft);
    listener->ports = vector_keep(build, &draft.ports, sizeof(unsigned));
    listener->port_count = draft.ports.count;
    listener->addresses = vector_keep(build, &draft.addresses, sizeof(struct address));
    listener->address_count = draft.addresses.count;
    listener->daemon_names = vector_keep(build, &draft.names, sizeof(struct view));
    listener->daemon_name_count = draft.names.count;
    if (build->faults->errors == errors && draft.ports.count + draft.addresses.count + draft.names.count == 0)
        build_error(build, name, "listener %.*s names no port, address or name: all mail would be a submission",
                    VIEW_ARG(listener->name));
    *(struct listener *)vector_add(build, &build->listeners, sizeof(*listener)) = *listener;
}

void take_alert(struct cursor *cursor, void *to)
{
    struct build *build = cursor->build;
    struct alert_settings *alert = &((struct settings *)to)->alert;

    build->alert_place = cursor->last;
    setting_take_block(cursor, BLOCK_ALERT, alert);
    alert->conditions = vector_keep(build, &build->conditions, sizeof(struct alert_condition));
    alert->condition_count = build->conditions.count;
    alert->channels = vector_keep(build, &build->channels, sizeof(struct channel));
    alert->channel_count = build->channels.count;
}

void take_ledger(struct cursor *cursor, void *to)
{
    setting_take_block(cursor, BLOCK_LEDGER, &((struct settings *)to)->ledger);
}

void take_follow(struct cursor *cursor, void *to)
{
    struct build *build = cursor->build;
    struct follow_settings *follow = &((struct settings *)to)->follow;

    build->follow_place = cursor->last;
    follow->journal = false;
    setting_take_block(cursor, BLOCK_FOLLOW, follow);
    follow->files = vector_keep(build, &build->follow_files, sizeof(struct view));
    follow->file_count = build->follow_files.count;
    if (follow->file_count == 0)
        follow->journal = true;
}

void take_metrics(struct cursor *cursor, void *to)
{
    setting_take_block(cursor, BLOCK_METRICS, &((struct settings *)to)->metrics);
}

void take_guidelines(struct cursor *cursor, void *to)
{
    struct build *build = cursor->build;
    struct guidelines_settings *guidelines = &((struct settings *)to)->guidelines;

    setting_take_block(cursor, BLOCK_GUIDELINES, guidelines);
    if (build->profiles.count == 0)
        return;
    guidelines->profiles = vector_keep(build, &build->profiles, sizeof(struct view));
    guidelines->profile_count = build->profiles.count;
}
