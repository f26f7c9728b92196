/*
 * process_cost - what another process has used so far, from proc(5)
 */
#ifndef MILTER_LOAD_PROCESS_COST_H
#define MILTER_LOAD_PROCESS_COST_H

#include <sys/types.h>

/* CPU seconds of all its threads; negative when it cannot be told. */
double process_cpu(pid_t pid);

/* KiB resident now ("VmRSS") or at most ("VmHWM"); negative when it cannot be told. */
long process_memory(pid_t pid, const char *field);

/* Seconds since some moment, never stepping back. */
double seconds_now(void);

#endif
