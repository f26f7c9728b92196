/*
 * words - what the text and the HTML report say alike: the verdict, and the words of tables
 *
 * Messages are in the language of report->catalog; foreign text is as it came,
 * for the caller to make fit for a terminal or a page.
 */
#ifndef REPORT_WORDS_H
#define REPORT_WORDS_H

#include "report/report.h"
#include "shared/buf.h"

/* The message in the report's language; see shared/catalog.h.  xgettext knows both by name. */
const char *say(const struct report *report, const char *text) __attribute__((format_arg(2)));
const char *say_count(const struct report *report, const char *one, const char *many, uint64_t number)
    __attribute__((format_arg(2), format_arg(3)));

/* A number for a message's %s: so the same message serves numbers with and without marks. */
struct number {
    char text[32];
};
struct number number_plain(uint64_t number);   /* 1234567 */
struct number number_grouped(uint64_t number); /* 1,234,567, as both languages write it */

/* "12.3 %", "under 0.1 %": rounded down, so that a share never looks like all when it is not. */
struct number share_of(const struct report *report, uint64_t part, uint64_t whole);

/*
 * What the whole report comes to, worst last.  Never more than is known: one unknown message, and nothing is "all
 * encrypted"; what went through a smarthost, declared or suspected, is encrypted as far as that.
 */
enum summary { SUMMARY_NO_MAIL, SUMMARY_ENCRYPTED, SUMMARY_TO_RELAY, SUMMARY_UNKNOWN, SUMMARY_PLAINTEXT };
enum summary report_summary(const struct report *report);

/* It in a word ("PLAINTEXT"), a sentence, and a further one that may be empty. */
struct summary_words {
    const char *word;
    char sentence[512], addition[1024];
};
void summary_say(const struct report *report, struct number (*format)(uint64_t), struct summary_words *words);

/* What did not reach another server at once: "deferred 3 attempts, bounced 1, ...". */
enum { FAILED_SAY_MAX = 1024 }; /* octets, in any language */
void failed_say(const struct report *report, struct number (*format)(uint64_t), struct buf *out);

/* Words of a table in the report's language. */
const char *origin_say(const struct report *report, enum origin origin);
const char *cause_say(const struct report *report, enum plaintext_cause cause);
const char *failure_say(const struct report *report, enum tls_failure failure);
const char *reason_say(const struct report *report, enum unknown_reason reason);

/* "2025-11-21 19:17" in the reader's time; "-" for 0. */
void moment_add(const struct report *report, struct buf *out, int64_t millis);

/* A client, login, listener or TLS version of a submission as it is shown: where there is none, that word. */
struct view submission_say(const struct report *report, struct view value);

/* Did somebody submit in plaintext, or was refused, held, or would be? */
bool submission_is_bad(const struct tally_submission *row);

/* Attempts that failed or fell back for this reason, of all destinations, and the one with most of them. */
uint64_t count_failures(const struct tally *tally, enum tls_failure failure, struct view *worst);

/* Did any attempt fail or fall back for a reason of TLS? */
bool has_failures(const struct tally *tally);

/* Sent and encrypted messages by TLS version. */
void count_versions(const struct tally *tally, uint64_t totals[VERSION_COUNT]);

/* Encrypted messages of which no line tells the version: the tls= field of Postfix 3.11 says no more than that. */
uint64_t count_without_version(const struct tally *tally);

/* Messages whose key exchange is logged, and those of them with a post-quantum one. */
struct post_quantum {
    uint64_t with, all;
};
struct post_quantum count_post_quantum(const struct tally *tally);

/*
 * The hours of a tally summed up by the reader's hours or days (SERIES_HOUR, SERIES_DAY), in order of time; the caller
 * frees it.  NULL with *count 0 when there are none or memory is out.
 */
struct stretch_sum {
    int64_t begin; /* ms since 1970 */
    struct cell sum;
};
struct stretch_sum *sum_series(const struct report *report, enum report_series series, size_t *count);

#endif
