/*
 * prefix_json - one line of journalctl -o json, or of Docker's json-file
 *
 * Of the fields only MESSAGE, SYSLOG_IDENTIFIER, SYSLOG_PID or _PID,
 * __REALTIME_TIMESTAMP and _HOSTNAME are read: systemd.journal-fields(7).
 * A value that is not valid UTF-8 comes as an array of octets.  Docker's
 * driver writes {"log": LINE, "stream": ..., "time": RFC 3339}.
 * Pure but for the memory jansson takes and gives back.
 */
#ifndef FOLLOW_PREFIX_JSON_H
#define FOLLOW_PREFIX_JSON_H

#include "shared/buf.h"

struct json_entry {
    int64_t time; /* milliseconds since 1970, UTC */
    struct view host, tag, text;
    uint64_t pid;   /* 0: none */
    bool container; /* text is Docker's time and the line behind it, nothing else is of use */
};

/* The values are copied to scratch, which *out then points into; a message that does not fit is cut. */
bool prefix_json_parse(struct view line, struct buf scratch, struct json_entry *out);

#endif
