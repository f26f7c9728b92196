/*
 * mail - the report as a message: text to read at once, the page attached
 *
 * multipart/mixed with a text in quoted-printable and the page in base64
 * (RFC 2045, RFC 2046), header words in other than ASCII by RFC 2047, lines that end
 * in CR LF and have at most 76 octets but for addresses, marked as automatic (RFC 3834).
 */
#ifndef REPORT_MAIL_H
#define REPORT_MAIL_H

#include "report/report.h"

struct report_envelope {
    const char *from, *to;  /* addresses without brackets; see report_is_address() */
    const char *date;       /* RFC 5322 section 3.3 */
    const char *message_id; /* without brackets */
    const char *page_name;  /* of the attached file: letters, digits, '-' and '.' */
    struct view text, page; /* what report_text() and report_html() wrote */
};

/* Fit for a header and an SMTP command: no blank, control, bracket or comma, at most 254 octets.  RFC 5321 4.5.3.1.3. */
bool report_is_address(const char *address);

/* Is there anything that somebody should do something about, or that is not known? */
bool report_has_news(const struct report *report);

/* The whole message, for SMTP's DATA but for its dot-stuffing.  Errors stick to out: see ferror(3). */
void report_mail(const struct report *report, const struct report_envelope *envelope, FILE *out);

#endif
