/*
 * wake - tell the follower that a command changed something it should look at now
 */
#ifndef PROGRAMS_WAKE_H
#define PROGRAMS_WAKE_H

/*
 * Send SIGUSR1, see outward-follow(8), to whoever has this ledger open for writing.  Nobody has, or it may not be woken:
 * says on standard output when the change will be taken up.
 */
void wake_follower(const char *ledger);

#endif
