/* postconf(1) of versions that are not on this machine. */
#include <stdio.h>

#include "audit/facts.h"
#include "tests/unit/audit/host.h"
#include "tests/unit/unit.h"

enum { FILE_MAX = 65536 };

static const struct {
    const char *version;
    bool overrides;     /* postconf -P was there */
    const char *found;  /* every error and warning */
    const char *notice; /* one of the notices */
} rows[] = {
    { "2.10.1", false,
      "error outbound-off, error submission-plaintext-auth, error submissions-no-wrapper, warning outbound-log-off, "
      "warning outbound-protocols, warning server-legacy-switch, warning server-protocols",
      "gate-local-absent" },
    { "3.5.8", true, "error outbound-protocols, error policy-invalid, warning outbound-log-off", "server-log-off" },
    { "3.8.6", true, "", "outbound-opportunistic" },
    { "3.10.4", true, "error policy-invalid, warning outbound-legacy-switch, warning server-legacy-switch",
      "config-deprecated" },
    { "3.11.6", true, "warning outbound-reuse-undecided", "server-log-off" },
};

static struct view slurp(struct arena *arena, const char *version, const char *name)
{
    char path[512], *text = arena_alloc(arena, FILE_MAX);
    size_t length;
    FILE *file;

    (void)snprintf(path, sizeof(path), "%s/audit/%s/%s", TEST_DATA, version, name);
    file = fopen(path, "r");
    ck_assert_msg(file != NULL, "%s", path);
    length = fread(text, 1, FILE_MAX, file);
    ck_assert_uint_lt(length, FILE_MAX);
    ck_assert_int_eq(fclose(file), 0);
    return (struct view){ text, length };
}

static void load(struct arena *arena, size_t row, struct postfix_config *config)
{
    const char *version = rows[row].version;
    struct postconf_texts texts = { .values = slurp(arena, version, "values"),
                                    .explicit = slurp(arena, version, "explicit"),
                                    .services = slurp(arena, version, "services"),
                                    .complaints = slurp(arena, version, "complaints") };
    struct error error;

    if (rows[row].overrides)
        texts.overrides = slurp(arena, version, "overrides");
    ck_assert_int_eq(postfix_config_build(arena, &texts, config, &error), 0);
}

/* What files of this machine would add. */
static const char *const about_files[] = { "certificate-absent", "certificate-unreadable",   "certificate-dates",
                                           "certificate-chain",  "certificate-self-signed",  "certificate-name",
                                           "certificate-weak",   "certificate-key-mismatch", "certificate-key-open",
                                           "sasl-cyrus-config",  "sasl-dovecot-socket",      "sasl-sasldb",
                                           "gate-socket",        "outbound-authorities-file" };

START_TEST(each_version_is_judged_by_its_own_defaults)
{
    struct host host = { .path = "" };
    struct doctor_request request = { .doveconf = "/nonexistent/doveconf", .now = 1700000000 };
    struct postfix_config config;
    struct findings findings;
    struct view found;

    arena_init(&host.arena, 0);
    for (size_t i = 0; i < ROWS(about_files); i++)
        request.selection.ignore[request.selection.ignore_count++] = view_of(about_files[i]);
    load(&host.arena, (size_t)_i, &config);
    ck_assert_view_eq(config.version_text, rows[_i].version);
    ck_assert_int_eq(doctor_examine_config(&host.arena, &request, &config, &findings), 0);
    found = findings_summary(&host, &findings, FINDING_WARNING);
    ck_assert_msg(view_eq(found, view_of(rows[_i].found)), "%s: found \"%.*s\", expected \"%s\"", rows[_i].version,
                  VIEW_ARG(found), rows[_i].found);
    ck_assert_msg(findings_find(&findings, rows[_i].notice) != NULL, "%s", rows[_i].notice);
    arena_done(&host.arena);
}
END_TEST

static const struct service *service_of(const struct postfix_config *config, struct view label)
{
    for (size_t i = 0; i < config->services.count; i++) {
        if (view_eq(config->services.rows[i].label, label))
            return &config->services.rows[i];
    }
    ck_abort_msg("no service %.*s", VIEW_ARG(label));
}

/* A default that was mended and broken again in the course of 3.x: what postconf prints is what counts. */
static const struct {
    const char *printed;
    bool found;
} dane_defaults[] = { { "dane", false }, { "may", true } };

START_TEST(a_default_is_what_the_version_prints)
{
    char values[256];
    struct host host = { .path = "" };
    struct doctor_request request = { .doveconf = "/nonexistent/doveconf", .now = 1700000000 };
    struct postconf_texts texts = { .services = VIEW("smtp unix - - n - - smtp\n"),
                                    .explicit = VIEW("smtp_tls_security_level = may\nsmtp_tls_policy_maps = "
                                                     "inline:{a.example=dane}\n") };
    struct postfix_config config;
    struct findings findings;
    struct error error;

    arena_init(&host.arena, 0);
    (void)snprintf(values, sizeof(values), "mail_version = 3.7.11\nsmtp_tls_dane_insecure_mx_policy = %s\n%.*s",
                   dane_defaults[_i].printed, VIEW_ARG(texts.explicit));
    texts.values = view_of(values);
    ck_assert_int_eq(postfix_config_build(&host.arena, &texts, &config, &error), 0);
    ck_assert_int_eq(doctor_examine_config(&host.arena, &request, &config, &findings), 0);
    ck_assert_int_eq(findings_find(&findings, "outbound-dane-insecure-mx") != NULL, dane_defaults[_i].found);
    arena_done(&host.arena);
}
END_TEST

START_TEST(overrides_of_2_10_are_expanded_here)
{
    struct arena arena;
    struct postfix_config config;
    const struct service *service;

    arena_init(&arena, 0);
    load(&arena, 0, &config);
    service = service_of(&config, VIEW("submission/inet"));
    ck_assert_view_eq(config_value(&config, service, VIEW("smtpd_tls_security_level")), "encrypt");
    ck_assert_int_eq(config_setting(&config, service, VIEW("smtpd_tls_security_level")).source, SOURCE_SERVICE);
    ck_assert_view_eq(config_value(&config, service, VIEW("smtpd_recipient_restrictions")),
                      "permit_sasl_authenticated,reject");
    ck_assert_view_eq(config_value(&config, service_of(&config, VIEW("smtps/inet")), VIEW("smtpd_tls_wrappermode")),
                      "");
    ck_assert_int_eq(config_setting(&config, service, VIEW("smtpd_use_tls")).source, SOURCE_MAIN);
    ck_assert_int_eq(config_setting(&config, service, VIEW("smtp_use_tls")).source, SOURCE_DEFAULT);
    ck_assert(!config_setting(&config, service, VIEW("compatibility_level")).known);
    arena_done(&arena);
}
END_TEST

static const struct {
    const char *value, *expanded;
} references[] = {
    { "$level", "encrypt" },
    { "${level},$(level)", "encrypt,encrypt" },
    { "$service_name", "587" },
    { "$nowhere", "" },
    { "$loop", "$loop" },               /* a name that stands for itself */
    { "${level?yes}", "${level?yes}" }, /* what it chooses is not ours to guess */
    { "100$", "100$" },
    { "${level", "${level" },
};

START_TEST(a_reference_is_expanded_or_left)
{
    char services[128];
    struct postconf_texts texts = { .values = VIEW("mail_version = 2.10.1\nlevel = encrypt\nloop = a$loop\n") };
    struct postfix_config config;
    struct arena arena;
    struct error error;

    arena_init(&arena, 0);
    (void)snprintf(services, sizeof(services), "587 inet n - n - - smtpd -o x=%s\n", references[_i].value);
    texts.services = view_of(services);
    ck_assert_int_eq(postfix_config_build(&arena, &texts, &config, &error), 0);
    ck_assert_view_eq(config_value(&config, &config.services.rows[0], VIEW("x")), references[_i].expanded);
    arena_done(&arena);
}
END_TEST

static const struct {
    size_t row;
    const char *service, *level, *proof;
    bool fixed;
} proofs[] = {
    { 0, "smtp/unix", "none", "always-plaintext", true },
    { 0, "lmtp/unix", "none", "always-plaintext", true },
    { 1, "smtp/unix", "may", "nothing", false },
    { 2, "relay/unix", "dane", "lines", true },
    { 3, "smtp/unix", "may", "lines", false },
    { 4, "smtp/unix", "may", "nothing", false }, /* but each line has its tls= field */
};

START_TEST(the_configuration_proves_what_it_can_and_no_more)
{
    struct arena arena;
    struct postfix_config config;
    struct service_facts facts;

    arena_init(&arena, 0);
    load(&arena, proofs[_i].row, &config);
    ck_assert(service_facts(&config, service_of(&config, view_of(proofs[_i].service)), &facts));
    ck_assert_view_eq(security_level_name(facts.level), proofs[_i].level);
    ck_assert_view_eq(proof_name(facts.proof), proofs[_i].proof);
    ck_assert_int_eq(facts.fixed, proofs[_i].fixed);
    ck_assert_int_eq(facts.tls_field, proofs[_i].row == 4);
    ck_assert(!service_facts(&config, service_of(&config, VIEW("cleanup/unix")), &facts));
    arena_done(&arena);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("recorded");
    TCase *tests = tcase_create("recorded");

    tcase_add_loop_test(tests, each_version_is_judged_by_its_own_defaults, 0, ROWS(rows));
    tcase_add_test(tests, overrides_of_2_10_are_expanded_here);
    tcase_add_loop_test(tests, a_default_is_what_the_version_prints, 0, ROWS(dane_defaults));
    tcase_add_loop_test(tests, a_reference_is_expanded_or_left, 0, ROWS(references));
    tcase_add_loop_test(tests, the_configuration_proves_what_it_can_and_no_more, 0, ROWS(proofs));
    suite_add_tcase(suite, tests);
    return suite;
}
