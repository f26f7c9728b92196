/*
 * milter_load - send mail to a milter as Postfix would, and measure what that costs
 *
 * A number of connections at once, each with some messages; when one is over
 * the next begins, until all messages are through.  All first connections are
 * made and greeted before the first message, so the memory of that many idle
 * sessions can be told.  One line of JSON on standard output; exit 1 when the
 * filter refused, held or changed what should pass, broke the protocol or took
 * too long.
 */
#include <bsd/stdlib.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/bench/milter_load/dialogue.h"
#include "tests/bench/milter_load/process_cost.h"

struct options {
    const char *address;
    unsigned sessions, seconds;
    uint64_t mails;
    bool expect_refusal;
    pid_t pid; /* 0: costs are not asked for */
    struct dialogue_plan plan;
};

struct connection {
    struct dialogue dialogue;
    int fd;
    bool writing; /* waits for room in the socket */
};

struct load {
    const struct options *options;
    struct connection *connections;
    struct dialogue_counts counts;
    struct sockaddr_storage address;
    socklen_t address_length;
    int epoll;
    uint64_t planned; /* messages of all connections begun so far */
    unsigned open, greeted;
    bool started; /* the messages flow */
    double start_time, start_cpu;
    long idle_memory;
};

static const struct option long_options[] = {
    { "connect", required_argument, NULL, 'c' },
    { "sessions", required_argument, NULL, 's' },
    { "mails", required_argument, NULL, 'n' },
    { "per-session", required_argument, NULL, 'm' },
    { "recipients", required_argument, NULL, 'r' },
    { "domains", required_argument, NULL, 'd' },
    { "body", required_argument, NULL, 'b' },
    { "profile", required_argument, NULL, 'p' },
    { "macro", required_argument, NULL, 'v' },
    { "pid", required_argument, NULL, 'P' },
    { "seconds", required_argument, NULL, 't' },
    { "expect-refusal", no_argument, NULL, 'R' },
    { "trace", no_argument, NULL, 'T' },
    { NULL, 0, NULL, 0 },
};

static void usage(void)
{
    fprintf(stderr,
            "usage: milter_load --connect unix:PATH|inet:PORT@HOST [--sessions N] [--mails N] [--per-session N]\n"
            "                   [--recipients N] [--domains N] [--body OCTETS] [--pid PID] [--seconds N]\n"
            "                   [--profile %s]\n"
            "                   [--macro NAME=VALUE]... [--expect-refusal] [--trace]\n",
            macro_profiles);
    exit(2);
}

static unsigned number(const char *text, unsigned least, unsigned most)
{
    const char *fault = NULL;
    long long value = strtonum(text, least, most, &fault);

    if (fault != NULL)
        errx(2, "%s: %s", text, fault);
    return (unsigned)value;
}

static void parse_option(struct options *options, int letter)
{
    switch (letter) {
    case 'c':
        options->address = optarg;
        break;
    case 's':
        options->sessions = number(optarg, 1, 20000);
        break;
    case 'n':
        options->mails = number(optarg, 1, 100000000);
        break;
    case 'm':
        options->plan.messages = number(optarg, 1, 1000000);
        break;
    case 'r':
        options->plan.recipients = number(optarg, 1, 10000);
        break;
    case 'd':
        options->plan.domains = number(optarg, 1, 1000000);
        break;
    case 'b':
        options->plan.body = number(optarg, 1, 1U << 30);
        break;
    case 'P':
        options->pid = (pid_t)number(optarg, 1, 1U << 22);
        break;
    case 't':
        options->seconds = number(optarg, 1, 3600);
        break;
    case 'R':
        options->expect_refusal = true;
        break;
    case 'T':
        options->plan.trace = stdout;
        break;
    case 'v':
        if (!macro_values_set(&options->plan.macros, optarg))
            errx(2, "--macro %s: Postfix knows no such macro", optarg);
        break;
    case 'p':
        if (!macro_values_init(&options->plan.macros, optarg))
            errx(2, "--profile %s: one of %s", optarg, macro_profiles);
        break;
    default:
        usage();
    }
}

static struct options parse_options(int argc, char **argv)
{
    struct options options = { .sessions = 1,
                               .seconds = 60,
                               .mails = 1000,
                               .plan = { .messages = 10, .recipients = 1, .domains = 10, .body = 4096 } };
    int letter;

    macro_values_init(&options.plan.macros, "submission");
    while ((letter = getopt_long(argc, argv, "", long_options, NULL)) != -1)
        parse_option(&options, letter);
    if (optind != argc || options.address == NULL)
        usage();
    if (options.mails < (uint64_t)options.sessions * options.plan.messages)
        options.mails = (uint64_t)options.sessions * options.plan.messages;
    return options;
}

static void resolve_unix(struct load *load, const char *path)
{
    struct sockaddr_un *address = (struct sockaddr_un *)(void *)&load->address;

    if (strlen(path) >= sizeof(address->sun_path))
        errx(2, "%s: too long", path);
    address->sun_family = AF_UNIX;
    memcpy(address->sun_path, path, strlen(path) + 1);
    load->address_length = sizeof(*address);
}

static void resolve_inet(struct load *load, const char *text)
{
    struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *found;
    const char *at = strchr(text, '@');
    char port[16];
    int fault;

    if (at == NULL || (size_t)(at - text) >= sizeof(port))
        usage();
    snprintf(port, sizeof(port), "%.*s", (int)(at - text), text);
    fault = getaddrinfo(at + 1, port, &hints, &found);
    if (fault != 0)
        errx(2, "%s: %s", text, gai_strerror(fault));
    memcpy(&load->address, found->ai_addr, found->ai_addrlen);
    load->address_length = found->ai_addrlen;
    freeaddrinfo(found);
}

static void resolve(struct load *load, const char *address)
{
    if (strncmp(address, "unix:", 5) == 0)
        resolve_unix(load, address + 5);
    else if (strncmp(address, "inet:", 5) == 0)
        resolve_inet(load, address + 5);
    else
        usage();
}

static void raise_descriptor_limit(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) == -1)
        err(1, "descriptor limit");
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

static void watch(const struct load *load, struct connection *connection, int operation, bool writing)
{
    struct epoll_event event = { .events = writing ? EPOLLIN | EPOLLOUT : EPOLLIN, .data.ptr = connection };

    if (epoll_ctl(load->epoll, operation, connection->fd, &event) == -1)
        err(1, "epoll");
    connection->writing = writing;
}

static void send_out(const struct load *load, struct connection *connection)
{
    struct octets *out = &connection->dialogue.out;

    while (out->done < out->n) {
        ssize_t n = send(connection->fd, out->p + out->done, out->n - out->done, MSG_NOSIGNAL);

        if (n == -1 && errno == EAGAIN)
            break;
        if (n == -1)
            err(1, "the filter closed the connection");
        out->done += (size_t)n;
    }
    if (out->done == out->n)
        out->done = out->n = 0;
    if (connection->writing != (out->n > 0))
        watch(load, connection, EPOLL_CTL_MOD, out->n > 0);
}

static void open_connection(struct load *load, struct connection *connection)
{
    connection->fd = socket(load->address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connection->fd == -1 ||
        connect(connection->fd, (struct sockaddr *)&load->address, load->address_length) == -1 ||
        fcntl(connection->fd, F_SETFL, O_NONBLOCK) == -1)
        err(1, "%s", load->options->address);
    dialogue_init(&connection->dialogue, &load->options->plan, &load->counts);
    dialogue_start(&connection->dialogue);
    watch(load, connection, EPOLL_CTL_ADD, false);
    send_out(load, connection);
    load->planned += load->options->plan.messages;
    load->open++;
}

static void close_connection(struct load *load, struct connection *connection)
{
    close(connection->fd);
    dialogue_done(&connection->dialogue);
    load->open--;
    if (load->planned < load->options->mails)
        open_connection(load, connection);
}

/* The measured time begins when all first connections stand. */
static void start_messages(struct load *load)
{
    load->started = true;
    load->idle_memory = process_memory(load->options->pid, "VmRSS");
    load->start_cpu = process_cpu(load->options->pid);
    load->start_time = seconds_now();
    for (unsigned i = 0; i < load->options->sessions; i++) {
        dialogue_go(&load->connections[i].dialogue);
        send_out(load, &load->connections[i]);
    }
}

static void go_on(struct load *load, struct connection *connection)
{
    struct dialogue *dialogue = &connection->dialogue;

    if (dialogue->state == DIALOGUE_BROKEN)
        errx(1, "the filter broke the protocol: %s", dialogue->fault);
    if (dialogue->state == DIALOGUE_CONNECTED && load->started)
        dialogue_go(dialogue);
    send_out(load, connection);
    if (dialogue->state == DIALOGUE_OVER && dialogue->out.n == 0)
        close_connection(load, connection);
    else if (dialogue->state == DIALOGUE_CONNECTED && ++load->greeted == load->options->sessions)
        start_messages(load);
}

static void receive(struct load *load, struct connection *connection)
{
    char buffer[16384];
    ssize_t n = recv(connection->fd, buffer, sizeof(buffer), 0);

    if (n == -1 && errno == EAGAIN)
        return;
    if (n == -1)
        err(1, "receive");
    if (n == 0)
        errx(1, "the filter closed the connection");
    octets_add(&connection->dialogue.in, buffer, (size_t)n);
    dialogue_receive(&connection->dialogue);
    go_on(load, connection);
}

static void run(struct load *load)
{
    double end = seconds_now() + load->options->seconds;
    struct epoll_event events[256];

    for (unsigned i = 0; i < load->options->sessions; i++)
        open_connection(load, &load->connections[i]);
    while (load->open > 0) {
        int count = epoll_wait(load->epoll, events, 256, 1000);

        if (seconds_now() > end)
            errx(1, "not done after %u seconds: %ju of %ju mails, %u connections greeted", load->options->seconds,
                 (uintmax_t)load->counts.mails, (uintmax_t)load->options->mails, load->greeted);
        for (int i = 0; i < count; i++) {
            if ((events[i].events & EPOLLIN) != 0)
                receive(load, events[i].data.ptr);
            else
                go_on(load, events[i].data.ptr);
        }
    }
}

static void report(const struct load *load, double seconds, double cpu)
{
    const struct dialogue_counts *counts = &load->counts;
    uint64_t all = counts->mails + counts->refused_mails;

    printf("{\"mails\": %ju, \"refused\": %ju, \"refused_recipients\": %ju, \"held\": %ju, \"changes\": %ju, "
           "\"seconds\": %.4f, \"mails_per_second\": %.1f, \"round_trips_per_mail\": %.3f",
           (uintmax_t)counts->mails, (uintmax_t)counts->refused_mails, (uintmax_t)counts->refused_recipients,
           (uintmax_t)counts->held, (uintmax_t)counts->changes, seconds, (double)all / seconds,
           (double)counts->replies_awaited / (double)all);
    if (load->options->pid != 0)
        printf(", \"cpu_us_per_mail\": %.2f, \"idle_kib\": %ld, \"peak_kib\": %ld", cpu * 1e6 / (double)all,
               load->idle_memory, process_memory(load->options->pid, "VmHWM"));
    puts("}");
}

static bool as_expected(const struct load *load)
{
    const struct dialogue_counts *counts = &load->counts;

    if (load->options->expect_refusal)
        return counts->mails == 0 && counts->refused_mails > 0;
    return counts->refused_mails + counts->refused_recipients + counts->held + counts->changes == 0;
}

int main(int argc, char **argv)
{
    struct options options = parse_options(argc, argv);
    struct load load = { .options = &options, .epoll = epoll_create1(EPOLL_CLOEXEC) };
    double seconds, cpu;

    load.connections = calloc(options.sessions, sizeof(*load.connections));
    if (load.epoll == -1 || load.connections == NULL)
        err(1, "start");
    raise_descriptor_limit();
    resolve(&load, options.address);
    run(&load);
    seconds = seconds_now() - load.start_time;
    cpu = process_cpu(options.pid) - load.start_cpu;
    if (options.plan.trace == NULL)
        report(&load, seconds, cpu);
    free(load.connections);
    close(load.epoll);
    if (!as_expected(&load))
        errx(1, options.expect_refusal ? "mail passed that should have been refused"
                                       : "mail was refused, held or changed that should pass");
    return 0;
}
