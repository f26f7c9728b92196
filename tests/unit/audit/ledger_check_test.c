/* The configuration against what the ledger counted: evidence goes first. */
#include <unistd.h>

#include "audit/policy_plan.h"
#include "tests/unit/audit/host.h"
#include "tests/unit/unit.h"

enum { TODAY = 20000 };

#define BASE                                                                                                           \
    "compatibility_level = 3.6\nqueue_directory = /q\nmyhostname = mail.example.org\nmydestination =\n"                \
    "alias_maps =\nalias_database =\nsmtp_tls_CAfile = @DIR@/ca.pem\n"
#define MASTER "smtp unix - - n - - smtp\nrelay unix - - n - - smtp\ncleanup unix n - n - 0 cleanup\n"
#define SUBMISSION                                                                                                     \
    "submission inet n - n - - smtpd -o smtpd_tls_security_level=encrypt -o smtpd_milters=unix:outward/milter.sock\n"

static const struct {
    const char *name, *main, *master;
    struct ledger_evidence evidence;
    unsigned failures; /* of the last days, to a.example */
    const char *found; /* of the checks that read evidence */
} rows[] = {
    { "all as promised",
      BASE "smtp_tls_security_level = encrypt\nsmtp_tls_loglevel = 1\n",
      MASTER SUBMISSION,
      { .encrypted = 9, .submitted = 9, .judged = 9 },
      0,
      "" },
    { "plaintext under encrypt",
      BASE "smtp_tls_security_level = encrypt\nsmtp_tls_loglevel = 1\n",
      MASTER,
      { .encrypted = 9, .plaintext = 1, .plaintext_domain = VIEW_INIT("b.example") },
      0,
      "error ledger-plaintext" },
    { "plaintext under may is no contradiction",
      BASE "smtp_tls_security_level = may\nsmtp_tls_loglevel = 1\n",
      MASTER,
      { .plaintext = 1 },
      0,
      "" },
    { "one service may",
      BASE "smtp_tls_security_level = encrypt\nsmtp_tls_loglevel = 1\n",
      "smtp unix - - n - - smtp\nrelay unix - - n - - smtp -o smtp_tls_security_level=may\ncleanup unix n - n - 0 "
      "cleanup\n",
      { .plaintext = 1 },
      0,
      "" },
    { "a table may lower the level",
      BASE "smtp_tls_security_level = encrypt\nsmtp_tls_loglevel = 1\nsmtp_tls_policy_maps = inline:{b.example=may}\n",
      MASTER,
      { .plaintext = 1 },
      0,
      "" },
    { "logged, but not proven",
      BASE "smtp_tls_security_level = may\nsmtp_tls_loglevel = 1\n",
      MASTER,
      { .unproven = 4 },
      0,
      "warning ledger-unproven" },
    { "not logged, not proven", BASE "smtp_tls_security_level = may\n", MASTER, { .unproven = 4 }, 0, "" },
    { "a gate that nobody hears",
      BASE "smtp_tls_security_level = may\nsmtp_tls_loglevel = 1\n",
      MASTER SUBMISSION,
      { .encrypted = 3, .submitted = 3 },
      0,
      "warning gate-unheard" },
    { "a gate without users' mail",
      BASE "smtp_tls_security_level = may\nsmtp_tls_loglevel = 1\n",
      MASTER SUBMISSION,
      { .encrypted = 3 },
      0,
      "" },
    { "no gate",
      BASE "smtp_tls_security_level = may\nsmtp_tls_loglevel = 1\n",
      MASTER "submission inet n - n - - smtpd -o smtpd_tls_security_level=encrypt\n",
      { .encrypted = 3, .submitted = 3 },
      0,
      "" },
    { "a line that fails",
      BASE "smtp_tls_security_level = may\nsmtp_tls_loglevel = 1\nsmtp_tls_policy_maps = inline:{A.example=encrypt}\n",
      MASTER,
      { .encrypted = 3 },
      5,
      "error policy-line-failing" },
    { "failures without a line",
      BASE "smtp_tls_security_level = may\nsmtp_tls_loglevel = 1\n",
      MASTER,
      { .encrypted = 3 },
      5,
      "" },
    { "a line that fails nothing",
      BASE "smtp_tls_security_level = may\nsmtp_tls_loglevel = 1\nsmtp_tls_policy_maps = inline:{a.example=encrypt}\n",
      MASTER,
      { .encrypted = 3 },
      0,
      "" },
};

struct told {
    struct ledger_evidence evidence;
    int64_t since;
    bool none;
};

static bool tell(void *context, const struct postfix_config *config, int64_t since, struct ledger_evidence *out)
{
    struct told *told = context;

    ck_assert_uint_gt(config->directory.n, 0);
    told->since = since;
    *out = told->evidence;
    out->since = since;
    return !told->none;
}

static const char *const checks[] = { "ledger-plaintext", "ledger-unproven", "policy-line-failing", "gate-unheard" };

/* What the checks say that read evidence; the host is the real postconf's. */
static struct view examine(struct host *host, struct told *told, int64_t now)
{
    static const struct settings settings = { .listen = { .address = VIEW_INIT("unix:/q/outward/milter.sock") } };
    struct evidence_source source = { tell, told };
    struct doctor_request request = { .directory = host->path,
                                      .doveconf = "/nonexistent/doveconf",
                                      .settings = &settings,
                                      .evidence = &source,
                                      .now = now };
    struct error error;

    for (size_t i = 0; i < ROWS(checks); i++)
        request.selection.only[request.selection.only_count++] = view_of(checks[i]);
    ck_assert_msg(doctor_examine(&host->arena, &request, host->diagnoses, &error) == 0, "%s", error.text);
    return findings_summary(host, &host->diagnoses->rows[0].findings, FINDING_NOTICE);
}

START_TEST(evidence_goes_before_configuration)
{
    struct hop_history *history = hop_history_new(TODAY, 1);
    struct hop_day day = { .day = TODAY, .failures = { [TLS_FAILURE_NOT_OFFERED] = rows[_i].failures } };
    struct told told = { .evidence = rows[_i].evidence };
    struct host host;
    struct view found;

    host_init(&host);
    host_write(&host, "main.cf", rows[_i].main);
    host_write(&host, "master.cf", rows[_i].master);
    host_age(&host, "main.cf");
    host_age(&host, "master.cf");
    hop_history_add(history, VIEW("a.example"), &day);
    told.evidence.history = history;
    found = examine(&host, &told, 1700000000);
    ck_assert_msg(view_eq(found, view_of(rows[_i].found)), "%s: found \"%.*s\", expected \"%s\"", rows[_i].name,
                  VIEW_ARG(found), rows[_i].found);
    /* A week back, in whole hours. */
    ck_assert_int_eq(told.since, (1700000000LL - 7 * 86400 + 3599) / 3600 * 3600 * 1000);
    hop_history_free(history);
    host_done(&host);
}
END_TEST

START_TEST(nothing_older_than_the_configuration_counts)
{
    struct told told = { .evidence = { .plaintext = 1 } };
    struct host host;

    host_init(&host);
    host_write(&host, "main.cf", BASE "smtp_tls_security_level = encrypt\nsmtp_tls_loglevel = 1\n");
    host_write(&host, "master.cf", MASTER);
    host_age(&host, "main.cf");
    host_age(&host, "master.cf");
    /* The clock stands before the last change: there is nothing to compare with. */
    ck_assert_view_eq(examine(&host, &told, 1000), "");
    ck_assert_int_eq(told.since, 0);
    told.none = true;
    ck_assert_view_eq(examine(&host, &told, 1700000000), "");
    ck_assert_int_ne(told.since, 0);
    host_done(&host);
}
END_TEST

static const struct {
    uint64_t plaintext;
    const char *words;
} counts[] = {
    { 1, "the ledger counted mail to 1 recipient in plaintext" },
    { 2, "the ledger counted mail to 2 recipients in plaintext" },
};

START_TEST(one_recipient_is_not_many)
{
    struct told told = { .evidence = { .plaintext = counts[_i].plaintext,
                                       .plaintext_domain = VIEW_INIT("b.example") } };
    struct host host;

    host_init(&host);
    host_write(&host, "main.cf", BASE "smtp_tls_security_level = encrypt\nsmtp_tls_loglevel = 1\n");
    host_write(&host, "master.cf", MASTER);
    host_age(&host, "main.cf");
    host_age(&host, "master.cf");
    ck_assert_view_eq(examine(&host, &told, 1700000000), "error ledger-plaintext");
    ck_assert_int_ne(view_find(host.diagnoses->rows[0].findings.rows[0].found, view_of(counts[_i].words)), -1);
    host_done(&host);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("audit/ledger_check");
    TCase *all = tcase_create("all");

    tcase_add_loop_test(all, evidence_goes_before_configuration, 0, ROWS(rows));
    tcase_add_test(all, nothing_older_than_the_configuration_counts);
    tcase_add_loop_test(all, one_recipient_is_not_many, 0, ROWS(counts));
    suite_add_tcase(suite, all);
    return suite;
}
