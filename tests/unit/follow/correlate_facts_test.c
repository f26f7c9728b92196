/* What a delivery says beside its verdict: failure, session, refusal, message; and the edges of what proves what. */
#include <stdio.h>

#include "follow/process.h"
#include "follow/state.h"
#include "tests/unit/follow/replay.h"
#include "tests/unit/unit.h"

#define AT(time) "Nov 21 " time " mail postfix/"
#define START "Nov 21 10:00:00 mail postfix/master[1]: daemon started -- version 3.7.11, configuration /etc/postfix\n"
#define RELOAD(time) AT(time) "master[1]: reload -- version 3.7.11, configuration /etc/postfix\n"
#define TLS(time, pid, host)                                                                                           \
    AT(time)                                                                                                           \
    "smtp[" pid "]: Trusted TLS connection established to " host                                                       \
    ": TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits)\n"
#define TO(to, relay, rest) "to=<" to ">, relay=" relay ", delay=1, delays=0.1/0/0.2/0.1, dsn=2.0.0, " rest "\n"
#define LINE(time, pid, relay, rest) AT(time) "smtp[" pid "]: AAAAAA1: " TO("a@x.example", relay, rest)
#define SENT(time, pid, relay) LINE(time, pid, relay, "status=sent (250 Ok)")
#define MX1 "mx1.example.com[192.0.2.1]:25"
#define MX2 "mx2.example.com[192.0.2.2]:25"
#define GMAIL "gmail-smtp-in.l.google.com[192.0.2.5]"
#define GMAIL_SAID(text)                                                                                               \
    LINE("10:00:02", "7", GMAIL ":25",                                                                                 \
         "status=deferred (host " GMAIL " said: " text " - gsmtp (in reply to end of DATA command))")
#define PROOF TLS("10:00:01", "9", "mx.example.org[192.0.2.9]:25")
#define RECORD(rest)                                                                                                   \
    "Nov 21 10:00:01 mail outward-milter[2]: AAAAAA1: decision=accept direction=outbound mode=monitor gen=1 "          \
    "stage=eom from=<p@example.org> " rest " nrcpt=1 to=x.example to_more=0\n"

/* expected: "protection evidence level version failure began refusal|reply" of the last delivery */
static const struct {
    const char *rule, *log, *expected;
} rows[] = {
    { "a session is described by its line", START TLS("10:00:02", "7", MX1) SENT("10:00:02", "7", MX1),
      "encrypted tls-line trusted TLSv1.3 none 1 |250 Ok" },
    { "a field of 3.11 says nothing of a session with another server",
      START TLS("10:00:02", "7", MX1) LINE("10:00:02", "7", MX2, "tls=may, dsn=2.0.0, status=sent (250 Ok)"),
      "encrypted tls-field not-logged  none 1 |250 Ok" },
    { "what went in plaintext has no session to describe",
      START TLS("10:00:02", "7", MX1) LINE("10:00:02", "7", MX1, "tls=may:none, dsn=2.0.0, status=sent (250 Ok)"),
      "plaintext tls-field not-logged  none 1 |250 Ok" },
    { "a field proves the logging of its stretch",
      START LINE("10:00:02", "7", MX1, "tls=may, dsn=2.0.0, status=sent (250 Ok)") SENT("10:00:03", "8", MX1),
      "plaintext no-tls-line not-logged  none 1 |250 Ok" },
    { "a field by a process of before the reload proves nothing of the new stretch",
      START SENT("10:00:01", "7", MX1) RELOAD("10:00:02")
          LINE("10:00:03", "7", MX1, "tls=may, dsn=2.0.0, status=sent (250 Ok)") SENT("10:00:04", "8", MX1),
      "unknown no-tls-line not-logged  none 1 |250 Ok" },
    { "a server is one also without an address", START PROOF SENT("10:00:02", "7", "mx1.example.com"),
      "plaintext no-tls-line not-logged  none 1 |250 Ok" },
    { "a receiver's code names its rule", START GMAIL_SAID("421-4.7.29 x"),
      "plaintext receiver not-logged  demanded 1 gmail 4.7.29|*" },
    { "a rule of another kind is no want of TLS", START PROOF GMAIL_SAID("550-5.7.27 x"),
      "plaintext no-tls-line not-logged  none 1 gmail 5.7.27|*" },
    { "a code without a rule is only told", START PROOF GMAIL_SAID("550 5.1.1 no such user"),
      "plaintext no-tls-line not-logged  none 1 gmail 5.1.1|*" },
    { "a rule may have a name of its own", START PROOF GMAIL_SAID("530 5.7.0 Must issue a STARTTLS command first."),
      "plaintext receiver not-logged  demanded 1 gmail 5.7.0 starttls|*" },
    { "what was taken is no refusal, whatever it says",
      START PROOF LINE("10:00:02", "7", MX1, "status=sent (Cannot start TLS: handshake failure)"),
      "plaintext no-tls-line not-logged  none 1 |Cannot start TLS: handshake failure" },
    { "a failure is known by the reason of the attempt",
      START PROOF LINE("10:00:02", "7", "none", "status=deferred (Cannot start TLS: handshake failure)"),
      "none none not-logged  handshake 0 |Cannot start TLS: handshake failure" },
    { "an attempt that never had mail on its way did not begin",
      START PROOF LINE("10:00:02", "7", MX1, "status=deferred (later)"),
      "plaintext no-tls-line not-logged  none 0 |later" },
    { "a refused connection in between leaves the handshake's failure to the message",
      START PROOF AT("10:00:02") "smtp[7]: AAAAAA1: Cannot start TLS: handshake failure\n" AT(
          "10:00:03") "smtp[7]: connect to mx2.example.com[192.0.2.2]:25: Connection refused\n" SENT("10:00:04", "7",
                                                                                                     MX1),
      "plaintext no-tls-line not-logged  handshake 1 |250 Ok" },
    { "a session behind a failed handshake is no fallback",
      START AT("10:00:02") "smtp[7]: AAAAAA1: Cannot start TLS: handshake failure\n" TLS("10:00:03", "7", MX2)
          SENT("10:00:03", "7", MX2),
      "encrypted tls-line trusted TLSv1.3 none 1 |250 Ok" },
    { "each session has a version of its own",
      START TLS("10:00:02", "7", MX1)
          AT("10:00:03") "smtp[8]: Untrusted TLS connection established to " MX2
                         ": TLSv1.2 with cipher X (256/256 bits)\n" SENT("10:00:03", "8", MX2),
      "encrypted tls-line untrusted TLSv1.2 none 1 |250 Ok" },
    { "the text of a repetition ends with its line",
      START PROOF AT("10:00:02") "smtp[7]: message repeated 2 times: [ AAAAAA1: to=<a@x.example>, relay=" MX1
                                 ", delay=1, delays=0.1/0/0.2/0.1, dsn=2.0.0, status=sent (250 Ok)]\n",
      "plaintext no-tls-line not-logged  none 1 |250 Ok" },
};

static struct replay replay;

START_TEST(a_delivery_says_what_is_known_of_it)
{
    char text[512];
    struct buf got = BUF(text);
    const struct delivery *last;
    struct view want = view_of(rows[_i].expected);

    replay_init(&replay);
    replay_text(&replay, view_of(rows[_i].log));
    ck_assert_uint_gt(replay.count, 0);
    last = &replay.deliveries[replay.count - 1];
    buf_addf(&got, "%.*s %.*s %.*s %.*s %.*s %d %.*s|%.*s", VIEW_ARG(protection_name(last->protection)),
             VIEW_ARG(evidence_name(last->evidence)), VIEW_ARG(peer_level_name(last->level)), VIEW_ARG(last->version),
             VIEW_ARG(tls_failure_name(last->failure)), last->began, VIEW_ARG(last->refusal), VIEW_ARG(last->reply));
    if (view_ends(want, VIEW("*")))
        want.n--;
    else
        ck_assert_uint_eq(got.len, want.n);
    ck_assert_msg(view_starts(buf_view(&got), want), "%s: got\n%s", rows[_i].rule, buf_text(&got));
    ck_assert_uint_eq(replay.strange, 0);
    replay_done(&replay);
}
END_TEST

/* The log lost lines at 10:05:00; a delivery logged at 10:05:03 may have ended up to 999 ms later. */
static const struct {
    const char *delays;
    enum protection protection;
} gaps[] = {
    { "0/0/0/3.999", PROTECTION_UNKNOWN },
    { "0/0/0/3.998", PROTECTION_PLAINTEXT },
    { "9/9/3/0.999", PROTECTION_UNKNOWN },
};

START_TEST(a_session_as_old_as_a_gap_may_have_lost_its_line)
{
    char text[1024];
    struct buf log = BUF(text);

    replay_init(&replay);
    buf_addf(&log,
             START PROOF "Nov 21 10:05:00 mail rsyslogd: imjournal: 12 messages lost due to rate-limiting\n" AT(
                 "10:05:03") "smtp[7]: AAAAAA1: to=<a@x.example>, relay=" MX1
                             ", delay=1, delays=%s, dsn=2.0.0, status=sent (250 Ok)\n",
             gaps[_i].delays);
    replay_text(&replay, buf_view(&log));
    ck_assert_uint_eq(replay.count, 1);
    ck_assert_int_eq(replay.deliveries[0].protection, gaps[_i].protection);
    ck_assert_uint_eq(replay.counts.gaps, 1);
    replay_done(&replay);
}
END_TEST

/* However long a delivery says it took, no session is longer than four hours. */
static const struct {
    const char *time;
    enum protection protection;
} longest[] = { { "14:05:00.500", PROTECTION_UNKNOWN }, { "14:05:00.501", PROTECTION_PLAINTEXT } };

START_TEST(no_session_is_longer_than_all_of_its_limits)
{
    char text[1024];
    struct buf log = BUF(text);

    replay_init(&replay);
    buf_addf(&log,
             START PROOF "Nov 21 10:05:00.500 mail rsyslogd: imjournal: 12 messages lost due to rate-limiting\n"
                         "Nov 21 %s mail postfix/smtp[7]: AAAAAA1: to=<a@x.example>, relay=" MX1
                         ", delay=1, delays=0/0/99999/0, dsn=2.0.0, status=sent (250 Ok)\n",
             longest[_i].time);
    replay_text(&replay, buf_view(&log));
    ck_assert_uint_eq(replay.count, 1);
    ck_assert_int_eq(replay.deliveries[0].protection, longest[_i].protection);
    replay_done(&replay);
}
END_TEST

#define REPEATED(time, times) "Nov 21 " time " mail last message repeated " times " times\n"

static const struct {
    const char *rule, *log;
    size_t count;
    uint64_t strange;
} repetitions[] = {
    { "a repetition may go on",
      START PROOF SENT("10:00:02", "7", MX1) REPEATED("10:00:03", "2") REPEATED("10:00:04", "1"), 4, 0 },
    { "another program's line ends it",
      START PROOF SENT("10:00:02", "7", MX1) "Nov 21 10:00:02 mail lvm[3]: last seen today\n" REPEATED("10:00:03", "2"),
      1, 0 },
    { "another host's line is not repeated",
      START PROOF SENT("10:00:02", "7", MX1) "Nov 21 10:00:03 other last message repeated 2 times\n", 1, 0 },
    { "nobody believes in a million", START PROOF SENT("10:00:02", "7", MX1) REPEATED("10:00:03", "1000000"), 1, 0 },
    { "only deliveries are", START AT("10:00:02") "smtp[7]: something new\n" REPEATED("10:00:03", "2"), 0, 1 },
    { "a number is needed", START PROOF SENT("10:00:02", "7", MX1) REPEATED("10:00:03", "some"), 1, 0 },
    { "of rsyslog too",
      START PROOF AT("10:00:02") "smtp[7]: message repeated some times: [ AAAAAA1: to=<a@x.example>, relay=" MX1
                                 ", delay=1, delays=0.1/0/0.2/0.1, dsn=2.0.0, status=sent (250 Ok)]\n",
      0, 1 },
    { "and its bracket",
      START PROOF AT("10:00:02") "smtp[7]: message repeated 2 times: [ AAAAAA1: to=<a@x.example>, relay=" MX1
                                 ", delay=1, delays=0.1/0/0.2/0.1, dsn=2.0.0, status=sent (250 Ok)\n",
      0, 1 },
    { "a repetition of a repetition",
      START PROOF AT("10:00:02") "smtp[7]: message repeated 2 times: [ AAAAAA1: to=<a@x.example>, relay=" MX1
                                 ", delay=1, delays=0.1/0/0.2/0.1, dsn=2.0.0, status=sent (250 Ok)]\n" REPEATED(
                                     "10:00:03", "1"),
      3, 0 },
};

START_TEST(what_syslog_repeats_happened_as_often)
{
    replay_init(&replay);
    replay_text(&replay, view_of(repetitions[_i].log));
    ck_assert_msg(replay.count == repetitions[_i].count, "%s: %zu", repetitions[_i].rule, replay.count);
    ck_assert_uint_eq(replay.counts.strange, repetitions[_i].strange);
    replay_done(&replay);
}
END_TEST

#define CLIENT_AT(time) AT(time) "submission/smtpd[3]: AAAAAA1: client=c.example.com[203.0.113.5]\n"

static const struct {
    const char *rule, *log, *header_from, *signers;
} records[] = {
    { "a record tells author and signers", RECORD("header_from=example.com dkim=example.com,example.net"),
      "example.com", "example.com,example.net" },
    { "a second one that does not takes nothing away",
      RECORD("header_from=example.com dkim=example.com") RECORD("dkim=none"), "example.com", "example.com" },
    { "one that the order of logs put before its message waits for it",
      RECORD("header_from=example.com dkim=example.com") CLIENT_AT("10:00:01"), "example.com", "example.com" },
    { "and is taken by one message only",
      RECORD("header_from=example.com dkim=example.com") CLIENT_AT("10:00:01") CLIENT_AT("10:00:01"), "", "" },
    { "an older one is another message's", RECORD("header_from=example.com dkim=example.com") CLIENT_AT("10:00:02"), "",
      "" },
    { "nor does one that could not know", RECORD("header_from=example.com dkim=example.com") RECORD(""), "example.com",
      "example.com" },
};

START_TEST(a_record_is_joined_with_its_message)
{
    char text[2048];
    struct buf log = BUF(text);

    replay_init(&replay);
    buf_addf(&log, START PROOF "%s" SENT("10:00:02", "7", MX1), records[_i].log);
    replay_text(&replay, buf_view(&log));
    ck_assert_uint_eq(replay.count, 1);
    ck_assert_view_eq(replay.deliveries[0].header_from, records[_i].header_from);
    ck_assert_view_eq(replay.deliveries[0].signers, records[_i].signers);
    replay_done(&replay);
}
END_TEST

#define FILTER "127.0.0.1[127.0.0.1]:10024"
#define QUEUED(time, id) AT(time) "qmgr[4]: " id ": from=<a@example.org>, size=402, nrcpt=1 (queue active)\n"
#define LOGIN_CLIENT                                                                                                   \
    AT("10:00:00") "smtpd[5]: AAAAAA1: client=c.example.com[203.0.113.5], sasl_method=PLAIN, sasl_username=alice\n"

/* AAAAAA1 was submitted; is BBBBBB2, of which only its delivery is seen, the same message? */
static const struct {
    const char *relay, *rest;
    enum origin origin;
} handed_over[] = {
    { FILTER, "status=sent (250 2.0.0 Ok: queued as BBBBBB2)", ORIGIN_SUBMITTED },
    { FILTER, "status=deferred (451 later, was queued as BBBBBB2)", ORIGIN_UNKNOWN },
    { MX1, "status=sent (250 2.0.0 Ok: queued as BBBBBB2)", ORIGIN_UNKNOWN },
    { FILTER, "status=sent (250 2.0.0 Ok)", ORIGIN_UNKNOWN },
};

START_TEST(only_an_own_filter_hands_a_message_over)
{
    char text[2048];
    struct buf log = BUF(text);
    struct network loopback;

    replay_init(&replay);
    ck_assert_int_eq(network_parse(VIEW("127.0.0.0/8"), &loopback), NETWORK_FINE);
    replay.settings.internal = network_set_new(&replay.arena, &loopback, 1);
    buf_addf(&log,
             LOGIN_CLIENT QUEUED("10:00:00", "AAAAAA1")
                 AT("10:00:01") "smtp[7]: AAAAAA1: to=<a@x.example>, relay=%s, "
                                "delay=1, delays=0/0/0/0, dsn=2.0.0, %s\n" AT("10:00:02") "smtp[8]: BBBBBB2: " TO(
                                    "a@x.example", MX2, "status=sent (250 Ok)"),
             handed_over[_i].relay, handed_over[_i].rest);
    replay_text(&replay, buf_view(&log));
    ck_assert_uint_eq(replay.count, 2);
    ck_assert_int_eq(replay.deliveries[1].origin, handed_over[_i].origin);
    replay_done(&replay);
}
END_TEST

#define RECORD_OF(id, rest)                                                                                            \
    "Nov 21 10:00:01 mail outward-milter[2]: " id ": decision=accept direction=outbound mode=monitor gen=1 stage=eom " \
    "from=<p@example.org> " rest " nrcpt=1 to=x.example to_more=0\n"

/* The gate saw AAAAAA1, which a filter handed back as BBBBBB2, which the gate saw again; or did not. */
static const struct {
    const char *again, *header_from, *signers;
} twice_seen[] = {
    { "", "example.com", "example.com" },
    { RECORD_OF("BBBBBB2", "header_from=example.net dkim=example.net"), "example.net", "example.net" },
    { RECORD_OF("BBBBBB2", "header_from=example.net dkim=none"), "example.net", "example.com" },
    { RECORD_OF("BBBBBB2", "dkim=example.net"), "example.com", "example.net" },
};

START_TEST(what_the_gate_knew_goes_on_with_a_message_that_is_handed_over)
{
    char text[2048];
    struct buf log = BUF(text);
    struct network loopback;

    replay_init(&replay);
    ck_assert_int_eq(network_parse(VIEW("127.0.0.0/8"), &loopback), NETWORK_FINE);
    replay.settings.internal = network_set_new(&replay.arena, &loopback, 1);
    buf_addf(&log,
             LOGIN_CLIENT RECORD_OF("AAAAAA1", "header_from=example.com dkim=example.com")
                 QUEUED("10:00:01", "AAAAAA1") "%s" LINE("10:00:01", "7", FILTER,
                                                         "status=sent (250 2.0.0 Ok: queued as BBBBBB2)")
                     AT("10:00:02") "smtp[8]: BBBBBB2: " TO("a@x.example", MX2, "status=sent (250 Ok)"),
             twice_seen[_i].again);
    replay_text(&replay, buf_view(&log));
    ck_assert_uint_eq(replay.count, 2);
    ck_assert_view_eq(replay.deliveries[1].header_from, twice_seen[_i].header_from);
    ck_assert_view_eq(replay.deliveries[1].signers, twice_seen[_i].signers);
    replay_done(&replay);
}
END_TEST

/* Who submitted what, as the sink of a test gets it. */
struct submitted {
    struct buf text;
};

static void on_submitted(void *context, int64_t time, struct view login, unsigned recipients)
{
    (void)time;
    buf_addf(&((struct submitted *)context)->text, "%.*s %u\n", VIEW_ARG(login), recipients);
}

static void on_delivery(void *context, const struct delivery *delivery)
{
    (void)context;
    (void)delivery;
}

static void on_settle(void *context, uint32_t stretch, bool proven)
{
    (void)context;
    (void)stretch;
    (void)proven;
}

static struct correlate *new_correlate(const struct correlate_sink *sink)
{
    struct correlate_settings settings = { .seed = 42 };
    struct correlate *correlate = correlate_new(&settings, sink);

    ck_assert_ptr_nonnull(correlate);
    return correlate;
}

/* Lines "tag[pid]: text" of one host, a second apart. */
static void feed(struct correlate *correlate, struct writers *writers, const char *text)
{
    struct view rest = view_of(text), line, tag, pid;
    int64_t time = 1000000;

    while (view_cut(&rest, VIEW("\n"), &line)) {
        struct log_line parsed = { .time = time += 1000 };

        ck_assert(view_cut(&line, VIEW("["), &tag) && view_cut(&line, VIEW("]: "), &pid));
        ck_assert(view_number(pid, UINT32_MAX, &parsed.pid));
        parsed.writer = writers_find(writers, VIEW("mail"), tag);
        parsed.text = line;
        correlate_line(correlate, &parsed);
    }
}

START_TEST(a_login_submits_a_message_once_to_all_of_its_recipients)
{
    char text[256];
    struct submitted submitted = { BUF(text) };
    struct correlate_sink sink = {
        .delivery = on_delivery, .settle = on_settle, .submitted = on_submitted, .context = &submitted
    };
    struct correlate *correlate = new_correlate(&sink);
    struct writers *writers = writers_new(42);

    feed(correlate, writers,
         "postfix/smtpd[5]: AAAAAA1: client=c.example.com[203.0.113.5], sasl_method=PLAIN, sasl_username=alice\n"
         "postfix/smtpd[5]: AAAAAA2: client=c.example.com[203.0.113.5]\n"
         "postfix/qmgr[4]: AAAAAA1: from=<a@example.org>, size=402, nrcpt=3 (queue active)\n"
         "postfix/qmgr[4]: AAAAAA2: from=<b@example.org>, size=402, nrcpt=4 (queue active)\n"
         "postfix/qmgr[4]: AAAAAA1: from=<a@example.org>, size=402, nrcpt=3 (queue active)\n");
    ck_assert_view_eq(buf_view(&submitted.text), "alice 3\n");
    correlate_free(correlate);
    writers_free(writers);
}
END_TEST

static void keep_last(void *context, const struct delivery *delivery)
{
    *(enum protection *)context = delivery->protection;
}

/* Whoever is forgotten for want of room may have had a session: for an hour no missing line proves anything. */
static const struct {
    int64_t later; /* ms behind the last of them */
    enum protection protection;
} forgotten[] = {
    { PROCESS_AGE_MAX - 1, PROTECTION_UNKNOWN },
    { PROCESS_AGE_MAX, PROTECTION_PLAINTEXT },
};

START_TEST(a_process_that_was_forgotten_leaves_an_hour_of_doubt)
{
    enum protection last = PROTECTION_NONE;
    struct correlate_sink sink = { .delivery = keep_last, .settle = on_settle, .context = &last };
    struct correlate *correlate = new_correlate(&sink);
    struct writers *writers = writers_new(42);
    struct log_line line = { .time = 1000001,
                             .writer = writers_find(writers, VIEW("mail"), VIEW("postfix/smtp")),
                             .text = VIEW("Trusted TLS connection established to " MX1
                                          ": TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits)") };

    for (line.pid = 1; line.pid <= PROCESSES_MAX + 1; line.pid++)
        correlate_line(correlate, &line);
    line.time += forgotten[_i].later;
    line.text =
        VIEW("AAAAAA1: to=<a@x.example>, relay=" MX2 ", delay=1, delays=0/0/0/0, dsn=2.0.0, status=sent (250 Ok)");
    correlate_line(correlate, &line);
    ck_assert_int_eq(last, forgotten[_i].protection);
    correlate_free(correlate);
    writers_free(writers);
}
END_TEST

#define TLS_WITH "Trusted TLS connection established to " MX1 ": TLSv1.3 with cipher "

/* So many lines with a name each, as the limits of outward-report(1) have it, and how often one finds no room. */
static const struct {
    const char *tag, *before, *behind;
    unsigned lines, refused;
} full_tables[] = {
    { "postfix/smtp", TLS_WITH "C", " (256/256 bits)", 4095, 0 }, /* the version is a name, too */
    { "postfix/smtp", TLS_WITH "C", " (256/256 bits)", 4095 + 5, 5 },
    { "postfix/qmgr", "AAAAAA1: from=<a@d", ".example>, size=1, nrcpt=1 (queue active)", 262144 + 5, 5 },
};

START_TEST(a_name_that_finds_no_room_is_counted)
{
    struct correlate_sink sink = { 0 };
    struct correlate *correlate = new_correlate(&sink);
    struct writers *writers = writers_new(42);
    struct log_line line = { .time = 1000001,
                             .writer = writers_find(writers, VIEW("mail"), view_of(full_tables[_i].tag)),
                             .pid = 7 };
    char text[256];

    for (unsigned i = 0; i < full_tables[_i].lines; i++) {
        snprintf(text, sizeof(text), "%s%u%s", full_tables[_i].before, i, full_tables[_i].behind);
        line.text = view_of(text);
        correlate_line(correlate, &line);
    }
    ck_assert_uint_eq(correlate_counts(correlate).names_refused, full_tables[_i].refused);
    /* Names that nobody has any more leave; what did not get in is still told. */
    (void)state_tidy(correlate, 0);
    ck_assert_uint_eq(correlate_counts(correlate).names_refused, full_tables[_i].refused);
    correlate_free(correlate);
    writers_free(writers);
}
END_TEST

START_TEST(an_empty_line_is_nothing)
{
    struct correlate_sink sink = { .delivery = on_delivery, .settle = on_settle };
    struct correlate *correlate = new_correlate(&sink);
    struct writers *writers = writers_new(42);
    struct log_line line = { .writer = writers_find(writers, VIEW("mail"), VIEW("postfix/smtp")) };

    correlate_line(correlate, &line);
    ck_assert_uint_eq(correlate_counts(correlate).lines, 1);
    ck_assert_uint_eq(correlate_counts(correlate).strange, 0);
    correlate_free(correlate);
    writers_free(writers);
}
END_TEST

START_TEST(only_what_reached_another_server_directly_tells_of_the_main_relay)
{
    struct correlate_sink sink = { .delivery = on_delivery, .settle = on_settle };
    struct correlate *correlate = new_correlate(&sink), *other = new_correlate(&sink);
    struct writers *writers = writers_new(42);

    for (int i = 0; i < 60; i++) {
        char text[512];
        struct buf buf = BUF(text);

        buf_addf(&buf,
                 "postfix/smtp[7]: AAAAAA1: to=<a@d%d.example>, relay=" MX1
                 ", delay=1, delays=0/0/0/0, dsn=2.0.0, status=sent (250 Ok)\n"
                 "postfix/smtp[7]: AAAAAA1: to=<a@d%d.example>, relay=none"
                 ", delay=1, delays=0/0/0/0, dsn=4.0.0, status=deferred (no route)\n"
                 "postfix/lmtp[8]: AAAAAA1: to=<a@d%d.example>, relay=store[/run/lmtp]"
                 ", delay=1, delays=0/0/0/0, dsn=2.0.0, status=sent (250 Ok)\n",
                 i % 12, i % 12, i % 12);
        feed(correlate, writers, buf_text(&buf));
    }
    ck_assert_view_eq(correlate_main_relay(correlate), "mx1.example.com");
    correlate_merge_main_relay(other, correlate);
    ck_assert_view_eq(correlate_main_relay(other), "mx1.example.com");
    correlate_free(correlate);
    correlate_free(other);
    writers_free(writers);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("correlate_facts");
    TCase *tests = tcase_create("correlate_facts");

    tcase_add_loop_test(tests, a_delivery_says_what_is_known_of_it, 0, ROWS(rows));
    tcase_add_loop_test(tests, a_session_as_old_as_a_gap_may_have_lost_its_line, 0, ROWS(gaps));
    tcase_add_loop_test(tests, no_session_is_longer_than_all_of_its_limits, 0, ROWS(longest));
    tcase_add_loop_test(tests, what_syslog_repeats_happened_as_often, 0, ROWS(repetitions));
    tcase_add_loop_test(tests, a_record_is_joined_with_its_message, 0, ROWS(records));
    tcase_add_loop_test(tests, only_an_own_filter_hands_a_message_over, 0, ROWS(handed_over));
    tcase_add_loop_test(tests, what_the_gate_knew_goes_on_with_a_message_that_is_handed_over, 0, ROWS(twice_seen));
    tcase_add_test(tests, a_login_submits_a_message_once_to_all_of_its_recipients);
    tcase_add_loop_test(tests, a_process_that_was_forgotten_leaves_an_hour_of_doubt, 0, ROWS(forgotten));
    tcase_add_loop_test(tests, a_name_that_finds_no_room_is_counted, 0, ROWS(full_tables));
    tcase_add_test(tests, an_empty_line_is_nothing);
    tcase_add_test(tests, only_what_reached_another_server_directly_tells_of_the_main_relay);
    suite_add_tcase(suite, tests);
    return suite;
}
