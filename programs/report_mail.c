#include "programs/report_mail.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "shared/mail_send.h"

enum { PORT_DEFAULT = 25, HOST_SHOWN = 256, SECONDS_TO_SEND = 60 };

#define SERVER_DEFAULT "127.0.0.1"

struct server {
    char host[HOST_SHOWN];
    unsigned port;
};

/* The last colon begins a port, unless there are several and no brackets: an IPv6 address. */
static bool parse_server(const char *text, struct server *server)
{
    struct view rest = view_of(text), host = rest;
    ptrdiff_t colon = view_find_last_char(rest, ':');
    uint64_t port = PORT_DEFAULT;

    if (colon != -1 && (view_find_char(rest, ':') == colon || rest.p[0] == '[') && rest.p[rest.n - 1] != ']') {
        host = view_slice(rest, 0, (size_t)colon);
        if (!view_number(view_slice(rest, (size_t)colon + 1, rest.n), 65535, &port) || port == 0)
            return false;
    }
    if (host.n > 1 && host.p[0] == '[' && host.p[host.n - 1] == ']')
        host = view_slice(host, 1, host.n - 1);
    if (host.n == 0 || host.n >= sizeof(server->host))
        return false;
    memcpy(server->host, host.p, host.n);
    server->host[host.n] = '\0';
    server->port = (unsigned)port;
    return true;
}

static const char *sender_of(const struct report_mail_options *options)
{
    return options->from == NULL ? options->to : options->from;
}

int report_mail_check(const struct report_mail_options *options, struct error *error)
{
    struct server server;

    if (options->to == NULL && (options->from != NULL || options->server != NULL || options->always))
        return error_set(error, ERROR_USAGE, "--mail-from, --mail-server and --mail-always need --mail ADDRESS");
    if (options->to == NULL)
        return 0;
    if (!report_is_address(options->to))
        return error_set(error, ERROR_USAGE, "--mail: \"%.64s\" is no address", options->to);
    if (!report_is_address(sender_of(options)))
        return error_set(error, ERROR_USAGE, "--mail-from: \"%.64s\" is no address", options->from);
    if (options->server != NULL && !parse_server(options->server, &server))
        return error_set(error, ERROR_USAGE, "--mail-server: \"%.64s\" is not HOST or HOST:PORT", options->server);
    return 0;
}

/* What a writer of reports writes, in memory; NULL without. */
static char *text_of(const struct report *report, void (*write)(const struct report *, FILE *), size_t *size)
{
    char *text = NULL;
    FILE *out = open_memstream(&text, size);
    bool failed;

    if (out == NULL)
        return NULL;
    write(report, out);
    failed = ferror(out) != 0;
    if (fclose(out) != 0 || failed) {
        free(text);
        return NULL;
    }
    return text;
}

/* Message, date and name of the attached page. */
struct stamps {
    char date[64], message_id[HOST_SHOWN + 64], page_name[64];
};

static int make_stamps(int64_t now, struct stamps *stamps, struct error *error)
{
    time_t moment = (time_t)now;
    char host[HOST_SHOWN] = "localhost";
    uint64_t number;
    struct tm parts;

    if (localtime_r(&moment, &parts) == NULL || getrandom(&number, sizeof(number), 0) != sizeof(number))
        return error_set(error, ERROR_SYSTEM, "--mail: %s", strerror(errno));
    (void)gethostname(host, sizeof(host) - 1);
    strftime(stamps->date, sizeof(stamps->date), "%a, %d %b %Y %H:%M:%S %z", &parts);
    strftime(stamps->page_name, sizeof(stamps->page_name), "outward-%Y-%m-%d.html", &parts);
    snprintf(stamps->message_id, sizeof(stamps->message_id), "%lld.%016llx@%s", (long long)now,
             (unsigned long long)number, report_is_address(host) ? host : "localhost");
    return 0;
}

int report_mail_write(const struct report_mail_options *options, const struct report *report, int64_t now, FILE *out,
                      struct error *error)
{
    size_t text_size = 0, page_size = 0;
    char *text = text_of(report, report_text, &text_size), *page = text_of(report, report_html, &page_size);
    struct stamps stamps;
    int result = text == NULL || page == NULL ? error_set(error, ERROR_MEMORY, "--mail: out of memory")
                                              : make_stamps(now, &stamps, error);

    if (result == 0) {
        struct report_envelope envelope = { .from = sender_of(options),
                                            .to = options->to,
                                            .date = stamps.date,
                                            .message_id = stamps.message_id,
                                            .page_name = stamps.page_name,
                                            .text = { text, text_size },
                                            .page = { page, page_size } };

        report_mail(report, &envelope, out);
    }
    free(text);
    free(page);
    return result;
}

static int send_message(const struct report_mail_options *options, struct view message, struct error *error)
{
    struct server server;
    char reply[MAIL_REPLY_MAX];
    struct mail_to_send mail = { .host = server.host,
                                 .may_be_plaintext = true,
                                 .from = sender_of(options),
                                 .to = options->to,
                                 .message = message,
                                 .timeout = SECONDS_TO_SEND };

    if (!parse_server(options->server == NULL ? SERVER_DEFAULT : options->server, &server))
        return error_set(error, ERROR_USAGE, "--mail-server: \"%.64s\"", options->server);
    mail.port = server.port;
    return mail_send(&mail, reply, error);
}

int report_mail_send(const struct report_mail_options *options, const struct report *report, int64_t now,
                     struct error *error)
{
    char *message = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&message, &size);
    int result;

    if (out == NULL)
        return error_set(error, ERROR_MEMORY, "--mail: out of memory");
    result = report_mail_write(options, report, now, out, error);
    if (fclose(out) != 0 && result == 0)
        result = error_set(error, ERROR_MEMORY, "--mail: out of memory");
    if (result == 0)
        result = send_message(options, (struct view){ message, size }, error);
    free(message);
    return result;
}
