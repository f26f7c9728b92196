#include "programs/report_logs.h"

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "follow/partition.h"
#include "shared/huge_pages.h"

enum { PROGRESS_LINES = 1 << 18 };

/* What one thread reads, and what it finds.  What each delivery needs stands together. */
struct part {
    int64_t since, until;
    struct tally *tally;
    struct violations *violations;
    struct correlate *correlate;
    const struct report_logs_options *options;
    bool first; /* tells how far it is */
    size_t path_count;
    const char *paths[FEED_SOURCES_MAX];
    struct writers *writers;
    struct feed_counts read;
    int result;
    struct error error;
    size_t sample_count;
    struct view samples[SAMPLES_MAX];
    char texts[SAMPLES_MAX][SAMPLE_LENGTH];
};

struct whole {
    struct report_logs public; /* what is given out comes first */
    unsigned count;
    struct part *parts;
    struct view *hosts;
};

/* ---- what the lines become ---- */

static bool is_in_period(const struct part *part, int64_t time)
{
    return time >= part->since && time < part->until;
}

static void on_expect(void *context, struct view domain)
{
    const struct part *part = context;

    tally_expect(part->tally, domain);
}

static void on_prepare(void *context, const struct delivery *delivery)
{
    const struct part *part = context;

    tally_prepare(part->tally, delivery);
}

static void on_delivery(void *context, const struct delivery *delivery)
{
    struct part *part = context;

    if (!is_in_period(part, delivery->time))
        return;
    tally_add(part->tally, delivery);
    if (part->violations != NULL)
        violations_add(part->violations, delivery);
}

static void on_settle(void *context, uint32_t stretch, bool proven)
{
    struct part *part = context;

    tally_settle(part->tally, stretch, proven);
    if (part->violations != NULL)
        violations_settle(part->violations, stretch, proven);
}

static void on_expired(void *context, int64_t time, struct view sender_domain)
{
    struct part *part = context;

    if (is_in_period(part, time))
        tally_expired(part->tally, time, sender_domain);
}

static void on_submitted(void *context, int64_t time, struct view login, unsigned recipients)
{
    struct part *part = context;

    if (is_in_period(part, time))
        tally_submitted(part->tally, time, login, recipients);
}

static void on_expect_record(void *context, const struct record *record)
{
    const struct part *part = context;

    tally_expect_record(part->tally, record);
}

static void on_record(void *context, int64_t time, const struct record *record)
{
    struct part *part = context;

    if (is_in_period(part, time))
        tally_record(part->tally, time, record);
}

static void keep_sample(struct part *part, struct view line)
{
    struct view *sample = &part->samples[part->sample_count];

    if (!part->options->samples || part->sample_count == SAMPLES_MAX)
        return;
    *sample = (struct view){ part->texts[part->sample_count], line.n < SAMPLE_LENGTH ? line.n : SAMPLE_LENGTH };
    memcpy(part->texts[part->sample_count++], line.p, sample->n);
}

static void on_strange_line(void *context, const struct log_line *line)
{
    keep_sample(context, line->text);
}

static void on_strange_prefix(void *context, const char *name, struct view line)
{
    (void)name;
    keep_sample(context, line);
}

/* ---- one part ---- */

/* A long read shows that it is alive, on a terminal only. */
static void show_progress(const struct part *part, uint64_t lines, time_t started, bool last)
{
    static const char blank[] = "\r                                        \r";

    if (!part->first || !isatty(STDERR_FILENO) || time(NULL) - started < 1)
        return;
    if (last)
        fputs(blank, stderr);
    else
        fprintf(stderr, "\r%llu lines read", (unsigned long long)lines);
}

static int read_lines(struct part *part, struct feed *feed)
{
    const struct log_line *line;
    time_t started = time(NULL);
    uint64_t lines = 0;
    int result;

    while ((result = feed_next(feed, &line, &part->error)) == 1) {
        correlate_line(part->correlate, line);
        if (++lines % PROGRESS_LINES == 0)
            show_progress(part, lines, started, false);
    }
    show_progress(part, lines, started, true);
    return result;
}

static bool open_part(struct part *part)
{
    const struct log_options *log = part->options->log;
    const struct settings *settings = log->policy == NULL ? NULL : policy_settings(log->policy);
    struct correlate_sink sink = { .expect = on_expect,
                                   .prepare = on_prepare,
                                   .delivery = on_delivery,
                                   .settle = on_settle,
                                   .expired = on_expired,
                                   .submitted = on_submitted,
                                   .expect_record = on_expect_record,
                                   .record = on_record,
                                   .strange = on_strange_line,
                                   .context = part };
    uint64_t seed = log->correlate.seed;

    part->since = log->since;
    part->until = log->until;
    part->writers = writers_new(seed);
    part->tally = tally_new(seed);
    part->correlate = correlate_new(&log->correlate, &sink);
    if (settings != NULL && settings->delivery_rule_count > 0 &&
        (part->violations = violations_new(settings->delivery_rules, settings->delivery_rule_count, seed)) == NULL)
        return false;
    return part->writers != NULL && part->tally != NULL && part->correlate != NULL;
}

static void close_part(struct part *part)
{
    correlate_free(part->correlate);
    violations_free(part->violations);
    tally_free(part->tally);
    writers_free(part->writers);
}

static void *read_part(void *context)
{
    struct part *part = context;
    struct prefix_settings prefix = log_options_prefix(part->options->log);
    struct feed_sink sink = { on_strange_prefix, part };
    struct feed *feed;

    part->result = -1;
    if (!open_part(part)) {
        error_set(&part->error, ERROR_MEMORY, "out of memory");
        return NULL;
    }
    prefix.writers = part->writers;
    if (feed_open(part->paths, part->path_count, &prefix, &sink, &feed, &part->error) == -1)
        return NULL;
    part->result = read_lines(part, feed);
    correlate_end(part->correlate);
    part->read = feed_counts(feed);
    feed_close(feed);
    return NULL;
}

/* ---- all parts ---- */

/* The first part is read by this thread; a thread that does not start is made up for by it. */
static void read_parts(struct whole *whole)
{
    pthread_t threads[PARTS_MAX];
    bool started[PARTS_MAX] = { false };

    for (unsigned i = 1; i < whole->count; i++)
        started[i] = pthread_create(&threads[i], NULL, read_part, &whole->parts[i]) == 0;
    read_part(&whole->parts[0]);
    for (unsigned i = 1; i < whole->count; i++) {
        if (started[i])
            pthread_join(threads[i], NULL);
        else
            read_part(&whole->parts[i]);
    }
}

static bool share_hosts(const struct whole *whole)
{
    for (unsigned i = 0; i < whole->count; i++) {
        for (unsigned j = 0; j < i; j++) {
            if (writers_share_host(whole->parts[i].writers, whole->parts[j].writers))
                return true;
        }
    }
    return false;
}

static void add_counts(struct report_logs *sum, const struct part *part)
{
    struct correlate_counts counts = correlate_counts(part->correlate);

    sum->lines += part->read.lines;
    sum->unparsed += part->read.strange + counts.strange;
    sum->gaps += counts.gaps;
    sum->duplicates += part->read.duplicates;
    sum->cut += part->read.cut;
    sum->names_refused += counts.names_refused;
    sum->evicted += counts.processes_evicted + counts.messages_evicted + writers_refused(part->writers);
}

static int by_name(const void *a, const void *b)
{
    return view_cmp(*(const struct view *)a, *(const struct view *)b);
}

/* Hosts of mail programs: a log server's file names others, too. */
static void add_hosts(struct whole *whole, const struct writers *writers)
{
    bool seen[WRITERS_MAX + 1] = { false };
    const struct writer *writer;

    for (uint32_t number = 1; (writer = writers_at(writers, number)) != NULL; number++) {
        if (writer->program == PROGRAM_OTHER || writer->program == PROGRAM_LOGGER || seen[writer->host_number])
            continue;
        seen[writer->host_number] = true;
        whole->hosts[whole->public.host_count++] = writer->host;
    }
}

static bool collect_hosts(struct whole *whole)
{
    whole->hosts = calloc((size_t)whole->count * WRITERS_MAX + 1, sizeof(*whole->hosts));
    if (whole->hosts == NULL)
        return false;
    for (unsigned i = 0; i < whole->count; i++)
        add_hosts(whole, whole->parts[i].writers);
    qsort(whole->hosts, whole->public.host_count, sizeof(*whole->hosts), by_name);
    whole->public.hosts = whole->hosts;
    return true;
}

/* All that the parts counted goes to the first. */
static bool add_up(struct whole *whole)
{
    struct part *sum = &whole->parts[0];

    for (unsigned i = 0; i < whole->count; i++) {
        add_counts(&whole->public, &whole->parts[i]);
        if (i == 0)
            continue;
        if (!tally_merge(sum->tally, whole->parts[i].tally))
            return false;
        if (sum->violations != NULL)
            violations_merge(sum->violations, whole->parts[i].violations);
        correlate_merge_main_relay(sum->correlate, whole->parts[i].correlate);
    }
    whole->public.tally = sum->tally;
    whole->public.violations = sum->violations;
    whole->public.main_relay = correlate_main_relay(sum->correlate);
    whole->public.samples = sum->samples;
    whole->public.sample_count = sum->sample_count;
    return collect_hosts(whole);
}

static unsigned processors(void)
{
    cpu_set_t set;

    return sched_getaffinity(0, sizeof(set), &set) == -1 ? 1 : (unsigned)CPU_COUNT(&set);
}

static unsigned threads_wanted(const struct report_logs_options *options)
{
    unsigned most = options->threads == 0 ? processors() : options->threads;

    /* The first samples are those of the earliest lines. */
    if (options->samples || options->log->path_count < 2)
        return 1;
    return most < PARTS_MAX ? most : PARTS_MAX;
}

/* Parts for at most so many threads; -1 with the reason. */
static int make_parts(struct whole *whole, const struct report_logs_options *options, unsigned most,
                      struct error *error)
{
    unsigned part_of[FEED_SOURCES_MAX];
    const struct log_options *log = options->log;
    struct prefix_settings prefix = log_options_prefix(log);
    int count = most < 2 ? 1 : partition_logs(log->paths, log->path_count, &prefix, most, part_of, error);

    if (count < 1)
        return -1;
    whole->parts = calloc((size_t)count, sizeof(*whole->parts));
    if (whole->parts == NULL)
        return error_set(error, ERROR_MEMORY, "out of memory");
    whole->count = (unsigned)count;
    for (size_t i = 0; i < log->path_count; i++) {
        struct part *part = &whole->parts[count < 2 ? 0 : part_of[i]];

        part->paths[part->path_count++] = log->paths[i];
    }
    for (unsigned i = 0; i < whole->count; i++) {
        whole->parts[i].options = options;
        whole->parts[i].first = i == 0;
    }
    return 0;
}

static void free_parts(struct whole *whole)
{
    for (unsigned i = 0; i < whole->count; i++)
        close_part(&whole->parts[i]);
    free(whole->parts);
    free(whole->hosts);
    *whole = (struct whole){ 0 };
}

static int read_by(struct whole *whole, const struct report_logs_options *options, unsigned most, struct error *error)
{
    if (make_parts(whole, options, most, error) == -1)
        return -1;
    read_parts(whole);
    for (unsigned i = 0; i < whole->count; i++) {
        if (whole->parts[i].result == -1) {
            *error = whole->parts[i].error;
            return -1;
        }
    }
    if (share_hosts(whole)) {
        free_parts(whole);
        return read_by(whole, options, 1, error);
    }
    return add_up(whole) ? 0 : error_set(error, ERROR_MEMORY, "out of memory");
}

int report_logs_read(const struct report_logs_options *options, struct report_logs **out)
{
    struct whole *whole = calloc(1, sizeof(*whole));
    struct error error = { ERROR_MEMORY, "out of memory" };

    (void)huge_pages_for_heap();
    if (whole == NULL || read_by(whole, options, threads_wanted(options), &error) == -1) {
        fprintf(stderr, "outward report: %s\n", error.text);
        report_logs_free(whole == NULL ? NULL : &whole->public);
        return -1;
    }
    *out = &whole->public;
    return 0;
}

void report_logs_free(struct report_logs *logs)
{
    if (logs == NULL)
        return;
    free_parts((struct whole *)(void *)logs);
    free(logs);
}
