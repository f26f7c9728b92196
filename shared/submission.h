/*
 * submission - what is known of one message on its way in, and the one table of it
 *
 * A fact is known, absent (decided: false in every test) or still pending.
 * Parser, evaluator, explain, record, help and tests all read fact_table and
 * condition_table: a new fact is a row there and one place that fills it.
 * Pure.  The views belong to whoever filled the submission in (the gate's
 * session, a parsed record, the command line).
 */
#ifndef SHARED_SUBMISSION_H
#define SHARED_SUBMISSION_H

#include "shared/key_mark.h"
#include "shared/network.h"

/* In the order a transaction passes them.  A fact of a later stage is pending before it. */
enum stage { STAGE_CONNECT, STAGE_MAIL, STAGE_RCPT, STAGE_DATA, STAGE_HEADERS, STAGE_MESSAGE, STAGE_COUNT };

/* TLS_NONE is plaintext.  TLS_1_0 + n is TLSv1.n, so versions compare with <.
 * TLS_PROXIED: a proxy took the TLS and does not say which version. */
enum tls_version {
    TLS_NONE = 0,
    TLS_PROXIED = 1,
    TLS_SSL_2 = 2,
    TLS_SSL_3 = 3,
    TLS_1_0 = 10,
    TLS_1_1,
    TLS_1_2,
    TLS_1_3
};

enum fact_state { FACT_PENDING, FACT_ABSENT, FACT_KNOWN };

enum fact_type {
    FACT_TYPE_FLAG,    /* number: 0 or 1; in text yes, no */
    FACT_TYPE_NUMBER,  /* number */
    FACT_TYPE_TEXT,    /* text; in text "none" when empty: no mechanism, no name */
    FACT_TYPE_PATH,    /* text, an address without brackets; "" is the null sender; in text <...> */
    FACT_TYPE_CLIENT,  /* text is the verified name or "unknown", address; in text name[address] */
    FACT_TYPE_ADDRESS, /* address */
    FACT_TYPE_TLS,     /* number is an enum tls_version; in text none, proxied, TLSv1.2 */
    FACT_TYPE_LIST,    /* text: words with commas between them, see list_next(); in text "none" when empty */
};

enum fact_id {
    FACT_LOCAL,           /* sendmail(1), cron: came through pickup(8) */
    FACT_LISTENER,        /* name of the declared listener; absent on any other */
    FACT_PORT,            /* local port, 0 for local mail */
    FACT_LISTEN_ADDRESS,  /* local address of the connection */
    FACT_CLIENT,          /* who connected, after XCLIENT */
    FACT_TLS,             /* absent for local mail: neither plaintext nor encrypted */
    FACT_CIPHER,          /* OpenSSL's name; absent without TLS */
    FACT_BITS,            /* key bits in use; absent without TLS */
    FACT_FORWARD_SECRECY, /* absent without TLS */
    FACT_CERT_SUBJECT,    /* CN of a client certificate that Postfix trusts; else absent */
    FACT_CERT_ISSUER,     /* CN of its issuer */
    FACT_MECHANISM,       /* SASL mechanism; "" is not authenticated; absent for local mail */
    FACT_LOGIN,           /* SASL login name; absent when not authenticated */
    FACT_SENDER,          /* envelope sender; "" is the null sender */
    FACT_HEADER_FROM,     /* list of the From addresses' domains, normalized, LIST_UNKNOWN for one nobody can read;
                             absent without a From field */
    FACT_FROM_AGREES,     /* list of what shares every From's registrable domain: sender, login */
    FACT_DKIM,            /* list of the d= domains of DKIM-Signature fields, normalized; LIST_UNKNOWN: and more */
    FACT_DKIM_ALIGNED,    /* each From's registrable domain is one of them's */
    FACT_ONE_CLICK,       /* the header pair of RFC 8058 section 3 is whole */
    FACT_FORMAT_FAULTS,   /* list of format_faults[] names found */
    FACT_TLS_REQUIRED_NO, /* the sender asked to send even without TLS, RFC 8689 section 5 */
    FACT_VOLUME,        /* recipients at Gmail in the last 24 h for the From's registrable domain, this message's too */
    FACT_BULK,          /* that is a bulk sender by Gmail's guidelines: now, or once */
    FACT_TRANSACTIONAL, /* of the class that needs no one-click unsubscribe; absent where the file names none */
    FACT_COUNT
};

struct fact {
    enum fact_state state;
    bool cut; /* known, but the text is only its beginning; of a list, whole words: a record had no room for all */
    union {   /* no type of fact has both, and the gate keeps many facts at once */
        uint64_t number;
        struct address address;
    };
    struct view text;
};

/* One distinct recipient for the rules: domain and transport decide, not the local part. */
struct recipient {
    struct view domain;    /* normalized; empty for an address without domain */
    struct view transport; /* Postfix's {rcpt_mailer}; empty where unknown (local mail) */
};

struct submission {
    struct fact facts[FACT_COUNT];
    enum stage stage; /* what lies behind us */
    unsigned today;   /* local date as 20270331, for rules with `until`; 0 where unknown: no rule has run out */
};

struct fact_row {
    enum fact_id id;
    struct view key; /* in a record and for explain: key=value, --key value */
    struct key_mark mark;
    enum fact_type type;
    enum stage stage; /* the stage that makes it known */
    const char *help; /* one line */
};
extern const struct fact_row fact_table[FACT_COUNT]; /* indexed by enum fact_id */

/* What a condition takes behind its words. */
enum operand {
    OPERAND_NONE,
    OPERAND_LISTENER,    /* name of a listener */
    OPERAND_NETWORK,     /* name of a network, or one address or network itself */
    OPERAND_DOMAIN,      /* name of a domain list, or one domain itself (".example.com": all below it) */
    OPERAND_LOGIN,       /* name of a login list, or a quoted login */
    OPERAND_CERTIFICATE, /* name of a certificate */
    OPERAND_TLS_VERSION, /* 1.0, 1.1, 1.2, 1.3 */
    OPERAND_NUMBER,      /* port, bits, recipients */
    OPERAND_WORD,        /* cipher, mechanism, transport, quoted or not; compared without case */
    OPERAND_FAULT,       /* a format fault's name, or any */
    OPERAND_AGREEMENT    /* sender or login */
};

/* How the condition looks at its fact. */
enum test {
    TEST_FLAG,            /* the flag is set */
    TEST_MISSING,         /* the flag is not set, or the list is empty */
    TEST_PRESENT,         /* the list is not empty */
    TEST_EQUAL,           /* number or text is the operand */
    TEST_BELOW,           /* number < operand; TLS: encrypted and below */
    TEST_AT_LEAST,        /* number >= operand; TLS: encrypted, version known and at least */
    TEST_OVER,            /* number > operand */
    TEST_IN,              /* address or domain lies in the operand's set */
    TEST_PLAINTEXT,       /* TLS_NONE */
    TEST_ENCRYPTED,       /* anything above TLS_NONE */
    TEST_PROXIED,         /* TLS_PROXIED */
    TEST_PINNED,          /* subject and issuer are the named certificate's */
    TEST_AUTHENTICATED,   /* a mechanism, or a certificate pinned by any `certificate` statement */
    TEST_UNAUTHENTICATED, /* neither; false for local mail */
    TEST_NULL,            /* the path is <> */
    TEST_LISTS            /* the list holds the operand's word */
};

/* Which facts a condition reads: the submission's own or the recipient's. */
enum subject { SUBJECT_FACT, SUBJECT_SENDER_DOMAIN, SUBJECT_CLIENT_NAME, SUBJECT_RECIPIENT_DOMAIN, SUBJECT_TRANSPORT };

struct condition_row {
    struct view words; /* one blank between them: "tls below" */
    enum subject subject;
    enum fact_id fact; /* for SUBJECT_FACT, _SENDER_DOMAIN, _CLIENT_NAME */
    enum test test;
    enum operand operand;
    const char *help; /* one line */
};
extern const struct condition_row condition_table[];
extern const size_t condition_count;

/* Faults of RFC 5322 form that Gmail refuses; names as rules and records say them. */
struct format_fault_row {
    struct view name;
    const char *help;
};
extern const struct format_fault_row format_fault_table[];
extern const size_t format_fault_count;

/* The stage's name in records: connect, mail, rcpt, data, eoh, eom. */
struct view stage_name(enum stage stage);
bool stage_parse(struct view text, enum stage *out);

/* "TLSv1.2" as Postfix's {tls_version} and logs say it, "none", "proxied".  False for anything else. */
bool tls_version_parse(struct view text, enum tls_version *out);
void tls_version_add(struct buf *out, enum tls_version version);

/* Set one fact to a value.  The views are kept, not copied. */
void fact_set_flag(struct submission *sub, enum fact_id id, bool flag);
void fact_set_number(struct submission *sub, enum fact_id id, uint64_t number);
void fact_set_text(struct submission *sub, enum fact_id id, struct view text);
void fact_set_absent(struct submission *sub, enum fact_id id);

/* All facts pending, at STAGE_CONNECT. */
void submission_init(struct submission *sub);

/* Move to a stage: what that stage or an earlier one should have told and did not is absent from now on. */
void submission_reach(struct submission *sub, enum stage stage);

/* In a list: there is a word more, and nobody can say which.  No rule can name it as an operand. */
#define LIST_UNKNOWN VIEW("?")

/* Cut the next word off a list fact's text; false at its end.  Words are never empty. */
bool list_next(struct view *list, struct view *word);

/* The domain in the From, where there is exactly one and all of it is known; else empty. */
struct view submission_from_domain(const struct submission *sub);

/* Find a row by its key; NULL without one. */
const struct fact_row *fact_by_key(struct view key);

/*
 * Read a value as fact_print() writes it (unescaped) and set the fact.
 * False, sub unchanged, when the text is not of the fact's type.  sub keeps views into text.
 */
bool fact_read(struct submission *sub, const struct fact_row *row, struct view text);

/*
 * Two steps of it, for who knows the type: the text of a fact of FACT_TYPE_TEXT or FACT_TYPE_LIST from how it is
 * written, and a fact known by its number or its text.
 */
static inline struct view fact_text_of_word(struct view written)
{
    return (struct view){ written.p, view_eq(written, VIEW("none")) ? 0 : written.n };
}

/* The other way round: how it is written. */
static inline struct view fact_word_of_text(struct view text)
{
    return text.n == 0 ? VIEW("none") : text;
}

/*
 * One whose number or address is in its place already; name: of a client, else empty.
 * Member by member: a copy of a struct that was just written waits for it.
 */
static inline void fact_put_name(struct fact *fact, struct view name)
{
    fact->state = FACT_KNOWN;
    fact->cut = false;
    fact->text.p = name.p;
    fact->text.n = name.n;
}

/* One known by its number, its text or both; text: borrowed, as in fact_read(). */
static inline void fact_put(struct fact *fact, struct view text, uint64_t number)
{
    fact->number = number;
    fact_put_name(fact, text);
}

/* Append a known fact's value; nothing for other states.  Foreign octets go out as they are: escape them where it matters. */
void fact_print(struct buf *out, const struct fact_row *row, const struct fact *fact);

#endif
