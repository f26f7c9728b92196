#include "programs/doctor_answer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "audit/facts.h"
#include "programs/foreign.h"
#include "shared/plural.h"

enum { STAMP_MAX = 32 };

static const char *color_of(enum finding_severity severity, bool color)
{
    static const char *const colors[] = {
        [FINDING_NOTICE] = "\033[36m", [FINDING_WARNING] = "\033[33m", [FINDING_ERROR] = "\033[31m"
    };

    return color ? colors[severity] : "";
}

static void print_row(FILE *out, const char *name, struct view text)
{
    if (text.n == 0)
        return;
    fprintf(out, "    %-7s ", name);
    foreign_print(out, text);
    fputc('\n', out);
}

static void print_services(FILE *out, const struct finding *finding)
{
    size_t shown = finding->service_count < FINDING_SERVICES_MAX ? finding->service_count : FINDING_SERVICES_MAX;

    if (shown == 0)
        return;
    fprintf(out, "    %-7s ", "service");
    for (size_t i = 0; i < shown; i++) {
        fputs(i > 0 ? ", " : "", out);
        foreign_print(out, finding->services[i]);
    }
    if (finding->service_count > shown)
        fprintf(out, " and %zu more", finding->service_count - shown);
    fputc('\n', out);
}

static void print_finding(FILE *out, const struct finding *finding, bool color)
{
    fprintf(out, "%s%-7.*s%s %s  (%s)\n", color_of(finding->severity, color),
            VIEW_ARG(finding_severity_name(finding->severity)), color ? "\033[0m" : "", finding->title, finding->id);
    print_row(out, "found", finding->found);
    print_services(out, finding);
    fprintf(out, "    why     %s (%s)\n", finding->why, finding->reference);
    print_row(out, "mend", finding->mend);
    fprintf(out, "    check   %s\n\n", finding->verify);
}

static void print_count(FILE *out, size_t count, const char *one, const char *many)
{
    fprintf(out, "%zu %s", count, plural(count, one, many));
}

static void print_diagnosis(FILE *out, const struct diagnosis *row, bool color)
{
    const struct findings *findings = &row->findings;

    for (size_t i = 0; i < findings->count; i++)
        print_finding(out, &findings->rows[i], color);
    foreign_print(out, row->config.directory);
    fputs(" (Postfix ", out);
    foreign_print(out, row->config.version_text);
    fputs("): ", out);
    print_count(out, findings->counts[FINDING_ERROR], "error", "errors");
    fputs(", ", out);
    print_count(out, findings->counts[FINDING_WARNING], "warning", "warnings");
    fputs(", ", out);
    print_count(out, findings->counts[FINDING_NOTICE], "notice", "notices");
    if (findings->dropped > 0)
        fprintf(out, "; %zu more %s not shown", findings->dropped, plural(findings->dropped, "is", "are"));
    fputs(".\n", out);
    if (findings->counts[FINDING_ERROR] + findings->counts[FINDING_WARNING] > 0)
        fputs("Nothing was changed.  After mending: postfix reload\n", out);
}

void doctor_print_text(FILE *out, const struct diagnoses *diagnoses, bool color)
{
    for (size_t i = 0; i < diagnoses->count; i++) {
        if (i > 0)
            fputc('\n', out);
        print_diagnosis(out, &diagnoses->rows[i], color);
    }
    if (diagnoses->dropped > 0)
        fprintf(out, "%zu more %s not looked at\n", diagnoses->dropped,
                plural(diagnoses->dropped, "instance was", "instances were"));
}

void doctor_print_checks(FILE *out)
{
    for (size_t i = 0; i < doctor_check_count(); i++) {
        struct check_note note = doctor_check_note(i);

        fprintf(out, "%-7.*s %-32s %s\n", VIEW_ARG(finding_severity_name(note.severity)), note.id, note.title);
    }
}

static json_t *services_json(const struct finding *finding)
{
    json_t *list = json_array();

    for (size_t i = 0; i < finding->service_count && i < FINDING_SERVICES_MAX; i++)
        (void)json_array_append_new(list, foreign_json(finding->services[i]));
    return list;
}

static json_t *optional(struct view text)
{
    return text.n == 0 ? json_null() : foreign_json(text);
}

static json_t *finding_json(const struct finding *finding)
{
    return json_pack("{s:s, s:o, s:s, s:o, s:o, s:o, s:s, s:s, s:o, s:s}", "id", finding->id, "severity",
                     foreign_json(finding_severity_name(finding->severity)), "title", finding->title, "found",
                     foreign_json(finding->found), "parameter", optional(finding->parameter), "services",
                     services_json(finding), "why", finding->why, "reference", finding->reference, "mend",
                     optional(finding->mend), "verify", finding->verify);
}

static json_t *diagnosis_json(const struct diagnosis *row)
{
    const struct findings *findings = &row->findings;
    json_t *list = json_array();

    for (size_t i = 0; i < findings->count; i++)
        (void)json_array_append_new(list, finding_json(&findings->rows[i]));
    return json_pack("{s:o, s:o, s:I, s:I, s:I, s:I, s:o}", "directory", foreign_json(row->config.directory), "postfix",
                     foreign_json(row->config.version_text), "errors", (json_int_t)findings->counts[FINDING_ERROR],
                     "warnings", (json_int_t)findings->counts[FINDING_WARNING], "notices",
                     (json_int_t)findings->counts[FINDING_NOTICE], "not_shown", (json_int_t)findings->dropped,
                     "findings", list);
}

static int print(FILE *out, json_t *answer)
{
    int printed = answer == NULL ? -1 : json_dumpf(answer, out, JSON_INDENT(2));

    fputc('\n', out);
    json_decref(answer);
    return printed;
}

int doctor_print_json(FILE *out, const struct diagnoses *diagnoses)
{
    json_t *list = json_array();

    for (size_t i = 0; i < diagnoses->count; i++)
        (void)json_array_append_new(list, diagnosis_json(&diagnoses->rows[i]));
    return print(out, json_pack("{s:i, s:o, s:I}", "schema", 1, "instances", list, "instances_not_looked_at",
                                (json_int_t)diagnoses->dropped));
}

static json_t *service_json(const struct service_facts *facts)
{
    return json_pack("{s:o, s:o, s:o, s:o, s:b, s:b, s:b, s:o}", "service", foreign_json(facts->service), "program",
                     foreign_json(facts->program), "log_name", foreign_json(facts->log_name), "level",
                     foreign_json(security_level_name(facts->level)), "level_fixed", facts->fixed, "tls_lines",
                     facts->tls_lines, "tls_field", facts->tls_field, "proof", foreign_json(proof_name(facts->proof)));
}

/* RFC 3339, UTC. */
static const char *stamp_text(int64_t seconds, char storage[STAMP_MAX])
{
    time_t time = (time_t)seconds;
    struct tm broken;

    storage[0] = '\0';
    if (gmtime_r(&time, &broken) != NULL)
        (void)strftime(storage, STAMP_MAX, "%Y-%m-%dT%H:%M:%SZ", &broken);
    return storage;
}

/* An instance whose files' age cannot be told proves nothing: it is left out. */
static json_t *instance_json(const struct diagnosis *row)
{
    const struct postfix_config *config = &row->config;
    json_t *list = json_array();
    char since[STAMP_MAX];
    struct utsname machine;

    for (size_t i = 0; i < config->services.count; i++) {
        struct service_facts facts;

        if (service_facts(config, &config->services.rows[i], &facts))
            (void)json_array_append_new(list, service_json(&facts));
    }
    return json_pack("{s:o, s:o, s:o, s:s, s:s, s:o}", "directory", foreign_json(config->directory), "postfix",
                     foreign_json(config->version_text), "host",
                     foreign_json(config_value(config, NULL, VIEW("myhostname"))), "node",
                     uname(&machine) == 0 ? machine.nodename : "", "since",
                     stamp_text((row->changed + 999) / 1000, since), "services", list);
}

static json_t *facts_json(const struct diagnoses *diagnoses, int64_t now)
{
    json_t *list = json_array();
    char written[STAMP_MAX];

    for (size_t i = 0; i < diagnoses->count; i++) {
        if (diagnoses->rows[i].changed != INT64_MAX)
            (void)json_array_append_new(list, instance_json(&diagnoses->rows[i]));
    }
    return json_pack("{s:i, s:s, s:o}", "schema", 1, "written", stamp_text(now, written), "instances", list);
}

static int write_beside(const char *path, json_t *facts)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
    FILE *file = fd == -1 ? NULL : fdopen(fd, "w");
    bool written;

    if (file == NULL)
        return -1;
    written =
        json_dumpf(facts, file, JSON_INDENT(2)) == 0 && fputc('\n', file) != EOF && fflush(file) == 0 && fsync(fd) == 0;
    return fclose(file) == 0 && written ? 0 : -1;
}

int doctor_write_facts(const char *path, const struct diagnoses *diagnoses, int64_t now, struct error *error)
{
    json_t *facts = facts_json(diagnoses, now);
    char beside[1024];
    int result = -1;

    if (facts == NULL)
        return error_set(error, ERROR_MEMORY, "%s: out of memory", path);
    if (snprintf(beside, sizeof(beside), "%s.%ld", path, (long)getpid()) >= (int)sizeof(beside))
        error_set(error, ERROR_LIMIT, "%s: the name is too long", path);
    else if (write_beside(beside, facts) == -1 || rename(beside, path) == -1)
        error_set(error, ERROR_SYSTEM, "%s: %s", path, strerror(errno));
    else
        result = 0;
    if (result == -1)
        (void)unlink(beside);
    json_decref(facts);
    return result;
}
