/* outward watch: deliveries and decisions as they happen, from the logs themselves. */
#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "follow/correlate.h"
#include "follow/journal.h"
#include "follow/tail.h"
#include "programs/commands.h"
#include "programs/configuration.h"
#include "programs/local_time.h"
#include "programs/watch_answer.h"

enum {
    SOURCES_MAX = 64,
    USERS_MAX = 3,
    LOOK_BACK_OCTETS = 4 << 20, /* of a log, read without a word: what is under way, and whether TLS is logged */
    LOOK_BACK_MS = 3600 * 1000, /* of the journal, likewise */
    PAUSE_MS = 100,             /* lines come in bunches */
    DOMAIN_ROOM = 256
};

struct options {
    const char *config, *paths[SOURCES_MAX], *directory;
    size_t path_count;
    char to[DOMAIN_ROOM], from[DOMAIN_ROOM];
    struct watch_answer answer;
    bool no_follow; /* end when all is read */
};

struct source {
    struct tail *tail;
    struct prefix prefix;
};

struct watch {
    struct options options;
    struct policy *policy;
    struct writers *writers;
    struct correlate *correlate;
    const struct log_line *line;
    struct positions positions;
    struct source sources[SOURCES_MAX];
    size_t count;
    struct journal *journal;
    uint64_t seed;
    int inotify;
};

static void print_help(void)
{
    fputs(
        "usage: outward watch [--log FILE]... [--to DOMAIN] [--from DOMAIN] [--only WHAT] [--format text|json]\n\n"
        "Show deliveries and the gate's decisions as they are logged, until interrupted.  The logs are read, not the\n"
        "ledger: it needs the right to read them, and no follower.\n"
        "Exit code: 0 ended; 1 no source could be read; 2 usage.\n\n"
        "      --log FILE           a mail log (those of the rule file; without any, the journal)\n"
        "      --journal-directory DIR  journal files of another place\n"
        "      --to DOMAIN          only recipients at this domain or below it\n"
        "      --from DOMAIN        only senders at this domain or below it\n"
        "      --only WHAT          all, deliveries, decisions, plaintext, or trouble: what was not sent, or not\n"
        "                           encrypted, or not accepted\n"
        "      --end                end when all is read\n"
        "  -c, --config FILE        the rule file (" DEFAULT_CONFIGURATION ", if it is there)\n"
        "      --format text|json   for people, or one object a line\n"
        "  -h, --help               this text\n\n"
        "example: outward watch --only trouble --to gmail.com\n",
        stdout);
}

/* ---- options ---- */

static bool take_domain(const char *option, const char *value, char room[DOMAIN_ROOM], struct view *out)
{
    struct buf buf = buf_over(room, DOMAIN_ROOM);

    if (!domain_normalize(view_of(value), &buf)) {
        fprintf(stderr, "outward watch: --%s is a domain, not \"%s\"\n", option, value);
        return false;
    }
    *out = buf_view(&buf);
    return true;
}

static bool take_format(struct options *options, const char *value)
{
    options->answer.json = strcmp(value, "json") == 0;
    if (options->answer.json || strcmp(value, "text") == 0)
        return true;
    fprintf(stderr, "outward watch: --format is text or json, not \"%s\"\n", value);
    return false;
}

static bool take_only(struct options *options, const char *value)
{
    if (watch_only_parse(value, &options->answer.only))
        return true;
    fprintf(stderr, "outward watch: --only is all, deliveries, decisions, plaintext or trouble, not \"%s\"\n", value);
    return false;
}

static bool take_log(struct options *options, const char *value)
{
    if (options->path_count == SOURCES_MAX) {
        fprintf(stderr, "outward watch: more than %d logs\n", SOURCES_MAX);
        return false;
    }
    options->paths[options->path_count++] = value;
    return true;
}

enum option_id { OPTION_LOG = 1, OPTION_JOURNAL, OPTION_TO, OPTION_FROM, OPTION_ONLY, OPTION_END, OPTION_FORMAT };

static bool take_option(struct options *options, int option, const char *value)
{
    switch ((enum option_id)option) {
    case OPTION_LOG:
        return take_log(options, value);
    case OPTION_JOURNAL:
        options->directory = value;
        return true;
    case OPTION_TO:
        return take_domain("to", value, options->to, &options->answer.to);
    case OPTION_FROM:
        return take_domain("from", value, options->from, &options->answer.from);
    case OPTION_ONLY:
        return take_only(options, value);
    case OPTION_END:
        options->no_follow = true;
        return true;
    case OPTION_FORMAT:
        return take_format(options, value);
    }
    return false;
}

/* -1 to go on; else the exit code. */
static int parse_options(int argc, char **argv, struct options *options)
{
    static const struct option names[] = { { "log", required_argument, NULL, OPTION_LOG },
                                           { "journal-directory", required_argument, NULL, OPTION_JOURNAL },
                                           { "to", required_argument, NULL, OPTION_TO },
                                           { "from", required_argument, NULL, OPTION_FROM },
                                           { "only", required_argument, NULL, OPTION_ONLY },
                                           { "end", no_argument, NULL, OPTION_END },
                                           { "format", required_argument, NULL, OPTION_FORMAT },
                                           { "config", required_argument, NULL, 'c' },
                                           { "help", no_argument, NULL, 'h' },
                                           { NULL, 0, NULL, 0 } };
    int option;

    optind = 1;
    while ((option = getopt_long(argc, argv, "c:h", names, NULL)) != -1) {
        if (option == 'h') {
            print_help();
            return COMMAND_FINE;
        }
        if (option == 'c')
            options->config = optarg;
        else if (option == '?' || !take_option(options, option, optarg))
            return COMMAND_USAGE;
    }
    if (optind == argc)
        return -1;
    fprintf(stderr, "outward watch: unexpected \"%s\"; logs are named with --log\n", argv[optind]);
    return COMMAND_USAGE;
}

/* ---- what happens ---- */

static void on_delivery(void *context, const struct delivery *delivery)
{
    watch_delivery(&((struct watch *)context)->options.answer, delivery);
}

static void on_settle(void *context, uint32_t stretch, bool proven)
{
    watch_verdict(&((struct watch *)context)->options.answer, stretch, proven);
}

static void on_expired(void *context, int64_t time, struct view sender_domain)
{
    (void)context;
    (void)time;
    (void)sender_domain;
}

static void on_record(void *context, int64_t time, const struct record *record)
{
    const struct watch *watch = context;

    watch_decision(&watch->options.answer, time, watch->line->writer->host, record);
}

/* ---- open ---- */

static bool open_correlation(struct watch *watch)
{
    const struct follow_settings *follow = watch->policy == NULL ? NULL : &policy_settings(watch->policy)->follow;
    struct correlate_sink sink = {
        .delivery = on_delivery, .settle = on_settle, .expired = on_expired, .record = on_record, .context = watch
    };
    struct correlate_settings settings = { .seed = watch->seed };

    if (follow != NULL) {
        settings.internal = follow->internal;
        settings.internal_names = follow->internal_names;
        settings.smarthosts = follow->smarthosts;
        settings.smarthost_names = follow->smarthost_names;
    }
    watch->writers = writers_new(watch->seed);
    watch->correlate = watch->writers == NULL ? NULL : correlate_new(&settings, &sink);
    return watch->correlate != NULL;
}

/* A place some way before the end, behind a whole line, as if the file had been read up to there. */
static void look_back(struct watch *watch, const char *path)
{
    ptrdiff_t index = POSITION_UNKNOWN;
    struct log_file *file;
    struct error ignored;
    struct view line;

    if (log_file_open(path, watch->seed, &file, &ignored) == -1)
        return;
    if (log_file_skip_back(file, LOOK_BACK_OCTETS) && log_file_line(file, &line, &ignored) == 1)
        (void)positions_note(&watch->positions, file, false, view_of(path), &index, &ignored);
    log_file_close(file);
}

static bool add_file(struct watch *watch, const char *path)
{
    struct source *source = &watch->sources[watch->count];
    struct prefix_settings prefix = { .writers = watch->writers, .utc = local_time_utc, .newest = time(NULL) };

    if (!watch->options.no_follow)
        look_back(watch, path);
    source->tail = tail_new(path, watch->seed, &watch->positions);
    if (source->tail == NULL)
        return false;
    prefix_init(&source->prefix, &prefix);
    watch->count++;
    return true;
}

static int open_journal(struct watch *watch, struct error *error)
{
    const char *const names[] = { "postfix", "outward" };
    uid_t users[USERS_MAX] = { 0 };
    struct journal_settings settings = {
        .directory = watch->options.directory, .users = users, .user_count = 1, .writers = watch->writers
    };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        const struct passwd *user = getpwnam(names[i]);

        if (user != NULL)
            users[settings.user_count++] = user->pw_uid;
    }
    if (journal_open(&settings, &watch->journal, error) == -1)
        return -1;
    if (watch->options.no_follow)
        return journal_go(watch->journal, (struct view){ "", 0 }, error) == -1 ? -1 : 0;
    return journal_go_to_time(watch->journal, (int64_t)time(NULL) * 1000 - LOOK_BACK_MS, error) == -1 ? -1 : 0;
}

static int open_sources(struct watch *watch, struct error *error)
{
    const struct follow_settings *follow = watch->policy == NULL ? NULL : &policy_settings(watch->policy)->follow;
    size_t configured = watch->options.path_count > 0 || follow == NULL ? 0 : follow->file_count;
    bool done = true;

    for (size_t i = 0; i < watch->options.path_count && done; i++)
        done = add_file(watch, watch->options.paths[i]);
    for (size_t i = 0; i < configured && i < SOURCES_MAX && done; i++)
        done = add_file(watch, follow->files[i].p);
    if (!done)
        return error_set(error, ERROR_MEMORY, "out of memory");
    if (watch->count > 0 && (watch->options.path_count > 0 || follow == NULL || !follow->journal))
        return 0;
    return open_journal(watch, error);
}

static int open_all(struct watch *watch, struct error *error)
{
    struct view zone;

    if (getrandom(&watch->seed, sizeof(watch->seed), 0) != (ssize_t)sizeof(watch->seed))
        return error_set(error, ERROR_SYSTEM, "getrandom: %s", strerror(errno));
    zone = watch->policy == NULL ? (struct view){ "", 0 } : policy_settings(watch->policy)->follow.time_zone;
    if (zone.n > 0 && !local_time_set_zone(zone.p))
        return error_set(error, ERROR_USAGE, "there is no time zone \"%.*s\"", VIEW_ARG(zone));
    if (!open_correlation(watch))
        return error_set(error, ERROR_MEMORY, "out of memory");
    watch->inotify = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    if (watch->inotify == -1)
        return error_set(error, ERROR_SYSTEM, "inotify: %s", strerror(errno));
    return open_sources(watch, error);
}

static void close_all(struct watch *watch)
{
    for (size_t i = 0; i < watch->count; i++) {
        tail_free(watch->sources[i].tail);
        prefix_done(&watch->sources[i].prefix);
    }
    journal_close(watch->journal);
    positions_done(&watch->positions);
    correlate_free(watch->correlate);
    writers_free(watch->writers);
    policy_free(watch->policy);
    if (watch->inotify != -1)
        close(watch->inotify);
}

/* ---- read and wait ---- */

static void take_line(struct watch *watch, const struct log_line *line)
{
    watch->line = line;
    correlate_line(watch->correlate, line);
}

static void read_source(struct watch *watch, struct source *source)
{
    struct log_line line;
    struct view text;

    tail_wake(source->tail);
    while (tail_line(source->tail, &text) == 1) {
        if (prefix_parse(&source->prefix, text, &line) == PREFIX_FOUND)
            take_line(watch, &line);
    }
    tail_watch(source->tail, watch->inotify);
}

static int read_all(struct watch *watch, struct error *error)
{
    struct log_line line;
    int result = 0;

    for (size_t i = 0; i < watch->count; i++)
        read_source(watch, &watch->sources[i]);
    while (watch->journal != NULL && (result = journal_line(watch->journal, &line, error)) == 1)
        take_line(watch, &line);
    fflush(watch->options.answer.out);
    return result == -1 || ferror(watch->options.answer.out) ? -1 : 0;
}

static void wait_for_more(const struct watch *watch)
{
    struct pollfd fds[2] = { { .fd = watch->inotify, .events = POLLIN }, { .fd = -1, .events = POLLIN } };
    char events[4096] __attribute__((aligned(8)));

    if (watch->journal != NULL)
        fds[1].fd = journal_fd(watch->journal);
    if (poll(fds, 2, -1) == -1)
        return;
    poll(NULL, 0, PAUSE_MS);
    while (read(watch->inotify, events, sizeof(events)) > 0) {
    }
    if (watch->journal != NULL)
        journal_wake(watch->journal);
}

static int say_unreadable(const struct watch *watch)
{
    int troubles = 0;

    for (size_t i = 0; i < watch->count; i++) {
        if (tail_trouble(watch->sources[i].tail)[0] == '\0')
            continue;
        fprintf(stderr, "outward watch: %s\n", tail_trouble(watch->sources[i].tail));
        troubles++;
    }
    return watch->count > 0 && troubles == (int)watch->count && watch->journal == NULL ? -1 : 0;
}

static int run(struct watch *watch, struct error *error)
{
    if (open_all(watch, error) == -1)
        return -1;
    /* What is under way now, without a word; files are read a second time once they are watched. */
    if (!watch->options.no_follow)
        watch->options.answer.since = (int64_t)time(NULL) * 1000;
    if (read_all(watch, error) == -1)
        return -1;
    if (say_unreadable(watch) == -1)
        return error_set(error, ERROR_SYSTEM, "no log can be read");
    while (!watch->options.no_follow) {
        if (read_all(watch, error) == -1)
            return ferror(watch->options.answer.out) ? 0 : -1;
        wait_for_more(watch);
    }
    correlate_end(watch->correlate);
    return 0;
}

int command_watch(int argc, char **argv)
{
    struct watch *watch = calloc(1, sizeof(*watch));
    struct error error = { ERROR_NONE, "" };
    int code;

    if (watch == NULL) {
        fputs("outward watch: out of memory\n", stderr);
        return COMMAND_ERRORS;
    }
    watch->inotify = -1;
    watch->options.answer.out = stdout;
    positions_init(&watch->positions);
    code = parse_options(argc, argv, &watch->options);
    if (code == -1) {
        code = configuration_open("watch", watch->options.config, &watch->policy) && run(watch, &error) == 0
                   ? COMMAND_FINE
                   : COMMAND_ERRORS;
        if (error.text[0] != '\0' && code != COMMAND_FINE)
            fprintf(stderr, "outward watch: %s\n", error.text);
    }
    close_all(watch);
    free(watch);
    return code;
}
