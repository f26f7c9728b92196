/*
 * trouble - what keeps the gate from deciding, in one table
 *
 * The record says the word, the log's warning the text, the manual
 * (outward-record(5)) both.  Pure.
 */
#ifndef MILTER_TROUBLE_H
#define MILTER_TROUBLE_H

#include "shared/view.h"

enum trouble {
    TROUBLE_NONE,
    TROUBLE_MEMORY,
    TROUBLE_CLIENT,
    TROUBLE_PORT,
    TROUBLE_TLS_VERSION,
    TROUBLE_RECIPIENTS,
    TROUBLE_NO_RECIPIENT,
    TROUBLE_HEADER,
    TROUBLE_UNDECIDED,
    TROUBLE_EDIT,
    TROUBLE_FORGED_TAGS,
    TROUBLE_COUNT
};

/* trouble= in a record; empty for none. */
struct view trouble_word(enum trouble trouble);

/* The whole warning, for a person. */
const char *trouble_text(enum trouble trouble);

#endif
