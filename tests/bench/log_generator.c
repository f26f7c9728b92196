/*
 * log_generator - write a mail log and the truth about it
 *
 * The log is what several hosts with several Postfix versions and instances
 * would have written; the truth is what `outward report --format json` must
 * say of it, counted from what really happened.  Same options, same log.
 */
#include <bsd/stdlib.h>
#include <err.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/bench/log_generator/background.h"
#include "tests/bench/log_generator/gate.h"
#include "tests/bench/log_generator/mail.h"

struct options {
    uint64_t lines, seed;
    uint32_t hosts, domains, rate;
    const char *prefix, *truth;
    int64_t start; /* seconds since 1970, UTC */
};

static const struct option long_options[] = {
    { "lines", required_argument, NULL, 'l' },
    { "seed", required_argument, NULL, 's' },
    { "hosts", required_argument, NULL, 'h' },
    { "domains", required_argument, NULL, 'd' },
    { "rate", required_argument, NULL, 'r' },
    { "prefix", required_argument, NULL, 'p' },
    { "truth", required_argument, NULL, 't' },
    { "start", required_argument, NULL, 'b' },
    { NULL, 0, NULL, 0 },
};

static void usage(void)
{
    fprintf(stderr,
            "usage: log_generator [--lines N] [--seed N] [--hosts N] [--domains N] [--rate LINES-A-SECOND]\n"
            "                     [--prefix %s]\n"
            "                     [--start 2026-03-01T00:00:00] [--truth FILE] > LOG\n",
            log_writer_prefixes);
    exit(2);
}

static long long number(const char *name, const char *text, long long least, long long most)
{
    const char *fault = NULL;
    long long value = strtonum(text, least, most, &fault);

    if (fault != NULL)
        errx(2, "--%s %s: %s", name, text, fault);
    return value;
}

static int64_t moment(const char *text)
{
    struct tm civil = { 0 };
    const char *end = strptime(text, "%Y-%m-%dT%H:%M:%S", &civil);

    if (end == NULL || *end != '\0')
        errx(2, "--start %s: not of the form 2026-03-01T00:00:00", text);
    return timegm(&civil);
}

static void parse_option(struct options *options, int letter)
{
    switch (letter) {
    case 'l':
        options->lines = (uint64_t)number("lines", optarg, 1, 10000000000);
        break;
    case 's':
        options->seed = (uint64_t)number("seed", optarg, 0, INT64_MAX);
        break;
    case 'h':
        options->hosts = (uint32_t)number("hosts", optarg, 1, 1000);
        break;
    case 'd':
        options->domains = (uint32_t)number("domains", optarg, DESTINATIONS_NAMED, 20000000);
        break;
    case 'r':
        options->rate = (uint32_t)number("rate", optarg, 1, 100000);
        break;
    case 'p':
        options->prefix = optarg;
        break;
    case 't':
        options->truth = optarg;
        break;
    case 'b':
        options->start = moment(optarg);
        break;
    default:
        usage();
    }
}

static struct options parse_options(int argc, char **argv)
{
    struct options options = { .lines = 100000,
                               .seed = 1,
                               .hosts = 7,
                               .domains = 2000,
                               .rate = 1000,
                               .prefix = "traditional",
                               .start = 1772323200 };
    int letter;

    while ((letter = getopt_long(argc, argv, "", long_options, NULL)) != -1)
        parse_option(&options, letter);
    if (optind != argc)
        usage();
    return options;
}

/* A message makes about eleven lines with everything that belongs to it. */
static void plan(struct world *world, const struct options *options)
{
    int64_t second = options->start * SECOND;

    world->arrival_gap = 12 * (int64_t)SECOND * world->instance_count / options->rate + 1;
    world->noise_gap = 10 * (int64_t)SECOND / options->rate + 1;
    for (uint32_t i = 0; i < world->instance_count; i++) {
        event_queue_add(&world->queue, second + (int64_t)i * 1000, HAPPENS_START, &world->instances[i]);
        event_queue_add(&world->queue, second + 2 * (int64_t)SECOND + (int64_t)i * 1000, HAPPENS_ARRIVAL,
                        &world->instances[i]);
    }
    event_queue_add(&world->queue, second, HAPPENS_NOISE, NULL);
}

static void happen(struct world *world, const struct event *event)
{
    switch (event->happening) {
    case HAPPENS_LINE:
        line_written(world, event->time, event->subject);
        break;
    case HAPPENS_ARRIVAL:
        mail_arrives(world, event->subject);
        break;
    case HAPPENS_DELIVERY:
        mail_delivers(world, event->subject);
        break;
    case HAPPENS_OUTCOME:
        mail_settles(world, event->subject);
        break;
    case HAPPENS_MAINTENANCE:
        background_maintenance(world, event->subject);
        break;
    case HAPPENS_RELOAD:
        background_reload(world, event->subject);
        break;
    case HAPPENS_STOP:
        background_stop(world, event->subject);
        break;
    case HAPPENS_START:
        background_start(world, event->subject);
        break;
    case HAPPENS_NOISE:
        background_noise(world);
        break;
    }
}

static void run(struct world *world)
{
    struct event event;

    while (world->lines_written < world->lines_wanted && event_queue_take(&world->queue, &event)) {
        world->now = event.time;
        happen(world, &event);
    }
}

/* What was still to happen never does; the messages are found where they wait. */
static void drop_the_rest(struct world *world)
{
    struct event event;

    while (event_queue_take(&world->queue, &event)) {
        if (event.happening == HAPPENS_LINE)
            line_dropped(event.subject);
        else if (event.happening == HAPPENS_DELIVERY || event.happening == HAPPENS_OUTCOME)
            free(event.subject);
    }
}

/* The columns that tell rows of submissions apart. */
static void print_submission(uint32_t number, FILE *out)
{
    struct gate_row row = { .login = "" };

    gate_row_describe(number, &row);
    fprintf(out,
            "\"listener\": \"%s\", \"client\": \"%s\", \"tls\": \"%s\", \"auth\": \"%s\", \"login\": ", row.listener,
            row.client, row.tls, row.auth);
    if (row.login[0] == '\0')
        fputs("null", out);
    else
        fprintf(out, "\"%s\"", row.login);
}

static void write_truth(const struct world *world, const char *path)
{
    const struct truth_names names = { sender_domain, print_submission };
    FILE *out = fopen(path, "w");

    if (out == NULL)
        err(1, "%s", path);
    truth_print(world->truth, out, &names);
    if (fclose(out) == EOF)
        err(1, "%s", path);
}

static void found_truth(struct world *world)
{
    struct truth_sizes sizes = { world->instance_count, SENDERS_ALL, GATE_ROWS };

    world->truth = truth_new(&world->destinations, &sizes, log_writer_resolution(world->writer));
}

int main(int argc, char **argv)
{
    struct options options = parse_options(argc, argv);
    struct world world = { .lines_wanted = options.lines, .random.state = random_mix(options.seed) | 1 };
    static char buffer[1 << 16];

    world.writer = log_writer_new(options.prefix, stdout);
    if (world.writer == NULL)
        usage();
    setvbuf(stdout, buffer, _IOFBF, sizeof(buffer));
    destinations_init(&world.destinations, options.domains, options.seed);
    world_found(&world, options.hosts);
    found_truth(&world);
    plan(&world, &options);
    run(&world);
    truth_end(world.truth);
    if (fflush(stdout) == EOF)
        err(1, "standard output");
    if (options.truth != NULL)
        write_truth(&world, options.truth);
    drop_the_rest(&world);
    truth_free(world.truth);
    log_writer_free(world.writer);
    destinations_done(&world.destinations);
    world_free(&world);
    return 0;
}
