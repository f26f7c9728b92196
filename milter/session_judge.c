#include "milter/session_state.h"

/* The first trouble is the one to tell. */
void session_set_trouble(struct session *session, bool blind, enum trouble why)
{
    struct message *message = session->message;

    message->blind |= blind;
    if (message->trouble != TROUBLE_NONE)
        return;
    message->trouble = why;
    session->setup.outlet.complain(session->setup.outlet.context, message_queue_id(message), trouble_text(why));
}

struct outcome session_on_error(const struct policy *policy)
{
    const struct settings *settings = policy_settings(policy);

    if (settings->mode == MODE_MONITOR || settings->on_error == ON_ERROR_ACCEPT)
        return (struct outcome){ .verdict = VERDICT_ACCEPT };
    return outcome_undecided;
}

/*
 * What the rules say now, or the setting on-error where they cannot say it.
 * Inbound mail is accepted whatever is wrong, so long as it is known to be
 * inbound; where a recipient still tells that, it is waited for.
 */
struct decision session_judge(const struct session *session, const struct recipient *recipient)
{
    const struct message *message = session->message;
    struct decision decision = policy_evaluate(session->setup.policy, &message->sub, recipient);

    if (message->trouble == TROUBLE_NONE || (!message->blind && decision.direction == DIRECTION_INBOUND))
        return decision;
    if (!message->blind && decision.direction == DIRECTION_PENDING)
        return (struct decision){ .direction = DIRECTION_PENDING };
    return (struct decision){ .certain = true,
                              .direction = decision.direction,
                              .now = session_on_error(session->setup.policy) };
}

/* Join a further decision, or begin with it. */
void session_join(struct decision *all, bool *any, const struct decision *one)
{
    if (*any)
        decision_join(all, one);
    else
        *all = *one;
    *any = true;
}

/* A refusal before end of message.  Local mail would stay in maildrop for ever: it is held at its end instead. */
bool session_refuses(const struct session *session, const struct decision *decision, enum stage stage)
{
    bool local = message_is_local(session->message);

    if (!decision->certain || decision->now.verdict < VERDICT_TEMPFAIL)
        return false;
    if (stage == STAGE_RCPT)
        return session->setup.answers_rcpt && !local;
    return decision->now.verdict == VERDICT_REJECT || !local;
}

static struct decision settled_decision(const struct settled *settled)
{
    struct decision decision = { .certain = true, .final = true, .direction = settled->direction, .now = settled->now };

    if (settled->would != NULL)
        decision.would = *settled->would;
    return decision;
}

/* Most messages have none: room for it is taken when there is one.  False without memory. */
static bool keep_would(struct message *message, const struct outcome *would)
{
    if (would->verdict == VERDICT_ACCEPT)
        return true;
    if (message->settled.would == NULL)
        message->settled.would = arena_alloc(&message->arena, sizeof(*message->settled.would));
    if (message->settled.would == NULL)
        return false;
    *message->settled.would = *would;
    return true;
}

bool session_settle(struct message *message, const struct decision *decision)
{
    struct decision all = settled_decision(&message->settled);
    bool any = message->settled.known;

    if (!decision->final || message->trouble != TROUBLE_NONE || decision->tag_count > 0 || decision->would_tag.line > 0)
        return false;
    session_join(&all, &any, decision);
    if (!keep_would(message, &all.would))
        return false;
    message->settled.known = true;
    message->settled.direction = all.direction;
    message->settled.now = all.now;
    return true;
}

/* The recipients that were let in, each by the facts of now; trouble that came up later counts for all. */
struct decision session_judge_all(const struct session *session)
{
    const struct message *message = session->message;
    const struct recipients *recipients = &message->recipients;
    struct decision all = settled_decision(&message->settled);
    bool any = message->settled.known && message->trouble == TROUBLE_NONE;

    for (size_t i = 0; i < recipients->count; i++) {
        const struct recipient_entry *entry = &recipients->entries[i];
        struct decision one;

        if (entry->refusal != NULL || (entry->settled && message->trouble == TROUBLE_NONE))
            continue;
        one = session_judge(session, &entry->recipient);
        session_join(&all, &any, &one);
    }
    return any ? all : session_judge(session, NULL);
}

void session_answer_without(const struct policy *policy, struct answer *answer)
{
    struct outcome outcome = session_on_error(policy);

    answer_make(&outcome, answer);
}

/* The rules' last word.  Nothing may be open any more; if it is, that is an error of ours and the message waits. */
struct decision session_judge_message(struct session *session)
{
    struct decision decision;
    bool local = message_is_local(session->message);

    if (session->message->recipients.count == 0)
        session_set_trouble(session, true, TROUBLE_NO_RECIPIENT);
    decision = session_judge_all(session);
    if (!decision.certain) {
        session_set_trouble(session, true, TROUBLE_UNDECIDED);
        decision = session_judge_all(session);
    }
    if (local && decision.now.verdict == VERDICT_TEMPFAIL)
        decision.now.verdict = VERDICT_HOLD;
    /* Whatever the rules and on-error say of it: passed on, the copies would be taken for ours. */
    if (session->message->forged > FORGED_MAX && decision.now.verdict < VERDICT_REJECT) {
        session_set_trouble(session, false, TROUBLE_FORGED_TAGS);
        decision.now = outcome_forged_tags;
    }
    return decision;
}
