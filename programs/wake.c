#include "programs/wake.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "store/ledger.h"

void wake_follower(const char *ledger)
{
    pid_t follower = ledger_writer(ledger);

    if (follower == 0)
        puts("no outward-follow is running: it will be taken up when one is");
    else if (kill(follower, SIGUSR1) == -1)
        printf("outward-follow takes it up with its next commit (%s)\n", strerror(errno));
}
