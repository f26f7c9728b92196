/*
 * postconf - what postconf(1) prints, as parameters and services
 *
 * Pure: takes bytes, gives rows in an arena; the views point into the bytes.
 * Lines of other versions that are not understood are left out, never guessed.
 */
#ifndef AUDIT_POSTCONF_H
#define AUDIT_POSTCONF_H

#include "shared/arena.h"
#include "shared/buf.h"
#include "shared/error.h"

enum { PARAMETERS_MAX = 8000, SERVICES_MAX = 1000, OVERRIDES_MAX = 400 };

struct parameter {
    struct view name, value;
    struct view raw; /* as the file has it, $names not expanded; only where explicit */
    bool explicit;   /* main.cf sets it; else it is the version's default */
};

/* One line of master.cf. */
struct service {
    struct view label;      /* "submission/inet", as postconf -P names it */
    struct view name, type; /* "192.0.2.1:587", "inet" */
    struct view chroot;     /* y, n or -: config.h knows what - means */
    struct view program;    /* "smtpd" */
    struct view arguments;  /* what follows the program */
    struct parameter *overrides;
    size_t override_count;
};

struct parameters {
    struct parameter *rows; /* sorted by name */
    size_t count;
};

struct services {
    struct service *rows; /* in the order of the file */
    size_t count;
};

/* Lines "name = value" of postconf, postconf -n, -d or -x.  -1 past PARAMETERS_MAX or when out of memory. */
int postconf_parameters(struct arena *arena, struct view text, struct parameters *out, struct error *error);

/*
 * Lines of postconf -M, with the overrides that stand in them as -o name=value,
 * -oname=value, -o {name=value} or -o { name = value }.
 */
int postconf_services(struct arena *arena, struct view text, struct services *out, struct error *error);

/*
 * Lines "service/type/name = value" of postconf -P or -Px: replaces the values
 * of the overrides that are known already, which -x has expanded.
 */
void postconf_overrides(struct view text, struct services *services);

/* The row of this name, or NULL. */
struct parameter *parameters_find(const struct parameters *parameters, struct view name);
const struct parameter *service_override(const struct service *service, struct view name);

#endif
