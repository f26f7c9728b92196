/* What is told of an incident, in each form. */
#include <stdlib.h>

#include "alert/notice.h"
#include "tests/unit/unit.h"

#define TIME INT64_C(1796083200000) /* 2026-12-01T00:00:00Z */

static char *example_json(const char *name)
{
    struct incident incident;

    incident_begin(&incident, ALERT_PLAINTEXT, VIEW("to domain google"), TIME);
    incident.number = 17;
    incident.notices = 1;
    for (int i = 0; i < 3; i++)
        incident_count(&incident, VIEW("gmail.com"), TIME + i * 1000, TIME);
    incident_count(&incident, view_of(name), TIME + 3000, TIME);
    return notice_json(&incident, INCIDENT_OPENED, 0, "mx.example.com");
}

static json_t *example(const char *name)
{
    char *text = example_json(name);
    json_t *notice = notice_read(view_of(text));

    ck_assert_ptr_nonnull(notice);
    free(text);
    return notice;
}

START_TEST(the_object_is_one_line_with_every_key)
{
    char *text = example_json("googlemail.com");

    ck_assert_str_eq(text, "{\"schema\":1,\"event\":\"opened\",\"reference\":\"outward-17\",\"notice\":1,"
                           "\"host\":\"mx.example.com\",\"condition\":\"plaintext\",\"subject\":\"to domain google\","
                           "\"summary\":\"mail left in plaintext\",\"opened\":\"2026-12-01T00:00:00Z\","
                           "\"last\":\"2026-12-01T00:00:03Z\",\"ended\":null,\"count\":4,\"new\":4,"
                           "\"top\":[{\"name\":\"gmail.com\",\"count\":3},{\"name\":\"googlemail.com\",\"count\":1}],"
                           "\"others\":0,\"everywhere\":false}");
    free(text);
}
END_TEST

START_TEST(the_line_says_all_in_one)
{
    json_t *notice = example("x.example");
    char text[512];
    struct buf out = BUF(text);

    notice_line(notice, &out);
    ck_assert_view_eq(buf_view(&out),
                      "opened: mail left in plaintext, to domain google: 4 (outward-17 on mx.example.com)");
    json_decref(notice);
}
END_TEST

START_TEST(a_mail_is_whole_and_nothing_foreign_breaks_it)
{
    json_t *notice = example("evil\r\n.\r\nBcc: x@example.com\r\n\x1b[2J\xff");
    char text[NOTICE_MAX];
    struct buf out = BUF(text);
    struct view mail, header, line;

    notice_mail(notice, VIEW("postmaster@example.com\r\nX: y"), TIME / 1000, &out);
    mail = buf_view(&out);
    ck_assert(!out.full);
    ck_assert(view_find(mail, VIEW("Date: Tue, 01 Dec 2026 00:00:00 +0000\r\n")) > 0);
    ck_assert(view_find(mail, VIEW("\r\nMessage-ID: <outward-17.1@mx.example.com>\r\n")) > 0);
    ck_assert(view_find(mail, VIEW("\r\nTo: postmaster@example.com??X: y\r\n")) > 0);
    ck_assert(view_cut(&mail, VIEW("\r\n\r\n"), &header));
    ck_assert_int_eq(view_find(header, VIEW("Bcc:")), -1);
    while (view_cut(&mail, VIEW("\r\n"), &line)) {
        ck_assert_int_eq(view_find_char(line, '\n'), -1);
        ck_assert_int_eq(view_find_char(line, '\x1b'), -1);
        ck_assert(!view_starts(line, VIEW(".")));
    }
    json_decref(notice);
}
END_TEST

START_TEST(chats_get_text_that_cannot_become_markup)
{
    json_t *notice = example("<!channel> & co"), *body;
    char *text = notice_webhook(notice, WEBHOOK_SLACK);
    const char *said;

    body = json_loads(text, 0, NULL);
    said = json_string_value(json_object_get(body, "text"));
    ck_assert_ptr_nonnull(strstr(said, "&lt;!channel&gt; &amp; co"));
    ck_assert_ptr_null(strchr(said, '<'));
    json_decref(body);
    json_decref(notice);
    free(text);
}
END_TEST

START_TEST(alertmanager_gets_one_alert_by_its_labels)
{
    json_t *notice = example("x.example"), *body, *labels;
    char *text = notice_webhook(notice, WEBHOOK_ALERTMANAGER);

    body = json_loads(text, 0, NULL);
    ck_assert_uint_eq(json_array_size(body), 1);
    labels = json_object_get(json_array_get(body, 0), "labels");
    ck_assert_str_eq(json_string_value(json_object_get(labels, "reference")), "outward-17");
    ck_assert_str_eq(json_string_value(json_object_get(json_array_get(body, 0), "startsAt")), "2026-12-01T00:00:00Z");
    ck_assert_ptr_null(json_object_get(json_array_get(body, 0), "endsAt"));
    json_decref(body);
    json_decref(notice);
    free(text);
}
END_TEST

START_TEST(what_is_no_notice_is_refused)
{
    static const char *const texts[] = { "", "{", "[]", "{\"event\":1}", "{\"event\":\"opened\"}" };

    for (size_t i = 0; i < ROWS(texts); i++)
        ck_assert_ptr_null(notice_read(view_of(texts[i])));
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("notice");
    TCase *tests = tcase_create("forms");

    tcase_add_test(tests, the_object_is_one_line_with_every_key);
    tcase_add_test(tests, the_line_says_all_in_one);
    tcase_add_test(tests, a_mail_is_whole_and_nothing_foreign_breaks_it);
    tcase_add_test(tests, chats_get_text_that_cannot_become_markup);
    tcase_add_test(tests, alertmanager_gets_one_alert_by_its_labels);
    tcase_add_test(tests, what_is_no_notice_is_refused);
    suite_add_tcase(suite, tests);
    return suite;
}
