/*
 * commands - the subcommands of outward(1)
 *
 * Each gets its own arguments, argv[0] being its name, and gives the exit code that its man page tells.
 */
#ifndef PROGRAMS_COMMANDS_H
#define PROGRAMS_COMMANDS_H

enum { COMMAND_FINE = 0, COMMAND_ERRORS = 1, COMMAND_USAGE = 2 }; /* exit codes */

#define DEFAULT_CONFIGURATION "/etc/outward/outward.conf"

/*
 * argv may be put in another order, as getopt_long(3) does.  What the command answers goes to standard output, errors
 * and progress to standard error.
 */
int command_alert(int argc, char **argv);      /* outward-alert(1) */
int command_bulk(int argc, char **argv);       /* outward-bulk(1) */
int command_check(int argc, char **argv);      /* outward-check(1) */
int command_doctor(int argc, char **argv);     /* outward-doctor(1) */
int command_explain(int argc, char **argv);    /* outward-explain(1) */
int command_guidelines(int argc, char **argv); /* outward-guidelines(1) */
int command_held(int argc, char **argv);       /* outward-held(1) */
int command_incidents(int argc, char **argv);  /* outward-incidents(1) */
int command_merge(int argc, char **argv);      /* outward-merge(1) */
int command_metrics(int argc, char **argv);    /* outward-metrics(1) */
int command_probe(int argc, char **argv);      /* outward-probe(1) */
int command_report(int argc, char **argv);     /* outward-report(1) */
int command_selftest(int argc, char **argv);   /* outward-selftest(1) */
int command_simulate(int argc, char **argv);   /* outward-simulate(1) */
int command_status(int argc, char **argv);     /* outward-status(1) */
int command_trace(int argc, char **argv);      /* outward-trace(1) */
int command_setup(int argc, char **argv);      /* outward-setup(1) */
int command_tls_policy(int argc, char **argv); /* outward-tls-policy(1) */
int command_watch(int argc, char **argv);      /* outward-watch(1) */

#endif
