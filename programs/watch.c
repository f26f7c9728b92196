/* outward watch: deliveries and decisions as they happen, from the logs themselves. */
#include <errno.h>
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
#include "programs/command_line.h"
#include "programs/configuration.h"
#include "programs/local_time.h"
#include "programs/watch_answer.h"

enum {
    SOURCES_MAX = 64,
    USERS_MAX = 3,
    LOOK_BACK_OCTETS = 4 << 20, /* of a log, read without a word: what is under way, and whether TLS is logged */
    LOOK_BACK_MS = 3600 * 1000, /* of the journal, likewise */
    PAUSE_MS = 100,             /* lines come in bunches */
    LOOK_MS = 2000,             /* between looks at logs that cannot be watched */
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
    bool unwatched; /* not all that brings lines wakes */
};

/* ---- options ---- */

static int take_domain(char room[DOMAIN_ROOM], struct view *out, const struct option_row *row, const char *value,
                       struct error *error)
{
    struct buf buf = buf_over(room, DOMAIN_ROOM);

    if (!domain_normalize(view_of(value), &buf))
        return error_set(error, ERROR_USAGE, "--%s is a domain, not \"%.100s\"", row->name, value);
    *out = buf_view(&buf);
    return 0;
}

static int take_to(void *field, const struct option_row *row, const char *value, struct error *error)
{
    struct options *options = field;

    return take_domain(options->to, &options->answer.to, row, value, error);
}

static int take_from(void *field, const struct option_row *row, const char *value, struct error *error)
{
    struct options *options = field;

    return take_domain(options->from, &options->answer.from, row, value, error);
}

static int take_only(void *field, const struct option_row *row, const char *value, struct error *error)
{
    if (watch_only_parse(value, field))
        return 0;
    return error_set(error, ERROR_USAGE, "--%s is all, deliveries, decisions, plaintext or trouble, not \"%.100s\"",
                     row->name, value);
}

static int take_log(void *field, const struct option_row *row, const char *value, struct error *error)
{
    struct options *options = field;

    (void)row;
    if (options->path_count == SOURCES_MAX)
        return error_set(error, ERROR_USAGE, "more than %d logs", SOURCES_MAX);
    options->paths[options->path_count++] = value;
    return 0;
}

static const struct option_row rows[] = {
    { .name = "log",
      .argument = "FILE",
      .help = "a mail log (those of the rule file; without any, the journal); may be given again",
      .take = take_log },
    { .name = "journal-directory",
      .argument = "DIR",
      .help = "journal files of another place",
      .take = option_text,
      .at = offsetof(struct options, directory) },
    { .name = "to", .argument = "DOMAIN", .help = "only recipients at this domain or below it", .take = take_to },
    { .name = "from", .argument = "DOMAIN", .help = "only senders at this domain or below it", .take = take_from },
    { .name = "only",
      .argument = "WHAT",
      .help = "all, deliveries, decisions, plaintext, or trouble: what was not sent, or not encrypted, or not accepted",
      .take = take_only,
      .at = offsetof(struct options, answer.only) },
    { .name = "end", .help = "end when all is read", .take = option_flag, .at = offsetof(struct options, no_follow) },
    OPTION_ROW_CONFIG(offsetof(struct options, config)),
    { .name = "format",
      .argument = "text|json",
      .help = "for people, or one object a line",
      .take = option_format,
      .at = offsetof(struct options, answer.json) },
};

static const struct option_group groups[] = {
    OPTION_GROUP(rows, NULL, 0),
};

static const struct command_line command = {
    .name = "outward watch",
    .usage = "outward watch [--log FILE]... [--to DOMAIN] [--from DOMAIN] [--only WHAT] [--format text|json]",
    .about =
        "Show deliveries and the gate's decisions as they are logged, until interrupted.  The logs are read, not the\n"
        "ledger: it needs the right to read them, and no follower.",
    .exits = "0 ended; 1 no source could be read; 2 usage",
    .groups = groups,
    .group_count = sizeof(groups) / sizeof(groups[0]),
    .example = "outward watch --only trouble --to gmail.com",
    .instead = "logs are named with --log",
};

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
    watch->unwatched |= !tail_watch(source->tail, watch->inotify);
}

static int read_all(struct watch *watch, struct error *error)
{
    struct log_line line;
    int result = 0;

    watch->unwatched = false;
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
    if (poll(fds, 2, watch->unwatched ? LOOK_MS : -1) == -1)
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

    if (watch == NULL)
        return command_line_fail(&command, "out of memory");
    watch->inotify = -1;
    watch->options.answer.out = stdout;
    positions_init(&watch->positions);
    code = command_line_parse(&command, argc, argv, &watch->options, NULL);
    if (code == COMMAND_LINE_FINE) {
        code = configuration_open(&command, watch->options.config, &watch->policy) && run(watch, &error) == 0
                   ? COMMAND_FINE
                   : COMMAND_ERRORS;
        if (error.text[0] != '\0' && code != COMMAND_FINE)
            fprintf(stderr, "outward watch: %s\n", error.text);
    }
    close_all(watch);
    free(watch);
    return code;
}
