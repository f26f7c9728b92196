#include "audit/exam.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "audit/words.h"

struct view exam_value(const struct exam *exam, const char *name)
{
    return exam_setting(exam, name).value;
}

struct view exam_shown(struct view value)
{
    return value.n == 0 ? VIEW("(empty)") : value;
}

struct setting exam_setting(const struct exam *exam, const char *name)
{
    return config_setting(exam->config, exam->service, view_of(name));
}

bool exam_yes(const struct exam *exam, const char *name)
{
    return words_yes(exam_value(exam, name));
}

struct view exam_client_value(const struct exam *exam, const char *rest)
{
    return config_setting_of(exam->config, exam->service, client_prefix(exam->service), view_of(rest)).value;
}

bool exam_postfix_may(const struct exam *exam, struct view path, mode_t bit)
{
    char name[64];
    struct buf text = BUF(name);
    struct user_rights rights;

    buf_add(&text, config_value(exam->config, NULL, VIEW("mail_owner")));
    return !user_rights_of(buf_text(&text), &rights) || inspect_reachable(exam->inspector, &rights, path, bit);
}

struct view exam_seen_path(const struct exam *exam, struct view path, struct buf *storage)
{
    bool relative = !view_starts(path, VIEW("/"));

    if (relative || (exam->service != NULL && config_chrooted(exam->config, exam->service)))
        buf_add(storage, config_value(exam->config, NULL, VIEW("queue_directory")));
    if (relative)
        buf_add_char(storage, '/');
    buf_add(storage, path);
    return storage->full ? (struct view){ "", 0 } : buf_view(storage);
}

static struct mend keep(const struct exam *exam, struct buf *text)
{
    if (text->full)
        return mend_none();
    return (struct mend){ arena_copy(exam->findings->arena, buf_view(text)) };
}

struct mend mend_none(void)
{
    return (struct mend){ { "", 0 } };
}

/* In single quotes, as a shell takes them literally. */
static void add_quoted(struct buf *out, struct view text)
{
    struct view part;

    buf_add_char(out, '\'');
    while (view_cut(&text, VIEW("'"), &part)) {
        buf_add(out, part);
        buf_add(out, VIEW("'\\''"));
    }
    buf_add(out, text);
    buf_add_char(out, '\'');
}

static struct mend make(const struct exam *exam, const char *option, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static struct mend make(const struct exam *exam, const char *option, const char *format, ...)
{
    char storage[FINDING_TEXT_MAX], argument_storage[FINDING_TEXT_MAX];
    struct buf text = BUF(storage), argument = BUF(argument_storage);
    va_list args;

    va_start(args, format);
    buf_addv(&argument, format, args);
    va_end(args);
    if (argument.full)
        return mend_none();
    buf_addf(&text, "postconf %s%s ", exam->config_option, option);
    add_quoted(&text, buf_view(&argument));
    return keep(exam, &text);
}

struct mend mend_set_here(const struct exam *exam, const char *name, const char *value)
{
    if (exam->service == NULL)
        return make(exam, "-e", "%s=%s", name, value);
    if (!version_at_least(exam->config, 2, 11))
        return mend_command(exam, "in master.cf, below the line of %.*s: -o %s=%s", VIEW_ARG(exam->service->label),
                            name, value);
    return make(exam, "-P", "%.*s/%s=%s", VIEW_ARG(exam->service->label), name, value);
}

struct mend mend_set(const struct exam *exam, const char *name, const char *value)
{
    if (exam_setting(exam, name).source == SOURCE_SERVICE)
        return mend_set_here(exam, name, value);
    return make(exam, "-e", "%s=%s", name, value);
}

struct mend mend_drop_here(const struct exam *exam, const char *name)
{
    if (!version_at_least(exam->config, 2, 11))
        return mend_command(exam, "in master.cf, below the line of %.*s: remove -o %s", VIEW_ARG(exam->service->label),
                            name);
    return make(exam, "-PX", "%.*s/%s", VIEW_ARG(exam->service->label), name);
}

struct mend mend_command(const struct exam *exam, const char *format, ...)
{
    char storage[FINDING_TEXT_MAX];
    struct buf text = BUF(storage);
    va_list args;

    va_start(args, format);
    buf_addv(&text, format, args);
    va_end(args);
    return keep(exam, &text);
}

static void report(struct exam *exam, enum finding_severity severity, const char *parameter, struct mend mend,
                   const char *text)
{
    const struct check *check = exam->check;
    struct finding finding = { .id = check->id,
                               .severity = severity,
                               .title = check->title,
                               .why = check->why,
                               .reference = check->reference,
                               .verify = check->verify,
                               .parameter = view_of(parameter),
                               .found = view_of(text),
                               .mend = mend.command };

    if (exam->service != NULL)
        finding.services[finding.service_count++] = exam->service->label;
    findings_add(exam->findings, &finding);
}

void exam_report_as(struct exam *exam, enum finding_severity severity, const char *parameter, struct mend mend,
                    const char *format, ...)
{
    char text[FINDING_TEXT_MAX];
    va_list args;

    va_start(args, format);
    (void)vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    report(exam, severity, parameter, mend, text);
}

void exam_report(struct exam *exam, const char *parameter, struct mend mend, const char *format, ...)
{
    char text[FINDING_TEXT_MAX];
    va_list args;

    va_start(args, format);
    (void)vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    report(exam, exam->check->severity, parameter, mend, text);
}
