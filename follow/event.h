/*
 * event - what one line of a mail program says, as far as deliveries need it
 *
 * One table of record kinds: program, how the text begins, what it is.  Lines
 * that no row knows are counted as strange where the program is one whose every
 * line matters, so that a new Postfix's wording is seen and not swallowed.
 * Pure.
 */
#ifndef FOLLOW_EVENT_H
#define FOLLOW_EVENT_H

#include "follow/delivery_line.h"
#include "follow/tls_line.h"
#include "follow/writer.h"

enum event_kind {
    EVENT_NONE,         /* nothing to learn from it */
    EVENT_STRANGE,      /* no row of the table fits, or the line is broken */
    EVENT_TLS,          /* smtp, lmtp: a handshake, or a connection taken again */
    EVENT_SESSION_OVER, /* smtp, lmtp: the connection is lost, refused or was given up */
    EVENT_HANDSHAKE,    /* smtp, lmtp: no TLS by handshake failure; the message goes on */
    EVENT_SERVER_SAID,  /* smtp, lmtp: a refusal for some recipient; the connection goes on */
    EVENT_OFFER,        /* smtp, lmtp: STARTTLS offered, not wanted */
    EVENT_DELIVERY,     /* smtp, lmtp */
    EVENT_CLIENT,       /* smtpd took a message */
    EVENT_PICKUP,       /* pickup took a message of sendmail(1) */
    EVENT_QUEUED,       /* qmgr: sender */
    EVENT_EXPIRED,      /* qmgr gave up */
    EVENT_REMOVED,      /* qmgr, postsuper: the queue ID is free again */
    EVENT_NOTIFICATION, /* bounce made a message about a message */
    EVENT_FORWARDED,    /* local handed a message on under a new queue ID */
    EVENT_START,        /* master started */
    EVENT_RELOAD,       /* master read its configuration again */
    EVENT_RECORD,       /* the gate's record */
    EVENT_GAP           /* logger: lines of mail programs were lost */
};

struct client_event {
    struct view client; /* "client.example.com[203.0.113.5]" */
    struct view mechanism, login;
    struct view orig_queue_id; /* as a content filter passed it on by XFORWARD */
};

/* Written for every kind: kind, queue_id, text, other; the rest for the kinds it names. */
struct event {
    enum event_kind kind;
    struct view queue_id;          /* empty where the line has none */
    struct view text;              /* the line behind the queue ID */
    struct view other;             /* the second queue ID of NOTIFICATION, FORWARDED, PICKUP */
    struct view sender;            /* QUEUED, EXPIRED: without brackets */
    unsigned recipients;           /* QUEUED: after aliases, 0 where not logged */
    struct view host;              /* OFFER: the server's name */
    struct client_event client;    /* CLIENT */
    struct tls_line tls;           /* TLS */
    struct delivery_line delivery; /* DELIVERY, FORWARDED */
};

/*
 * The last octet, in ASCII, that a line of a program may begin with if it is to matter; 0: no line does.  Lines of some
 * programs matter only with a queue ID in front, which begins with a digit or capital letter (long ones until 2090).
 */
extern const unsigned char event_first_octets[PROGRAM_COUNT];

/* False where a look at the first octet tells that a line is EVENT_NONE. */
static inline bool event_may_matter(enum program program, struct view text)
{
    return text.n > 0 && (unsigned char)text.p[0] <= event_first_octets[program];
}

/* The views of *out point into text. */
void event_parse(enum program program, struct view text, struct event *out);

/*
 * The first half of event_parse(): writes text and queue_id, and no more.  So the memory can fetch what is known under
 * the queue ID while event_read() reads the rest.
 */
void event_begin(enum program program, struct view text, struct event *out);

/* The second half: *out is what event_begin() wrote of the same program's line. */
void event_read(enum program program, struct event *out);

#endif
