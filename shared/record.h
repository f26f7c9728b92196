/*
 * record - the gate's one line per transaction: format and parse together
 *
 *     QUEUEID: decision=accept direction=outbound would=reject/outward.conf:14 mode=monitor gen=3 stage=eom
 *     local=no listener=submission port=587 client=host[192.0.2.7] tls=none auth=none from=<a@example.org> ...
 *     nrcpt=3 to=gmail.com,example.org transports=smtp,smtp to_more=0
 *
 * (one line).  Values are escaped as %XX: all octets outside printable ASCII, blank, '%', '"', and ',' where it does not
 * part the words of a list; so no client, sender or recipient can break, cut or forge a field.  "NOQUEUE:" where Postfix
 * has no queue ID yet.  A record says every fact a rule can test: record_parse() and policy_evaluate() replay it.
 * Pure.  Format documented in man/outward-record.5.
 */
#ifndef SHARED_RECORD_H
#define SHARED_RECORD_H

#include "shared/decision.h"
#include "shared/submission.h"

enum {
    RECORD_MAX = 1800, /* octets of a whole record: Postfix and syslog cut at 2,000 */
    /* Octets of one escaped value; a longer one is cut and ends in "%..", a list behind a word. */
    RECORD_VALUE_MAX = 160,
    RECORD_DOMAINS_MAX = 64, /* distinct recipients kept; the rest is counted in to_more */
    /* Octets of a head that is kept, with RECORD_QUICK_WINDOW more behind it; a longer one is read each time. */
    RECORD_HEAD_MAX = 256,
    RECORD_HEADS = 8 /* one for each first letter of a verdict: they differ in their last three bits */
};

struct record {
    struct view queue_id; /* empty: NOQUEUE */
    struct decision decision;
    struct view trouble;   /* why the rules could not decide, a word of milter/trouble.h; empty: they did */
    unsigned tags_dropped; /* tags that matched and found no room: the bits of decision.tags_dropped */
    enum mode mode;
    unsigned generation; /* of the policy that decided, from 1 */
    struct submission sub;
    unsigned recipients, recipients_refused; /* all that were given, and those refused at RCPT among them */
    struct place refused_by;                 /* the rule that refused the strictest of those; line 0: none */
    uint64_t lost;                           /* records the log did not take before this one */
    unsigned to_more;                        /* distinct ones that are not in to[] */
    size_t to_count;
    /* Distinct by domain and transport, in the order they came; "to=" and "transports=" run in parallel. */
    struct recipient to[RECORD_DOMAINS_MAX]; /* last: those past to_count are not even initialized */
};

/* The last heads that were read: what stands before the facts, where a gate's records seldom differ.  Zeroed: none. */
struct record_heads {
    struct record_head {
        size_t n; /* octets of text; 0: none is kept */
        char text[RECORD_HEAD_MAX];
        struct record record; /* what it says, the rest is unset; its views lie in text */
    } list[RECORD_HEADS];
};

/*
 * Write one record, without line end.  Always whole and within RECORD_MAX: when space
 * runs short recipient domains are left out (to_more) and values cut, never a key.
 * out must have at least RECORD_MAX octets of room.
 */
void record_format(struct buf *out, const struct record *record);

/*
 * Read what record_format() wrote.  scratch takes the unescaped values (RECORD_MAX is enough);
 * *out keeps views into it and into text.  Unknown keys are skipped: records grow.
 * A fact whose value was cut is marked so (struct fact); a sender is whole when its domain is, for rules ask for no more.
 * Beside a trouble the facts that are not in the line are pending, not absent: nobody knows which it kept away.
 * False, *out of no use, when text is no record.
 */
bool record_parse(struct view text, struct buf *scratch, struct record *out);

/*
 * The same for who reads many: a head that came before is not read again.  *out keeps views into heads, too, which hold
 * until the next record is read with them.  One thread's; NULL: none are kept.
 */
bool record_parse_next(struct view text, struct buf *scratch, struct record_heads *heads, struct record *out);

#endif
