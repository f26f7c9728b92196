/*
 * macro_values - what Postfix would say of a session, name by name, and at which stage it says it unasked
 *
 * Postfix src/smtpd/smtpd_milter.c, src/cleanup/cleanup_milter.c; the default
 * lists are those of the milter_*_macros parameters, postconf(5).
 */
#ifndef MILTER_LOAD_MACRO_VALUES_H
#define MILTER_LOAD_MACRO_VALUES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* In the protocol's order: SMFIM_CONNECT and so on of libmilter/mfapi.h. */
enum stage { STAGE_CONNECT, STAGE_HELO, STAGE_MAIL, STAGE_RCPT, STAGE_DATA, STAGE_EOM, STAGE_EOH, STAGE_COUNT };

enum { MACROS_KNOWN_MAX = 32, MACRO_VALUE_MAX = 128 };

/* The names of a stage, as places in the table of names. */
struct macro_list {
    uint8_t ids[MACROS_KNOWN_MAX];
    unsigned count;
};

struct macro_values {
    char values[MACROS_KNOWN_MAX][MACRO_VALUE_MAX];
    bool present[MACROS_KNOWN_MAX];
    bool local;                   /* sendmail(1): cleanup(8) plays smtpd(8) */
    bool starttls;                /* HELO comes twice, the first time in plaintext */
    char sender[MACRO_VALUE_MAX]; /* address */
};

/* The kinds of submission that --profile knows, for a usage message. */
extern const char *const macro_profiles;

/* False for an unknown profile. */
bool macro_values_init(struct macro_values *values, const char *profile);

/* "NAME=VALUE"; an empty value makes the macro absent.  False for a name Postfix does not know. */
bool macro_values_set(struct macro_values *values, const char *assignment);

/* Postfix's default list for a stage. */
void macro_list_default(enum stage stage, struct macro_list *list);

/* A filter's list, names with blanks between them: unknown names are ignored as Postfix does. */
void macro_list_parse(const char *names, size_t n, struct macro_list *list);

/* As the protocol spells it, with its braces. */
const char *macro_id_name(unsigned id);

/* Ids whose values change from message to message. */
unsigned macro_id_queue(void);
unsigned macro_id_recipient(void);
unsigned macro_id_recipient_host(void);
unsigned macro_id_client_port(void);

/* Does whoever speaks at this stage know the macro?  tls: the handshake is done.  queued: the queue file exists. */
bool macro_known(const struct macro_values *values, unsigned id, enum stage stage, bool tls, bool queued);

#endif
