/*
 * promise - what `outward doctor --facts` says the configuration proves of deliveries, by the tag of their lines
 *
 * Used only for a delivery without any TLS line of its own: what the log shows
 * goes first.  A promise holds from when main.cf and master.cf were last
 * changed and Postfix took them up, until Postfix is started or reloaded after
 * the facts were written: then they must be written anew.
 * Pure.
 */
#ifndef FOLLOW_PROMISE_H
#define FOLLOW_PROMISE_H

#include "follow/writer.h"
#include "shared/arena.h"
#include "shared/error.h"

enum {
    PROMISES_MAX = 1024,         /* tags x hosts */
    PROMISES_FILE_MAX = 4 << 20, /* octets */
    PROMISE_DRAIN =
        660 * 1000 /* ms that a process may go on with what it read before a change: smtp_data_done_timeout */
};

enum promise {
    PROMISE_NOTHING,
    PROMISE_LINES,     /* TLS is logged: no line means plaintext */
    PROMISE_PLAINTEXT, /* level none, and nothing raises it */
    PROMISE_ENCRYPTED /* a level that never sends in plaintext, nothing lowers it, and no lines are logged that could show it */
};

struct promise_row {
    struct view node; /* the machine's name */
    struct view tag;  /* "postfix/smtp" */
    enum promise promise;
    int64_t since, until; /* ms since 1970 */
};

struct promises {
    struct promise_row *rows;
    size_t count;
};

/*
 * The file's text, as outward-doctor(1) describes it.  Services with one tag
 * have one row, of what is true for all of them.  -1 with what is wrong.
 */
int promises_parse(struct arena *arena, const char *name, struct view text, struct promises *out, struct error *error);

/*
 * What holds for a line of this writer.  promises may be NULL.
 * time    of the line, ms.
 * began   when Postfix was last started or reloaded, as far as the log shows; 0: before it begins.
 */
enum promise promises_find(const struct promises *promises, const struct writer *writer, int64_t time, int64_t began);

#endif
