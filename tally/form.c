#include "tally/form.h"

void form_add(struct form *into, const struct form *more)
{
    into->messages += more->messages;
    into->unsigned_ones += more->unsigned_ones;
    into->unaligned += more->unaligned;
    into->unaligned_unsigned += more->unaligned_unsigned;
    into->without_one_click += more->without_one_click;
    into->faulty += more->faulty;
    for (int i = 0; i < TALLY_FAULTS_MAX; i++)
        into->faults[i] += more->faults[i];
}
