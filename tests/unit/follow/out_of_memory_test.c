/*
 * Every allocation of reading a log fails in turn, alone or with all behind it: nothing crashes, nothing leaks, and no
 * delivery is said to be plaintext or encrypted that is not when there is memory.
 */
#include <string.h>

#include "follow/intake.h"
#include "follow/state.h"
#include "follow/trace.h"
#include "shared/names.h"
#include "tests/unit/allocations.h"
#include "tests/unit/unit.h"

#define AT(time) "Nov 21 10:00:" time " mail postfix/"
#define MX "mx1.example.com[192.0.2.1]:25"
#define ONE_MESSAGE(id, to, tls)                                                                                       \
    AT("01")                                                                                                           \
    "submission/smtpd[5]: " id ": client=c.example.com[203.0.113.5], sasl_method=PLAIN, sasl_username=alice\n" AT(     \
        "02") "qmgr[4]: " id                                                                                           \
              ": from=<a@example.org>, size=402, nrcpt=1 (queue active)\n" tls AT(                                     \
                  "04") "smtp[7" id "]: " id ": to=<" to ">, relay=" MX                                                \
                        ", delay=1, delays=0/0/0/0, dsn=2.0.0, status=sent (250 Ok)\n" AT("05") "qmgr[4]: " id         \
                                                                                                ": removed\n"
#define TLS_LINE(pid)                                                                                                  \
    AT("03")                                                                                                           \
    "smtp[" pid "]: Trusted TLS connection established to " MX                                                         \
    ": TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits)\n"

static const char log_text[] = AT(
    "00") "master[1]: daemon started -- version 3.7.11, configuration /etc/postfix\n" ONE_MESSAGE("100001",
                                                                                                  "b@x.example",
                                                                                                  TLS_LINE("7100001"))
    ONE_MESSAGE("100002", "c@y.example", "") ONE_MESSAGE("100003", "d@z.example", TLS_LINE("7100003")) AT(
        "06") "smtp[9]: 100009: to=<e@x.example>, relay=none, delay=1, delays=0/0/0/0, dsn=4.7.5, status=deferred "
              "(TLS is required, but was not offered by host mx1.example.com[192.0.2.1])\n"
              "Nov 21 10:00:07 mail outward-milter[2]: 100001: decision=accept direction=outbound mode=enforce gen=1 "
              "stage=eom listener=submission port=587 client=c.example.com[203.0.113.5] tls=TLSv1.3 auth=PLAIN "
              "login=alice from=<a@example.org> header_from=example.org nrcpt=1 to=x.example to_more=0\n"
              "Nov 21 10:00:07 mail postfix/pickup[3]: 10000A: uid=0 from=<root@example.org>\n"
              "Nov 21 10:00:08 other postfix/smtp[8]: 100008: to=<e@w.example>, relay=" MX
              ", delay=1, delays=0/0/0/0, dsn=2.0.0, status=sent (250 Ok)\n"
              "{\"host\":\"mail\",\"time\":\"2026-11-21T10:00:09Z\",\"ident\":\"postfix/qmgr\",\"pid\":4,"
              "\"message\":\"100009: removed\"}\n";

enum { DELIVERIES_MAX = 16, RECIPIENT_MAX = 32 };

/* Deliveries as they were told, by recipient's domain.  Assertions need memory, so none stands in a callback. */
struct told {
    struct {
        char domain[RECIPIENT_MAX];
        enum protection protection;
        uint32_t stretch;
    } list[DELIVERIES_MAX];
    size_t count;
};

static void on_delivery(void *context, const struct delivery *delivery)
{
    struct told *told = context;
    struct buf domain = BUF(told->list[told->count].domain);

    if (told->count == DELIVERIES_MAX - 1)
        return;
    buf_add(&domain, delivery->domain);
    (void)buf_text(&domain);
    told->list[told->count].stretch = delivery->stretch;
    told->list[told->count++].protection = delivery->protection;
}

static void on_settle(void *context, uint32_t stretch, bool proven)
{
    struct told *told = context;

    for (size_t i = 0; i < told->count; i++) {
        if (told->list[i].protection == PROTECTION_UNDECIDED && told->list[i].stretch == stretch)
            told->list[i].protection = proven ? PROTECTION_PLAINTEXT : PROTECTION_UNKNOWN;
    }
}

static void on_expired(void *context, int64_t time, struct view sender_domain)
{
    (void)context;
    (void)time;
    (void)sender_domain;
}

typedef void line_taker(void *reader, const struct log_line *line);

/* Each line of the log that has a prefix. */
static void read_log(struct writers *writers, line_taker *take, void *reader)
{
    struct prefix_settings settings = { .writers = writers, .newest = 1796083200 };
    struct view rest = VIEW(log_text), line;
    struct log_line parsed;
    struct prefix prefix;

    prefix_init(&prefix, &settings);
    while (view_cut(&rest, VIEW("\n"), &line)) {
        if (prefix_parse(&prefix, line, &parsed) == PREFIX_FOUND)
            take(reader, &parsed);
    }
    prefix_done(&prefix);
}

static void to_correlate(void *correlate, const struct log_line *line)
{
    correlate_line(correlate, line);
}

static void correlate_log(struct told *told)
{
    struct correlate_settings settings = { .seed = 42 };
    struct correlate_sink sink = {
        .delivery = on_delivery, .settle = on_settle, .expired = on_expired, .context = told
    };
    struct correlate *correlate = correlate_new(&settings, &sink);
    struct writers *writers = writers_new(42);

    told->count = 0;
    if (correlate != NULL && writers != NULL) {
        read_log(writers, to_correlate, correlate);
        correlate_end(correlate);
    }
    correlate_free(correlate);
    writers_free(writers);
}

START_TEST(want_of_memory_proves_nothing)
{
    struct told whole, told;
    bool ran_out = true;
    long number = 0;

    correlate_log(&whole);
    ck_assert_uint_eq(whole.count, 5);
    ck_assert_int_eq(whole.list[0].protection, PROTECTION_ENCRYPTED);
    ck_assert_int_eq(whole.list[1].protection, PROTECTION_PLAINTEXT);
    for (; ran_out; number++) {
        allocations_fail(number, _i == 1);
        correlate_log(&told);
        ran_out = allocations_end();
        for (size_t i = 0; i < told.count; i++) {
            size_t same = 0;

            while (same < whole.count && strcmp(whole.list[same].domain, told.list[i].domain) != 0)
                same++;
            ck_assert_uint_lt(same, whole.count);
            if (told.list[i].protection == PROTECTION_ENCRYPTED || told.list[i].protection == PROTECTION_PLAINTEXT)
                ck_assert_msg(told.list[i].protection == whole.list[same].protection, "allocation %ld, %s", number,
                              told.list[i].domain);
        }
    }
    ck_assert_int_gt(number, 20);
}
END_TEST

static void on_message(void *context, const struct intake_message *message)
{
    (void)message;
    ++*(size_t *)context;
}

static void to_intake(void *intake, const struct log_line *line)
{
    intake_line(intake, line);
}

START_TEST(a_submission_without_memory_is_lost_and_counted)
{
    bool ran_out = true, lost = false;

    for (long number = 0; ran_out; number++) {
        size_t told = 0;
        struct intake_sink sink = { on_message, NULL, &told };
        struct writers *writers = writers_new(42);
        struct intake *intake;
        uint64_t counted = 0;

        ck_assert_ptr_nonnull(writers);
        allocations_fail(number, _i == 1);
        intake = intake_new(42, &sink);
        if (intake != NULL) {
            read_log(writers, to_intake, intake);
            intake_end(intake);
            counted = intake_counts(intake).lost;
        }
        ran_out = allocations_end();
        ck_assert_uint_le(told, 3); /* who has no record of it tells it */
        if (!ran_out)
            ck_assert_uint_eq(told, 2); /* the third is in a record */
        lost = lost || counted > 0;
        intake_free(intake);
        writers_free(writers);
    }
    ck_assert(lost);
}
END_TEST

static bool save(struct correlate *correlate, const struct writers *writers, struct state parts[STATE_PARTS])
{
    bool fine = true;

    for (enum state_part part = STATE_WRITERS; part < STATE_PARTS; part++)
        fine = state_save(correlate, writers, part, &parts[part]) && fine;
    return fine;
}

START_TEST(a_state_that_could_not_be_kept_or_read_whole_says_so)
{
    struct told told = { .count = 0 };
    struct correlate_settings settings = { .seed = 42 };
    struct correlate_sink sink = {
        .delivery = on_delivery, .settle = on_settle, .expired = on_expired, .context = &told
    };
    struct correlate *correlate = correlate_new(&settings, &sink);
    struct writers *writers = writers_new(42);
    bool ran_out = true, refused = false;

    ck_assert(correlate != NULL && writers != NULL);
    read_log(writers, to_correlate, correlate);
    for (long number = 0; ran_out; number++) {
        struct state parts[STATE_PARTS] = { 0 };
        struct view texts[STATE_PARTS];
        struct correlate *next = correlate_new(&settings, &sink);
        struct writers *next_writers = writers_new(42);
        bool fine;

        ck_assert(next != NULL && next_writers != NULL);
        allocations_fail(number, _i == 1);
        fine = save(correlate, writers, parts);
        for (size_t part = 0; part < STATE_PARTS; part++)
            texts[part] = (struct view){ parts[part].p, parts[part].n };
        fine = fine && state_load(next, next_writers, texts);
        ran_out = allocations_end();
        ck_assert(fine || ran_out);
        refused = refused || !fine;
        if (fine)
            ck_assert_uint_eq(writers_count(next_writers), writers_count(writers));
        for (size_t part = 0; part < STATE_PARTS; part++)
            state_done(&parts[part]);
        correlate_free(next);
        writers_free(next_writers);
    }
    ck_assert(refused);
    correlate_free(correlate);
    writers_free(writers);
}
END_TEST

struct tracing {
    struct trace *trace;
    size_t lines;
};

static void to_learn(void *context, const struct log_line *line)
{
    struct event event;

    event_parse(line->writer->program, line->text, &event);
    (void)trace_learn(((struct tracing *)context)->trace, line, &event);
}

static void to_trace(void *context, const struct log_line *line)
{
    struct tracing *tracing = context;
    struct event event;

    event_parse(line->writer->program, line->text, &event);
    tracing->lines += trace_has(tracing->trace, line, &event);
}

START_TEST(a_trace_finds_no_line_too_many)
{
    bool ran_out = true;

    for (long number = 0; ran_out; number++) {
        struct writers *writers = writers_new(42);
        struct tracing tracing = { NULL, 0 };

        ck_assert_ptr_nonnull(writers);
        allocations_fail(number, _i == 1);
        tracing.trace = trace_new(VIEW("100001"), 42);
        if (tracing.trace != NULL) {
            trace_begin(tracing.trace);
            read_log(writers, to_learn, &tracing);
            trace_begin(tracing.trace);
            read_log(writers, to_trace, &tracing);
        }
        ran_out = allocations_end();
        ck_assert_uint_le(tracing.lines, 5);
        if (!ran_out)
            ck_assert_uint_eq(tracing.lines, 5); /* the record came behind the end of the message */
        trace_free(tracing.trace);
        writers_free(writers);
    }
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("out_of_memory");
    TCase *tests = tcase_create("out_of_memory");

    tcase_add_loop_test(tests, want_of_memory_proves_nothing, 0, 2);
    tcase_add_loop_test(tests, a_submission_without_memory_is_lost_and_counted, 0, 2);
    tcase_add_loop_test(tests, a_state_that_could_not_be_kept_or_read_whole_says_so, 0, 2);
    tcase_add_loop_test(tests, a_trace_finds_no_line_too_many, 0, 2);
    suite_add_tcase(suite, tests);
    return suite;
}
