#include "tests/bench/milter_load/process_cost.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

double process_cpu(pid_t pid)
{
    struct timespec used;
    clockid_t clock;

    if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &used) == -1)
        return -1;
    return (double)used.tv_sec + (double)used.tv_nsec / 1e9;
}

long process_memory(pid_t pid, const char *field)
{
    size_t length = strlen(field);
    char path[64], line[128];
    long kib = -1;
    FILE *in;

    snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
    in = fopen(path, "r");
    if (in == NULL)
        return -1;
    while (kib < 0 && fgets(line, sizeof(line), in) != NULL)
        if (strncmp(line, field, length) == 0 && line[length] == ':')
            kib = strtol(line + length + 1, NULL, 10);
    fclose(in);
    return kib;
}

double seconds_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}
