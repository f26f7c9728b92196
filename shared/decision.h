/*
 * decision - what the rules say of one submission, and what a log-only rule would have said
 *
 * Written by policy/, carried out by milter/, printed by record and report.
 * The views point into the policy that decided: keep a hold on it.
 */
#ifndef SHARED_DECISION_H
#define SHARED_DECISION_H

#include "shared/view.h"

enum verdict { VERDICT_ACCEPT, VERDICT_HOLD, VERDICT_TEMPFAIL, VERDICT_REJECT, VERDICT_COUNT }; /* strictest last */

/* Inbound mail is never judged.  Pending: a recipient's transport will tell (a relay network's client). */
enum direction { DIRECTION_PENDING, DIRECTION_INBOUND, DIRECTION_OUTBOUND };

enum mode { MODE_MONITOR, MODE_ENFORCE };

enum {
    DECISION_TAGS_MAX = 8, /* tags that may add up on one message; the first rules in the file win */
    TAG_RULES_MAX = 64,    /* tag rules of a file */
    REPLY_TEXT_MAX = 480   /* octets of a reply's text, well under libmilter's 980 a line */
};

/* A rule's place as the operator knows it. */
struct place {
    struct view file; /* without its folders */
    unsigned line;    /* from 1; 0: no rule */
};

/* What the SMTP client is told.  Only for tempfail and reject. */
struct reply {
    struct view code; /* "530" */
    struct view dsn;  /* "5.7.0", its first digit equals the code's: RFC 3463 */
    struct view text; /* printable, one line */
};

struct outcome {
    enum verdict verdict;
    struct place rule; /* line 0: no rule matched, or a default */
    struct reply reply;
};

struct tag {
    struct view text; /* what the tag header says */
    struct place rule;
    unsigned number; /* the rule's among the tag rules of its file, from 0 */
};

struct decision {
    bool final;   /* certain, and no pending tag or log-only rule can add to it either */
    bool certain; /* false: a pending fact may still change it, now.verdict is VERDICT_ACCEPT meanwhile */
    enum direction direction;
    struct outcome now;   /* what is to be done */
    struct outcome would; /* the strictest a log-only rule (monitor mode, observe, monitor-only) would have done */
    struct tag tags[DECISION_TAGS_MAX];
    size_t tag_count;
    uint64_t tags_dropped;  /* past DECISION_TAGS_MAX: bit n is the tag rule of number n */
    struct place would_tag; /* the first tag that was only logged */
};

/* accept, hold, tempfail, reject */
struct view verdict_name(enum verdict verdict);
bool verdict_parse(struct view text, enum verdict *out);
struct view direction_name(enum direction direction); /* pending, inbound, outbound */
bool direction_parse(struct view text, enum direction *out);
struct view mode_name(enum mode mode); /* monitor, enforce */
bool mode_parse(struct view text, enum mode *out);

/* The place of text in a name table, or -1.  For parse functions. */
int name_index(const struct view *names, size_t count, struct view text);

#endif
