/*
 * doctor - what is wrong for TLS in this host's Postfix, and the command that mends it
 *
 * Changes nothing and reads parameters only through postconf(1), see
 * read_config.h; files that parameters name are looked at as inspect.h says.
 * Not pure.  Threads: one at a time in a process, because rights are lowered now and then.
 */
#ifndef AUDIT_DOCTOR_H
#define AUDIT_DOCTOR_H

#include "audit/config.h"
#include "audit/evidence.h"
#include "audit/finding.h"
#include "shared/settings.h"

enum { DOCTOR_INSTANCES_MAX = 64, DOCTOR_SELECTION_MAX = 64 };

/* Which checks are made: those named, or all, without the ones to ignore. */
struct selection {
    struct view only[DOCTOR_SELECTION_MAX], ignore[DOCTOR_SELECTION_MAX];
    size_t only_count, ignore_count;
};

struct doctor_request {
    const char *postconf;            /* NULL: the usual places */
    const char *doveconf;            /* NULL: Dovecot's usual place */
    const char *certbot;             /* NULL: /etc/letsencrypt */
    const char *directory;           /* NULL: Postfix's own */
    const struct settings *settings; /* of outward.conf; NULL without one */
    struct selection selection;
    int64_t now;                            /* seconds since 1970 */
    const struct evidence_source *evidence; /* asked where there is one instance; NULL: no ledger */
};

/* One Postfix instance. */
struct diagnosis {
    struct postfix_config config;
    struct findings findings; /* worst first */
    int64_t changed; /* when main.cf or master.cf was last changed, ms since 1970; INT64_MAX: it cannot be told */
};

struct diagnoses {
    struct diagnosis rows[DOCTOR_INSTANCES_MAX]; /* the asked one, then those of multi_instance_directories */
    size_t count;
    size_t dropped; /* instances past DOCTOR_INSTANCES_MAX */
};

/* What a check is about, as the manual page and doctor --list show it. */
struct check_note {
    const char *id, *title, *why, *reference;
    enum finding_severity severity;
};
size_t doctor_check_count(void);
struct check_note doctor_check_note(size_t at);
bool doctor_has_check(struct view id);

/* All instances.  -1 with the command that failed; what was found before is then lost. */
int doctor_examine(struct arena *arena, const struct doctor_request *request, struct diagnoses *out,
                   struct error *error);

/* One configuration that was read already.  -1 when out of memory. */
int doctor_examine_config(struct arena *arena, const struct doctor_request *request,
                          const struct postfix_config *config, struct findings *out);

/* 0: nothing above notice; 3: warnings; 1: errors. */
int doctor_exit_status(const struct diagnoses *diagnoses);

#endif
