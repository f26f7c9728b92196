/*
 * report_mail - the daily report on its way: put together, handed to a server, or written to a file
 */
#ifndef PROGRAMS_REPORT_MAIL_H
#define PROGRAMS_REPORT_MAIL_H

#include "report/mail.h"
#include "shared/error.h"

struct report_mail_options {
    const char *to;     /* NULL: no mail is asked for */
    const char *from;   /* NULL: the address it goes to */
    const char *server; /* "HOST", "HOST:PORT", "[2001:db8::1]:25"; NULL: 127.0.0.1:25 */
    bool always;        /* also when there is nothing to say */
};

/* Check them before anything is read.  -1 with the reason. */
int report_mail_check(const struct report_mail_options *options, struct error *error);

/* Write the message.  now: seconds since 1970.  -1 with the reason. */
int report_mail_write(const struct report_mail_options *options, const struct report *report, int64_t now, FILE *out,
                      struct error *error);

/* Write it and hand it to the server.  -1 with the reason. */
int report_mail_send(const struct report_mail_options *options, const struct report *report, int64_t now,
                     struct error *error);

#endif
