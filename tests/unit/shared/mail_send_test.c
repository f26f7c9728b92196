/* A message handed to a server: what is said to it, what it says, and what is never said in plaintext. */
#include "shared/mail_send.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "shared/buf.h"
#include "tests/unit/unit.h"

enum { REPLIES_MAX = 10, HEARD_MAX = 2048, WAIT = 10 /* s */ };

/* A server of one session: each line it hears is answered with the next reply. */
struct server {
    pthread_t thread;
    int listener;
    unsigned port;
    const char *const *replies;
    char heard[HEARD_MAX];
    struct buf log;
};

/* One line, or behind a 354 all up to the dot.  False: the client left. */
static bool hear(struct server *server, int client, bool message)
{
    size_t before = server->log.len;
    char octet;

    while (read(client, &octet, 1) == 1) {
        buf_add_char(&server->log, octet);
        if (view_ends(view_slice(buf_view(&server->log), before, SIZE_MAX), message ? VIEW("\r\n.\r\n") : VIEW("\n")))
            return true;
    }
    return false;
}

static void *serve(void *context)
{
    struct server *server = context;
    int client = accept(server->listener, NULL, NULL);
    bool more = client != -1;

    for (size_t i = 0; more && server->replies[i] != NULL; i++) {
        struct view reply = view_of(server->replies[i]);

        more = write(client, reply.p, reply.n) == (ssize_t)reply.n && write(client, "\r\n", 2) == 2 &&
               hear(server, client, view_starts(reply, VIEW("354")));
    }
    if (client != -1)
        close(client);
    return NULL;
}

static void server_begin(struct server *server, const char *const *replies)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    struct timeval wait = { .tv_sec = WAIT };
    socklen_t length = sizeof(address);

    *server = (struct server){ .replies = replies };
    server->log = BUF(server->heard);
    server->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_ne(server->listener, -1);
    ck_assert_int_eq(setsockopt(server->listener, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait)), 0);
    ck_assert_int_eq(bind(server->listener, (struct sockaddr *)&address, sizeof(address)), 0);
    ck_assert_int_eq(listen(server->listener, 1), 0);
    ck_assert_int_eq(getsockname(server->listener, (struct sockaddr *)&address, &length), 0);
    server->port = ntohs(address.sin_port);
    ck_assert_int_eq(pthread_create(&server->thread, NULL, serve, server), 0);
}

static void server_end(struct server *server)
{
    (void)shutdown(server->listener, SHUT_RDWR);
    ck_assert_int_eq(pthread_join(server->thread, NULL), 0);
    close(server->listener);
    (void)buf_text(&server->log);
}

#define HELLO "220 mx.example.com ESMTP", "250-mx.example.com\r\n250 AUTH PLAIN"

static const struct {
    const char *replies[REPLIES_MAX];
    bool may_be_plaintext;
    const char *login;
    int result;
    const char *reply, *error; /* error: its end */
    const char *heard;         /* among what the server heard */
    const char *unheard;       /* what it must never hear */
} rows[] = {
    { { HELLO, "250 ok", "250 ok", "354 go", "250 2.0.0 taken", "221 bye" },
      true,
      NULL,
      0,
      "250 2.0.0 taken",
      NULL,
      "Subject: x\r\n\r\nbody\r\n.\r\n",
      "AUTH" },
    { { HELLO, "334 ", "235 welcome", "250 ok", "250 ok", "354 go", "250 2.0.0 taken", "221 bye" },
      true,
      "alice",
      0,
      "250 2.0.0 taken",
      NULL,
      "AUTH PLAIN",
      NULL },
    { { HELLO, "334 ", "535 5.7.8 no", "221 bye" },
      true,
      "alice",
      -1,
      "535 5.7.8 no",
      "535 5.7.8 no",
      "AUTH",
      "MAIL FROM" },
    { { HELLO, "250 ok", "550 5.1.1 nobody", "221 bye" },
      true,
      NULL,
      -1,
      "550 5.1.1 nobody",
      "550 5.1.1 nobody",
      "RCPT TO:<b@example.org>",
      "body" },
    { { HELLO, "250 ok", "250 ok", "354 go", "451 4.3.0 later", "221 bye" },
      true,
      NULL,
      -1,
      "451 4.3.0 later",
      "451 4.3.0 later",
      "body",
      NULL },
    { { "554 go away" }, true, NULL, -1, "554 go away", "554 go away", "", "MAIL FROM" },
    /* TLS is demanded, and not offered: neither password nor message goes out. */
    { { HELLO, "221 bye" }, false, "alice", -1, NULL, NULL, "EHLO", "AUTH" },
    { { HELLO, "221 bye" }, false, NULL, -1, NULL, NULL, "EHLO", "MAIL FROM" },
};

START_TEST(a_message_goes_out_as_it_may_and_the_answer_is_told)
{
    struct server server;
    struct mail_to_send mail = { .host = _i % 2 == 0 ? "127.0.0.1" : "localhost",
                                 .may_be_plaintext = rows[_i].may_be_plaintext,
                                 .login = rows[_i].login,
                                 .password = rows[_i].login == NULL ? NULL : "secret",
                                 .from = "a@example.org",
                                 .to = "b@example.org",
                                 .message = VIEW("Subject: x\r\n\r\nbody\r\n"),
                                 .timeout = WAIT };
    char reply[MAIL_REPLY_MAX];
    struct error error = { ERROR_NONE, "" };

    server_begin(&server, rows[_i].replies);
    mail.port = server.port;
    ck_assert_msg(mail_send(&mail, reply, &error) == rows[_i].result, "%s", error.text);
    server_end(&server);
    if (rows[_i].reply != NULL)
        ck_assert_str_eq(reply, rows[_i].reply);
    if (rows[_i].error != NULL)
        ck_assert_msg(view_ends(view_of(error.text), view_of(rows[_i].error)), "%s", error.text);
    ck_assert_msg(strstr(server.heard, rows[_i].heard) != NULL, "%s", server.heard);
    if (rows[_i].unheard != NULL)
        ck_assert_msg(strstr(server.heard, rows[_i].unheard) == NULL, "%s", server.heard);
}
END_TEST

START_TEST(a_line_longer_than_is_kept_is_cut)
{
    char text[2 * MAIL_REPLY_MAX], reply[MAIL_REPLY_MAX];
    const char *const replies[] = { text, NULL };
    struct mail_to_send mail = {
        .host = "127.0.0.1", .may_be_plaintext = true, .from = "a@example.org", .to = "b@example.org", .timeout = WAIT
    };
    struct server server;
    struct error error;

    memset(text, 'x', sizeof(text) - 1);
    memcpy(text, "554 ", 4);
    text[sizeof(text) - 1] = '\0';
    server_begin(&server, replies);
    mail.port = server.port;
    ck_assert_int_eq(mail_send(&mail, reply, &error), -1);
    server_end(&server);
    ck_assert_uint_eq(strlen(reply), MAIL_REPLY_MAX - 1);
}
END_TEST

START_TEST(a_server_that_cannot_be_named_or_reached_is_an_error)
{
    char host[600], reply[MAIL_REPLY_MAX];
    struct mail_to_send mail = { .host = host,
                                 .port = 1,
                                 .implicit_tls = true,
                                 .authorities = "/dev/null",
                                 .from = "a@example.org",
                                 .to = "b@example.org",
                                 .timeout = WAIT };
    struct error error = { ERROR_NONE, "" };

    memset(host, 'h', sizeof(host) - 1);
    host[sizeof(host) - 1] = '\0';
    ck_assert_int_eq(mail_send(&mail, reply, &error), -1);
    memcpy(host, "::1", sizeof("::1"));
    ck_assert_int_eq(mail_send(&mail, reply, &error), -1);
    ck_assert_msg(view_starts(view_of(error.text), VIEW("::1 port 1: ")), "%s", error.text);
    ck_assert_str_eq(reply, "");
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("mail_send");
    TCase *tests = tcase_create("mail_send");

    tcase_add_loop_test(tests, a_message_goes_out_as_it_may_and_the_answer_is_told, 0, ROWS(rows));
    tcase_add_test(tests, a_line_longer_than_is_kept_is_cut);
    tcase_add_test(tests, a_server_that_cannot_be_named_or_reached_is_an_error);
    suite_add_tcase(suite, tests);
    return suite;
}
