#include "milter/session_state.h"

#include "shared/receiver.h"

/* The registrable domains that a message counts for: those of its From addresses, or of its envelope sender. */
struct owners {
    struct view list[HEADER_FROM_MAX];
    size_t count;
};

static void add_owner(const struct session *session, struct owners *owners, struct view domain)
{
    struct view part = public_suffix_registrable(session->setup.suffixes, domain);

    if (part.n == 0)
        part = domain; /* a public suffix sends for itself */
    for (size_t i = 0; i < owners->count; i++) {
        if (view_eq(owners->list[i], part))
            return;
    }
    if (owners->count < HEADER_FROM_MAX)
        owners->list[owners->count++] = part;
}

static void add_authors(const struct session *session, struct owners *owners, struct view list)
{
    struct view domain;

    while (list_next(&list, &domain)) {
        if (!view_eq(domain, LIST_UNKNOWN))
            add_owner(session, owners, domain);
    }
}

/* Where nobody can read a From the envelope sender stands in for it, as it does in reports. */
static struct owners find_owners(const struct session *session, struct buf *sender)
{
    const struct submission *sub = &session->message->sub;
    struct owners owners = { .count = 0 };

    if (sub->facts[FACT_HEADER_FROM].state == FACT_KNOWN)
        add_authors(session, &owners, sub->facts[FACT_HEADER_FROM].text);
    if (owners.count == 0 && sub->facts[FACT_SENDER].state == FACT_KNOWN &&
        domain_normalize(domain_of_address(sub->facts[FACT_SENDER].text), sender))
        add_owner(session, &owners, buf_view(sender));
    return owners;
}

void session_count_recipient(struct session *session, struct view domain)
{
    if (session->setup.volumes != NULL && receiver_of(domain, (struct view){ NULL, 0 }) == RECEIVER_GMAIL)
        session->message->gmail_count++;
}

/* Of several From addresses the busiest tells: none must hide behind another. */
static void fill_volume(struct session *session)
{
    struct submission *sub = &session->message->sub;
    char storage[DOMAIN_MAX];
    struct buf sender = BUF(storage);
    struct owners owners = find_owners(session, &sender);
    int64_t now = session->setup.now();
    uint64_t volume = 0;
    bool bulk = false, any = false;

    for (size_t i = 0; i < owners.count; i++) {
        struct volume_known known = volume_table_ask(session->setup.volumes, owners.list[i], now);

        if (known.full)
            continue;
        any = true;
        volume = known.count > volume ? known.count : volume;
        bulk = bulk || known.bulk;
    }
    volume += session->message->gmail_count;
    if (!any)
        return; /* absent: reaching the stage says so */
    fact_set_number(sub, FACT_VOLUME, volume);
    fact_set_flag(sub, FACT_BULK, bulk || volume >= VOLUME_BULK_SENDER);
}

void session_fill_volume(struct session *session)
{
    const struct policy *policy = session->setup.policy;
    struct message *message = session->message;

    if (session->setup.volumes != NULL)
        fill_volume(session);
    if (policy_has_transactional(policy))
        fact_set_flag(&message->sub, FACT_TRANSACTIONAL,
                      message->transactional_field || policy_is_transactional(policy, &message->sub));
}

void session_count_message(const struct session *session, const struct decision *decision)
{
    const struct message *message = session->message;
    char storage[DOMAIN_MAX];
    struct buf sender = BUF(storage);
    struct owners owners;

    if (session->setup.volumes == NULL || message->gmail_count == 0 || decision->direction != DIRECTION_OUTBOUND ||
        decision->now.verdict != VERDICT_ACCEPT || !session->setup.sees_headers)
        return;
    owners = find_owners(session, &sender);
    for (size_t i = 0; i < owners.count; i++) {
        if (!volume_table_add(session->setup.volumes, owners.list[i], message->gmail_count, session->setup.now()))
            session->setup.outlet.complain(session->setup.outlet.context, message_queue_id(message),
                                           "volume: no room to count further sender domains");
    }
}
