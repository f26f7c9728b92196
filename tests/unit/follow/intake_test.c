/* How messages came in, from Postfix's own lines alone. */
#include "follow/intake.h"

#include <stdio.h>
#include <string.h>

#include "follow/intake_lines.h"
#include "tests/unit/unit.h"

enum { TOLD_MAX = 8, TEXT_MAX = 512 };

/* Each message as one text: "client|tls|auth|login|sender|port|listener|to". */
struct told {
    char texts[TOLD_MAX][TEXT_MAX];
    size_t count, records, assumed;
};

static void add_fact(struct buf *out, const struct submission *sub, enum fact_id id)
{
    const struct fact *fact = &sub->facts[id];

    if (fact->state == FACT_PENDING)
        buf_add(out, VIEW("?"));
    else if (fact->state == FACT_ABSENT)
        buf_add(out, VIEW("-"));
    else
        fact_print(out, &fact_table[id], fact);
    buf_add(out, VIEW("|"));
}

static void on_message(void *context, const struct intake_message *message)
{
    static const enum fact_id ids[] = { FACT_LOCAL, FACT_CLIENT, FACT_TLS,  FACT_MECHANISM,
                                        FACT_LOGIN, FACT_SENDER, FACT_PORT, FACT_LISTENER };
    struct told *told = context;
    struct buf out;

    ck_assert_uint_lt(told->count, TOLD_MAX);
    out = BUF(told->texts[told->count]);
    told->count++;
    told->assumed += message->assumed_port;
    for (size_t i = 0; i < ROWS(ids); i++)
        add_fact(&out, &message->sub, ids[i]);
    if (message->tls_version_unknown)
        buf_add(&out, VIEW("some TLS|"));
    for (size_t i = 0; i < message->to_count; i++)
        buf_addf(&out, "%.*s/%.*s ", VIEW_ARG(message->to[i].domain), VIEW_ARG(message->to[i].transport));
    if (message->to_more)
        buf_add(&out, VIEW("..."));
    (void)buf_text(&out);
    ck_assert_int_eq(message->sub.facts[FACT_DKIM].state, FACT_PENDING);
}

static void on_record(void *context, int64_t time, const struct record *record)
{
    (void)time;
    (void)record;
    ((struct told *)context)->records++;
}

/* Lines of host "mail" by one tag and process each: "tag[pid]: text". */
static void run(const char *const *lines, struct told *told)
{
    struct writers *writers = writers_new(42);
    struct intake_sink sink = { on_message, on_record, told };
    struct intake *intake = intake_new(42, &sink);

    memset(told, 0, sizeof(*told));
    ck_assert(writers != NULL && intake != NULL);
    for (size_t i = 0; lines[i] != NULL; i++) {
        struct view text = view_of(lines[i]), tag, pid;
        struct log_line line = { .time = (int64_t)i * 1000 };

        ck_assert(view_cut(&text, VIEW("["), &tag) && view_cut(&text, VIEW("]: "), &pid));
        ck_assert(view_number(pid, UINT32_MAX, &line.pid));
        line.writer = writers_find(writers, VIEW("mail"), tag);
        line.text = text;
        intake_line(intake, &line);
    }
    intake_end(intake);
    intake_free(intake);
    writers_free(writers);
}

#define QUEUED "postfix/qmgr[9]: A1B2C3: from=<a@example.com>, size=1, nrcpt=1 (queue active)"
#define REMOVED "postfix/qmgr[9]: A1B2C3: removed"
#define SENT                                                                                                           \
    "postfix/smtp[3]: A1B2C3: to=<b@Example.ORG>, relay=mx[192.0.2.1]:25, delay=1, delays=0/0/0/0, dsn=2.0.0, "        \
    "status=sent (250 Ok)"
#define CLIENT "pc.example.com[192.0.2.7]"
#define TAKEN "postfix/submission/smtpd[5]: A1B2C3: client=" CLIENT ", sasl_method=PLAIN, sasl_username=alice"
#define TAKEN_25 "postfix/smtpd[5]: A1B2C3: client=" CLIENT
#define HEAD "no|" CLIENT "|"
#define TAIL "|PLAIN|alice|<a@example.com>|587|submission|"
#define TLS_LINE                                                                                                       \
    "TLS connection established from " CLIENT ": TLSv1.2 with cipher ECDHE-RSA-AES256-GCM-SHA384 (256/256 bits)"
#define END "postfix/submission/smtpd[5]: disconnect from " CLIENT " "

static const struct {
    const char *lines[10];
    const char *told; /* NULL: nothing */
} rows[] = {
    /* the session's own line tells */
    { { "postfix/submission/smtpd[5]: Anonymous " TLS_LINE, TAKEN, QUEUED, SENT, REMOVED },
      HEAD "TLSv1.2" TAIL "example.org/smtp " },
    /* its counters tell, also after the message is gone */
    { { TAKEN, QUEUED, SENT, REMOVED, END "ehlo=2 starttls=1 auth=1 commands=7" },
      HEAD "?" TAIL "some TLS|example.org/smtp " },
    { { TAKEN, QUEUED, END "ehlo=1 auth=1 commands=5", SENT, REMOVED }, HEAD "none" TAIL "example.org/smtp " },
    { { TAKEN, QUEUED, SENT, REMOVED, END "ehlo=1 starttls=0/1 auth=1 commands=5" },
      HEAD "none" TAIL "example.org/smtp " },
    /* no counters before 3.0: nothing is known */
    { { TAKEN, QUEUED, SENT, REMOVED, "postfix/submission/smtpd[5]: disconnect from " CLIENT },
      HEAD "?" TAIL "example.org/smtp " },
    /* the next client of the same process says nothing of this one */
    { { TAKEN, QUEUED, SENT, REMOVED, "postfix/submission/smtpd[5]: connect from x[192.0.2.8]",
        "postfix/submission/smtpd[5]: Anonymous " TLS_LINE },
      HEAD "?" TAIL "example.org/smtp " },
    /* what came before STARTTLS came in plaintext */
    { { TAKEN, QUEUED, "postfix/submission/smtpd[5]: Anonymous " TLS_LINE, SENT, REMOVED },
      HEAD "none" TAIL "example.org/smtp " },
    /* implicit TLS has no STARTTLS */
    { { "postfix/smtps/smtpd[5]: A1B2C3: client=" CLIENT ", sasl_method=PLAIN, sasl_username=alice", QUEUED, SENT,
        REMOVED },
      HEAD "?|PLAIN|alice|<a@example.com>|465|smtps|some TLS|example.org/smtp " },
    /* a service without a name, with and without authentication */
    { { TAKEN_25, QUEUED, SENT, REMOVED, "postfix/smtpd[5]: disconnect from " CLIENT " commands=5" },
      HEAD "none|none|-|<a@example.com>|?|-|example.org/smtp " },
    { { TAKEN_25 ", sasl_method=PLAIN, sasl_username=alice", QUEUED, SENT, REMOVED,
        "postfix/smtpd[5]: disconnect from " CLIENT " commands=5" },
      HEAD "none|PLAIN|alice|<a@example.com>|?|?|example.org/smtp " },
    /* still in the queue: not all recipients are known */
    { { TAKEN, QUEUED, SENT, END "commands=5" }, HEAD "none" TAIL "example.org/smtp ..." },
    /* the transport of error(8) is why, not where; the next attempt tells */
    { { TAKEN, QUEUED,
        "postfix/error[6]: A1B2C3: to=<b@example.org>, relay=none, delay=1, delays=0/0/0/0, dsn=4.0.0, status=deferred "
        "(x)",
        SENT, REMOVED, END "commands=5" },
      HEAD "none" TAIL "example.org/smtp " },
    /* a service of its own is the transport; as the client gave the address */
    { { TAKEN, QUEUED,
        "postfix/relay/smtp[6]: A1B2C3: to=<b@other.example>, orig_to=<b@example.org>, relay=none, delay=1, "
        "delays=0/0/0/0, dsn=4.0.0, status=bounced (x)",
        REMOVED, END "commands=5" },
      HEAD "none" TAIL "example.org/relay " },
    /* sendmail(1), but not what postsuper -r put back */
    { { "postfix/pickup[2]: A1B2C3: uid=0 from=<root@example.com>", QUEUED, SENT, REMOVED },
      "yes|localhost[127.0.0.1]|-|-|-|<a@example.com>|0|-|example.org/smtp " },
    { { "postfix/pickup[2]: A1B2C3: uid=0 from=<root@example.com> orig_id=D4E5F6", QUEUED, SENT, REMOVED }, NULL },
    /* refused after DATA, and made by Postfix itself: no submissions */
    { { TAKEN, END "commands=5" }, NULL },
    { { QUEUED, SENT, REMOVED }, NULL },
    /* the gate tells of it */
    { { TAKEN,
        "outward-milter[7]: A1B2C3: decision=accept direction=outbound mode=monitor gen=1 stage=eom nrcpt=0 to_more=0",
        QUEUED, SENT, REMOVED, END "commands=5" },
      NULL },
    /* and its log has fractions of a second, so that the record comes after what Postfix logged in that second */
    { { TAKEN, QUEUED, SENT, END "commands=5", REMOVED,
        "outward-milter[7]: A1B2C3: decision=accept direction=outbound mode=monitor gen=1 stage=eom nrcpt=0 "
        "to_more=0" },
      NULL },
    /* but not much later: that is another message's */
    { { TAKEN, QUEUED, SENT, END "commands=5", REMOVED, "postfix/qmgr[9]: x", "postfix/qmgr[9]: x",
        "postfix/qmgr[9]: x",
        "outward-milter[7]: A1B2C3: decision=accept direction=outbound mode=monitor gen=1 stage=eom nrcpt=0 "
        "to_more=0" },
      HEAD "none" TAIL "example.org/smtp " },
};

START_TEST(a_message_is_told_with_what_the_lines_say_and_no_more)
{
    struct told told;

    run(rows[_i].lines, &told);
    ck_assert_uint_eq(told.count, rows[_i].told == NULL ? 0 : 1);
    if (rows[_i].told != NULL)
        ck_assert_str_eq(told.texts[0], rows[_i].told);
}
END_TEST

START_TEST(a_queue_id_that_comes_again_is_another_message)
{
    static const char *const lines[] = { TAKEN, QUEUED, SENT, TAKEN, QUEUED, SENT, REMOVED, END "commands=9", NULL };
    struct told told;

    run(lines, &told);
    ck_assert_uint_eq(told.count, 2);
    ck_assert_str_eq(told.texts[0], HEAD "?" TAIL "example.org/smtp ...");
    ck_assert_str_eq(told.texts[1], HEAD "none" TAIL "example.org/smtp ");
}
END_TEST

START_TEST(records_are_handed_on_and_an_assumed_port_is_said)
{
    static const char *const lines[] = { TAKEN_25,
                                         QUEUED,
                                         SENT,
                                         REMOVED,
                                         "postfix/smtpd[5]: disconnect from " CLIENT " commands=5",
                                         "outward-milter[7]: NOQUEUE: decision=reject direction=outbound mode=enforce "
                                         "gen=1 stage=mail nrcpt=0 to_more=0",
                                         "outward-milter[7]: reloaded outward.conf",
                                         NULL };
    struct told told;

    run(lines, &told);
    ck_assert_uint_eq(told.records, 1);
    ck_assert_uint_eq(told.assumed, 1);
}
END_TEST

static const struct {
    const char *text;
    bool found, trusted;
    const char *version, *cipher;
    unsigned bits;
} lines_of_tls[] = {
    { "Anonymous " TLS_LINE, true, false, "TLSv1.2", "ECDHE-RSA-AES256-GCM-SHA384", 256 },
    { "Trusted " TLS_LINE, true, true, "TLSv1.2", "ECDHE-RSA-AES256-GCM-SHA384", 256 },
    { TLS_LINE, true, false, "TLSv1.2", "ECDHE-RSA-AES256-GCM-SHA384", 256 },
    { "Anonymous TLS connection established from x[2001:db8::1] to mail.example.org: TLSv1.3 with cipher "
      "TLS_AES_128_GCM_SHA256 (128/128 bits) key-exchange X25519",
      true, false, "TLSv1.3", "TLS_AES_128_GCM_SHA256", 128 },
    { "Anonymous TLS connection established to x[192.0.2.1]:25: TLSv1.3 with cipher A (128/128 bits)", false, false, "",
      "", 0 },
    { "Anonymous TLS connection established from x[192.0.2.1]: TLSv1.3 with", false, false, "", "", 0 },
    { "connect from x[192.0.2.1]", false, false, "", "", 0 },
    { "", false, false, "", "", 0 },
};

START_TEST(smtpds_tls_line_is_taken_apart)
{
    struct intake_tls tls = { .bits = 0 };

    ck_assert_int_eq(intake_tls_parse(view_of(lines_of_tls[_i].text), &tls), lines_of_tls[_i].found);
    ck_assert_int_eq(tls.trusted, lines_of_tls[_i].trusted);
    ck_assert_view_eq(tls.version, lines_of_tls[_i].version);
    ck_assert_view_eq(tls.cipher, lines_of_tls[_i].cipher);
    ck_assert_uint_eq(tls.bits, lines_of_tls[_i].bits);
}
END_TEST

START_TEST(more_messages_than_fit_are_told_early_and_counted)
{
    struct writers *writers = writers_new(42);
    struct told told = { .count = 0 };
    struct intake_sink sink = { on_message, NULL, &told };
    struct intake *intake = intake_new(42, &sink);
    struct log_line line = { .pid = 5 };
    char text[128];

    for (unsigned i = 0; i < INTAKE_MESSAGES_MAX + 3; i++) {
        line.writer = writers_find(writers, VIEW("mail"), VIEW("postfix/pickup"));
        (void)snprintf(text, sizeof(text), "%08X: uid=0 from=<root@example.com>", i);
        line.text = view_of(text);
        intake_line(intake, &line);
    }
    ck_assert_uint_eq(intake_counts(intake).early, 3);
    intake_free(intake);
    writers_free(writers);
}
END_TEST

START_TEST(a_name_that_finds_no_room_is_counted)
{
    struct writers *writers = writers_new(42);
    struct told told = { .count = 0 };
    struct intake_sink sink = { on_message, NULL, &told };
    struct intake *intake = intake_new(42, &sink);
    struct log_line line = { .pid = 5, .writer = writers_find(writers, VIEW("mail"), VIEW("postfix/smtpd")) };
    char text[128];

    /* No login is a name, too. */
    for (unsigned i = 0; i < INTAKE_NAMES_MAX - 1 + 3; i++) {
        (void)snprintf(text, sizeof(text), "%08X: client=c%u.example[192.0.2.1]", i, i);
        line.text = view_of(text);
        intake_line(intake, &line);
    }
    ck_assert_uint_eq(intake_counts(intake).names_refused, 3);
    intake_free(intake);
    writers_free(writers);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("intake");
    TCase *tests = tcase_create("intake");

    tcase_add_loop_test(tests, a_message_is_told_with_what_the_lines_say_and_no_more, 0, ROWS(rows));
    tcase_add_test(tests, a_queue_id_that_comes_again_is_another_message);
    tcase_add_test(tests, records_are_handed_on_and_an_assumed_port_is_said);
    tcase_add_loop_test(tests, smtpds_tls_line_is_taken_apart, 0, ROWS(lines_of_tls));
    tcase_add_test(tests, a_name_that_finds_no_room_is_counted);
    tcase_add_test(tests, more_messages_than_fit_are_told_early_and_counted);
    suite_add_tcase(suite, tests);
    return suite;
}
