/*
 * receiver - the mailbox providers that publish rules for senders, and by what each is known
 *
 * Consumer mailboxes are known by the recipient's domain, or by the server that
 * took the mail; domains that Google hosts are known by the server alone.
 * Pure.
 */
#ifndef SHARED_RECEIVER_H
#define SHARED_RECEIVER_H

#include "shared/view.h"

enum receiver {
    RECEIVER_OTHER,
    RECEIVER_GMAIL,         /* personal accounts: gmail.com, googlemail.com */
    RECEIVER_GOOGLE_HOSTED, /* other domains whose mail servers are Google's: outside the rule of the 5,000 */
    RECEIVER_YAHOO,         /* Yahoo and AOL; not Yahoo! JAPAN, which is another company */
    RECEIVER_MICROSOFT,     /* consumer mailboxes: outlook.com, hotmail.com, live.com, msn.com */
    RECEIVER_COUNT
};

struct view receiver_name(enum receiver receiver); /* "gmail", as JSON and rules spell it */
/* "Gmail", as people write it. */
const char *receiver_title(enum receiver receiver);

/*
 * Who takes the mail of a recipient.
 * domain  normalized, see shared/domain.h; empty without one.
 * relay   the name of the server that Postfix spoke with, as logged; empty where that is
 *         unknown or a smarthost.
 */
enum receiver receiver_of(struct view domain, struct view relay);

/* Whose server this is, by its name, for reading its replies: Google's servers speak for RECEIVER_GMAIL. */
enum receiver receiver_of_relay(struct view relay);

#endif
