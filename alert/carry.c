/* The program, the mail and the syslog line. */
#include "alert/carry.h"

#include <bsd/string.h>
#include <stdio.h>
#include <stdlib.h>
#include <syslog.h>
#include <time.h>

#include "shared/child.h"
#include "shared/mail_send.h"

enum { TEXT_MAX = 256 };

/* The program gets the event, the reference and the condition as arguments, and the object on its standard input. */
enum courier_result carry_exec(const struct courier_settings *settings, const json_t *notice, struct view body,
                               char text[256])
{
    const char *argv[] = { settings->channel->target.p, json_string_value(json_object_get(notice, "event")),
                           notice_reference(notice), json_string_value(json_object_get(notice, "condition")), NULL };
    char storage[NOTICE_MAX + 1];
    struct buf line = BUF(storage);
    struct child_command command = { .argv = argv, .timeout_ms = COURIER_TIMEOUT_SECONDS * 1000, .keep_rights = true };
    struct child_result result;
    struct arena arena = { 0 };
    struct error error;
    int status;

    buf_add(&line, body);
    buf_add_char(&line, '\n');
    command.input = buf_view(&line);
    status = child_run(&arena, &command, &result, &error);
    if (status == -1)
        strlcpy(text, error.text, TEXT_MAX);
    else if (result.status != 0)
        snprintf(text, TEXT_MAX, "%s: exit code %d: %.*s", argv[0], result.status,
                 VIEW_ARG(view_slice(view_trim(result.err), 0, 120)));
    status = status == -1 ? -1 : result.status;
    arena_done(&arena);
    return status == 0 ? COURIER_DELIVERED : COURIER_TROUBLE;
}

/* HOST:PORT or [HOST]:PORT, as the checker let it through. */
static unsigned split_relay(struct view relay, char host[TEXT_MAX])
{
    ptrdiff_t colon = view_find_last_char(relay, ':');
    struct view name = view_slice(relay, 0, (size_t)colon);
    uint64_t port = 25;

    if (name.n > 2 && name.p[0] == '[')
        name = view_slice(name, 1, name.n - 1);
    snprintf(host, TEXT_MAX, "%.*s", VIEW_ARG(name));
    (void)view_number(view_slice(relay, (size_t)colon + 1, relay.n), UINT16_MAX, &port);
    return (unsigned)port;
}

/* 5yz is for good, RFC 5321 section 4.2.1; but a relay that was set up wrong is set right one day, so nothing is given up. */
enum courier_result carry_mail(const struct courier_settings *settings, const json_t *notice, struct view body,
                               char text[256])
{
    char storage[NOTICE_MAX * 2], host[TEXT_MAX], reply[MAIL_REPLY_MAX];
    struct buf message = BUF(storage);
    struct mail_to_send mail = { .host = host,
                                 .may_be_plaintext = true,
                                 .from = "<>",
                                 .to = settings->channel->target.p,
                                 .timeout = COURIER_TIMEOUT_SECONDS };
    struct error error;

    (void)body;
    mail.port = split_relay(settings->relay, host);
    notice_mail(notice, settings->channel->target, time(NULL), &message);
    mail.message = buf_view(&message);
    if (mail_send(&mail, reply, &error) == 0) {
        strlcpy(text, reply, TEXT_MAX);
        return COURIER_DELIVERED;
    }
    strlcpy(text, error.text, TEXT_MAX);
    return COURIER_TROUBLE;
}

enum courier_result carry_syslog(const struct courier_settings *settings, const json_t *notice, struct view body,
                                 char text[256])
{
    char storage[INCIDENT_NAME_MAX * 4];
    struct buf line = BUF(storage);

    (void)settings;
    (void)body;
    notice_line(notice, &line);
    openlog("outward", LOG_PID, LOG_MAIL);
    syslog(LOG_ALERT, "alert: %.*s", VIEW_ARG(buf_view(&line)));
    closelog();
    text[0] = '\0';
    return COURIER_DELIVERED;
}
