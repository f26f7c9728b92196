/* carry - one attempt to hand a notice to a channel, by kind.  Private to alert/ */
#ifndef ALERT_CARRY_H
#define ALERT_CARRY_H

#include "alert/courier.h"

/* text: as in struct courier_answer. */
typedef enum courier_result carrier(const struct courier_settings *settings, const json_t *notice, struct view body,
                                    char text[256]);

carrier carry_exec, carry_mail, carry_webhook, carry_syslog;

#endif
