/*
 * attempt - what smtp(8) and lmtp(8) do with a message, and what they log of it
 *
 * One story for each habit of a destination, told as Postfix 2.10, 3.5, 3.7 and
 * 3.11 tell it.
 */
#ifndef LOG_GENERATOR_ATTEMPT_H
#define LOG_GENERATOR_ATTEMPT_H

#include "tests/bench/log_generator/mail.h"

/* Try all recipients that wait; their states are set.  Returns the time of the last line. */
int64_t attempts_run(struct world *world, struct message *message, int64_t time);

#endif
