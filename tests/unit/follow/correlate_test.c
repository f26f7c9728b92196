/* One row for each rule of correlation: a log, and what each delivery must turn out to be. */
#include "tests/unit/follow/replay.h"
#include "tests/unit/unit.h"

#define AT(time) "Nov 21 " time " mail postfix/"
#define START "Nov 21 10:00:00 mail postfix/master[1]: daemon started -- version 3.7.11, configuration /etc/postfix\n"
#define RELOAD(time) AT(time) "master[1]: reload -- version 3.7.11, configuration /etc/postfix\n"
#define TLS_BY(how, host)                                                                                              \
    "TLS connection " how " to " host ": TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits)\n"
#define TLS(time, pid, host) AT(time) "smtp[" pid "]: Trusted " TLS_BY("established", host)
#define REUSED(time, pid, host) AT(time) "smtp[" pid "]: Trusted " TLS_BY("reused", host)
#define TO(to, relay, rest) "to=<" to ">, relay=" relay ", delay=1, delays=0.1/0/0.2/0.1, dsn=2.0.0, " rest "\n"
#define SENT(time, pid, id, to, relay) AT(time) "smtp[" pid "]: " id ": " TO(to, relay, "status=sent (250 Ok)")
#define DEFERRED(time, pid, id, to, relay) AT(time) "smtp[" pid "]: " id ": " TO(to, relay, "status=deferred (later)")
#define MX1 "mx1.example.com[192.0.2.1]:25"
#define MX2 "mx2.example.com[192.0.2.2]:25"
/* Another process of the same service proves that it logs TLS. */
#define PROOF TLS("10:00:01", "9", "mx.example.org[192.0.2.9]:25")

static const struct {
    const char *rule, *log, *expected; /* expected: "recipient hop status protection evidence" per delivery */
} rows[] = {
    { "a TLS line proves the delivery of its process, server and message",
      START TLS("10:00:02", "7", MX1) SENT("10:00:02", "7", "AAAAAA1", "a@x.example", MX1),
      "a@x.example direct sent encrypted tls-line\n" },
    { "all recipients of one message share it",
      START TLS("10:00:02", "7", MX1) SENT("10:00:02", "7", "AAAAAA1", "a@x.example", MX1)
          SENT("10:00:02", "7", "AAAAAA1", "b@x.example", MX1),
      "a@x.example direct sent encrypted tls-line\nb@x.example direct sent encrypted tls-line\n" },
    { "the next message needs its own",
      START TLS("10:00:02", "7", MX1) SENT("10:00:02", "7", "AAAAAA1", "a@x.example", MX1)
          SENT("10:00:03", "7", "AAAAAA2", "b@x.example", MX1),
      "a@x.example direct sent encrypted tls-line\nb@x.example direct sent plaintext no-tls-line\n" },
    { "another process's line proves nothing for this one's delivery",
      START TLS("10:00:02", "8", MX1) SENT("10:00:03", "7", "AAAAAA1", "a@x.example", MX1),
      "a@x.example direct sent plaintext no-tls-line\n" },
    { "the next MX is another session",
      START TLS("10:00:02", "7", MX1)
          AT("10:00:02") "smtp[7]: AAAAAA1: host mx1.example.com[192.0.2.1] said: 450 later "
                         "(in reply to RCPT TO command)\n" SENT("10:00:03", "7", "AAAAAA1", "a@x.example", MX2),
      "a@x.example direct sent plaintext no-tls-line\n" },
    { "a refusal for one recipient leaves the session to the others",
      START TLS("10:00:02", "7", MX1)
          AT("10:00:02") "smtp[7]: AAAAAA1: host mx1.example.com[192.0.2.1] said: 450 later "
                         "(in reply to RCPT TO command)\n" SENT("10:00:03", "7", "AAAAAA1", "a@x.example", MX1),
      "a@x.example direct sent encrypted tls-line\n" },
    { "another port is another session",
      START TLS("10:00:02", "7", MX1) SENT("10:00:03", "7", "AAAAAA1", "a@x.example", "mx1.example.com[192.0.2.1]:26"),
      "a@x.example direct sent plaintext no-tls-line\n" },
    { "another address of the same name is another session",
      START TLS("10:00:02", "7", MX1) SENT("10:00:03", "7", "AAAAAA1", "a@x.example", "mx1.example.com[192.0.2.3]:25"),
      "a@x.example direct sent plaintext no-tls-line\n" },
    { "a lost connection ends the session, even to the same server",
      START TLS("10:00:02", "7", MX1)
          AT("10:00:02") "smtp[7]: AAAAAA1: lost connection with mx1.example.com[192.0.2.1] "
                         "while sending MAIL FROM\n" SENT("10:00:03", "7", "AAAAAA1", "a@x.example", MX1),
      "a@x.example direct sent plaintext no-tls-line\n" },
    { "a timeout ends it",
      START TLS("10:00:02", "7", MX1)
          AT("10:00:02") "smtp[7]: AAAAAA1: conversation with mx1.example.com[192.0.2.1] timed "
                         "out while sending MAIL FROM\n" SENT("10:00:03", "7", "AAAAAA1", "a@x.example", MX1),
      "a@x.example direct sent plaintext no-tls-line\n" },
    { "a server that refuses to talk ends it",
      START TLS("10:00:02", "7", MX1)
          AT("10:00:02") "smtp[7]: AAAAAA1: host mx1.example.com[192.0.2.1] refused to talk to "
                         "me: 421 no\n" SENT("10:00:03", "7", "AAAAAA1", "a@x.example", MX1),
      "a@x.example direct sent plaintext no-tls-line\n" },
    { "a new connection ends it",
      START TLS("10:00:02", "7", MX1)
          AT("10:00:02") "smtp[7]: connect to mx1.example.com[192.0.2.1]:25: Connection refused\n" SENT(
              "10:00:03", "7", "AAAAAA1", "a@x.example", MX1),
      "a@x.example direct sent plaintext no-tls-line\n" },
    { "a handshake failure before a fallback to plaintext",
      START PROOF AT("10:00:02") "smtp[7]: SSL_connect error to " MX1
                                 ": -1\n" AT("10:00:02") "smtp[7]: AAAAAA1: Cannot start TLS: handshake failure\n" SENT(
                                     "10:00:03", "7", "AAAAAA1", "a@x.example", MX1),
      "a@x.example direct sent plaintext no-tls-line\n" },
    { "a message that was never sent over its session binds it all the same",
      START TLS("10:00:02", "7", MX1) DEFERRED("10:00:02", "7", "AAAAAA1", "a@x.example", "none")
          SENT("10:00:03", "7", "AAAAAA2", "b@x.example", MX1),
      "a@x.example direct deferred none none\nb@x.example direct sent plaintext no-tls-line\n" },
    { "without process IDs a session is nobody's",
      START PROOF AT("10:00:02") "smtp: Trusted " TLS_BY("established", MX1)
          AT("10:00:02") "smtp: AAAAAA1: " TO("a@x.example", MX1, "status=sent (250 Ok)"),
      "a@x.example direct sent unknown no-tls-line\n" },
    { "but the field of the delivery itself tells",
      START AT("10:00:02") "smtp: AAAAAA1: to=<a@x.example>, relay=" MX1
                           ", delay=1, delays=0.1/0/0.2/0.1, tls=may, dsn=2.0.0, status=sent (250 Ok)\n",
      "a@x.example direct sent encrypted tls-field\n" },
    { "a reused TLS connection says so",
      START TLS("10:00:02", "7", MX1) SENT("10:00:02", "7", "AAAAAA1", "a@x.example", MX1) REUSED("10:00:03", "7", MX1)
          AT("10:00:03") "smtp[7]: AAAAAA2: " TO("b@x.example", MX1, "status=sent (250 Ok)"),
      "a@x.example direct sent encrypted tls-line\nb@x.example direct sent encrypted reused-line\n" },
    { "tlsproxy's own lines count for nothing",
      START AT("10:00:02") "tlsproxy[5]: Trusted " TLS_BY("established", MX1)
          SENT("10:00:03", "7", "AAAAAA1", "a@x.example", MX1),
      "a@x.example direct sent unknown no-tls-line\n" },
    { "without any TLS line nothing can be concluded", START SENT("10:00:02", "7", "AAAAAA1", "a@x.example", MX1),
      "a@x.example direct sent unknown no-tls-line\n" },
    { "a later TLS line proves the logging of the whole stretch",
      START SENT("10:00:02", "7", "AAAAAA1", "a@x.example", MX1) TLS("10:30:00", "8", MX1),
      "a@x.example direct sent plaintext no-tls-line\n" },
    { "but not beyond a reload",
      START SENT("10:00:02", "7", "AAAAAA1", "a@x.example", MX1) RELOAD("10:20:00") TLS("10:30:00", "8", MX1)
          RELOAD("10:50:00") SENT("11:20:00", "6", "AAAAAA2", "b@x.example", MX1),
      "a@x.example direct sent unknown no-tls-line\nb@x.example direct sent unknown no-tls-line\n" },
    { "a process that began before a reload keeps its configuration",
      START PROOF SENT("10:00:02", "7", "AAAAAA1", "a@x.example", MX1) RELOAD("10:00:03")
          SENT("10:00:04", "7", "AAAAAA2", "b@x.example", MX1) TLS("10:00:05", "9", MX1)
              SENT("10:00:06", "6", "AAAAAA3", "c@x.example", MX1),
      "a@x.example direct sent plaintext no-tls-line\nb@x.example direct sent plaintext no-tls-line\n"
      "c@x.example direct sent unknown no-tls-line\n" },
    { "a start forgets all sessions",
      START TLS("10:00:02", "7", MX1)
          AT("10:00:03") "master[1]: daemon started -- version 3.7.11, configuration x\n" SENT(
              "10:00:04", "7", "AAAAAA1", "a@x.example", MX1) TLS("10:00:05", "8", MX1),
      "a@x.example direct sent plaintext no-tls-line\n" },
    { "an hour later a process ID is another process",
      START TLS("10:00:02", "7", MX1) SENT("11:00:03", "7", "AAAAAA1", "a@x.example", MX1),
      "a@x.example direct sent plaintext no-tls-line\n" },
    { "a slow delivery within the hour is not",
      START TLS("10:00:02", "7", MX1)
          AT("10:11:00") "smtp[7]: AAAAAA1: to=<a@x.example>, relay=" MX1
                         ", delay=660, delays=0.1/0/0.2/658, dsn=2.0.0, status=sent (250 Ok)\n",
      "a@x.example direct sent encrypted tls-line\n" },
    { "a message that the same process tries again, sooner than it ends, needs a session of its own",
      START TLS("10:00:02", "7", MX1) DEFERRED("10:00:02", "7", "AAAAAA1", "a@x.example", MX1)
          SENT("10:00:22", "7", "AAAAAA1", "a@x.example", MX1),
      "a@x.example direct deferred encrypted tls-line\na@x.example direct sent plaintext no-tls-line\n" },
    { "without delays nobody knows when a delivery began",
      START TLS("10:00:02", "7", MX1) AT("10:11:00") "smtp[7]: AAAAAA1: to=<a@x.example>, relay=" MX1
                                                     ", delay=660, dsn=2.0.0, status=sent (Ok)\n",
      "a@x.example direct sent encrypted tls-line\n" },
    { "stamps and delays are a little apart",
      START TLS("10:00:02", "7", MX1) SENT("10:00:07", "7", "AAAAAA1", "a@x.example", MX1),
      "a@x.example direct sent encrypted tls-line\n" },
    { "a service logs for itself alone",
      START "Nov 21 10:00:01 mail postfix/bulk/smtp[5]: Trusted " TLS_BY("established", MX1)
          SENT("10:00:02", "7", "AAAAAA1", "a@x.example", MX1),
      "a@x.example direct sent unknown no-tls-line\n" },
    { "hosts log for themselves alone",
      START "Nov 21 10:00:01 other postfix/smtp[7]: Trusted " TLS_BY("established", MX1)
          SENT("10:00:02", "7", "AAAAAA1", "a@x.example", MX1),
      "a@x.example direct sent unknown no-tls-line\n" },
    { "another instance's reload ends nothing of a service named as its own master",
      START PROOF "Nov 21 10:00:02 mail postfix-out/master[2]: reload -- version 3.7.11, configuration x\n" SENT(
          "10:00:03", "7", "AAAAAA1", "a@x.example", MX1),
      "a@x.example direct sent plaintext no-tls-line\n" },
    { "any master's reload ends a service with a name of its own",
      START "Nov 21 10:00:01 mail postfix/bulk/smtp[5]: Trusted " TLS_BY(
          "established", MX1) "Nov 21 10:00:02 mail postfix-out/master[2]: reload -- version 3.7.11, configuration x\n"
                              "Nov 21 10:20:03 mail postfix/bulk/smtp[6]: AAAAAA1: " TO("a@x.example", MX1,
                                                                                        "status=sent (250 Ok)"),
      "a@x.example direct sent unknown no-tls-line\n" },
    { "lmtp needs its own proof",
      START PROOF AT("10:00:02") "lmtp[6]: AAAAAA1: " TO("a@x.example", "store[192.0.2.7]:24", "status=sent (250 Ok)"),
      "a@x.example lmtp sent unknown no-tls-line\n" },
    { "an offer of STARTTLS is logged at level none only",
      START AT("10:00:02") "smtp[7]: Host offered STARTTLS: [mx1.example.com]\n" SENT("10:00:02", "7", "AAAAAA1",
                                                                                      "a@x.example", MX1),
      "a@x.example direct sent plaintext starttls-offer\n" },
    { "it speaks of that server alone",
      START AT("10:00:02") "smtp[7]: Host offered STARTTLS: [mx1.example.com]\n" SENT("10:00:02", "7", "AAAAAA1",
                                                                                      "a@x.example", MX2),
      "a@x.example direct sent unknown no-tls-line\n" },
    { "a new connection ends it as well",
      START AT("10:00:02") "smtp[7]: Host offered STARTTLS: [mx1.example.com]\n" AT(
          "10:00:02") "smtp[7]: connect to mx1.example.com[192.0.2.1]:25: Connection refused\n" SENT("10:00:02", "7",
                                                                                                     "AAAAAA1",
                                                                                                     "a@x.example",
                                                                                                     MX1),
      "a@x.example direct sent unknown no-tls-line\n" },
    { "the field of 3.11 decides, whatever is logged",
      START AT("10:00:02") "smtp[7]: AAAAAA1: " TO("a@x.example", MX1, "tls=may, dsn=2.0.0, status=sent (250 Ok)")
          AT("10:00:03") "smtp[7]: AAAAAA2: " TO("b@x.example", MX1, "tls=may:none, dsn=2.0.0, status=sent (250 Ok)"),
      "a@x.example direct sent encrypted tls-field\nb@x.example direct sent plaintext tls-field\n" },
    { "an undecided field on a reused connection leaves it to the line",
      START AT("10:00:02") "smtp[7]: AAAAAA1: " TO("a@x.example", MX1, "tls=may?, dsn=2.0.0, status=sent (250 Ok)")
          REUSED("10:00:03", "7", MX1)
              AT("10:00:03") "smtp[7]: AAAAAA2: " TO("b@x.example", MX1, "tls=may?, dsn=2.0.0, status=sent (250 Ok)"),
      "a@x.example direct sent plaintext no-tls-line\nb@x.example direct sent encrypted reused-line\n" },
    { "Gmail's own complaint is evidence",
      START AT("10:00:02") "smtp[7]: AAAAAA1: " TO(
          "a@gmail.com", "gmail-smtp-in.l.google.com[192.0.2.5]:25",
          "dsn=4.7.29, status=deferred (host gmail-smtp-in.l.google.com[192.0.2.5] said: 421-4.7.29 x - gsmtp (in "
          "reply to end of DATA command))"),
      "a@gmail.com direct deferred plaintext receiver\n" },
    { "the first line of a log may lack what came before it",
      TLS("10:00:02", "9", MX1)
          AT("10:00:02") "smtp[7]: AAAAAA1: to=<a@x.example>, relay=" MX1
                         ", delay=9, delays=0.1/0/3/5, dsn=2.0.0, status=sent (250 Ok)\n" AT(
                             "10:00:11") "smtp[6]: AAAAAA2: to=<b@x.example>, relay=" MX1
                                         ", delay=9, delays=0.1/0/3/5, dsn=2.0.0, status=sent (250 Ok)\n",
      "a@x.example direct sent unknown no-tls-line\nb@x.example direct sent plaintext no-tls-line\n" },
    { "a host's log begins with its first line, whatever that says",
      "Nov 21 09:00:00 mail kernel: up\n" TLS("10:00:02", "9", MX1)
          AT("10:00:02") "smtp[7]: AAAAAA1: to=<a@x.example>, relay=" MX1
                         ", delay=9, delays=0.1/0/3/5, dsn=2.0.0, status=sent (250 Ok)\n",
      "a@x.example direct sent plaintext no-tls-line\n" },
    { "lines that were lost before a session began do not touch it",
      START PROOF "Nov 21 10:05:00 mail systemd-journald[1]: Suppressed 12 messages from postfix@-.service\n" SENT(
          "10:05:00", "7", "AAAAAA1", "a@x.example", MX1) SENT("10:05:09", "7", "AAAAAA2", "b@x.example", MX1),
      "a@x.example direct sent plaintext no-tls-line\nb@x.example direct sent plaintext no-tls-line\n" },
    { "lines that were lost while the session ran may be its own",
      START PROOF "Nov 21 10:05:00 mail rsyslogd: imjournal: 12 messages lost due to rate-limiting\n" AT(
          "10:05:03") "smtp[7]: AAAAAA1: to=<a@x.example>, relay=" MX1
                      ", delay=9, delays=0.1/0/3/5, dsn=2.0.0, status=sent (250 Ok)\n",
      "a@x.example direct sent unknown no-tls-line\n" },
    { "probes of addresses are no mail",
      START PROOF AT("10:00:02") "smtp[7]: AAAAAA1: " TO("a@x.example", MX1, "status=deliverable (250 Ok)")
          AT("10:00:03") "smtp[7]: AAAAAA1: " TO("b@x.example", MX1, "status=undeliverable (550 no)"),
      "" },
    { "other delivery agents are not counted",
      START AT("10:00:02") "virtual[7]: AAAAAA1: " TO("a@x.example", "virtual", "status=sent (delivered to maildir)")
          AT("10:00:02") "pipe[7]: AAAAAA1: " TO("a@x.example", "maildrop", "status=sent (delivered via maildrop)")
              AT("10:00:02") "error[7]: AAAAAA1: " TO("a@x.example", "none", "status=deferred (x)"),
      "" },
    { "a submission port is a smarthost's",
      START PROOF SENT("10:00:02", "7", "AAAAAA1", "a@x.example", "smtp.example.org[192.0.2.8]:587"),
      "a@x.example smarthost sent plaintext no-tls-line\n" },
    { "rsyslog's repetitions count",
      START PROOF AT("10:00:02") "smtp[7]: message repeated 2 times: [ AAAAAA1: to=<a@x.example>, relay=" MX1
                                 ", delay=1, delays=0.1/0/0.2/0.1, dsn=2.0.0, status=sent (250 Ok)]\n",
      "a@x.example direct sent plaintext no-tls-line\na@x.example direct sent plaintext no-tls-line\n" },
    { "syslogd's repetitions count",
      START PROOF SENT("10:00:02", "7", "AAAAAA1", "a@x.example",
                       MX1) "Nov 21 10:00:03 mail last message repeated 2 times\n",
      "a@x.example direct sent plaintext no-tls-line\na@x.example direct sent plaintext no-tls-line\n"
      "a@x.example direct sent plaintext no-tls-line\n" },
    { "a repetition of something else does not",
      START PROOF SENT("10:00:02", "7", "AAAAAA1", "a@x.example", MX1)
          AT("10:00:02") "qmgr[4]: AAAAAA1: removed\n"
                         "Nov 21 10:00:03 mail last message repeated 2 times\n",
      "a@x.example direct sent plaintext no-tls-line\n" },
};

static struct replay replay;

static void print(const struct delivery *delivery, struct buf *out)
{
    buf_addf(out, "%.*s %.*s %.*s %.*s %.*s\n", VIEW_ARG(delivery->recipient), VIEW_ARG(hop_name(delivery->hop)),
             VIEW_ARG(delivery_status_name(delivery->status)), VIEW_ARG(protection_name(delivery->protection)),
             VIEW_ARG(evidence_name(delivery->evidence)));
}

START_TEST(each_rule_of_correlation_holds)
{
    char text[4096];
    struct buf buf = BUF(text);

    replay_init(&replay);
    replay_text(&replay, view_of(rows[_i].log));
    for (size_t i = 0; i < replay.count; i++)
        print(&replay.deliveries[i], &buf);
    ck_assert_msg(view_eq(buf_view(&buf), view_of(rows[_i].expected)), "%s: got\n%.*swant\n%s", rows[_i].rule,
                  (int)buf.len, text, rows[_i].expected);
    ck_assert_uint_eq(replay.strange, 0);
    ck_assert_uint_eq(replay.foreign, 0);
    replay_done(&replay);
}
END_TEST

static const struct {
    enum tls_logging logging;
    enum protection protection;
    enum evidence evidence;
} said[] = {
    { TLS_LOGGING_PROVE, PROTECTION_UNKNOWN, EVIDENCE_NO_TLS_LINE },
    { TLS_LOGGING_ON, PROTECTION_PLAINTEXT, EVIDENCE_CONFIG },
    { TLS_LOGGING_OFF, PROTECTION_UNKNOWN, EVIDENCE_NO_TLS_LINE },
};

START_TEST(the_operator_may_say_what_was_logged)
{
    replay_init(&replay);
    replay.settings.tls_logging = said[_i].logging;
    replay_text(&replay, VIEW(START SENT("10:00:02", "7", "AAAAAA1", "a@x.example", MX1)));
    ck_assert_uint_eq(replay.count, 1);
    ck_assert_int_eq(replay.deliveries[0].protection, said[_i].protection);
    ck_assert_int_eq(replay.deliveries[0].evidence, said[_i].evidence);
    replay_done(&replay);
}
END_TEST

#define QUEUED(time, id, from) AT(time) "qmgr[4]: " id ": from=<" from ">, size=402, nrcpt=1 (queue active)\n"
#define REMOVED(time, id) AT(time) "qmgr[4]: " id ": removed\n"
#define CLIENT(time, id, client) AT(time) "smtpd[5]: " id ": client=" client "\n"
#define LOGIN ", sasl_method=PLAIN, sasl_username=alice"
#define FILTER "127.0.0.1[127.0.0.1]:10024"

static const struct {
    const char *rule, *log, *expected; /* "recipient hop origin sender" per delivery */
} origins[] = {
    { "a login is a submission",
      CLIENT("10:00:00", "AAAAAA1", "client.example.com[203.0.113.5]" LOGIN)
          QUEUED("10:00:00", "AAAAAA1", "a@Example.ORG") SENT("10:00:02", "7", "AAAAAA1", "a@x.example", MX1),
      "a@x.example direct submitted example.org\n" },
    { "so is sendmail(1)",
      AT("10:00:00") "pickup[3]: AAAAAA1: uid=0 from=<root@example.org>\n" QUEUED(
          "10:00:00", "AAAAAA1", "root@example.org") SENT("10:00:02", "7", "AAAAAA1", "a@x.example", MX1),
      "a@x.example direct submitted example.org\n" },
    { "a stranger's mail is not",
      CLIENT("10:00:00", "AAAAAA1", "mx.example.net[203.0.113.9]") QUEUED("10:00:00", "AAAAAA1", "a@example.net")
          SENT("10:00:02", "7", "AAAAAA1", "a@x.example", MX1),
      "a@x.example direct unknown example.net\n" },
    { "a null sender from nobody is a bounce",
      QUEUED("10:00:00", "AAAAAA1", "") SENT("10:00:02", "7", "AAAAAA1", "a@x.example", MX1),
      "a@x.example direct bounce <>\n" },
    { "a null sender from a client is not",
      CLIENT("10:00:00", "AAAAAA1", "mx.example.net[203.0.113.9]") QUEUED("10:00:00", "AAAAAA1", "")
          SENT("10:00:02", "7", "AAAAAA1", "a@x.example", MX1),
      "a@x.example direct unknown <>\n" },
    { "bounce(8) says so",
      AT("10:00:00") "bounce[3]: AAAAAA0: sender non-delivery notification: AAAAAA1\n" QUEUED("10:00:00", "AAAAAA1", "")
          SENT("10:00:02", "7", "AAAAAA1", "a@x.example", MX1),
      "a@x.example direct bounce <>\n" },
    { "a queue ID comes again for another message",
      CLIENT("10:00:00", "AAAAAA1", "client.example.com[203.0.113.5]" LOGIN)
          QUEUED("10:00:00", "AAAAAA1", "a@example.org") SENT("10:00:02", "7", "AAAAAA1", "a@x.example", MX1)
              REMOVED("10:00:02", "AAAAAA1") CLIENT("10:00:03", "AAAAAA1", "mx.example.net[203.0.113.9]")
                  QUEUED("10:00:03", "AAAAAA1", "b@example.net") SENT("10:00:04", "7", "AAAAAA1", "b@x.example", MX1),
      "a@x.example direct submitted example.org\nb@x.example direct unknown example.net\n" },
    { "even if its removal was not seen",
      CLIENT("10:00:00", "AAAAAA1", "client.example.com[203.0.113.5]" LOGIN)
          QUEUED("10:00:00", "AAAAAA1", "a@example.org") CLIENT("10:00:03", "AAAAAA1", "mx.example.net[203.0.113.9]")
              SENT("10:00:04", "7", "AAAAAA1", "b@x.example", MX1),
      "b@x.example direct unknown \n" },
    { "a content filter hands the mail back under another queue ID",
      CLIENT("10:00:00", "AAAAAA1", "client.example.com[203.0.113.5]" LOGIN)
          QUEUED("10:00:00", "AAAAAA1", "a@example.org") CLIENT("10:00:01", "BBBBBB2", "localhost[127.0.0.1]")
              QUEUED("10:00:01", "BBBBBB2", "a@example.org") AT("10:00:01") "smtp[7]: AAAAAA1: " TO(
                  "a@x.example", FILTER, "status=sent (250 2.0.0 Ok: queued as BBBBBB2)")
                  SENT("10:00:02", "8", "BBBBBB2", "a@x.example", MX1),
      "a@x.example internal submitted example.org\na@x.example direct submitted example.org\n" },
    { "or says whose it was",
      CLIENT("10:00:00", "AAAAAA1", "client.example.com[203.0.113.5]" LOGIN) QUEUED("10:00:00", "AAAAAA1",
                                                                                    "a@example.org")
          CLIENT("10:00:01", "BBBBBB2", "localhost[127.0.0.1], orig_queue_id=AAAAAA1, orig_client=client[203.0.113.5]")
              SENT("10:00:02", "8", "BBBBBB2", "a@x.example", MX1),
      "a@x.example direct submitted example.org\n" },
    { "a strange server's \"queued as\" is believed of nobody",
      CLIENT("10:00:00", "AAAAAA1", "client.example.com[203.0.113.5]" LOGIN) QUEUED("10:00:00", "AAAAAA1",
                                                                                    "a@example.org")
          AT("10:00:01") "smtp[7]: AAAAAA1: " TO("a@x.example", MX1, "status=sent (250 2.0.0 Ok: queued as BBBBBB2)")
              CLIENT("10:00:02", "BBBBBB2", "mx.example.net[203.0.113.9]")
                  SENT("10:00:03", "8", "BBBBBB2", "b@x.example", MX1),
      "a@x.example direct submitted example.org\nb@x.example direct unknown \n" },
    { "what the gate says of itself is no record",
      AT("10:00:00") "outward-milter[2]: reload: rules of generation 2 in force for new connections\n" CLIENT(
          "10:00:00", "AAAAAA1", "client.example.com[203.0.113.5]" LOGIN) QUEUED("10:00:00", "AAAAAA1", "a@example.org")
          SENT("10:00:02", "7", "AAAAAA1", "a@x.example", MX1),
      "a@x.example direct submitted example.org\n" },
    { "local(8) forwards",
      CLIENT("10:00:00", "AAAAAA1", "mx.example.net[203.0.113.9]") QUEUED("10:00:00", "AAAAAA1", "b@example.net")
          AT("10:00:01") "local[6]: AAAAAA1: " TO("u@example.org", "local", "status=sent (forwarded as BBBBBB2)")
              QUEUED("10:00:01", "BBBBBB2", "b@example.net") SENT("10:00:02", "8", "BBBBBB2", "u@x.example", MX1),
      "u@x.example direct forwarded example.net\n" },
    { "postsuper -r queues anew",
      CLIENT("10:00:00", "AAAAAA1", "client.example.com[203.0.113.5]" LOGIN)
          QUEUED("10:00:00", "AAAAAA1", "a@example.org")
              AT("10:00:01") "pickup[3]: BBBBBB2: uid=102 from=<a@example.org> orig_id=AAAAAA1\n" QUEUED(
                  "10:00:01", "BBBBBB2", "a@example.org") SENT("10:00:02", "8", "BBBBBB2", "a@x.example", MX1),
      "a@x.example direct submitted example.org\n" },
    { "of what nobody saw before nobody knows whence it came",
      AT("10:00:01") "pickup[3]: BBBBBB2: uid=102 from=<a@example.org> orig_id=AAAAAA1\n" QUEUED(
          "10:00:01", "BBBBBB2", "a@example.org") SENT("10:00:02", "8", "BBBBBB2", "a@x.example", MX1),
      "a@x.example direct unknown example.org\n" },
    { "the gate may escape an octet of the queue ID",
      CLIENT("10:00:00", "AAAAAA1",
             "printer[192.0.2.77]") "Nov 21 10:00:00 mail outward-milter[2]: AAAAAA%31: decision=accept "
                                    "direction=outbound mode=monitor gen=1 stage=eom "
                                    "from=<p@example.org> nrcpt=1 to=x.example to_more=0\n" QUEUED(
                                        "10:00:00", "AAAAAA1", "p@example.org")
                                        SENT("10:00:02", "8", "AAAAAA1", "a@x.example", MX1),
      "a@x.example direct submitted example.org\n" },
    { "the gate knows what was submitted without a login",
      CLIENT(
          "10:00:00", "AAAAAA1",
          "printer[192.0.2.77]") "Nov 21 10:00:00 mail outward-milter[2]: AAAAAA1: decision=accept direction=outbound "
                                 "mode=monitor gen=1 stage=eom "
                                 "from=<p@example.org> header_from=example.com nrcpt=1 to=x.example to_more=0\n" QUEUED(
                                     "10:00:00", "AAAAAA1", "p@example.org")
                                     SENT("10:00:02", "8", "AAAAAA1", "a@x.example", MX1),
      "a@x.example direct submitted example.org\n" },
    { "and what is only passing through",
      CLIENT("10:00:00", "AAAAAA1",
             "mx.example.net[203.0.113.9]") "Nov 21 10:00:00 mail outward-milter[2]: AAAAAA1: decision=accept "
                                            "direction=inbound mode=monitor gen=1 stage=eom "
                                            "from=<p@example.net> nrcpt=1 to=x.example to_more=0\n" QUEUED(
                                                "10:00:00", "AAAAAA1", "p@example.net")
                                                SENT("10:00:02", "8", "AAAAAA1", "a@x.example", MX1),
      "a@x.example direct forwarded example.net\n" },
};

static const struct network_set *loopback(struct arena *arena)
{
    struct network networks[2];

    ck_assert_int_eq(network_parse(VIEW("127.0.0.0/8"), &networks[0]), NETWORK_FINE);
    ck_assert_int_eq(network_parse(VIEW("::1"), &networks[1]), NETWORK_FINE);
    return network_set_new(arena, networks, 2);
}

START_TEST(each_rule_of_origin_holds)
{
    char text[4096];
    struct buf buf = BUF(text);

    replay_init(&replay);
    replay.settings.internal = loopback(&replay.arena);
    replay_text(&replay, view_of(origins[_i].log));
    for (size_t i = 0; i < replay.count; i++) {
        const struct delivery *delivery = &replay.deliveries[i];

        buf_addf(&buf, "%.*s %.*s %.*s %.*s\n", VIEW_ARG(delivery->recipient), VIEW_ARG(hop_name(delivery->hop)),
                 VIEW_ARG(origin_name(delivery->origin)), VIEW_ARG(delivery->sender_domain));
    }
    ck_assert_msg(view_eq(buf_view(&buf), view_of(origins[_i].expected)), "%s: got\n%.*swant\n%s", origins[_i].rule,
                  (int)buf.len, text, origins[_i].expected);
    ck_assert_uint_eq(replay.strange, 0);
    replay_done(&replay);
}
END_TEST

START_TEST(a_handshake_failure_is_told_of_its_own_server_alone)
{
    replay_init(&replay);
    replay_text(&replay,
                VIEW(START PROOF AT("10:00:02") "smtp[7]: AAAAAA1: Cannot start TLS: handshake failure\n" SENT(
                    "10:00:03", "7", "AAAAAA1", "a@x.example", MX1) SENT("10:00:03", "7", "AAAAAA1", "b@x.example", MX1)
                         SENT("10:00:04", "7", "AAAAAA1", "c@y.example", MX2)));
    ck_assert_uint_eq(replay.count, 3);
    ck_assert_int_eq(replay.deliveries[0].failure, TLS_FAILURE_HANDSHAKE);
    ck_assert_int_eq(replay.deliveries[1].failure, TLS_FAILURE_HANDSHAKE);
    ck_assert_int_eq(replay.deliveries[2].failure, TLS_FAILURE_NONE);
    replay_done(&replay);
}
END_TEST

#define UNKNOWN "Nov 21 10:00:01 mail "

/* A warning says what it is, and smtpd says much that is of no interest here; the others are strange. */
static const char unknown_lines[] =
    START UNKNOWN "postfix/smtp[7]: AAAAAA1: to=<a@x.example>, relay=none, sta\n" UNKNOWN
                  "postfix/smtp[7]: something entirely new\n" UNKNOWN "postfix/smtp[7]: AAAAAA1: quite new\n" UNKNOWN
                  "postfix/smtp[7]: warning: no such file\n" UNKNOWN
                  "postfix/smtpd[7]: something entirely new\n" UNKNOWN "outward-milter[2]: NOQUEUE: decision=perhaps\n";

START_TEST(what_is_not_understood_is_counted)
{
    replay_init(&replay);
    replay_text(&replay, view_of(unknown_lines));
    ck_assert_uint_eq(replay.counts.strange, 4);
    ck_assert_uint_eq(replay.strange, 4);
    ck_assert_uint_eq(replay.counts.lines, 7);
    replay_done(&replay);
}
END_TEST

START_TEST(header_from_comes_with_the_delivery)
{
    replay_init(&replay);
    replay_text(&replay, view_of(origins[ROWS(origins) - 2].log));
    ck_assert_uint_eq(replay.count, 1);
    ck_assert_view_eq(replay.deliveries[0].header_from, "example.com");
    replay_done(&replay);
}
END_TEST

START_TEST(expired_messages_are_told)
{
    replay_init(&replay);
    replay_text(&replay,
                VIEW(AT("10:00:01") "qmgr[4]: AAAAAA1: from=<a@x.example>, status=expired, returned to sender\n" AT(
                    "10:00:01") "qmgr[4]: AAAAAA2: from=<>, status=force-expired, returned "
                                "to sender\n"));
    ck_assert_uint_eq(replay.expired, 2);
    ck_assert_uint_eq(replay.count, 0);
    replay_done(&replay);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("correlate");
    TCase *tests = tcase_create("correlate");

    tcase_add_loop_test(tests, each_rule_of_correlation_holds, 0, ROWS(rows));
    tcase_add_loop_test(tests, the_operator_may_say_what_was_logged, 0, ROWS(said));
    tcase_add_loop_test(tests, each_rule_of_origin_holds, 0, ROWS(origins));
    tcase_add_test(tests, a_handshake_failure_is_told_of_its_own_server_alone);
    tcase_add_test(tests, what_is_not_understood_is_counted);
    tcase_add_test(tests, header_from_comes_with_the_delivery);
    tcase_add_test(tests, expired_messages_are_told);
    suite_add_tcase(suite, tests);
    return suite;
}
