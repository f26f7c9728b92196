#include "milter/session.h"

#include <stdlib.h>

#include "milter/session_state.h"

/* ---- records, and the transaction's life ---- */

static void write_record(const struct session *session, const struct decision *decision)
{
    const struct message *message = session->message;
    struct record record = { .queue_id = message_queue_id(message),
                             .decision = *decision,
                             .trouble = trouble_word(message->trouble),
                             .tags_dropped = (unsigned)__builtin_popcountll(decision->tags_dropped),
                             .mode = session_settings(session)->mode,
                             .generation = session->setup.generation,
                             .sub = message->sub,
                             .recipients = message->recipient_count,
                             .recipients_refused = message->refused_count };

    if (message->refused != NULL)
        record.refused_by = message->refused->now.rule;

    while (record.to_count < message->recipients.count && record.to_count < RECORD_DOMAINS_MAX) {
        record.to[record.to_count] = message->recipients.entries[record.to_count].recipient;
        record.to_count++;
    }
    record.to_more = (unsigned)(message->recipients.count - record.to_count);
    session->setup.outlet.record(session->setup.outlet.context, &record);
}

static void message_free(struct message *message)
{
    recipients_done(&message->recipients);
    arena_done(&message->arena);
    free(message);
}

static void finish(struct session *session, const struct decision *decision)
{
    write_record(session, decision);
    message_free(session->message);
    session->message = NULL;
}

/*
 * What came of a transaction that ended without end of message.  Beyond DATA
 * it may have been delivered (smtpd_proxy_filter shows no more than this), so
 * what the rules would have done then is said as such.
 */
static struct decision unfinished(const struct session *session)
{
    const struct message *message = session->message;
    struct decision decision;

    if (message->refused != NULL && message->refused_count == message->recipient_count)
        return *message->refused;
    decision = session_judge_all(session);
    if (decision.now.verdict > decision.would.verdict)
        decision.would = decision.now;
    if (decision.now.verdict != VERDICT_ACCEPT)
        decision.now = (struct outcome){ .verdict = VERDICT_ACCEPT };
    if (decision.tag_count > 0 && decision.would_tag.line == 0)
        decision.would_tag = decision.tags[0].rule;
    decision.tag_count = 0;
    decision.tags_dropped = 0;
    return decision;
}

/* cut: the connection ended without ABORT; libmilter may not have read a DATA that came right before. */
static void end_message(struct session *session, bool cut)
{
    struct message *message = session->message;

    if (message == NULL)
        return;
    if (message->data || message->refused_count > 0 || (cut && message->recipient_count > 0)) {
        struct decision decision = unfinished(session);

        finish(session, &decision);
        return;
    }
    message_free(message);
    session->message = NULL;
}

static struct message *message_new(const struct session *session)
{
    struct message *message = calloc(1, sizeof(*message));

    if (message == NULL)
        return NULL;
    arena_init(&message->arena, MESSAGE_MEMORY_MAX);
    submission_init(&message->sub);
    recipients_init(&message->recipients, &message->arena, session->setup.seed);
    header_facts_init(&message->headers, &message->arena);
    return message;
}

/* ---- events ---- */

struct session *session_new(const struct session_setup *setup)
{
    struct session *session = calloc(1, sizeof(*session));

    if (session != NULL)
        session->setup = *setup;
    return session;
}

void session_free(struct session *session)
{
    if (session == NULL)
        return;
    end_message(session, true);
    free(session->connection.client_name);
    free(session);
}

bool session_is_busy(const struct session *session)
{
    return session->message != NULL;
}

void session_connect(struct session *session, const struct macro_source *macros, const struct address *address)
{
    end_message(session, false);
    session_take_connection(session, macros, address);
}

/* MAIL without memory for a message: on-error, told and recorded like any other decision. */
static void answer_without_message(const struct session *session, struct view sender, struct answer *answer)
{
    struct outcome outcome = session_on_error(session->setup.policy);
    struct record record = { .decision = { .certain = true, .now = outcome },
                             .trouble = trouble_word(TROUBLE_MEMORY),
                             .mode = session_settings(session)->mode,
                             .generation = session->setup.generation };

    session->setup.outlet.complain(session->setup.outlet.context, record.queue_id, trouble_text(TROUBLE_MEMORY));
    submission_init(&record.sub);
    session_fill_connection(session, &record.sub);
    fact_set_text(&record.sub, FACT_SENDER, session_without_brackets(sender));
    record.sub.stage = STAGE_MAIL;
    session->setup.outlet.record(session->setup.outlet.context, &record);
    answer_make(&outcome, answer);
}

void session_mail(struct session *session, const struct macro_source *macros, struct view sender, unsigned today,
                  struct answer *answer)
{
    struct decision decision;

    end_message(session, false);
    session->message = message_new(session);
    if (session->message == NULL) {
        answer_without_message(session, sender, answer);
        return;
    }
    session->message->sub.today = today;
    session_take_queue_id(session->message, macros);
    session_take_mail(session, macros, sender);
    decision = session_judge(session, NULL);
    *answer = (struct answer){ .verdict = VERDICT_ACCEPT };
    if (session_refuses(session, &decision, STAGE_MAIL)) {
        answer_make(&decision.now, answer);
        finish(session, &decision);
    } else {
        session->message->settled.for_all = session_settle(session->message, &decision);
    }
}

static void reach(struct message *message, enum stage stage)
{
    if (message->sub.stage < stage)
        submission_reach(&message->sub, stage);
}

/* The refusal, and all of them joined, are kept as long as the message.  NULL when memory is out. */
static const struct outcome *keep_refusal(struct message *message, const struct decision *decision)
{
    struct outcome *refusal = arena_alloc(&message->arena, sizeof(*refusal));
    bool any = message->refused != NULL;

    if (!any)
        message->refused = arena_alloc(&message->arena, sizeof(*message->refused));
    if (refusal == NULL || message->refused == NULL)
        return NULL;
    *refusal = decision->now;
    session_join(message->refused, &any, decision);
    return refusal;
}

/* What a recipient is refused with; NULL: it is let in, *settled for good or until more is known. */
static const struct outcome *judge_recipient(struct session *session, const struct recipient *recipient, bool *settled)
{
    struct message *message = session->message;
    const struct outcome *refusal;
    struct decision decision;

    *settled = message->settled.for_all;
    if (*settled && message->trouble == TROUBLE_NONE)
        return NULL;
    decision = session_judge(session, recipient);
    if (!session_refuses(session, &decision, STAGE_RCPT)) {
        *settled = session_settle(message, &decision);
        return NULL;
    }
    refusal = keep_refusal(message, &decision);
    if (refusal != NULL)
        return refusal;
    session_set_trouble(session, true, TROUBLE_MEMORY);
    return &outcome_undecided;
}

void session_rcpt(struct session *session, const struct macro_source *macros, struct view recipient,
                  struct answer *answer)
{
    struct message *message = session->message;
    char storage[DOMAIN_MAX];
    struct buf domain = BUF(storage);
    struct recipient_entry *entry;
    const struct outcome *refusal;
    struct recipient read;
    bool added = false, settled = false;

    *answer = (struct answer){ .verdict = VERDICT_ACCEPT };
    if (message == NULL) {
        if (session->setup.answers_rcpt)
            session_answer_without(session->setup.policy, answer);
        return;
    }
    session_take_queue_id(message, macros);
    message->recipient_count++;
    reach(message, STAGE_RCPT);
    read = session_read_recipient(macros, recipient, &domain);
    entry = recipients_add(&message->recipients, &read, &added);
    if (entry == NULL)
        session_set_trouble(session, false,
                            message->recipients.count == RECIPIENTS_MAX ? TROUBLE_RECIPIENTS : TROUBLE_MEMORY);
    refusal = entry == NULL || added ? judge_recipient(session, &read, &settled) : entry->refusal;
    if (entry != NULL && added)
        *entry = (struct recipient_entry){ entry->recipient, refusal, settled };
    if (refusal == NULL) {
        session_count_recipient(session, read.domain);
        return;
    }
    message->refused_count++;
    answer_make(refusal, answer);
}

void session_data(struct session *session, const struct macro_source *macros)
{
    struct message *message = session->message;

    if (message == NULL)
        return;
    session_take_queue_id(message, macros);
    message->data = true;
    reach(message, STAGE_DATA);
}

void session_header(struct session *session, struct view name, struct view body)
{
    struct message *message = session->message;

    if (message == NULL || !session->setup.sees_headers)
        return;
    message->data = true;
    header_facts_add(&message->headers, name, body);
    message->transactional_field =
        message->transactional_field || policy_is_transactional_field(session->setup.policy, name, body);
    if (session->setup.may_change_headers && view_eq_nocase(name, session_settings(session)->tag_header))
        message->forged++;
}

/* Reading headers is only for the record unless a rule asks for them: then half a fact is none. */
static void fill_headers(struct session *session)
{
    struct message *message = session->message;

    if (session->setup.sees_headers && !header_facts_fill(&message->headers, session->setup.suffixes, &message->sub) &&
        policy_needs(session->setup.policy).headers)
        session_set_trouble(session, false, TROUBLE_HEADER);
    if (session->setup.sees_headers)
        session_fill_volume(session);
    reach(message, STAGE_MESSAGE);
}

void session_message(struct session *session, const struct macro_source *macros, const struct message_editor *editor,
                     struct answer *answer)
{
    struct decision decision;

    if (session->message == NULL) {
        session_answer_without(session->setup.policy, answer);
        return;
    }
    session_take_queue_id(session->message, macros);
    session->message->data = true;
    fill_headers(session);
    decision = session_judge_message(session);
    if (!session_carry_out(session, &decision, editor)) {
        session_set_trouble(session, true, TROUBLE_EDIT);
        decision.now = outcome_undecided;
    }
    answer_make(&decision.now, answer);
    session_count_message(session, &decision);
    finish(session, &decision);
}

void session_abort(struct session *session)
{
    end_message(session, false);
}
