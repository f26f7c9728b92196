/* What a report says of the two real logs is what their servers saw: counted from the expected rows, domain by domain. */
#include "report/report.h"

#include <stdlib.h>

#include <jansson.h>

#include "report/completeness.h"
#include "report/words.h"
#include "shared/domain.h"
#include "tests/unit/follow/replay.h"
#include "tests/unit/unit.h"

static const char *const logs[] = { "postfix-3.7-sample.log", "postfix-3.11-sample.log" };

static struct replay replay;

static struct tally *tally_of(const char *log)
{
    struct tally *tally = tally_new(42);

    ck_assert_ptr_nonnull(tally);
    replay_init(&replay);
    replay_text(&replay, replay_file(&replay, log));
    for (size_t i = 0; i < replay.count; i++)
        tally_add(tally, &replay.deliveries[i]);
    return tally;
}

static char *write_report(const struct report *report, void (*write)(const struct report *, FILE *))
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);

    ck_assert_ptr_nonnull(out);
    write(report, out);
    ck_assert_int_eq(fclose(out), 0);
    return text;
}

static json_t *parse(const struct report *report)
{
    char *text = write_report(report, report_json);
    json_error_t error;
    json_t *json = json_loads(text, JSON_REJECT_DUPLICATES, &error);

    ck_assert_msg(json != NULL, "line %d: %s", error.line, error.text);
    free(text);
    return json;
}

struct expected {
    json_int_t sent, encrypted, plaintext, unknown, deferred, bounced;
};

static void count_row(struct expected *into, struct view verdict, struct view status)
{
    bool sent = view_eq(status, VIEW("sent"));

    into->sent += sent;
    into->encrypted += sent && view_starts(verdict, VIEW("tls"));
    into->plaintext += sent && view_eq(verdict, VIEW("plaintext"));
    into->unknown += sent && view_eq(verdict, VIEW("unknown"));
    into->deferred += view_eq(status, VIEW("deferred"));
    into->bounced += view_eq(status, VIEW("bounced"));
}

/* The rows of one log, of one domain (empty: all), without those delivered by LMTP. */
static struct expected expect(const char *log, struct view only)
{
    struct expected sum = { 0 };
    struct view rows = replay_file(&replay, "postfix-sample-expected.tsv"), row;

    while (view_cut(&rows, VIEW("\n"), &row)) {
        char text[DOMAIN_MAX];
        struct buf domain = BUF(text);
        struct view file, block, to, use, verdict, field;

        if (view_starts(row, VIEW("#")) || !view_cut(&row, VIEW("\t"), &file) || !view_eq(file, view_of(log)))
            continue;
        ck_assert(view_cut(&row, VIEW("\t"), &block) && view_cut(&row, VIEW("\t"), &to) &&
                  view_cut(&row, VIEW("\t"), &use) && view_cut(&row, VIEW("\t"), &verdict) &&
                  view_cut(&row, VIEW("\t"), &field));
        ck_assert(domain_normalize(domain_of_address(to), &domain));
        if (view_starts(buf_view(&domain), VIEW("lmtp")) || (only.n > 0 && !view_eq(only, buf_view(&domain))))
            continue;
        count_row(&sum, verdict, row);
    }
    return sum;
}

static void check(const json_t *counts, struct expected expected)
{
    ck_assert_int_eq(json_integer_value(json_object_get(counts, "sent")), expected.sent);
    ck_assert_int_eq(json_integer_value(json_object_get(counts, "encrypted")), expected.encrypted);
    ck_assert_int_eq(json_integer_value(json_object_get(counts, "plaintext")), expected.plaintext);
    ck_assert_int_eq(json_integer_value(json_object_get(counts, "unknown")), expected.unknown);
    ck_assert_int_eq(json_integer_value(json_object_get(counts, "deferred")), expected.deferred);
    ck_assert_int_eq(json_integer_value(json_object_get(counts, "bounced")), expected.bounced);
}

START_TEST(totals_and_destinations_are_what_the_servers_saw)
{
    struct tally *tally = tally_of(logs[_i]);
    struct report report = { .tally = tally };
    json_t *json = parse(&report), *destinations = json_object_get(json, "destinations");

    check(json_object_get(json, "totals"), expect(logs[_i], VIEW("")));
    ck_assert_uint_gt(json_array_size(destinations), 20);
    for (size_t i = 0; i < json_array_size(destinations); i++) {
        const json_t *row = json_array_get(destinations, i);

        check(row, expect(logs[_i], view_of(json_string_value(json_object_get(row, "domain")))));
    }
    json_decref(json);
    tally_free(tally);
    replay_done(&replay);
}
END_TEST

static struct delivery plain_to(const char *domain, const char *sender)
{
    return (struct delivery){ .time = 1795262400000,
                              .domain = view_of(domain),
                              .sender_domain = view_of(sender),
                              .status = DELIVERY_SENT,
                              .protection = PROTECTION_PLAINTEXT };
}

START_TEST(foreign_octets_cannot_steer_a_terminal_or_a_spreadsheet)
{
    static const char evil[] = "=1+1\033[2J\xe2\x80\xae\xc2\x9b\xff\"x";
    struct tally *tally = tally_new(42);
    struct delivery delivery = plain_to(evil, "\033]0;x\007.example");
    struct report report = { .tally = tally };
    char *text, *csv;
    json_t *json;

    tally_add(tally, &delivery);
    text = write_report(&report, report_text);
    csv = write_report(&report, report_csv);
    for (const char *p = text; *p != '\0'; p++)
        ck_assert_msg((unsigned char)*p >= 0x20 || *p == '\n', "octet %02x in a text", (unsigned char)*p);
    ck_assert_ptr_null(strstr(text, "\xe2\x80\xae"));
    ck_assert_ptr_null(strstr(text, "\xc2\x9b"));
    ck_assert_ptr_nonnull(strstr(text, "=1+1?[2J???\"x"));
    ck_assert_ptr_nonnull(strstr(csv, "\n\"'=1+1\xef\xbf\xbd[2J\xe2\x80\xae\xef\xbf\xbd\xef\xbf\xbd\"\"x\","));
    json = parse(&report);
    ck_assert_str_eq(
        json_string_value(json_object_get(json_array_get(json_object_get(json, "destinations"), 0), "domain")),
        "=1+1\033[2J\xe2\x80\xae\xc2\x9b\xef\xbf\xbd\"x");
    json_decref(json);
    free(text);
    free(csv);
    tally_free(tally);
}
END_TEST

static const char *const names_of_all_lengths[] = {
    "",
    "a",
    "seven.e",
    "eight.ex",
    "nine.exam",
    "sixteen.example.",
    "seventeen.example",
    "1234567\"",
    "12345678\"",
    "\\2345678",
    "1234567\x1f",
    "1234567\x7f",
    "1234\xc3\xa4wx",
    "1234567\xc3\xa4",
    "12345678!#[]~ \"\\",
};

START_TEST(json_says_a_name_of_any_length_octet_by_octet)
{
    struct tally *tally = tally_new(42);
    struct report report = { .tally = tally, .main_relay = view_of(names_of_all_lengths[_i]) };
    json_t *json = parse(&report);
    const char *told = json_string_value(json_object_get(json, "main_relay"));

    if (report.main_relay.n == 0)
        ck_assert_ptr_null(told);
    else
        ck_assert_str_eq(told, names_of_all_lengths[_i]);
    json_decref(json);
    tally_free(tally);
}
END_TEST

struct amounts {
    unsigned encrypted, plaintext, unknown;
};

static const struct {
    struct amounts direct, smarthost;
    const char *relay; /* that took nearly all of it directly; NULL: none */
    const char *verdict;
} verdicts[] = {
    { { 0, 0, 0 }, { 0, 0, 0 }, NULL, "NO MAIL: no message was sent to another domain.\n" },
    { { 3, 0, 0 }, { 0, 0, 0 }, NULL, "ENCRYPTED: all 3 messages left encrypted.\n" },
    { { 1, 0, 0 }, { 0, 0, 0 }, NULL, "ENCRYPTED: the only message that was sent left encrypted.\n" },
    { { 3, 0, 1 },
      { 0, 0, 0 },
      NULL,
      "UNKNOWN: no message is known to have left in plaintext, but of 4 sent 1 cannot be judged (see "
      "Completeness).\n" },
    { { 0, 0, 1 },
      { 0, 0, 0 },
      NULL,
      "UNKNOWN: the only message that was sent cannot be judged (see Completeness).\n" },
    { { 3, 1, 0 }, { 0, 0, 0 }, NULL, "PLAINTEXT: 1 of 4 messages left in plaintext (25.0 %), to 1 domain.\n" },
    { { 0, 1, 0 }, { 0, 0, 0 }, NULL, "PLAINTEXT: the only message that was sent left in plaintext.\n" },
    { { 2999, 1, 0 },
      { 0, 0, 0 },
      NULL,
      "PLAINTEXT: 1 of 3000 messages left in plaintext (under 0.1 %), to 1 domain.\n" },
    { { 3, 1, 2 },
      { 0, 0, 0 },
      NULL,
      "PLAINTEXT: 1 of 6 messages left in plaintext (16.6 %), to 1 domain. A further 2 cannot be judged (see "
      "Completeness).\n" },
    /* Where somebody else sends on, the proof ends. */
    { { 0, 0, 0 },
      { 4, 0, 0 },
      NULL,
      "ENCRYPTED AS FAR AS THE RELAY: all 4 messages left encrypted. 4 messages went through a smarthost: the proof "
      "ends there.\n" },
    { { 3, 0, 0 },
      { 1, 0, 0 },
      NULL,
      "ENCRYPTED AS FAR AS THE RELAY: all 4 messages left encrypted. 1 message went through a smarthost: the proof "
      "ends there.\n" },
    { { 3, 0, 0 },
      { 0, 0, 0 },
      "smtp.example.com",
      "ENCRYPTED AS FAR AS THE RELAY: all 3 messages left encrypted. Nearly all of it went through smtp.example.com: "
      "if that is a smarthost, the proof ends there.\n" },
    { { 3, 0, 0 },
      { 3, 1, 0 },
      NULL,
      "PLAINTEXT: 1 of 4 messages left in plaintext (25.0 %), to the smarthost. 4 messages went through a smarthost: "
      "the proof ends there.\n" },
    { { 3, 0, 0 },
      { 3, 0, 1 },
      NULL,
      "UNKNOWN: no message is known to have left in plaintext, but of 7 sent 1 cannot be judged (see Completeness). 4 "
      "messages went through a smarthost: the proof ends there.\n" },
    { { 3, 1, 2 },
      { 0, 0, 0 },
      "relay.\033[2J.example",
      "A further 2 cannot be judged (see Completeness). Nearly all of it went through relay.?[2J.example: if that" },
};

static void add_amounts(struct tally *tally, enum hop hop, const struct amounts *amounts)
{
    static const enum protection protections[] = { PROTECTION_ENCRYPTED, PROTECTION_PLAINTEXT, PROTECTION_UNKNOWN };
    const unsigned counts[] = { amounts->encrypted, amounts->plaintext, amounts->unknown };

    for (size_t kind = 0; kind < ROWS(counts); kind++) {
        struct delivery delivery = plain_to("a.example", "example.org");

        delivery.hop = hop;
        delivery.protection = protections[kind];
        delivery.reason = delivery.protection == PROTECTION_UNKNOWN ? UNKNOWN_GAP : UNKNOWN_NO_REASON;
        for (unsigned i = 0; i < counts[kind]; i++)
            tally_add(tally, &delivery);
    }
}

START_TEST(the_verdict_never_claims_more_than_is_known)
{
    struct tally *tally = tally_new(42);
    struct report report = { .tally = tally };
    char *text;

    if (verdicts[_i].relay != NULL)
        report.main_relay = view_of(verdicts[_i].relay);
    add_amounts(tally, HOP_DIRECT, &verdicts[_i].direct);
    add_amounts(tally, HOP_SMARTHOST, &verdicts[_i].smarthost);
    text = write_report(&report, report_text);
    ck_assert_msg(strstr(text, verdicts[_i].verdict) != NULL, "%s", text);
    ck_assert_ptr_null(strstr(text, "100"));
    free(text);
    tally_free(tally);
}
END_TEST

static const struct {
    struct amounts direct;
    uint64_t lines, unparsed;
    size_t hosts;
    const char *verdict;
} unread[] = {
    { { 0, 0, 0 },
      1,
      0,
      0,
      "NO MAIL: no message was sent to another domain. The 1 line read is not known as one of Postfix: is this the "
      "right "
      "log?\n" },
    { { 0, 0, 0 },
      9,
      9,
      0,
      "NO MAIL: no message was sent to another domain. None of the 9 lines read is known as one of Postfix: is this "
      "the right log?\n" },
    { { 0, 0, 0 },
      9,
      1,
      1,
      "NO MAIL: no message was sent to another domain. 1 line was not understood (see Completeness).\n" },
    { { 3, 0, 0 },
      9,
      2,
      1,
      "ENCRYPTED: all 3 messages left encrypted. 2 lines were not understood (see Completeness).\n" },
    { { 3, 0, 0 }, 9, 0, 1, "ENCRYPTED: all 3 messages left encrypted.\n" },
    { { 3, 1, 0 }, 9, 2, 1, "PLAINTEXT: 1 of 4 messages left in plaintext (25.0 %), to 1 domain.\n" },
};

START_TEST(a_good_verdict_tells_of_lines_that_went_unread)
{
    const struct view hosts[] = { VIEW_INIT("mail") };
    struct tally *tally = tally_new(42);
    struct report report = { .tally = tally,
                             .lines = unread[_i].lines,
                             .unparsed = unread[_i].unparsed,
                             .hosts = hosts,
                             .host_count = unread[_i].hosts };
    char *text;

    add_amounts(tally, HOP_DIRECT, &unread[_i].direct);
    text = write_report(&report, report_text);
    ck_assert_msg(strstr(text, unread[_i].verdict) != NULL, "%s", text);
    free(text);
    tally_free(tally);
}
END_TEST

START_TEST(tables_of_text_are_cut_but_never_without_a_word)
{
    struct tally *tally = tally_new(42);
    struct report report = { .tally = tally, .top = 3 };
    char *text;

    for (int i = 0; i < 10; i++) {
        char name[32];
        struct buf buf = BUF(name);
        struct delivery delivery;

        buf_addf(&buf, "d%d.example", i);
        delivery = plain_to(buf_text(&buf), "example.org");
        tally_add(tally, &delivery);
    }
    text = write_report(&report, report_text);
    ck_assert_ptr_nonnull(strstr(text, "... and 7 more; --top 0 shows all"));
    ck_assert_ptr_null(strstr(text, "d9.example"));
    free(text);
    report.top = 0;
    text = write_report(&report, report_text);
    ck_assert_ptr_nonnull(strstr(text, "d9.example"));
    ck_assert_ptr_null(strstr(text, "more; --top"));
    free(text);
    tally_free(tally);
}
END_TEST

/* Two hours east of UTC. */
static int64_t two_hours(void *context, int64_t time)
{
    (void)context;
    (void)time;
    return 7200;
}

START_TEST(days_are_those_of_the_reader)
{
    struct tally *tally = tally_new(42);
    struct report report = { .tally = tally, .series = SERIES_DAY, .offset = two_hours };
    struct delivery delivery = plain_to("a.example", "example.org");
    char *text;

    delivery.time = INT64_C(1795298400000) - 1; /* 2026-11-21 23:59:59 there */
    tally_add(tally, &delivery);
    delivery.time++;
    tally_add(tally, &delivery);
    tally_add(tally, &delivery);
    text = write_report(&report, report_text);
    ck_assert_ptr_nonnull(strstr(text, "  2026-11-21 00:00         1         0         1"));
    ck_assert_ptr_nonnull(strstr(text, "  2026-11-22 00:00         2         0         2"));
    free(text);
    tally_free(tally);
}
END_TEST

/* Each number another one, so that none stands for its neighbour. */
static const struct report numbered = { .lines = 1000001,
                                        .unparsed = 1000002,
                                        .gaps = 1000003,
                                        .duplicates = 1000004,
                                        .cut = 1000005,
                                        .evicted = 1000006,
                                        .names_refused = 1000007 };

START_TEST(what_counts_are_worth_is_told_in_every_form)
{
    struct tally *tally = tally_new(42);
    struct report report = numbered;
    char *page, number[64];
    json_t *json;

    report.tally = tally;
    page = write_report(&report, report_html);
    json = parse(&report);
    for (size_t i = 0; i < completeness_count; i++) {
        const struct completeness_row *row = &completeness_table[i];
        const json_t *told = json_object_get(json_object_get(json, "completeness"), row->name.p);

        ck_assert_uint_eq((uint64_t)json_integer_value(told), row->count(&report));
        snprintf(number, sizeof(number), "<dt>%s</dt><dd>%s<", row->title, number_grouped(row->count(&report)).text);
        ck_assert_msg(strstr(page, number) != NULL, "no %s on the page", number);
    }
    free(page);
    json_decref(json);
    tally_free(tally);
}
END_TEST

static const char *const told_when_any[] = {
    "\n  1000004 lines stood in another log, too, and were counted once\n",
    "\n  1000005 lines were too long and were cut\n",
    "\n  limits were reached: 1000006 times something was forgotten, 0 counts are in the totals only\n",
    "\n  1000007 times a name found no room and stayed unknown\n",
};

START_TEST(what_was_lost_is_told_in_the_text_when_there_is_any)
{
    struct tally *tally = tally_new(42);
    struct report report = numbered;
    char *text;

    report.tally = tally;
    text = write_report(&report, report_text);
    ck_assert_msg(strstr(text, told_when_any[_i]) != NULL, "%s", text);
    free(text);
    report = (struct report){ .tally = tally };
    text = write_report(&report, report_text);
    ck_assert_ptr_nonnull(strstr(text, "\nCompleteness\n  lines read 0, not understood 0"));
    ck_assert_ptr_null(strstr(text, strrchr(told_when_any[_i], ' ')));
    free(text);
    tally_free(tally);
}
END_TEST

START_TEST(each_number_is_in_the_schema)
{
    json_error_t error;
    json_t *schema = json_load_file(TEST_DATA "/../../man/outward-report.schema.json", 0, &error);
    const json_t *told = json_object_get(json_object_get(schema, "properties"), "completeness");
    const json_t *required = json_object_get(told, "required");

    ck_assert_msg(schema != NULL, "line %d: %s", error.line, error.text);
    ck_assert_uint_eq(json_array_size(required), completeness_count + 1); /* and the reasons */
    for (size_t i = 0; i < completeness_count; i++) {
        ck_assert_ptr_nonnull(json_object_get(json_object_get(told, "properties"), completeness_table[i].name.p));
        ck_assert_str_eq(json_string_value(json_array_get(required, i)), completeness_table[i].name.p);
    }
    json_decref(schema);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("report");
    TCase *tests = tcase_create("report");

    tcase_add_loop_test(tests, totals_and_destinations_are_what_the_servers_saw, 0, ROWS(logs));
    tcase_add_loop_test(tests, json_says_a_name_of_any_length_octet_by_octet, 0, ROWS(names_of_all_lengths));
    tcase_add_test(tests, foreign_octets_cannot_steer_a_terminal_or_a_spreadsheet);
    tcase_add_loop_test(tests, the_verdict_never_claims_more_than_is_known, 0, ROWS(verdicts));
    tcase_add_loop_test(tests, a_good_verdict_tells_of_lines_that_went_unread, 0, ROWS(unread));
    tcase_add_test(tests, tables_of_text_are_cut_but_never_without_a_word);
    tcase_add_test(tests, days_are_those_of_the_reader);
    tcase_add_test(tests, what_counts_are_worth_is_told_in_every_form);
    tcase_add_loop_test(tests, what_was_lost_is_told_in_the_text_when_there_is_any, 0, ROWS(told_when_any));
    tcase_add_test(tests, each_number_is_in_the_schema);
    suite_add_tcase(suite, tests);
    return suite;
}
