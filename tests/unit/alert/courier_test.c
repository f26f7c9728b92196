/* How a courier waits, and by what it knows its channel again. */
#include "alert/courier.h"
#include "shared/civil.h"
#include "tests/unit/unit.h"

START_TEST(pauses_double_up_to_ten_minutes)
{
    static const int64_t seconds[] = { 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 600, 600 };

    for (unsigned i = 0; i < ROWS(seconds); i++)
        ck_assert_int_eq(courier_pause(i + 1), seconds[i] * 1000);
    ck_assert_int_eq(courier_pause(UINT32_MAX), COURIER_PAUSE_MAX_MS);
}
END_TEST

START_TEST(a_receiver_that_is_down_for_an_hour_is_asked_a_dozen_times_and_reached_within_ten_minutes)
{
    int64_t now = 0;
    unsigned attempts = 1;

    while (now < HOUR_MS)
        now += courier_pause(attempts++);
    ck_assert_uint_le(attempts, 16);
    ck_assert_int_le(now - HOUR_MS, COURIER_PAUSE_MAX_MS);
}
END_TEST

START_TEST(a_channel_is_known_by_its_kind_and_target)
{
    static const struct {
        struct channel channel;
        const char *key;
    } rows[] = {
        { { .kind = CHANNEL_EXEC, .target = VIEW_INIT("/x/y") }, "exec /x/y" },
        { { .kind = CHANNEL_MAIL, .target = VIEW_INIT("a@example.com") }, "mail a@example.com" },
        { { .kind = CHANNEL_WEBHOOK, .target = VIEW_INIT("https://example.com/") }, "webhook https://example.com/" },
        { { .kind = CHANNEL_SYSLOG }, "syslog" },
    };

    for (size_t i = 0; i < ROWS(rows); i++) {
        char text[COURIER_KEY_MAX];
        struct buf key = BUF(text);

        courier_key(&rows[i].channel, &key);
        ck_assert_view_eq(buf_view(&key), rows[i].key);
    }
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("courier");
    TCase *tests = tcase_create("waiting");

    tcase_add_test(tests, pauses_double_up_to_ten_minutes);
    tcase_add_test(tests, a_receiver_that_is_down_for_an_hour_is_asked_a_dozen_times_and_reached_within_ten_minutes);
    tcase_add_test(tests, a_channel_is_known_by_its_kind_and_target);
    suite_add_tcase(suite, tests);
    return suite;
}
