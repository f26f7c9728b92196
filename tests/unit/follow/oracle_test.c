#include <stdio.h>

#include "tests/unit/follow/replay.h"
#include "tests/unit/unit.h"

static const struct {
    const char *log;
    size_t rows;
} logs[] = {
    { "postfix-2.10-sample.log", 44 },
    { "postfix-3.7-sample.log", 90 },
    { "postfix-3.11-sample.log", 49 },
};

static struct replay replay;

/* A delivery's verdict in the words of the expected rows. */
static const char *verdict(const struct delivery *delivery, char *text, size_t size)
{
    static const char *const levels[] = { "", " Anonymous", " Untrusted", " Trusted", " Verified" };

    switch (delivery->protection) {
    case PROTECTION_NONE:
        return "none";
    case PROTECTION_PLAINTEXT:
        return "plaintext";
    case PROTECTION_UNKNOWN:
        return "unknown";
    case PROTECTION_ENCRYPTED:
        if (delivery->level == PEER_NOT_LOGGED)
            return "tls (from tls= field; no TLS line)";
        snprintf(text, size, "tls-%s%s", delivery->evidence == EVIDENCE_REUSED_LINE ? "reused" : "established",
                 levels[delivery->level]);
        return text;
    case PROTECTION_UNDECIDED:
    case PROTECTION_COUNT:
        break;
    }
    return "undecided";
}

static void check_row(struct view row, const struct delivery *delivery)
{
    struct view block, to, use, expected, field;
    char text[64], conn_use[16];

    ck_assert(view_cut(&row, VIEW("\t"), &block) && view_cut(&row, VIEW("\t"), &to) &&
              view_cut(&row, VIEW("\t"), &use) && view_cut(&row, VIEW("\t"), &expected) &&
              view_cut(&row, VIEW("\t"), &field));
    snprintf(conn_use, sizeof(conn_use), "%u", delivery->connection_use);
    ck_assert_msg(view_eq(delivery->recipient, to), "%.*s: got %.*s, want %.*s", VIEW_ARG(block),
                  VIEW_ARG(delivery->recipient), VIEW_ARG(to));
    ck_assert_msg(view_eq(view_of(verdict(delivery, text, sizeof(text))), expected), "%.*s, %.*s: got %s, want %.*s",
                  VIEW_ARG(block), VIEW_ARG(to), verdict(delivery, text, sizeof(text)), VIEW_ARG(expected));
    ck_assert(view_eq(view_of(conn_use), use));
    ck_assert(view_eq(delivery->wanted.n == 0 ? VIEW("-") : delivery->wanted, field));
    ck_assert(view_eq(delivery_status_name(delivery->status), row));
}

START_TEST(every_delivery_of_a_real_log_gets_the_verdict_its_server_saw)
{
    struct view rows, row, file;
    size_t checked = 0;

    replay_init(&replay);
    replay_text(&replay, replay_file(&replay, logs[_i].log));
    rows = replay_file(&replay, "postfix-sample-expected.tsv");
    while (view_cut(&rows, VIEW("\n"), &row)) {
        if (view_starts(row, VIEW("#")) || !view_cut(&row, VIEW("\t"), &file) || !view_eq(file, view_of(logs[_i].log)))
            continue;
        ck_assert_uint_lt(checked, replay.count);
        check_row(row, &replay.deliveries[checked++]);
    }
    ck_assert_uint_eq(checked, logs[_i].rows);
    ck_assert_uint_eq(replay.count, checked);
    ck_assert_uint_eq(replay.strange, 0);
    ck_assert_uint_eq(replay.foreign, 0);
    replay_done(&replay);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("oracle");
    TCase *tests = tcase_create("oracle");

    tcase_add_loop_test(tests, every_delivery_of_a_real_log_gets_the_verdict_its_server_saw, 0, ROWS(logs));
    suite_add_tcase(suite, tests);
    return suite;
}
