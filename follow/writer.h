/*
 * writer - who writes a log line: host and tag, known by a number
 *
 * A log of millions of lines has a few dozen writers.  Each is taken apart
 * once, and then found again by the octets that stand in the line.
 * Pure.  One table serves all sources whose lines go to one correlation; one thread at a time.
 */
#ifndef FOLLOW_WRITER_H
#define FOLLOW_WRITER_H

#include "shared/view.h"

enum {
    WRITERS_MAX = 16384,  /* hosts x tags; lines of further ones are nobody's, and counted */
    WRITER_TEXT_MAX = 512 /* octets of "host tag"; longer ones likewise */
};

enum program {
    PROGRAM_OTHER, /* nothing here reads it */
    PROGRAM_SMTP,
    PROGRAM_LMTP,
    PROGRAM_SMTPD,
    PROGRAM_CLEANUP,
    PROGRAM_QMGR,
    PROGRAM_PICKUP,
    PROGRAM_LOCAL,
    PROGRAM_BOUNCE,
    PROGRAM_MASTER,
    PROGRAM_POSTSUPER,
    PROGRAM_GATE,   /* outward-milter */
    PROGRAM_LOGGER, /* a syslog daemon or the journal, on its own behalf */
    PROGRAM_COUNT
};

/* What is asked for each line comes first, and lies in one line of the processor's cache. */
struct writer {
    uint32_t number;      /* from 1; 0: nobody, past the limits */
    uint32_t host_number; /* from 1, the same for all tags of a host; 0 with number 0 */
    enum program program;
    struct view joined;    /* "mail postfix/submission/smtpd" */
    struct view host, tag; /* "mail", "postfix/submission/smtpd"; tag may be empty */
    struct view instance;  /* the tag before its last '/': "postfix/submission" */
};

struct writers;

/* seed: see shared/hash.h.  NULL: out of memory. */
struct writers *writers_new(uint64_t seed);
void writers_free(struct writers *writers); /* NULL is fine */

/* The writer of a host and tag, new or known.  Never NULL; lives as long as the writers. */
const struct writer *writers_find(struct writers *writers, struct view host, struct view tag);

/* The known writer of a host and a tag that stand in a line with one blank between them; NULL if it is not known yet. */
const struct writer *writers_known(const struct writers *writers, struct view joined);

const struct writer *writers_at(const struct writers *writers, uint32_t number); /* NULL past the highest number */
uint32_t writers_count(const struct writers *writers);                           /* the highest number */
uint64_t writers_refused(const struct writers *writers);                         /* lines that were nobody's */

/* Is there a host whose lines came to both? */
bool writers_share_host(const struct writers *one, const struct writers *other);

/*
 * Split a tag at its last '/': "postfix/submission/smtpd" is smtpd of the
 * instance (or service) "postfix/submission".  Without a '/' only the gate and loggers are known.
 */
enum program program_of_tag(struct view tag, struct view *instance);

#endif
