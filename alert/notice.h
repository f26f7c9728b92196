/*
 * notice - what is told of an incident, and in which form each channel takes it
 *
 * Made once as JSON (man/outward-alert.5), kept in the ledger until every
 * channel has it, and turned into the channel's own form by the process that
 * carries it.
 * Pure.
 */
#ifndef ALERT_NOTICE_H
#define ALERT_NOTICE_H

#include <jansson.h>

#include "shared/buf.h"
#include "shared/incident.h"

enum {
    NOTICE_SCHEMA = 1,
    NOTICE_TOP_MAX = 5,    /* shares that are named, the greatest first */
    NOTICE_MAX = 16 * 1024 /* octets of a notice */
};

/* A moment, ms since 1970, as RFC 3339 in UTC; null for 0: never.  NULL: out of memory. */
json_t *notice_stamp(int64_t millis);

/* told: incident->told before this event was taken.  One JSON object on one line; the caller frees it.  NULL: out of memory. */
char *notice_json(const struct incident *incident, enum incident_event event, uint64_t told, const char *host);

/* Read one back; the caller ends it with json_decref().  NULL: it is none. */
json_t *notice_read(struct view text);

/* "opened: mail left in plaintext, to domain google: 3 (outward-17 on mx.example.com)" */
void notice_line(const json_t *notice, struct buf *out);

/* The text of a mail. */
void notice_text(const json_t *notice, struct buf *out);

/* The headers and text of a mail, lines ended by CRLF.  now: seconds since 1970, for Date. */
void notice_mail(const json_t *notice, struct view to, int64_t now, struct buf *out);

/* The body of a webhook; the caller frees it.  NULL: out of memory. */
char *notice_webhook(const json_t *notice, enum webhook_form form);

/* "outward-17" */
const char *notice_reference(const json_t *notice);

/* The same for the same notice, however often it is sent: "outward-17.2@mx.example.com". */
void notice_id(const json_t *notice, struct buf *out);

#endif
