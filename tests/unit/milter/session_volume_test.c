/* What a sender's domain has sent to Gmail decides, and the transactional class is exempt. */
#include <string.h>

#include "milter/session.h"
#include "tests/unit/milter/rules.h"
#include "tests/unit/unit.h"

static struct public_suffix *list;
static struct volume_table *volumes;
static struct policy *policy;
static struct session *session;
static int64_t clock_ms;
static bool held;
static char last[RECORD_MAX];

static int64_t now(void)
{
    return clock_ms;
}

static void keep_record(void *context, struct record *record)
{
    struct buf out = BUF(last);

    (void)context;
    record_format(&out, record);
    (void)buf_text(&out);
}

static void keep_complaint(void *context, struct view queue_id, const char *text)
{
    (void)context;
    (void)queue_id;
    ck_abort_msg("%s", text);
}

static bool hold(void *context, const char *reason)
{
    (void)context;
    (void)reason;
    held = true;
    return true;
}

static const char *get_macro(void *context, const char *name)
{
    static const struct {
        const char *name, *value;
    } values[] = { { "{daemon_port}", "587" },       { "{daemon_name}", "ORIGINATING" },
                   { "{client_addr}", "192.0.2.7" }, { "{client_port}", "5025" },
                   { "{tls_version}", "TLSv1.3" },   { "{auth_type}", "PLAIN" },
                   { "{rcpt_mailer}", "smtp" },      { "i", "4Rk2x1" } };

    if (strcmp(name, "{auth_authen}") == 0)
        return context;
    for (size_t i = 0; i < ROWS(values); i++) {
        if (strcmp(values[i].name, name) == 0)
            return values[i].value;
    }
    return NULL;
}

static void set_up(void)
{
    list = public_suffix_open();
    ck_assert_ptr_nonnull(list);
    volumes = volume_table_new(7);
    clock_ms = (int64_t)VOLUME_BUCKET_MS * 1900000;
}

static void begin(const char *rules)
{
    policy = rules_policy(rules);
    session = session_new(&(struct session_setup){ .policy = policy,
                                                   .generation = 1,
                                                   .answers_rcpt = true,
                                                   .sees_headers = true,
                                                   .may_hold = true,
                                                   .suffixes = list,
                                                   .volumes = volumes,
                                                   .now = now,
                                                   .outlet = { keep_record, keep_complaint, NULL } });
    ck_assert_ptr_nonnull(session);
}

static void tear_down(void)
{
    session_free(session);
    policy_free(policy);
    volume_table_free(volumes);
    public_suffix_close(list);
}

struct mail {
    const char *sender, *from, *login, *field; /* field: "Name: body" of one more header field; NULL: none */
    const char *recipients[4];
};

/* One message through the gate; was it held? */
static bool send_mail(const struct mail *mail)
{
    struct macro_source macros = { .get = get_macro, .context = (void *)(uintptr_t)mail->login };
    const struct message_editor editor = { .hold = hold };
    struct view field = view_of(mail->field), name;
    struct answer answer;

    held = false;
    session_connect(session, &macros, NULL);
    session_mail(session, &macros, view_of(mail->sender), 20261122, &answer);
    for (size_t i = 0; i < ROWS(mail->recipients) && mail->recipients[i] != NULL; i++)
        session_rcpt(session, &macros, view_of(mail->recipients[i]), &answer);
    session_data(session, &macros);
    if (mail->from != NULL)
        session_header(session, VIEW("From"), view_of(mail->from));
    if (view_cut(&field, VIEW(": "), &name))
        session_header(session, name, field);
    session_message(session, &macros, &editor, &answer);
    return held;
}

#define THREE "mode enforce\nsubmission {\n hold volume over 3 to domain gmail.com\n accept\n}\n"

static const struct mail to_gmail = { "<a@example.com>", "a@example.com", "a", NULL, { "<x@gmail.com>" } };

START_TEST(the_message_that_passes_the_threshold_is_held_and_not_counted)
{
    begin(THREE);
    for (int i = 0; i < 3; i++)
        ck_assert(!send_mail(&to_gmail));
    ck_assert(send_mail(&to_gmail));
    ck_assert_ptr_nonnull(strstr(last, "volume=4 bulk=no"));
    ck_assert(send_mail(&to_gmail));
    ck_assert_ptr_nonnull(strstr(last, "volume=4")); /* what was held was not let through */
    clock_ms += (int64_t)VOLUME_BUCKET_MS * VOLUME_BUCKETS;
    ck_assert(!send_mail(&to_gmail));
    ck_assert_ptr_nonnull(strstr(last, "volume=1"));
}
END_TEST

static const struct {
    struct mail mail;
    const char *domain;
    uint64_t count;
} counted[] = {
    { { "<a@example.com>", "a@example.com", "a", NULL, { "<x@gmail.com>", "<y@GoogleMail.com>", "<z@example.org>" } },
      "example.com",
      2 },
    /* By From, not by envelope; subdomains add up, public suffixes part. */
    { { "<b@example.net>", "a@news.example.com", "a", NULL, { "<x@gmail.com>" } }, "example.com", 1 },
    { { "<b@example.net>", "a@mail.example.co.jp", "a", NULL, { "<x@gmail.com>" } }, "example.co.jp", 1 },
    { { "<b@example.net>", "a@one.github.io", "a", NULL, { "<x@gmail.com>" } }, "one.github.io", 1 },
    { { "<b@example.net>", "a@co.jp", "a", NULL, { "<x@gmail.com>" } }, "co.jp", 1 },
    /* Without a From that can be read the envelope sender stands in. */
    { { "<b@example.net>", NULL, "a", NULL, { "<x@gmail.com>" } }, "example.net", 1 },
    { { "<b@example.net>", "nobody", "a", NULL, { "<x@gmail.com>" } }, "example.net", 1 },
    /* None hides behind another. */
    { { "<b@example.net>", "a@example.org, b@example.com", "a", NULL, { "<x@gmail.com>" } }, "example.com", 1 },
    { { "<b@example.net>", "a@example.org, b@example.com", "a", NULL, { "<x@gmail.com>" } }, "example.org", 1 },
    /* Nobody at Gmail: domains that Google hosts are outside the count. */
    { { "<a@example.com>", "a@example.com", "a", NULL, { "<x@example.org>" } }, "example.com", 0 },
};

START_TEST(recipients_count_for_the_registrable_domain_of_from)
{
    begin("mode enforce\nsubmission {\n accept\n}\n");
    ck_assert(!send_mail(&counted[_i].mail));
    ck_assert_uint_eq(volume_table_ask(volumes, view_of(counted[_i].domain), clock_ms).count, counted[_i].count);
}
END_TEST

START_TEST(several_authors_are_as_busy_as_the_busiest)
{
    static const struct mail both = {
        "<b@example.net>", "z@example.org, a@example.com", "a", NULL, { "<x@gmail.com>" }
    };

    begin(THREE);
    volume_table_add(volumes, VIEW("example.com"), 3, clock_ms);
    ck_assert(send_mail(&both));
}
END_TEST

#define CLASSES                                                                                                        \
    "mode enforce\nguidelines { transactional { shop.example .tickets.example }\n"                                     \
    "  transactional-login { \"robot\" }  transactional-header \"X-Class: transactional\" }\n"                         \
    "submission {\n hold volume over 0 missing one-click not transactional\n accept\n}\n"

static const struct {
    struct mail mail;
    bool held;
} classes[] = {
    { { "<a@example.com>", "a@example.com", "a", NULL, { "<x@gmail.com>" } }, true },
    { { "<a@example.com>", "a@example.com", "a", NULL, { "<x@example.org>" } }, false }, /* no volume */
    { { "<a@shop.example>", "a@example.com", "a", NULL, { "<x@gmail.com>" } }, false },
    { { "<a@example.com>", "a@SHOP.example", "a", NULL, { "<x@gmail.com>" } }, false },
    { { "<a@example.com>", "a@x.tickets.example", "a", NULL, { "<x@gmail.com>" } }, false },
    { { "<a@example.com>", "a@tickets.example", "a", NULL, { "<x@gmail.com>" } }, true },
    { { "<a@example.com>", "a@shop.example, b@example.com", "a", NULL, { "<x@gmail.com>" } }, true },
    { { "<a@example.com>", "a@example.com", "robot", NULL, { "<x@gmail.com>" } }, false },
    { { "<a@example.com>", "a@example.com", "Robot", NULL, { "<x@gmail.com>" } }, true },
    { { "<a@example.com>", "a@example.com", "a", "x-class:  Transactional ", { "<x@gmail.com>" } }, false },
    { { "<a@example.com>", "a@example.com", "a", "x-class: Transactional", { "<x@gmail.com>" } }, false },
    { { "<a@example.com>", "a@example.com", "a", "X-Class: bulk", { "<x@gmail.com>" } }, true },
};

START_TEST(the_transactional_class_needs_no_one_click)
{
    begin(CLASSES);
    ck_assert_msg(send_mail(&classes[_i].mail) == classes[_i].held, "row %d: %s", _i, last);
    if (classes[_i].mail.recipients[0][3] == 'g')
        ck_assert_ptr_nonnull(strstr(last, classes[_i].held ? "transactional=no" : "transactional=yes"));
}
END_TEST

START_TEST(what_was_bulk_once_stays_bulk)
{
    begin("mode enforce\nsubmission {\n hold bulk-sender missing dkim\n accept\n}\n");
    ck_assert(!send_mail(&to_gmail));
    volume_table_add(volumes, VIEW("example.com"), VOLUME_BULK_SENDER, clock_ms);
    clock_ms += (int64_t)VOLUME_BUCKET_MS * VOLUME_BUCKETS * 3;
    ck_assert(send_mail(&to_gmail));
    ck_assert_ptr_nonnull(strstr(last, "volume=1 bulk=yes"));
}
END_TEST

START_TEST(monitor_mode_counts_what_it_would_have_held)
{
    begin("mode monitor\nsubmission {\n hold volume over 1\n accept\n}\n");
    for (int i = 0; i < 3; i++)
        ck_assert(!send_mail(&to_gmail));
    ck_assert_ptr_nonnull(strstr(last, "would=hold/t:3"));
    ck_assert_ptr_nonnull(strstr(last, "volume=3"));
}
END_TEST

/* No table, no volume: absent, and no rule asks for it in vain. */
START_TEST(a_gate_without_a_table_knows_no_volume)
{
    volume_table_free(volumes);
    volumes = NULL;
    begin(THREE);
    for (int i = 0; i < 5; i++)
        ck_assert(!send_mail(&to_gmail));
    ck_assert_ptr_null(strstr(last, "volume="));
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("session_volume");
    TCase *tc = tcase_create("session_volume");

    tcase_add_checked_fixture(tc, set_up, tear_down);
    tcase_add_test(tc, the_message_that_passes_the_threshold_is_held_and_not_counted);
    tcase_add_loop_test(tc, recipients_count_for_the_registrable_domain_of_from, 0, (int)ROWS(counted));
    tcase_add_test(tc, several_authors_are_as_busy_as_the_busiest);
    tcase_add_loop_test(tc, the_transactional_class_needs_no_one_click, 0, (int)ROWS(classes));
    tcase_add_test(tc, what_was_bulk_once_stays_bulk);
    tcase_add_test(tc, monitor_mode_counts_what_it_would_have_held);
    tcase_add_test(tc, a_gate_without_a_table_knows_no_volume);
    suite_add_tcase(suite, tc);
    return suite;
}
