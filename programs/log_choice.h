/*
 * log_choice - for commands that take some of the options of logs, and know where logs lie
 */
#ifndef PROGRAMS_LOG_CHOICE_H
#define PROGRAMS_LOG_CHOICE_H

#include "programs/log_options.h"

/* Where a mail log lies when neither option nor file tells. */
#define DEFAULT_LOG "/var/log/mail.log"

/* --log of commands that read the rule file's without it.  what: "a mail log"; field_at: of their log_options. */
#define OPTION_ROW_LOG(what, field_at)                                                                                 \
    {                                                                                                                  \
        .name = "log", .argument = "FILE",                                                                             \
        .help = what "; may be given again (those of the rule file, else " DEFAULT_LOG ")",                            \
        .take = log_option_take_log, .at = (field_at)                                                                  \
    }

/* Without --log: the gate's and those to follow, as the rule file names them, else DEFAULT_LOG; what can be read of them. */
void log_choice_default(struct log_options *log);

/* The same, and what was rotated away beside each of them.  False: out of memory. */
bool log_choice_rotated(struct log_options *log);

#endif
