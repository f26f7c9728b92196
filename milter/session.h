/*
 * session - one SMTP session's memory, and what each of its events does
 *
 * Free of libmilter: takes events and macros, asks the policy, and gives back
 * what to answer.  Only MAIL, RCPT and the end of message can answer: those
 * functions alone take a struct answer, because Postfix swallows a verdict at
 * a stage that was negotiated without reply, and delivers the mail.
 *
 * A transaction runs from MAIL to its refusal there, its end of message, ABORT,
 * the next MAIL or the end of the session, whichever comes first.  One that
 * was refused in whole or part or reached DATA leaves exactly one record; so
 * does one with recipients whose session ends without ABORT, for it may have.
 *
 * What cannot be decided is answered by the setting `on-error`, and a
 * complaint tells why; mail that is inbound for certain is never judged and so
 * never meets it.  Memory is bounded: MESSAGE_MEMORY_MAX and RECIPIENTS_MAX.
 *
 * Threads: one at a time may use a session; which one may change.
 */
#ifndef MILTER_SESSION_H
#define MILTER_SESSION_H

#include "milter/macros.h"
#include "milter/reply.h"
#include "milter/volume_table.h"
#include "policy/policy.h"
#include "shared/public_suffix.h"
#include "shared/record.h"

enum {
    MESSAGE_MEMORY_MAX = 4 * 1024 * 1024, /* octets that one message's addresses, macros and header facts may take */
    FORGED_MAX = 1000                     /* copies of the tag header that are removed from one message */
};

struct session;

/* Where records and complaints go. */
struct session_outlet {
    void (*record)(void *context, struct record *record); /* may set record->lost */
    void (*complain)(void *context, struct view queue_id, const char *text);
    void *context;
};

/* What was negotiated, and what a session works with; all of it must outlive the session. */
struct session_setup {
    const struct policy *policy;
    unsigned generation;     /* of the policy, for the record */
    bool answers_rcpt;       /* RCPT has a reply */
    bool sees_headers;       /* header events come */
    bool may_hold;           /* quarantine was granted */
    bool may_change_headers; /* adding and removing was granted, and a tag rule wants it */
    struct public_suffix *suffixes;
    struct volume_table *volumes; /* NULL: volumes are not known */
    int64_t (*now)(void);         /* ms since 1970; for volumes */
    uint64_t seed;                /* secret, for hash tables */
    struct session_outlet outlet;
};

/* What can be done to a message at its end.  Each gives false when the MTA did not take it. */
struct message_editor {
    bool (*hold)(void *context, const char *reason);
    bool (*remove_header)(void *context, const char *name, unsigned copy);  /* the copy-th of that name, from 1 */
    bool (*add_header)(void *context, const char *name, const char *value); /* above everything else */
    void *context;
};

/* NULL when out of memory. */
struct session *session_new(const struct session_setup *setup);

/* Ends an open transaction with its record.  NULL is fine. */
void session_free(struct session *session);

/* True from MAIL to the transaction's end: a clean stop waits for it. */
bool session_is_busy(const struct session *session);

/*
 * The events, in the protocol's order; any other order is answered safely.
 * Views and macros are copied.  address: the client's, NULL where the event has none.
 * sender, recipient: the command's argument, with or without brackets.
 * today: local date as 20270331, for rules with `until`.
 */
void session_connect(struct session *session, const struct macro_source *macros, const struct address *address);
void session_mail(struct session *session, const struct macro_source *macros, struct view sender, unsigned today,
                  struct answer *answer);
void session_rcpt(struct session *session, const struct macro_source *macros, struct view recipient,
                  struct answer *answer); /* always accept unless setup.answers_rcpt */
void session_data(struct session *session, const struct macro_source *macros);
void session_header(struct session *session, struct view name, struct view body);
void session_message(struct session *session, const struct macro_source *macros, const struct message_editor *editor,
                     struct answer *answer);
void session_abort(struct session *session); /* also outside a transaction, also twice */

/* The answer of a gate that has no session, for want of memory: by the policy's on-error. */
void session_answer_without(const struct policy *policy, struct answer *answer);

#endif
