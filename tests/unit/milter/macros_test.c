#include "milter/macros.h"
#include "tests/unit/unit.h"

static const struct {
    enum macro_stage stage;
    const char *list;
} lists[] = {
    { MACRO_STAGE_CONNECT, "{daemon_name} {daemon_addr} {daemon_port} {client_addr} {client_name} {client_port}" },
    { MACRO_STAGE_HELO, "{daemon_port} {client_name} {client_port}" },
    { MACRO_STAGE_MAIL, "{tls_version} {cipher} {cipher_bits} {cert_subject} {cert_issuer} {auth_type} {auth_authen} "
                        "{mail_addr} i" },
    { MACRO_STAGE_RCPT, "{rcpt_addr} {rcpt_mailer} i" },
    { MACRO_STAGE_DATA, "i" },
    { MACRO_STAGE_HEADERS, "i" },
    { MACRO_STAGE_MESSAGE, "i" },
};

START_TEST(each_stage_asks_for_what_it_can_tell)
{
    char storage[MACRO_LIST_MAX];
    struct buf list = BUF(storage);

    macro_list(lists[_i].stage, &list);
    ck_assert_view_eq(buf_view(&list), lists[_i].list);
    ck_assert_str_eq(buf_text(&list), lists[_i].list);
    ck_assert(!list.full);
}
END_TEST

START_TEST(all_lists_together_stay_within_what_other_peers_take)
{
    size_t octets = 0;

    for (size_t i = 0; i < MACRO_STAGE_COUNT; i++) {
        char storage[MACRO_LIST_MAX];
        struct buf list = BUF(storage);

        macro_list((enum macro_stage)i, &list);
        octets += list.len + 1 + 4;
    }
    ck_assert_uint_lt(octets, 700);
}
END_TEST

static const char *value;

static const char *get_value(void *context, const char *name)
{
    (void)context;
    (void)name;
    return value;
}

static const struct {
    enum macro_id id;
    const char *value;
    bool present;
} values[] = {
    { MACRO_TLS_VERSION, "TLSv1.3", true }, { MACRO_TLS_VERSION, "none", false },
    { MACRO_TLS_VERSION, NULL, false },     { MACRO_AUTH_TYPE, "None", false },
    { MACRO_AUTH_TYPE, "XCLIENT", true },   { MACRO_CIPHER, "none", false },
    { MACRO_CLIENT_NAME, "none", true },    { MACRO_SENDER, "", true },
    { MACRO_QUEUE_ID, NULL, false },        { MACRO_TRANSPORT, "none", true },
    { MACRO_CIPHER_BITS, "none", false },   { MACRO_CERT_SUBJECT, "none", false },
    { MACRO_CERT_ISSUER, "none", false },   { MACRO_AUTH_LOGIN, "none", false },
    { MACRO_DAEMON_NAME, "none", true },    { MACRO_DAEMON_ADDRESS, "none", true },
    { MACRO_DAEMON_PORT, "none", true },    { MACRO_CLIENT_ADDRESS, "none", true },
    { MACRO_CLIENT_PORT, "none", true },    { MACRO_SENDER, "none", true },
    { MACRO_RECIPIENT, "none", true },      { MACRO_QUEUE_ID, "none", true },
};

START_TEST(a_default_of_none_counts_as_absent_where_postfix_has_such_defaults)
{
    struct macro_source source = { .get = get_value };
    struct view got = VIEW("unchanged");

    value = values[_i].value;
    ck_assert_int_eq(macro_get(&source, values[_i].id, &got), values[_i].present);
    ck_assert_view_eq(got, values[_i].present ? values[_i].value : "unchanged");
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("macros");
    TCase *tests = tcase_create("macros");

    tcase_add_loop_test(tests, each_stage_asks_for_what_it_can_tell, 0, ROWS(lists));
    tcase_add_test(tests, all_lists_together_stay_within_what_other_peers_take);
    tcase_add_loop_test(tests, a_default_of_none_counts_as_absent_where_postfix_has_such_defaults, 0, ROWS(values));
    suite_add_tcase(suite, tests);
    return suite;
}
