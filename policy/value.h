/*
 * value - words of the file typed one by one, each with its own message
 *
 * Private to policy/.  Every take_ function reads the parts at the cursor.  If
 * they are what was asked for it moves past them and gives the value;
 * otherwise it tells the fault, "found X, expected Y", and returns false.
 * Texts that are given live as long as the policy.
 */
#ifndef POLICY_VALUE_H
#define POLICY_VALUE_H

#include "policy/build.h"
#include "policy/near.h"

struct cursor {
    struct build *build;
    const struct part *at;    /* next to be read; NULL: the end */
    const struct part *last;  /* the one before; NULL: none */
    const struct part *block; /* the braces around; NULL: a line */
};

/* From the first part inside a block, or from the part behind a statement's name. */
struct cursor cursor_in_block(struct build *build, const struct part *block);
struct cursor cursor_behind(struct build *build, const struct part *name);

/* Move past a part and give it; NULL at the end. */
const struct part *cursor_step(struct cursor *cursor);

/* Move past this word if it stands there. */
bool cursor_skip(struct cursor *cursor, struct view word);
bool cursor_is_word(const struct cursor *cursor, struct view word);

/* Tell "found X, expected Y" at the cursor; always false. */
bool expected(struct cursor *cursor, const char *what) __attribute__((nonnull));

/* Tell it with a near name; candidates come by offering them to near first. */
bool expected_near(struct cursor *cursor, const char *what, const struct near *near);

/* A word or a string that is not empty, of at most most octets. */
bool take_text(struct cursor *cursor, const char *what, size_t most, struct view *out);

/* A name that the file declares: a word, not `file`, `any` or `not`. */
bool take_name(struct cursor *cursor, const char *what, struct view *out);

bool take_path(struct cursor *cursor, struct view *out); /* absolute */
/* Decimal, from least to most. */
bool take_number(struct cursor *cursor, const char *what, uint64_t least, uint64_t most, uint64_t *out);
/* 1 to 65535. */
bool take_port(struct cursor *cursor, unsigned *out);
bool take_mode_bits(struct cursor *cursor, mode_t *out);                      /* "0660" */
bool take_days(struct cursor *cursor, unsigned *out);                         /* "30d" */
bool take_age(struct cursor *cursor, unsigned *out);                          /* "90s", "15m", "2h", "1d": seconds */
bool take_percent(struct cursor *cursor, unsigned *out);                      /* "80%", 1 to 1000 */
bool take_rate(struct cursor *cursor, unsigned *out);                         /* "20/minute" */
bool take_clock_span(struct cursor *cursor, unsigned *from, unsigned *until); /* "22:00-07:00" */
bool take_date(struct cursor *cursor, unsigned *out);                         /* "2027-03-31", a day that exists */
bool take_tls_version(struct cursor *cursor, uint64_t *out);                  /* "1.2" */
/* An IPv4 or IPv6 address without a prefix length. */
bool take_address(struct cursor *cursor, struct address *out);

/* Can a header field have this name?  RFC 5322 section 3.6.8. */
bool is_field_name(struct view name);

/* One of some words, by its index. */
bool take_choice(struct cursor *cursor, const struct view *names, size_t count, size_t *out);

/* A `{ }` block. */
bool take_block(struct cursor *cursor, const char *what, const struct part **out);

/* A part as faults name it. */
struct view part_describe(const struct part *part, struct buf *out);

#endif
