/*
 * signature_line - what OpenDKIM logs of each message it signs
 *
 *     4B2F1C0A: DKIM-Signature field added (s=s2026, d=example.com)
 *
 * (opendkim.conf(5), SyslogSuccess).  That is where selectors in use are known on a mail server.  Pure.
 */
#ifndef DNS_SIGNATURE_LINE_H
#define DNS_SIGNATURE_LINE_H

#include "shared/view.h"

/* The text behind the tag.  False for any other line, or when a name is none that DNS can be asked for. */
bool signature_line_parse(struct view text, struct view *selector, struct view *domain);

#endif
