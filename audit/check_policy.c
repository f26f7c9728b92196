/* smtp_tls_policy_maps: what it exempts, what Postfix will refuse, what it needs. */
#include "audit/checks.h"
#include "audit/policy_map.h"

static struct view maps_of(const struct exam *exam)
{
    return exam_value(exam, "smtp_tls_policy_maps");
}

static void each_entry(struct exam *exam, void *to, void (*entry)(void *to, const struct policy_entry *entry))
{
    policy_maps_visit(exam->inspector, maps_of(exam), &(struct policy_map_visitor){ .to = to, .entry = entry });
}

static void report_plaintext(void *to, const struct policy_entry *entry)
{
    struct exam *exam = to;
    enum security_level level = security_level_parse(entry->level);
    bool weakens =
        level == LEVEL_MAY && security_level_encrypts(client_level(exam->config, exam->service, VIEW("smtp")).level);

    if (entry->level.n == 0 || (level != LEVEL_NONE && !weakens))
        return;
    exam_report(exam, "smtp_tls_policy_maps", mend_none(), "%.*s: %.*s has level %.*s", VIEW_ARG(entry->map),
                VIEW_ARG(entry->key), VIEW_ARG(entry->level));
}

void check_policy_plaintext(struct exam *exam)
{
    each_entry(exam, exam, report_plaintext);
}

static void report_invalid(void *to, const struct policy_entry *entry)
{
    struct exam *exam = to;
    char storage[200];
    struct buf text = BUF(storage);
    struct view fault = policy_entry_fault(entry, exam->config, &text);

    if (fault.n > 0 || text.full)
        exam_report(exam, "smtp_tls_policy_maps", mend_none(), "%.*s: %.*s: %.*s", VIEW_ARG(entry->map),
                    VIEW_ARG(entry->key), VIEW_ARG(fault));
}

void check_policy_invalid(struct exam *exam)
{
    each_entry(exam, exam, report_invalid);
}

static void report_map(void *to, struct view map, enum table_state state, const char *reason)
{
    struct exam *exam = to;
    ptrdiff_t colon = view_find_char(map, ':');

    if (state == TABLE_OPAQUE) /* what follows the type may hold a password */
        exam_report(exam, "smtp_tls_policy_maps", mend_none(),
                    "a table of type %.*s: its entries are not listed here, see yourself that none is none or may",
                    VIEW_ARG(view_slice(map, 0, colon == -1 ? map.n : (size_t)colon)));
    if (state == TABLE_UNREADABLE)
        exam_report_as(exam, FINDING_WARNING, "smtp_tls_policy_maps", mend_none(),
                       "%s; if Postfix cannot read it either, all mail is deferred", reason);
}

void check_policy_opaque(struct exam *exam)
{
    policy_maps_visit(exam->inspector, maps_of(exam), &(struct policy_map_visitor){ .to = exam, .map = report_map });
}

static void find_verified(void *to, const struct policy_entry *entry)
{
    enum security_level level = security_level_parse(entry->level);

    /* A trust anchor of its own needs no authorities. */
    if ((level == LEVEL_VERIFY || level == LEVEL_SECURE) && view_find(entry->attributes, VIEW("tafile")) == -1)
        *(struct view *)to = entry->key;
}

void check_policy_authorities(struct exam *exam)
{
    struct view key = { NULL, 0 };

    if (exam_value(exam, "smtp_tls_CAfile").n > 0 || exam_value(exam, "smtp_tls_CApath").n > 0 ||
        exam_yes(exam, "tls_append_default_CA"))
        return;
    each_entry(exam, &key, find_verified);
    if (key.n > 0)
        exam_report(
            exam, "smtp_tls_CAfile", mend_set(exam, "smtp_tls_CAfile", "/etc/ssl/certs/ca-certificates.crt"),
            "smtp_tls_policy_maps demands a verified certificate for %.*s, and smtp_tls_CAfile and smtp_tls_CApath "
            "are empty",
            VIEW_ARG(key));
}

void check_per_site(struct exam *exam)
{
    if (exam_value(exam, "smtp_tls_per_site").n > 0)
        exam_report(exam, "smtp_tls_per_site", mend_none(), "smtp_tls_per_site is set%s",
                    maps_of(exam).n > 0 ? " and ignored, because smtp_tls_policy_maps is too" : "");
}
