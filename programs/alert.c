/* outward alert: each channel of `alert { }` is handed one notice now, as a test or because a unit failed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "alert/courier.h"
#include "programs/command_line.h"
#include "programs/configuration.h"

struct options {
    const char *config;
    const char *failed; /* the unit; NULL: a test */
};

static const struct option_row rows[] = {
    OPTION_ROW_CONFIG(offsetof(struct options, config)),
};

static const struct option_group groups[] = {
    OPTION_GROUP(rows, NULL, 0),
};

static const struct command_line command = {
    .name = "outward alert",
    .usage = "outward alert test [-c FILE]\n"
             "outward alert failed UNIT [-c FILE]",
    .about =
        "Hand every channel of `alert { }` one notice, now and once, and say which took it: a test, or that a unit of\n"
        "systemd failed, as the shipped outward-failure@.service does.\n"
        "Run it as the user of outward-follow, with whose rights the channels work.",
    .exits = "0 all took it; 1 one did not, or there is none; 2 usage",
    .groups = groups,
    .group_count = sizeof(groups) / sizeof(groups[0]),
    .example = "outward alert test",
};

static int parse_options(int argc, char **argv, struct options *options)
{
    struct operands operands;
    int code = command_line_parse(&command, argc, argv, options, &operands);

    if (code != COMMAND_LINE_FINE || (operands.count == 1 && strcmp(operands.list[0], "test") == 0))
        return code;
    if (operands.count != 2 || strcmp(operands.list[0], "failed") != 0)
        return command_line_refuse(&command, "say `outward alert test` or `outward alert failed UNIT`");
    options->failed = operands.list[1];
    return COMMAND_LINE_FINE;
}

static bool try_channel(const struct channel *channel, const struct alert_settings *alert, const char *host,
                        struct view body)
{
    const struct courier_settings settings = { .channel = channel, .relay = alert->relay, .host = host };
    char name[COURIER_KEY_MAX], text[256];
    struct buf key = BUF(name);
    enum courier_result result = courier_try(&settings, body, text);

    courier_key(channel, &key);
    if (result == COURIER_DELIVERED)
        printf("%-40s taken%s%s\n", buf_text(&key), text[0] != '\0' ? ": " : "", text);
    else
        printf("%-40s failed: %s\n", buf_text(&key), text);
    return result == COURIER_DELIVERED;
}

/* The follower knows nothing of this one: the time stands for the number of the notice. */
static char *make_notice(const char *failed, const char *host)
{
    int64_t now = (int64_t)time(NULL);
    char subject[INCIDENT_NAME_MAX];
    struct incident incident;

    snprintf(subject, sizeof(subject), "%s failed", failed == NULL ? "" : failed);
    incident_begin(&incident, ALERT_BLIND, failed == NULL ? VIEW("this is only a test") : view_of(subject), now * 1000);
    incident.notices = (unsigned)now;
    return notice_json(&incident, failed == NULL ? INCIDENT_TEST : INCIDENT_OPENED, 0, host);
}

static int try_all(const struct alert_settings *alert, const char *failed)
{
    char host[256] = "localhost", *body;
    bool fine = alert->channel_count > 0;

    (void)gethostname(host, sizeof(host) - 1);
    body = make_notice(failed, host);
    if (body == NULL)
        return command_line_fail(&command, "out of memory");
    if (!fine)
        (void)command_line_fail(&command, "the rule file's alert block names no channel");
    for (size_t i = 0; i < alert->channel_count; i++)
        fine &= try_channel(&alert->channels[i], alert, host, view_of(body));
    free(body);
    return fine ? COMMAND_FINE : COMMAND_ERRORS;
}

int command_alert(int argc, char **argv)
{
    struct options options = { .config = NULL };
    int code = parse_options(argc, argv, &options);
    struct policy *policy;

    if (code != COMMAND_LINE_FINE)
        return code;
    if (!configuration_open(&command, options.config, &policy))
        return COMMAND_ERRORS;
    if (policy == NULL)
        return command_line_fail(&command, "there is no " DEFAULT_CONFIGURATION "; name the rule file with -c");
    code = try_all(&policy_settings(policy)->alert, options.failed);
    policy_free(policy);
    return code;
}
