/*
 * json_out - write JSON as it comes, RFC 8259
 *
 * A tree of a million destinations would need gigabytes; this needs a few
 * octets.  Octets of foreign text that are no UTF-8 become U+FFFD.
 */
#ifndef REPORT_JSON_OUT_H
#define REPORT_JSON_OUT_H

#include <stdio.h>

#include "shared/view.h"

enum { JSON_NAME_MAX = 64 /* octets */ };

struct json_out {
    FILE *out;
    char buffer[32768]; /* what json_finish() or a full buffer writes */
    size_t used;
    bool more; /* the object or list that is open has a member or item already */
    bool line; /* the next one begins a line */
};

/* Members of objects are written with their name, items of lists with the empty view for it.  Names are our own words:
 * lower-case letters and the like, which need no escape, at most JSON_NAME_MAX; json_foreign_number() takes any. */
void json_open(struct json_out *json, struct view name, char bracket); /* '{' or '[' */
void json_close(struct json_out *json, char bracket);                  /* '}' or ']' */
void json_text(struct json_out *json, struct view name, struct view text);
void json_number(struct json_out *json, struct view name, uint64_t number);
void json_foreign_number(struct json_out *json, struct view name, uint64_t number);
void json_flag(struct json_out *json, struct view name, bool flag);
void json_absent(struct json_out *json, struct view name);
void json_moment(struct json_out *json, struct view name, int64_t millis); /* RFC 3339, UTC; null for 0 */

/* The next member or item begins a line. */
void json_line(struct json_out *json);

/* The document is whole: a line end, and all of it goes out. */
void json_finish(struct json_out *json);

#endif
