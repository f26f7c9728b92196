/* outward trace: one message, from how it came in to each attempt to deliver it. */
#include "follow/trace.h"

#include <stdlib.h>
#include <string.h>

#include "programs/command_line.h"
#include "programs/ledger_report.h"
#include "programs/log_choice.h"
#include "programs/trace_ledger.h"

enum { PASSES_MAX = 8, TLS_KNOWN = 1024, DETAIL_MAX = 1024 };

struct options {
    struct log_options log;
    const char *target;
    bool json, from_ledger;
};

/* The TLS version that an smtpd process logged last for its client. */
struct client_tls {
    const struct writer *writer;
    uint64_t pid;
    char version[16];
};

struct telling {
    const struct options *options;
    struct trace *trace;
    struct correlate *correlate;
    struct story story;
    struct client_tls tls[TLS_KNOWN];
    bool has; /* the line at hand belongs to the story */
};

/* But --log: standard input cannot be read twice. */
static const char *const log_names[] = { "since", "until",    "year",      "tz",     "tls-logging",
                                         "facts", "internal", "smarthost", "config", NULL };

static const struct option_row rows[] = {
    OPTION_ROW_FORMAT(offsetof(struct options, json)),
    OPTION_ROW_LOG("a mail log, plain or packed by gzip, zstd or xz", offsetof(struct options, log)),
};

static const struct option_group groups[] = {
    OPTION_GROUP(rows, NULL, 0),
    OPTION_GROUP(log_option_table, log_names, offsetof(struct options, log)),
};

static const struct command_line command = {
    .name = "outward trace",
    .usage = "outward trace QUEUE-ID|ADDRESS|LOGIN [--log FILE]... [OPTION]...",
    .about = "Tell how a message came in, what the gate decided, and every attempt to deliver it.\n"
             "An address or login finds all messages from it and to it.  Without --log it reads the logs of the\n"
             "rule file, else " DEFAULT_LOG ", with what was rotated, and adds what the ledger still knows.",
    .exits = "0 found; 1 nothing found, or a log could not be read; 2 usage",
    .groups = groups,
    .group_count = sizeof(groups) / sizeof(groups[0]),
    .example = "outward trace 4jX28S1gP8z1djYg --log /var/log/mail.log",
};

static bool reads_standard_input(const struct log_options *log)
{
    for (size_t i = 0; i < log->path_count; i++) {
        if (strcmp(log->paths[i], "-") == 0)
            return true;
    }
    return false;
}

static int parse_options(int argc, char **argv, struct options *options)
{
    struct operands operands;
    int code = command_line_parse(&command, argc, argv, options, &operands);

    if (code != COMMAND_LINE_FINE)
        return code;
    if (operands.count != 1 || operands.list[0][0] == '\0')
        return command_line_refuse(&command, "name one queue ID, address or login");
    options->target = operands.list[0];
    if (reads_standard_input(&options->log))
        return command_line_refuse(&command, "reads its logs several times, standard input cannot be");
    options->from_ledger = options->log.path_count == 0;
    code = log_options_finish(&options->log, &command);
    if (code == COMMAND_LINE_FINE && !log_choice_rotated(&options->log))
        code = command_line_fail(&command, "out of memory");
    return code;
}

typedef void line_user(struct telling *telling, const struct log_line *line, const struct event *event, bool *news);

/* All lines of all logs, once. */
static int read_pass(struct telling *telling, line_user *use, bool *news)
{
    struct prefix_settings prefix = log_options_prefix(&telling->options->log);
    const struct log_line *line;
    struct error error = { 0 };
    struct feed *feed;
    int result;

    trace_begin(telling->trace);
    result = feed_open(telling->options->log.paths, telling->options->log.path_count, &prefix, NULL, &feed, &error);
    if (result == 0) {
        while ((result = feed_next(feed, &line, &error)) == 1) {
            struct event event;

            if (line->writer->program == PROGRAM_OTHER)
                continue;
            event_parse(line->writer->program, line->text, &event);
            use(telling, line, &event, news);
        }
        feed_close(feed);
    }
    if (result == -1)
        fprintf(stderr, "outward trace: %s\n", error.text);
    return result;
}

static void learn(struct telling *telling, const struct log_line *line, const struct event *event, bool *news)
{
    *news |= trace_learn(telling->trace, line, event);
}

static struct client_tls *tls_of(struct telling *telling, const struct log_line *line)
{
    return &telling->tls[(line->writer->number * 31 + line->pid) % TLS_KNOWN];
}

/* "Anonymous TLS connection established from client.example.com[203.0.113.5]: TLSv1.3 with cipher ..." */
static void note_client_tls(struct telling *telling, const struct log_line *line)
{
    struct client_tls *tls = tls_of(telling, line);
    struct view text = line->text, head, version;

    if (view_starts(text, VIEW("connect from ")))
        *tls = (struct client_tls){ .writer = line->writer, .pid = line->pid };
    if (!view_cut(&text, VIEW(" TLS connection established from "), &head) || head.n > 16 ||
        !view_cut(&text, VIEW("]: "), &head) || !view_cut(&text, VIEW(" "), &version) ||
        version.n >= sizeof(tls->version))
        return;
    *tls = (struct client_tls){ .writer = line->writer, .pid = line->pid };
    memcpy(tls->version, version.p, version.n);
}

static void describe_client(struct telling *telling, const struct log_line *line, const struct event *event,
                            struct buf *out)
{
    const struct client_tls *tls = tls_of(telling, line);

    buf_addf(out, "from %.*s by %.*s", VIEW_ARG(event->client.client), VIEW_ARG(line->writer->tag));
    if (event->client.mechanism.n > 0)
        buf_addf(out, ", login %.*s (%.*s)", VIEW_ARG(event->client.login), VIEW_ARG(event->client.mechanism));
    else
        buf_addf(out, ", no login");
    if (tls->writer == line->writer && tls->pid == line->pid && tls->version[0] != '\0')
        buf_addf(out, ", %s", tls->version);
    else
        buf_addf(out, ", no TLS line");
    if (event->client.orig_queue_id.n > 0)
        buf_addf(out, ", before that %.*s", VIEW_ARG(event->client.orig_queue_id));
}

/* The record behind its queue ID, which goes to *queue_id (may be NULL). */
static struct view record_of(const struct event *event, struct view *queue_id)
{
    struct view text = event->text, id;

    if (view_cut(&text, VIEW(": "), &id) && queue_id != NULL)
        *queue_id = id;
    return text;
}

/* What an event is called, and its detail; NULL for what is not told here. */
static const char *describe(struct telling *telling, const struct log_line *line, const struct event *event,
                            struct buf *out)
{
    switch (event->kind) {
    case EVENT_CLIENT:
        describe_client(telling, line, event, out);
        return "received";
    case EVENT_PICKUP:
        buf_addf(out, "by sendmail(1): %.*s", VIEW_ARG(event->text));
        return "received";
    case EVENT_RECORD:
        buf_add(out, view_slice(record_of(event, NULL), 0, out->cap));
        return "judged";
    case EVENT_QUEUED:
        buf_add(out, view_slice(event->text, 0, out->cap));
        return "queued";
    case EVENT_FORWARDED:
        buf_addf(out, "for %.*s, goes on as %.*s", VIEW_ARG(event->delivery.to), VIEW_ARG(event->other));
        return "forwarded";
    case EVENT_NOTIFICATION:
        buf_add(out, view_slice(event->text, 0, out->cap));
        return "notified";
    case EVENT_SERVER_SAID:
    case EVENT_SESSION_OVER:
    case EVENT_HANDSHAKE:
        buf_add(out, view_slice(event->text, 0, out->cap));
        return "trouble";
    case EVENT_EXPIRED:
        return "expired";
    case EVENT_REMOVED:
        return "removed";
    default:
        return NULL;
    }
}

static void tell(struct telling *telling, const struct log_line *line, const struct event *event, bool *news)
{
    char text[DETAIL_MAX];
    struct buf buf = BUF(text);
    struct trace_event told = { .time = line->time, .host = line->writer->host, .queue_id = event->queue_id };

    (void)news;
    if (line->writer->program == PROGRAM_SMTPD)
        note_client_tls(telling, line);
    telling->has = trace_has(telling->trace, line, event) && line->time >= telling->options->log.since &&
                   line->time < telling->options->log.until;
    correlate_line(telling->correlate, line);
    told.what = telling->has ? describe(telling, line, event, &buf) : NULL;
    if (told.what == NULL)
        return;
    told.detail = buf_view(&buf);
    if (event->kind == EVENT_RECORD)
        (void)record_of(event, &told.queue_id);
    story_add(&telling->story, &told);
}

static void on_delivery(void *context, const struct delivery *delivery)
{
    struct telling *telling = context;
    struct trace_event told = { .time = delivery->time,
                                .host = delivery->host,
                                .queue_id = delivery->queue_id,
                                .attempt = true,
                                .delivery = *delivery };

    told.what = delivery_status_name(delivery->status).p;
    if (telling->has)
        story_add(&telling->story, &told);
}

static void on_settle(void *context, uint32_t stretch, bool proven)
{
    story_settle(&((struct telling *)context)->story, stretch, proven);
}

static void on_expired(void *context, int64_t time, struct view sender_domain)
{
    (void)context;
    (void)time;
    (void)sender_domain;
}

/* Links may lead back to lines that were read before they were known. */
static int learn_all(struct telling *telling)
{
    bool news = true;

    for (int pass = 0; news && pass < PASSES_MAX; pass++) {
        news = false;
        if (read_pass(telling, learn, &news) == -1)
            return -1;
    }
    return 0;
}

static int answer(const struct telling *telling)
{
    const char *target = telling->options->target;

    if (telling->options->json)
        story_print_json(&telling->story, view_of(target), stdout);
    else
        story_print_text(&telling->story, stdout);
    if (trace_overflow(telling->trace) > 0)
        fprintf(stderr, "outward trace: more than %d messages: some are left out\n", TRACE_MESSAGES_MAX);
    if (telling->story.count > 0)
        return COMMAND_FINE;
    fprintf(stderr, "outward trace: %s: not in %s\n", target,
            !telling->options->from_ledger ? "these logs"
                                           : "the logs that can be read, nor among the ledger's single deliveries");
    return COMMAND_ERRORS;
}

/* The story as the logs tell it. */
static int read_logs(struct telling *telling)
{
    if (telling->options->log.path_count == 0)
        return 0;
    if (learn_all(telling) == -1 || read_pass(telling, tell, &(bool){ false }) == -1)
        return -1;
    correlate_end(telling->correlate);
    return 0;
}

/* A ledger that cannot be read is told, and no fault where a log could be. */
static int read_ledger(struct telling *telling)
{
    const struct log_options *log = &telling->options->log;
    const struct trace_question question = { view_of(telling->options->target), log->since, log->until };
    struct error error;

    if (!telling->options->from_ledger || trace_ledger(&telling->story, ledger_path_of(log->policy), &question, &error))
        return 0;
    if (log->path_count == 0)
        fprintf(stderr, "outward trace: %s; name a log with --log FILE\n", error.text);
    return log->path_count == 0 ? -1 : 0;
}

static int run(const struct options *options)
{
    struct telling *telling = calloc(1, sizeof(*telling));
    struct correlate_sink sink = {
        .delivery = on_delivery, .settle = on_settle, .expired = on_expired, .context = telling
    };
    int code = COMMAND_ERRORS;

    if (telling != NULL) {
        telling->options = options;
        story_init(&telling->story);
        telling->trace = trace_new(view_of(options->target), options->log.correlate.seed);
        telling->correlate = correlate_new(&options->log.correlate, &sink);
    }
    if (telling == NULL || telling->trace == NULL || telling->correlate == NULL) {
        fprintf(stderr, "outward trace: out of memory\n");
    } else if (read_logs(telling) == 0 && read_ledger(telling) == 0) {
        code = answer(telling);
    }
    if (telling != NULL) {
        correlate_free(telling->correlate);
        trace_free(telling->trace);
        story_done(&telling->story);
    }
    free(telling);
    return code;
}

int command_trace(int argc, char **argv)
{
    struct options *options = calloc(1, sizeof(*options));
    int code;

    if (options == NULL)
        return command_line_fail(&command, "out of memory");
    log_options_init(&options->log);
    code = parse_options(argc, argv, options);
    if (code == COMMAND_LINE_FINE)
        code = run(options);
    log_options_done(&options->log);
    free(options);
    return code;
}
