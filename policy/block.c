#include "policy/list.h"
#include "policy/takes.h"

#define COUNT(names) (sizeof(names) / sizeof((names)[0]))

void take_ledger_path(struct cursor *cursor, void *to)
{
    (void)take_path(cursor, &((struct ledger_settings *)to)->path);
}

void take_ledger_keep_detail(struct cursor *cursor, void *to)
{
    (void)take_days(cursor, &((struct ledger_settings *)to)->keep_detail);
}

void take_ledger_keep_hours(struct cursor *cursor, void *to)
{
    (void)take_days(cursor, &((struct ledger_settings *)to)->keep_hours);
}

void take_ledger_keep_days(struct cursor *cursor, void *to)
{
    (void)take_days(cursor, &((struct ledger_settings *)to)->keep_days);
}

void take_ledger_addresses(struct cursor *cursor, void *to)
{
    static const struct view names[] = {
        [ADDRESSES_NO] = VIEW_INIT("no"), [ADDRESSES_HASHED] = VIEW_INIT("hashed"), [ADDRESSES_YES] = VIEW_INIT("yes")
    };
    size_t index;

    if (take_choice(cursor, names, COUNT(names), &index))
        ((struct ledger_settings *)to)->addresses = (enum addresses)index;
}

void take_follow_journal(struct cursor *cursor, void *to)
{
    (void)cursor;
    ((struct follow_settings *)to)->journal = true;
}

/* One path or several: all that stands in quotes or starts with a slash. */
void take_follow_file(struct cursor *cursor, void *to)
{
    struct view path;

    (void)to;
    do {
        if (!take_path(cursor, &path))
            return;
        *(struct view *)vector_add(cursor->build, &cursor->build->follow_files, sizeof(path)) = path;
    } while (cursor->at != NULL && view_starts(cursor->at->text, VIEW("/")));
}

/* Addresses and networks into one set, all else as domains into the other. */
static void take_relays(struct cursor *cursor, const struct network_set **networks, const struct domain_set **names)
{
    struct collector addresses = { .build = cursor->build, .kind = LIST_NETWORK };
    struct collector domains = { .build = cursor->build, .kind = LIST_DOMAIN };
    const struct part *block;
    struct network network;
    bool fine = true;

    if (!take_block(cursor, "{", &block))
        return;
    for (const struct part *part = block->inside; part != NULL; part = part->next) {
        bool numeric = network_parse(part->text, &network) != NETWORK_NO_ADDRESS;

        if (part->kind == PART_BLOCK)
            build_error(cursor->build, part, "found {, expected an entry of the list");
        else
            fine = collect_entry(numeric ? &addresses : &domains, part, part->text) && fine;
    }
    if (!fine)
        return;
    *networks = collect_finish(&addresses).networks;
    *names = collect_finish(&domains).domains;
}

void take_follow_internal(struct cursor *cursor, void *to)
{
    struct follow_settings *follow = to;

    take_relays(cursor, &follow->internal, &follow->internal_names);
}

void take_follow_smarthost(struct cursor *cursor, void *to)
{
    struct follow_settings *follow = to;

    take_relays(cursor, &follow->smarthosts, &follow->smarthost_names);
}

void take_follow_tz(struct cursor *cursor, void *to)
{
    (void)take_text(cursor, "a time zone such as Europe/Berlin", NAME_TEXT_MAX,
                    &((struct follow_settings *)to)->time_zone);
}

static bool is_address_and_port(struct view text)
{
    ptrdiff_t colon = view_find_last_char(text, ':');
    struct address address;
    uint64_t port;

    return colon > 0 && address_parse(view_slice(text, 0, (size_t)colon), &address) &&
           view_number(view_slice(text, (size_t)colon + 1, text.n), 65535, &port) && port > 0;
}

void take_metrics_listen(struct cursor *cursor, void *to)
{
    static const char what[] = "ADDRESS:PORT such as 127.0.0.1:9925 or [::1]:9925";

    if (cursor->at == NULL || cursor->at->kind == PART_BLOCK || !is_address_and_port(cursor->at->text))
        (void)expected(cursor, what);
    else
        (void)take_text(cursor, what, NAME_TEXT_MAX, &((struct metrics_settings *)to)->listen);
}

void take_metrics_destinations(struct cursor *cursor, void *to)
{
    struct operand_value value;

    if (take_list_operand(cursor, LIST_DOMAIN, &value))
        ((struct metrics_settings *)to)->destinations = value.domains;
}

void take_guidelines_egress(struct cursor *cursor, void *to)
{
    struct collector collector = { .build = cursor->build, .kind = LIST_NETWORK };
    struct guidelines_settings *guidelines = to;
    const struct part *block;

    if (!take_block(cursor, "{", &block) || !collect_block(&collector, block))
        return;
    guidelines->egress = vector_keep(cursor->build, &collector.entries, sizeof(struct network));
    guidelines->egress_count = collector.entries.count;
}

void take_guidelines_profile(struct cursor *cursor, void *to)
{
    static const struct view names[] = { VIEW_INIT("gmail"), VIEW_INIT("yahoo"), VIEW_INIT("microsoft") };
    size_t index;

    (void)to;
    do {
        if (!take_choice(cursor, names, COUNT(names), &index))
            return;
        *(struct view *)vector_add(cursor->build, &cursor->build->profiles, sizeof(struct view)) = names[index];
    } while (cursor->at != NULL && name_index(names, COUNT(names), cursor->at->text) >= 0);
}

void take_guidelines_transactional(struct cursor *cursor, void *to)
{
    struct collector collector = { .build = cursor->build, .kind = LIST_DOMAIN };
    struct guidelines_settings *guidelines = to;
    const struct part *block;

    if (!take_block(cursor, "{", &block) || !collect_block(&collector, block))
        return;
    guidelines->transactional_domains = collect_finish(&collector).domains;
    guidelines->transactional_senders = vector_keep(cursor->build, &collector.entries, sizeof(struct view));
    guidelines->transactional_count = collector.entries.count;
}

void take_guidelines_transactional_login(struct cursor *cursor, void *to)
{
    struct operand_value value;

    if (take_list_operand(cursor, LIST_LOGIN, &value))
        ((struct guidelines_settings *)to)->transactional_logins = value.words;
}

void take_guidelines_transactional_header(struct cursor *cursor, void *to)
{
    static const char what[] = "a header field, \"X-Class\" or \"X-Class: transactional\"";
    struct guidelines_settings *guidelines = to;
    struct view field, name;

    if (cursor->at == NULL || cursor->at->kind == PART_BLOCK) {
        (void)expected(cursor, what);
        return;
    }
    field = cursor->at->text;
    name = field;
    (void)view_cut(&field, VIEW(":"), &name);
    if (!is_field_name(name)) {
        (void)expected(cursor, what);
        return;
    }
    if (!take_text(cursor, what, NAME_TEXT_MAX, &field))
        return;
    guidelines->transactional_field = view_slice(field, 0, name.n);
    guidelines->transactional_value = view_trim(view_slice(field, name.n + 1, field.n));
}
