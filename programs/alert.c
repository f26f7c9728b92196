/* outward alert: each channel of `alert { }` is handed one notice now, as a test or because a unit failed. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "alert/courier.h"
#include "programs/commands.h"
#include "programs/configuration.h"

static void print_help(void)
{
    fputs(
        "usage: outward alert test [-c FILE]\n"
        "       outward alert failed UNIT [-c FILE]\n\n"
        "Hand every channel of `alert { }` one notice, now and once, and say which took it: a test, or that a unit of\n"
        "systemd failed, as the shipped outward-failure@.service does.\n"
        "Run it as the user of outward-follow, with whose rights the channels work.\n"
        "Exit code: 0 all took it; 1 one did not, or there is none; 2 usage.\n\n"
        "  -c, --config FILE        the rule file (" DEFAULT_CONFIGURATION ")\n"
        "  -h, --help               this text\n\n"
        "example: outward alert test\n",
        stdout);
}

/* -1 to go on; else the exit code. */
static int parse_options(int argc, char **argv, const char **config, const char **failed)
{
    static const struct option names[] = { { "config", required_argument, NULL, 'c' },
                                           { "help", no_argument, NULL, 'h' },
                                           { NULL, 0, NULL, 0 } };
    int option;

    optind = 1;
    while ((option = getopt_long(argc, argv, "c:h", names, NULL)) != -1) {
        if (option == 'h') {
            print_help();
            return COMMAND_FINE;
        }
        if (option != 'c')
            return COMMAND_USAGE;
        *config = optarg;
    }
    if (optind + 1 == argc && strcmp(argv[optind], "test") == 0)
        return -1;
    if (optind + 2 == argc && strcmp(argv[optind], "failed") == 0) {
        *failed = argv[optind + 1];
        return -1;
    }
    fputs("outward alert: say `outward alert test` or `outward alert failed UNIT`\n", stderr);
    return COMMAND_USAGE;
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
    if (body == NULL) {
        fputs("outward alert: out of memory\n", stderr);
        return COMMAND_ERRORS;
    }
    if (!fine)
        fputs("outward alert: the rule file's alert block names no channel\n", stderr);
    for (size_t i = 0; i < alert->channel_count; i++)
        fine &= try_channel(&alert->channels[i], alert, host, view_of(body));
    free(body);
    return fine ? COMMAND_FINE : COMMAND_ERRORS;
}

int command_alert(int argc, char **argv)
{
    const char *config = NULL, *failed = NULL;
    int code = parse_options(argc, argv, &config, &failed);
    struct policy *policy;

    if (code != -1)
        return code;
    if (!configuration_open("alert", config, &policy))
        return COMMAND_ERRORS;
    if (policy == NULL) {
        fputs("outward alert: there is no " DEFAULT_CONFIGURATION "; name the rule file with -c\n", stderr);
        return COMMAND_ERRORS;
    }
    code = try_all(&policy_settings(policy)->alert, failed);
    policy_free(policy);
    return code;
}
