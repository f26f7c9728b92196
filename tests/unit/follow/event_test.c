/* What one line of a program says: the kind of event, and what is taken from it. */
#include "follow/event.h"

#include <stdlib.h>
#include <string.h>

#include "shared/buf.h"
#include "tests/unit/unit.h"

#define DELIVERY                                                                                                       \
    "to=<a@example.com>, relay=mx.example.com[192.0.2.1]:25, delay=1, delays=0.1/0/0.2/0.1, dsn=2.0.0, "               \
    "status=sent (250 Ok)"

static const struct {
    enum program program;
    const char *text;
    enum event_kind kind;
    const char *queue_id, *other;
} rows[] = {
    { PROGRAM_SMTP, "77B1BAB48D9: " DELIVERY, EVENT_DELIVERY, "77B1BAB48D9", "" },
    { PROGRAM_LMTP, "77B1BAB48D9: " DELIVERY, EVENT_DELIVERY, "77B1BAB48D9", "" },
    { PROGRAM_SMTP, "77B1BAB48D9: to=<a@example.com>", EVENT_STRANGE, "77B1BAB48D9", "" },
    { PROGRAM_SMTP, "77B1BAB48D9: something new", EVENT_STRANGE, "77B1BAB48D9", "" },
    { PROGRAM_SMTP, "something new", EVENT_STRANGE, "", "" },
    { PROGRAM_SMTP, "mx.example.com[192.0.2.12]:25: depth=1 verify=1 subject=/CN=x", EVENT_NONE, "", "" },
    { PROGRAM_SMTP, "mx.example.com: no address, so no peer's chatter", EVENT_STRANGE, "", "" },
    { PROGRAM_SMTP, "mx.example.com[192.0.2.12: no server", EVENT_STRANGE, "", "" },
    { PROGRAM_SMTP,
      "Trusted TLS connection established to mx.example.com[192.0.2.1]:25: TLSv1.3 with cipher X (1/1 bits)", EVENT_TLS,
      "", "" },
    { PROGRAM_SMTP, "Trusted TLS connection established to mx.example.com", EVENT_STRANGE, "", "" },
    { PROGRAM_SMTP, "Trusted TLS certificates are fine", EVENT_STRANGE, "", "" },
    { PROGRAM_SMTP, "Host offered STARTTLS: [mx.example.com]", EVENT_OFFER, "", "" },
    { PROGRAM_SMTP, "Host offered STARTTLS: [mx.example.com", EVENT_STRANGE, "", "" },
    { PROGRAM_SMTP, "77B1BAB48D9: host mx.example.com[192.0.2.22] refused to talk to me: 554 no", EVENT_SESSION_OVER,
      "77B1BAB48D9", "" },
    { PROGRAM_SMTP, "77B1BAB48D9: host mx.example.com[192.0.2.22] said: 450 later", EVENT_SERVER_SAID, "77B1BAB48D9",
      "" },
    { PROGRAM_SMTP, "77B1BAB48D9: host mx.example.com", EVENT_SERVER_SAID, "77B1BAB48D9", "" },
    { PROGRAM_SMTP, "77B1BAB48D9: Cannot start TLS: handshake failure", EVENT_HANDSHAKE, "77B1BAB48D9", "" },
    { PROGRAM_SMTP, "connect to mx.example.com[192.0.2.1]:25: Connection refused", EVENT_SESSION_OVER, "", "" },
    { PROGRAM_SMTPD, "77B1BAB48D9: client=c.example.com[192.0.2.9]", EVENT_CLIENT, "77B1BAB48D9", "" },
    { PROGRAM_SMTPD, "77B1BAB48D9: client=c.example.com[192.0.2.9], sasl_method=PLAIN", EVENT_CLIENT, "77B1BAB48D9",
      "" },
    { PROGRAM_SMTPD, "77B1BAB48D9: something new", EVENT_NONE, "77B1BAB48D9", "" },
    { PROGRAM_SMTPD, "connect from c.example.com[192.0.2.9]", EVENT_NONE, "", "" },
    { PROGRAM_QMGR, "77B1BAB48D9: from=<a@example.org>, size=402, nrcpt=2 (queue active)", EVENT_QUEUED, "77B1BAB48D9",
      "" },
    { PROGRAM_QMGR, "77B1BAB48D9: from=<a@example.org>, status=expired, returned to sender", EVENT_EXPIRED,
      "77B1BAB48D9", "" },
    { PROGRAM_QMGR, "77B1BAB48D9: from=<a@example.org>, status=force-expired, returned to sender", EVENT_EXPIRED,
      "77B1BAB48D9", "" },
    { PROGRAM_QMGR, "77B1BAB48D9: from=<odd user@example.org>, size=402, nrcpt=2 (queue active)", EVENT_QUEUED,
      "77B1BAB48D9", "" },
    { PROGRAM_QMGR, "77B1BAB48D9: from=<a@example.org>, status=expired", EVENT_EXPIRED, "77B1BAB48D9", "" },
    { PROGRAM_QMGR, "77B1BAB48D9: from=<a@example.org>", EVENT_QUEUED, "77B1BAB48D9", "" },
    { PROGRAM_LMTP, "77B1BAB48D9: something new", EVENT_STRANGE, "77B1BAB48D9", "" },
    { PROGRAM_QMGR, "77B1BAB48D9: from=<a@example.org", EVENT_STRANGE, "77B1BAB48D9", "" },
    { PROGRAM_QMGR, "77B1BAB48D9: removed", EVENT_REMOVED, "77B1BAB48D9", "" },
    { PROGRAM_POSTSUPER, "77B1BAB48D9: removed", EVENT_REMOVED, "77B1BAB48D9", "" },
    { PROGRAM_PICKUP, "77B1BAB48D9: uid=0 from=<root>", EVENT_PICKUP, "77B1BAB48D9", "" },
    { PROGRAM_PICKUP, "77B1BAB48D9: uid=0 from=<root> orig_id=4jX28S1gP8z1djYg", EVENT_PICKUP, "77B1BAB48D9",
      "4jX28S1gP8z1djYg" },
    { PROGRAM_PICKUP, "77B1BAB48D9: uid=0 from=<root> orig_id=no", EVENT_PICKUP, "77B1BAB48D9", "" },
    { PROGRAM_PICKUP, "77B1BAB48D9: uid=0", EVENT_STRANGE, "77B1BAB48D9", "" },
    { PROGRAM_PICKUP, "77B1BAB48D9: uid=0 from=root", EVENT_STRANGE, "77B1BAB48D9", "" },
    { PROGRAM_BOUNCE, "77B1BAB48D9: sender non-delivery notification: 8AC41AB48D9", EVENT_NOTIFICATION, "77B1BAB48D9",
      "8AC41AB48D9" },
    { PROGRAM_BOUNCE, "77B1BAB48D9: sender non-delivery notification: none", EVENT_STRANGE, "77B1BAB48D9", "" },
    { PROGRAM_LOCAL,
      "77B1BAB48D9: to=<a@example.com>, relay=local, delay=1, delays=0/0/0/0, dsn=2.0.0, status=sent "
      "(forwarded as 8AC41AB48D9)",
      EVENT_FORWARDED, "77B1BAB48D9", "8AC41AB48D9" },
    { PROGRAM_LOCAL,
      "77B1BAB48D9: to=<a@example.com>, relay=local, delay=1, delays=0/0/0/0, dsn=2.0.0, status=sent "
      "(forwarded as it pleases)",
      EVENT_NONE, "77B1BAB48D9", "" },
    { PROGRAM_LOCAL,
      "77B1BAB48D9: to=<a@example.com>, relay=local, delay=1, delays=0/0/0/0, dsn=2.0.0, status=sent "
      "(delivered to mailbox)",
      EVENT_NONE, "77B1BAB48D9", "" },
    { PROGRAM_LOCAL, "77B1BAB48D9: to=<a@example.com", EVENT_NONE, "77B1BAB48D9", "" },
    { PROGRAM_MASTER, "daemon started -- version 3.7.11, configuration /etc/postfix", EVENT_START, "", "" },
    { PROGRAM_MASTER, "reload -- version 3.7.11, configuration /etc/postfix", EVENT_RELOAD, "", "" },
    { PROGRAM_MASTER, "terminating on signal 15", EVENT_NONE, "", "" },
    { PROGRAM_GATE, "77B1BAB48D9: decision=accept direction=outbound", EVENT_RECORD, "", "" },
    { PROGRAM_GATE, "reload: rules of generation 2 in force", EVENT_NONE, "", "" },
    { PROGRAM_GATE, "decision=accept", EVENT_NONE, "", "" },
    { PROGRAM_LOGGER, "Suppressed 12 messages from postfix@-.service", EVENT_GAP, "", "" },
    { PROGRAM_LOGGER, "Suppressed 12 messages from cron.service", EVENT_NONE, "", "" },
    { PROGRAM_LOGGER, "imjournal: 12 messages lost", EVENT_GAP, "", "" },
    { PROGRAM_LOGGER, "begin to drop messages due to rate-limiting", EVENT_GAP, "", "" },
    { PROGRAM_LOGGER, "rate-limiting begins", EVENT_GAP, "", "" },
    { PROGRAM_LOGGER, "messages lost: 12", EVENT_GAP, "", "" },
    { PROGRAM_LOGGER, "rsyslogd was HUPed", EVENT_NONE, "", "" },
    { PROGRAM_OTHER, "77B1BAB48D9: " DELIVERY, EVENT_NONE, "", "" },
};

START_TEST(a_line_is_known_by_its_program_and_how_it_begins)
{
    struct event event;

    event_parse(rows[_i].program, view_of(rows[_i].text), &event);
    ck_assert_msg(event.kind == rows[_i].kind, "%s: kind %d", rows[_i].text, (int)event.kind);
    ck_assert_view_eq(event.queue_id, rows[_i].queue_id);
    ck_assert_view_eq(event.other, rows[_i].other);
    if (event.kind != EVENT_NONE)
        ck_assert(event_may_matter(rows[_i].program, view_of(rows[_i].text)));
}
END_TEST

/* What is under the queue ID is looked up before the rest of the line is read. */
START_TEST(the_queue_id_is_known_before_the_rest_is_read)
{
    struct event whole, event;

    event_parse(rows[_i].program, view_of(rows[_i].text), &whole);
    event_begin(rows[_i].program, view_of(rows[_i].text), &event);
    ck_assert(view_eq(event.queue_id, whole.queue_id));
    ck_assert(view_eq(event.text, whole.text));
    event_read(rows[_i].program, &event);
    ck_assert_int_eq((int)event.kind, (int)whole.kind);
    ck_assert(view_eq(event.other, whole.other));
}
END_TEST

/* A full disk or a full socket cuts lines: what is left is never more than the whole said. */
START_TEST(a_line_cut_anywhere_says_no_more_than_the_whole)
{
    struct view whole = view_of(rows[_i].text);
    struct event event;

    if (rows[_i].kind == EVENT_STRANGE)
        return;
    for (size_t n = 0; n < whole.n; n++) {
        struct view octets = unit_copy(view_slice(whole, 0, n));

        event_parse(rows[_i].program, octets, &event);
        if (event.kind == EVENT_DELIVERY && rows[_i].kind == EVENT_DELIVERY)
            ck_assert(view_starts(VIEW("sent"), event.delivery.status));
        else if (event.kind == EVENT_QUEUED || event.kind == EVENT_EXPIRED || event.kind == EVENT_SERVER_SAID)
            ck_assert(rows[_i].program == PROGRAM_QMGR || rows[_i].program == PROGRAM_SMTP);
        else
            ck_assert_msg(event.kind == rows[_i].kind || event.kind == EVENT_NONE || event.kind == EVENT_STRANGE,
                          "%.*s: kind %d", (int)n, whole.p, (int)event.kind);
        free((char *)octets.p);
    }
}
END_TEST

static const struct {
    const char *text, *client, *mechanism, *login, *orig_queue_id;
} clients[] = {
    { "c.example.com[192.0.2.9]", "c.example.com[192.0.2.9]", "", "", "" },
    { "c.example.com[192.0.2.9], sasl_method=PLAIN, sasl_username=alice", "c.example.com[192.0.2.9]", "PLAIN", "alice",
      "" },
    { "c.example.com[192.0.2.9], sasl_method=PLAIN, sasl_username=a, b", "c.example.com[192.0.2.9]", "PLAIN", "a, b",
      "" },
    { "c.example.com[192.0.2.9], sasl_method=PLAIN, sasl_username=alice, sasl_sender=<x>", "c.example.com[192.0.2.9]",
      "PLAIN", "alice", "" },
    { "c.example.com[192.0.2.9], sasl_method=PLAIN, sasl_username=alice, orig_queue_id=77B1BAB48D9",
      "c.example.com[192.0.2.9]", "PLAIN", "alice", "" },
    { "c.example.com[192.0.2.9], sasl_method=PLAIN, sasl_username=alice, orig_client=x[192.0.2.3]",
      "c.example.com[192.0.2.9]", "PLAIN", "alice", "" },
    { "localhost[127.0.0.1], orig_queue_id=77B1BAB48D9, orig_client=x[192.0.2.3]", "localhost[127.0.0.1]", "", "",
      "77B1BAB48D9" },
    { "odd,name[192.0.2.9], sasl_method=PLAIN, sasl_username=, sasl_sender=<x>", "odd,name[192.0.2.9]", "PLAIN", "",
      "" },
    { "localhost[127.0.0.1], orig_queue_id=no", "localhost[127.0.0.1]", "", "", "" },
};

START_TEST(a_client_line_tells_who_and_with_which_login)
{
    char text[160];
    struct buf line = BUF(text);
    struct event event;

    buf_addf(&line, "77B1BAB48D9: client=%s", clients[_i].text);
    event_parse(PROGRAM_SMTPD, buf_view(&line), &event);
    ck_assert_int_eq(event.kind, EVENT_CLIENT);
    ck_assert_view_eq(event.client.client, clients[_i].client);
    ck_assert_view_eq(event.client.mechanism, clients[_i].mechanism);
    ck_assert_view_eq(event.client.login, clients[_i].login);
    ck_assert_view_eq(event.client.orig_queue_id, clients[_i].orig_queue_id);
}
END_TEST

static const struct {
    const char *text, *sender;
    unsigned recipients;
} senders[] = {
    { "from=<a@example.org>, size=402, nrcpt=7 (queue active)", "a@example.org", 7 },
    { "from=<\"a>, b\"@example.org>, size=402, nrcpt=1 (queue active)", "\"a>, b\"@example.org", 1 },
    { "from=<>, size=402, nrcpt=1 (queue active)", "", 1 },
    { "from=<a@example.org>, size=402, nrcpt=x (queue active)", "a@example.org", 0 },
    { "from=<a@example.org>, size=402, nrcpt=1", "a@example.org", 0 },
    { "from=<a@example.org>, size=402, other=1 (queue active)", "a@example.org", 0 },
    { "from=<a@example.org>, size=402", "a@example.org", 0 },
    { "from=<a@example.org>, later=1", "a@example.org", 0 },
};

START_TEST(a_sender_line_tells_how_many_recipients_there_are)
{
    char text[160];
    struct buf line = BUF(text);
    struct event event;

    buf_addf(&line, "77B1BAB48D9: %s", senders[_i].text);
    event_parse(PROGRAM_QMGR, buf_view(&line), &event);
    ck_assert_int_eq(event.kind, EVENT_QUEUED);
    ck_assert_view_eq(event.sender, senders[_i].sender);
    ck_assert_uint_eq(event.recipients, senders[_i].recipients);
}
END_TEST

static const struct {
    const char *delays;
    int64_t session; /* ms */
} delays[] = {
    { "1/2/3/4", 7000 },
    { "0/0/0.06/0.004", 64 },
    { "0/0/0.1239/0", 123 },
    { "0/0/1.x/0", 1000 },
    { "0/0/1.2x/0", 1200 },
    { "0/0/x/1", 1000 },
    { "0/0/1", 0 },
    { "0/0", 0 },
    { "0", 0 },
    { "", 0 },
    { "0/0/./0", 0 },
    { "0/0/4294967296/0", 0 },
    { "0/0/4294967295/0", 4294967295000 },
};

START_TEST(connecting_and_sending_are_the_time_of_the_session)
{
    struct delivery_line line = { .delays = view_of(delays[_i].delays) };

    ck_assert_int_eq(delivery_line_session(&line), delays[_i].session);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("event");
    TCase *tests = tcase_create("event");

    tcase_add_loop_test(tests, a_line_is_known_by_its_program_and_how_it_begins, 0, ROWS(rows));
    tcase_add_loop_test(tests, the_queue_id_is_known_before_the_rest_is_read, 0, ROWS(rows));
    tcase_add_loop_test(tests, a_line_cut_anywhere_says_no_more_than_the_whole, 0, ROWS(rows));
    tcase_add_loop_test(tests, a_client_line_tells_who_and_with_which_login, 0, ROWS(clients));
    tcase_add_loop_test(tests, a_sender_line_tells_how_many_recipients_there_are, 0, ROWS(senders));
    tcase_add_loop_test(tests, connecting_and_sending_are_the_time_of_the_session, 0, ROWS(delays));
    suite_add_tcase(suite, tests);
    return suite;
}
