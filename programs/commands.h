/*
 * commands - the subcommands of outward(1)
 *
 * Each gets its own arguments, argv[0] being its name, and gives the exit code.
 */
#ifndef PROGRAMS_COMMANDS_H
#define PROGRAMS_COMMANDS_H

enum { COMMAND_FINE = 0, COMMAND_ERRORS = 1, COMMAND_USAGE = 2 }; /* exit codes */

#define DEFAULT_CONFIGURATION "/etc/outward/outward.conf"

int command_alert(int argc, char **argv);
int command_bulk(int argc, char **argv);
int command_check(int argc, char **argv);
int command_doctor(int argc, char **argv);
int command_explain(int argc, char **argv);
int command_guidelines(int argc, char **argv);
int command_held(int argc, char **argv);
int command_incidents(int argc, char **argv);
int command_merge(int argc, char **argv);
int command_metrics(int argc, char **argv);
int command_probe(int argc, char **argv);
int command_report(int argc, char **argv);
int command_selftest(int argc, char **argv);
int command_simulate(int argc, char **argv);
int command_status(int argc, char **argv);
int command_trace(int argc, char **argv);
int command_setup(int argc, char **argv);
int command_tls_policy(int argc, char **argv);
int command_watch(int argc, char **argv);

#endif
