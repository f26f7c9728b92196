#include "audit/talk.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/x509_vfy.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { LINE_MAX_OCTETS = 512 };

static int64_t now_ms(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* When this step must be done. */
static int64_t step_until(const struct talk *talk)
{
    int64_t until = now_ms() + talk->limits.step_ms;

    return until < talk->until ? until : talk->until;
}

static int timed_out(struct error *error)
{
    return error_set(error, ERROR_LIMIT, "timed out");
}

/* Wait until the socket is ready for these events. */
static int wait_for(const struct talk *talk, short events, int64_t until, struct error *error)
{
    for (;;) {
        struct pollfd polled = { .fd = talk->fd, .events = events };
        int64_t left = until - now_ms();
        int ready;

        if (left <= 0)
            return timed_out(error);
        ready = poll(&polled, 1, (int)left);
        if (ready > 0)
            return 0;
        if (ready == -1 && errno != EINTR)
            return error_set(error, ERROR_SYSTEM, "%s", strerror(errno));
    }
}

static socklen_t make_address(const struct address *address, unsigned port, struct sockaddr_storage *out)
{
    static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
    struct sockaddr_in *four = (struct sockaddr_in *)out;
    struct sockaddr_in6 *six = (struct sockaddr_in6 *)out;

    memset(out, 0, sizeof(*out));
    if (memcmp(address->octets, mapped, sizeof(mapped)) == 0) {
        four->sin_family = AF_INET;
        four->sin_port = htons((uint16_t)port);
        memcpy(&four->sin_addr, address->octets + 12, 4);
        return sizeof(*four);
    }
    six->sin6_family = AF_INET6;
    six->sin6_port = htons((uint16_t)port);
    memcpy(&six->sin6_addr, address->octets, 16);
    return sizeof(*six);
}

static int finish_connect(struct talk *talk, struct error *error)
{
    int failure = 0;
    socklen_t length = sizeof(failure);

    if (wait_for(talk, POLLOUT, step_until(talk), error) == -1)
        return -1;
    if (getsockopt(talk->fd, SOL_SOCKET, SO_ERROR, &failure, &length) == -1)
        failure = errno;
    return failure == 0 ? 0 : error_set(error, ERROR_SYSTEM, "%s", strerror(failure));
}

int talk_open(struct talk *talk, const struct address *address, unsigned port, const struct talk_limits *limits,
              struct error *error)
{
    struct sockaddr_storage where;
    socklen_t length = make_address(address, port, &where);

    talk->fd = socket(where.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    talk->ssl = NULL;
    talk->limits = *limits;
    talk->until = now_ms() + limits->whole_ms;
    talk->used = talk->taken = 0;
    if (talk->fd == -1)
        return error_set(error, ERROR_SYSTEM, "%s", strerror(errno));
    if (connect(talk->fd, (const struct sockaddr *)&where, length) == -1 && errno != EINPROGRESS) {
        error_set(error, ERROR_SYSTEM, "%s", strerror(errno));
        talk_close(talk);
        return -1;
    }
    if (finish_connect(talk, error) == -1) {
        talk_close(talk);
        return -1;
    }
    return 0;
}

void talk_close(struct talk *talk)
{
    SSL_free(talk->ssl);
    talk->ssl = NULL;
    if (talk->fd != -1)
        (void)close(talk->fd);
    talk->fd = -1;
}

/* Why OpenSSL gave up, as a person would say it. */
static int tls_error(const struct talk *talk, int result, struct error *error)
{
    unsigned long code = ERR_peek_error();
    const char *reason = ERR_reason_error_string(code);
    int kind = SSL_get_error(talk->ssl, result);

    ERR_clear_error();
    if (reason != NULL)
        return error_set(error, ERROR_SYSTEM, "%s", reason);
    if (kind == SSL_ERROR_SYSCALL && errno != 0)
        return error_set(error, ERROR_SYSTEM, "%s", strerror(errno));
    return error_set(error, ERROR_SYSTEM, "the server closed the connection");
}

/* After a call that did not finish: wait for what it wants.  -1 when it cannot go on. */
static int go_on(const struct talk *talk, int result, int64_t until, struct error *error)
{
    switch (SSL_get_error(talk->ssl, result)) {
    case SSL_ERROR_WANT_READ:
        return wait_for(talk, POLLIN, until, error);
    case SSL_ERROR_WANT_WRITE:
        return wait_for(talk, POLLOUT, until, error);
    default:
        return tls_error(talk, result, error);
    }
}

/* Octets read, at least one; -1 with the reason. */
static ssize_t receive_tls(struct talk *talk, char *to, size_t room, int64_t until, struct error *error)
{
    for (;;) {
        int got;

        ERR_clear_error();
        errno = 0;
        got = SSL_read(talk->ssl, to, (int)room);
        if (got > 0)
            return got;
        if (go_on(talk, got, until, error) == -1)
            return -1;
    }
}

static ssize_t receive_plain(struct talk *talk, char *to, size_t room, int64_t until, struct error *error)
{
    for (;;) {
        ssize_t got = read(talk->fd, to, room);

        if (got > 0)
            return got;
        if (got == 0)
            return error_set(error, ERROR_SYSTEM, "the server closed the connection");
        if (errno != EAGAIN && errno != EINTR)
            return error_set(error, ERROR_SYSTEM, "%s", strerror(errno));
        if (wait_for(talk, POLLIN, until, error) == -1)
            return -1;
    }
}

/* Forget the last reply; keep what came behind it. */
static void drop_taken(struct talk *talk)
{
    memmove(talk->bytes, talk->bytes + talk->taken, talk->used - talk->taken);
    talk->used -= talk->taken;
    talk->taken = 0;
}

int talk_read(struct talk *talk, struct smtp_reply *reply, struct error *error)
{
    int64_t until = step_until(talk);

    drop_taken(talk);
    for (;;) {
        enum reply_state state = smtp_reply_parse((struct view){ talk->bytes, talk->used }, reply);
        size_t room = sizeof(talk->bytes) - talk->used;
        ssize_t got;

        if (state == REPLY_WHOLE) {
            talk->taken = reply->octets;
            return 0;
        }
        if (state == REPLY_MALFORMED || room == 0)
            return error_set(error, ERROR_SYNTAX, "what the server sends is no SMTP reply");
        got = talk->ssl != NULL ? receive_tls(talk, talk->bytes + talk->used, room, until, error)
                                : receive_plain(talk, talk->bytes + talk->used, room, until, error);
        if (got == -1)
            return -1;
        talk->used += (size_t)got;
    }
}

static int send_all(struct talk *talk, const char *text, size_t length, struct error *error)
{
    int64_t until = step_until(talk);
    size_t done = 0;

    while (done < length) {
        ssize_t sent;

        ERR_clear_error();
        errno = 0;
        sent = talk->ssl != NULL ? SSL_write(talk->ssl, text + done, (int)(length - done))
                                 : send(talk->fd, text + done, length - done, MSG_NOSIGNAL);
        if (sent > 0)
            done += (size_t)sent;
        else if (talk->ssl != NULL) {
            if (go_on(talk, (int)sent, until, error) == -1)
                return -1;
        } else if (errno != EAGAIN && errno != EINTR)
            return error_set(error, ERROR_SYSTEM, "%s", strerror(errno));
        else if (wait_for(talk, POLLOUT, until, error) == -1)
            return -1;
    }
    return 0;
}

int talk_send(struct talk *talk, const char *line, struct error *error)
{
    char storage[LINE_MAX_OCTETS];
    struct buf text = BUF(storage);

    buf_addf(&text, "%s\r\n", line);
    if (text.full)
        return error_set(error, ERROR_LIMIT, "the command is too long");
    return send_all(talk, text.p, text.len, error);
}

int talk_start_tls(struct talk *talk, SSL_CTX *context, const char *name, void (*prepare)(void *to, SSL *ssl), void *to,
                   struct error *error)
{
    int64_t until = step_until(talk);
    int result;

    talk->used = talk->taken = 0;
    talk->ssl = SSL_new(context);
    if (talk->ssl == NULL || SSL_set_fd(talk->ssl, talk->fd) != 1)
        return error_set(error, ERROR_MEMORY, "out of memory");
    if (name != NULL && SSL_set_tlsext_host_name(talk->ssl, name) != 1)
        return error_set(error, ERROR_MEMORY, "out of memory");
    if (prepare != NULL)
        prepare(to, talk->ssl);
    for (;;) {
        ERR_clear_error();
        errno = 0;
        result = SSL_connect(talk->ssl);
        if (result == 1)
            return 0;
        if (go_on(talk, result, until, error) == -1)
            return -1;
    }
}

void talk_quit(struct talk *talk)
{
    struct smtp_reply reply;
    struct error error;

    if (talk->fd != -1 && talk_send(talk, "QUIT", &error) == 0)
        (void)talk_read(talk, &reply, &error);
    if (talk->ssl != NULL)
        (void)SSL_shutdown(talk->ssl);
    ERR_clear_error();
    talk_close(talk);
}
