/*
 * answers - the DNS questions that a check has, and what is known of their answers
 *
 * Checks are pure: they run on the answers that there are, and what they ask
 * for and is not there stays here as a pending question.  Whoever can ask
 * name servers answers all pending questions at once and runs the checks
 * again, until nothing is pending.  So questions go out side by side, a test
 * needs no network, and no check can ask without end: there are at most
 * DNS_QUESTIONS_MAX of them, and the one beyond is answered with a fault.
 *
 * Pure.  Everything lies in the arena.  One thread at a time.
 */
#ifndef DNS_ANSWERS_H
#define DNS_ANSWERS_H

#include "dns/dns_data.h"
#include "shared/arena.h"
#include "shared/network.h"

enum {
    DNS_QUESTIONS_MAX = 512,
    DNS_ROWS_MAX = 64,        /* records kept of one answer */
    DNS_TEXT_MAX = 16 * 1024, /* octets of one TXT record, joined */
    DNS_NAME_MAX = 253,       /* octets of a name as text, RFC 1035 section 3.1 */
    REVERSE_NAME_MAX = 73     /* "x.x ... .ip6.arpa" with its NUL */
};

/* The numbers of RFC 1035 section 3.2.2 and RFC 3596. */
enum dns_type { DNS_TYPE_A = 1, DNS_TYPE_PTR = 12, DNS_TYPE_MX = 15, DNS_TYPE_TXT = 16, DNS_TYPE_AAAA = 28 };

enum dns_answer_state {
    DNS_ANSWER_PENDING,
    DNS_ANSWER_RECORDS,
    DNS_ANSWER_NO_DATA, /* the name exists, not with this type */
    DNS_ANSWER_NO_NAME, /* NXDOMAIN */
    DNS_ANSWER_FAULT    /* nothing is known */
};

enum dns_fault {
    DNS_FAULT_NONE,
    DNS_FAULT_TIMEOUT,
    DNS_FAULT_SERVER, /* SERVFAIL, REFUSED: no name server gives an answer */
    DNS_FAULT_BOGUS,  /* DNSSEC validation failed */
    DNS_FAULT_LIMIT,  /* more questions, records or octets than are taken */
    DNS_FAULT_MEMORY
};

struct dns_record {
    struct view text;       /* TXT: its strings joined; PTR, MX: the host, lower case without final dot, "" the root */
    struct address address; /* A, AAAA */
    unsigned preference;    /* MX */
};

struct dns_answer {
    struct view name; /* as asked: lower case, without final dot; NUL-terminated */
    enum dns_type type;
    enum dns_answer_state state;
    enum dns_fault fault; /* of DNS_ANSWER_FAULT */
    bool secure;          /* DNSSEC vouches for it */
    struct dns_record *records;
    size_t count;
    size_t dropped; /* past DNS_ROWS_MAX, or not well-formed */
};

struct dns_answers {
    struct arena *arena;
    struct dns_answer list[DNS_QUESTIONS_MAX];
    size_t count;
    size_t refused; /* questions past DNS_QUESTIONS_MAX */
};

/* No question yet.  Everything that is asked and answered lives in the arena, which must outlive the answers. */
void dns_answers_init(struct dns_answers *answers, struct arena *arena);

/*
 * What is known of a question; it is pending from now on where nothing is.
 * name: any case, with or without final dot; dns_name_is_valid() must hold.
 * Never NULL; valid as long as answers.
 */
const struct dns_answer *dns_ask(struct dns_answers *answers, struct view name, enum dns_type type);

/* A name that can be asked for: labels of 1 to 63 octets, DNS_NAME_MAX in all, printable ASCII without blank, '\' and '"'. */
bool dns_name_is_valid(struct view name);

/* The answer, where it has no records: any state but pending and records. */
void dns_answer_none(struct dns_answer *answer, enum dns_answer_state state, enum dns_fault fault);

/* Add a record to an answer, which has records from then on.  octets: its data, names uncompressed. */
void dns_answer_add(struct dns_answers *answers, struct dns_answer *answer, struct view octets);

/* All octets are added.  An answer without any that could be read is a fault of the server. */
void dns_answer_end(struct dns_answer *answer, bool secure);

/* "timeout", ...: one word for a fault; "" for none. */
struct view dns_fault_name(enum dns_fault fault);

/* "25.2.0.192.in-addr.arpa"; RFC 1035 section 3.5, RFC 3596 section 2.5.  room: REVERSE_NAME_MAX. */
struct view reverse_name(const struct address *address, char *room);

#endif
