#include "metrics/server.h"

#include <arpa/inet.h>
#include <bsd/unistd.h>
#include <errno.h>
#include <fcntl.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "metrics/exposition.h"
#include "shared/network.h"

static enum MHD_Result answer(struct MHD_Connection *connection, unsigned status, const char *type, char *text,
                              size_t length, enum MHD_ResponseMemoryMode mode)
{
    struct MHD_Response *response = MHD_create_response_from_buffer(length, text, mode);
    enum MHD_Result result;

    if (response == NULL)
        return MHD_NO;
    (void)MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type);
    result = MHD_queue_response(connection, status, response);
    MHD_destroy_response(response);
    return result;
}

static enum MHD_Result answer_text(struct MHD_Connection *connection, unsigned status, const char *text)
{
    return answer(connection, status, "text/plain; charset=utf-8", (char *)(uintptr_t)text, strlen(text),
                  MHD_RESPMEM_MUST_COPY);
}

static enum MHD_Result give_metrics(struct MHD_Connection *connection, const char *path)
{
    struct ledger *ledger;
    struct error error;
    char *text = NULL;
    size_t length = 0;
    FILE *out;
    int result = -1;

    if (ledger_open_readonly(path, &ledger, &error) == -1)
        return answer_text(connection, MHD_HTTP_SERVICE_UNAVAILABLE, error.text);
    out = open_memstream(&text, &length);
    if (out != NULL) {
        result = exposition_print(out, ledger, ledger_writer(path) != 0, &error);
        if (fclose(out) == EOF)
            result = -1;
    }
    ledger_close(ledger);
    if (result == 0)
        return answer(connection, MHD_HTTP_OK, "text/plain; version=0.0.4; charset=utf-8", text, length,
                      MHD_RESPMEM_MUST_FREE);
    free(text);
    return answer_text(connection, MHD_HTTP_SERVICE_UNAVAILABLE, "the ledger cannot be read\n");
}

static enum MHD_Result give_health(struct MHD_Connection *connection, const char *path)
{
    struct ledger *ledger;
    struct error error;

    if (ledger_writer(path) == 0)
        return answer_text(connection, MHD_HTTP_SERVICE_UNAVAILABLE, "no outward-follow keeps the ledger\n");
    if (ledger_open_readonly(path, &ledger, &error) == -1)
        return answer_text(connection, MHD_HTTP_SERVICE_UNAVAILABLE, error.text);
    ledger_close(ledger);
    return answer_text(connection, MHD_HTTP_OK, "ok\n");
}

static enum MHD_Result on_request(void *context, struct MHD_Connection *connection, const char *url, const char *method,
                                  const char *version, const char *upload, size_t *upload_size, void **request)
{
    (void)version;
    (void)upload;
    (void)request;
    if (*upload_size != 0 || (strcmp(method, MHD_HTTP_METHOD_GET) != 0 && strcmp(method, MHD_HTTP_METHOD_HEAD) != 0))
        return answer_text(connection, MHD_HTTP_METHOD_NOT_ALLOWED, "only GET\n");
    if (strcmp(url, "/metrics") == 0)
        return give_metrics(connection, context);
    if (strcmp(url, "/healthz") == 0)
        return give_health(connection, context);
    return answer_text(connection, MHD_HTTP_NOT_FOUND, "/metrics or /healthz\n");
}

static _Noreturn void be_server(int listening, int life, const char *path)
{
    struct pollfd polled = { .fd = life, .events = POLLIN };
    struct MHD_Daemon *daemon;
    sigset_t none;

    (void)signal(SIGTERM, SIG_DFL);
    (void)signal(SIGHUP, SIG_IGN);
    (void)signal(SIGUSR1, SIG_IGN);
    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    daemon = MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD, 0, NULL, NULL, on_request, (void *)(uintptr_t)path,
                              MHD_OPTION_LISTEN_SOCKET, listening, MHD_OPTION_CONNECTION_LIMIT,
                              (unsigned)SERVER_CONNECTIONS_MAX, MHD_OPTION_CONNECTION_TIMEOUT,
                              (unsigned)SERVER_TIMEOUT_SECONDS, MHD_OPTION_END);
    if (daemon == NULL)
        _exit(EXIT_FAILURE);
    /* The follower writes nothing here: what wakes us is its end. */
    while (poll(&polled, 1, -1) == -1 && errno == EINTR) {
    }
    MHD_stop_daemon(daemon);
    _exit(EXIT_SUCCESS);
}

static int bind_to(struct view listen_at, struct error *error)
{
    struct sockaddr_in6 six = { .sin6_family = AF_INET6 };
    struct sockaddr_in four = { .sin_family = AF_INET };
    ptrdiff_t colon = view_find_last_char(listen_at, ':');
    struct view host = view_slice(listen_at, 0, colon < 0 ? 0 : (size_t)colon);
    bool is_six = host.n > 2 && host.p[0] == '[';
    const struct sockaddr *address = is_six ? (const struct sockaddr *)&six : (const struct sockaddr *)&four;
    socklen_t length = is_six ? sizeof(six) : sizeof(four);
    char text[INET6_ADDRSTRLEN + 1];
    uint64_t port = 0;
    int fd, on = 1;

    if (is_six)
        host = view_slice(host, 1, host.n - 1);
    if (colon < 0 || host.n >= sizeof(text) ||
        !view_number(view_slice(listen_at, (size_t)colon + 1, listen_at.n), UINT16_MAX, &port))
        return error_set(error, ERROR_USAGE, "metrics: \"%.*s\" is not ADDRESS:PORT", VIEW_ARG(listen_at));
    memcpy(text, host.p, host.n);
    text[host.n] = '\0';
    six.sin6_port = four.sin_port = htons((uint16_t)port);
    if (inet_pton(is_six ? AF_INET6 : AF_INET, text, is_six ? (void *)&six.sin6_addr : (void *)&four.sin_addr) != 1)
        return error_set(error, ERROR_USAGE, "metrics: \"%s\" is no address", text);
    fd = socket(is_six ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd == -1 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == -1 ||
        bind(fd, address, length) == -1 || listen(fd, SERVER_CONNECTIONS_MAX) == -1) {
        error_set(error, ERROR_SYSTEM, "metrics: %.*s: %s", VIEW_ARG(listen_at), strerror(errno));
        if (fd != -1)
            close(fd);
        return -1;
    }
    return fd;
}

int metrics_server_start(struct metrics_server *server, struct view listen_at, const char *ledger, struct error *error)
{
    int ends[2], listening = bind_to(listen_at, error);

    *server = (struct metrics_server){ .life = -1 };
    if (listening == -1)
        return -1;
    if (pipe(ends) == -1) {
        close(listening);
        return error_set(error, ERROR_SYSTEM, "pipe: %s", strerror(errno));
    }
    server->pid = fork();
    if (server->pid == 0) {
        /* Places of our own, by way of others that they do not overlap with; then nothing else that is open. */
        int sockets = fcntl(listening, F_DUPFD, 10), life = fcntl(ends[0], F_DUPFD, 10);

        if (dup2(sockets, STDERR_FILENO + 1) == -1 || dup2(life, STDERR_FILENO + 2) == -1)
            _exit(EXIT_FAILURE);
        closefrom(STDERR_FILENO + 3);
        be_server(STDERR_FILENO + 1, STDERR_FILENO + 2, ledger);
    }
    close(listening);
    close(ends[0]);
    server->life = ends[1];
    if (server->pid != -1)
        return 0;
    server->pid = 0;
    metrics_server_stop(server);
    return error_set(error, ERROR_SYSTEM, "fork: %s", strerror(errno));
}

void metrics_server_stop(struct metrics_server *server)
{
    if (server->life != -1)
        close(server->life);
    server->life = -1;
    if (server->pid > 0)
        (void)waitpid(server->pid, NULL, 0);
    server->pid = 0;
}

bool metrics_server_runs(struct metrics_server *server)
{
    if (server->pid > 0 && waitpid(server->pid, NULL, WNOHANG) == server->pid) {
        server->pid = 0;
        metrics_server_stop(server);
    }
    return server->pid > 0;
}
