/*
 * session_state - the private shape of a session; only milter/session*.c includes it
 */
#ifndef MILTER_SESSION_STATE_H
#define MILTER_SESSION_STATE_H

#include "milter/header_facts.h"
#include "milter/recipients.h"
#include "milter/session.h"
#include "milter/trouble.h"

enum { CLIENT_NAME_MAX = 255, QUEUE_ID_MAX = 40 };

/* What stays the same from CONNECT to the session's end. */
struct connection {
    struct address client, local;
    bool has_client, has_local, has_port;
    bool client_port_zero;
    bool nameless; /* there was no memory for client_name */
    unsigned port; /* local */
    char *client_name;
    const struct listener *listener;
};

/* Of a decision that nothing can change any more and that has no tags: what is kept of it. */
struct settled {
    bool known;   /* of any recipient yet */
    bool for_all; /* already at MAIL: recipients need not be asked about */
    enum direction direction;
    struct outcome now;
    struct outcome *would; /* the strictest that was only logged, in the arena; NULL: none */
};

/* One transaction.  Allocated at MAIL, so that an idle session is small. */
struct message {
    struct arena arena;
    struct submission sub;
    struct recipients recipients;
    struct header_facts headers;
    struct decision *refused; /* the decisions of the refused recipients, joined, in the arena; NULL: none */
    struct settled settled;
    unsigned recipient_count, refused_count;
    uint32_t gmail_count;     /* recipients at Gmail that were let in */
    bool transactional_field; /* a header field of the transactional class */
    unsigned forged;          /* copies of the tag header from outside */
    bool data;                /* DATA was reached: the client may believe it sent a message */
    enum trouble trouble;     /* the first reason why the rules cannot decide; none: they can */
    bool blind;               /* not even if it is inbound */
    char queue_id[QUEUE_ID_MAX + 1];
};

struct session {
    struct session_setup setup;
    struct connection connection;
    struct message *message; /* NULL between transactions */
};

/* session_facts.c: what the macros and commands tell */

/* CONNECT: who is there, and on which listener. */
void session_take_connection(struct session *session, const struct macro_source *macros, const struct address *address);

/* The queue ID, as soon as Postfix has one; RFC 5321 knows none before DATA. */
void session_take_queue_id(struct message *message, const struct macro_source *macros);

/* What a connection says of each of its messages. */
void session_fill_connection(const struct session *session, struct submission *sub);

/* A command's address: smtpd(8) gives "<a@b>", cleanup(8) "a@b". */
struct view session_without_brackets(struct view argument);

/* MAIL: all facts that are known by then. */
void session_take_mail(struct session *session, const struct macro_source *macros, struct view sender);

/* RCPT: domain is where the normalized domain is kept. */
struct recipient session_read_recipient(const struct macro_source *macros, struct view argument, struct buf *domain);

/* session_judge.c: what the rules say, and what counts where they cannot say it */

/* From now on the message is undecided; the first reason is told.  blind: even whether it is inbound is not known. */
void session_set_trouble(struct session *session, bool blind, enum trouble why);

/* What the setting on-error says, in the mode in force. */
struct outcome session_on_error(const struct policy *policy);

/* With recipient NULL before RCPT. */
struct decision session_judge(const struct session *session, const struct recipient *recipient);

/*
 * Remember a decision that is final, joined to those before it: the rules are not asked again.
 * False when it is not final, or has tags, of which a decision has room for many and a message mostly none.
 */
bool session_settle(struct message *message, const struct decision *decision);

/* The recipients that were let in, joined. */
struct decision session_judge_all(const struct session *session);

/* The rules' last word, everything known: certain in any case. */
struct decision session_judge_message(struct session *session);

/* Is this a refusal that may be given at this stage, MAIL or RCPT? */
bool session_refuses(const struct session *session, const struct decision *decision, enum stage stage);

/* A further decision joined to all; *any: there was one before. */
void session_join(struct decision *all, bool *any, const struct decision *one);

/* session_volume.c: how much the sender's domain has sent to Gmail, and of which class the message is */

/* RCPT: a recipient that was let in. */
void session_count_recipient(struct session *session, struct view domain);

/* End of message, behind the header's facts. */
void session_fill_volume(struct session *session);

/* The message was let through. */
void session_count_message(const struct session *session, const struct decision *decision);

/* session_edit.c: hold, tag, and away with forged tags.  False when the MTA did not take it. */
bool session_carry_out(const struct session *session, const struct decision *decision,
                       const struct message_editor *editor);

/* What the rule file that this connection negotiated with says. */
static inline const struct settings *session_settings(const struct session *session)
{
    return policy_settings(session->setup.policy);
}

/* Empty until Postfix gave one. */
static inline struct view message_queue_id(const struct message *message)
{
    return view_of(message->queue_id);
}

/* From sendmail(1): FACT_LOCAL is known, and true. */
static inline bool message_is_local(const struct message *message)
{
    return message->sub.facts[FACT_LOCAL].state == FACT_KNOWN && message->sub.facts[FACT_LOCAL].number != 0;
}

#endif
