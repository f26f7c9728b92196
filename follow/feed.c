#include "follow/feed.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "follow/duplicates.h"
#include "follow/line_ends.h"
#include "follow/prefix_quick.h"
#include "follow/queue_id.h"
#include "follow/source.h"

struct channel {
    const char *path;
    size_t number;          /* as given */
    struct source *source;  /* NULL: not open now */
    const char *next, *end; /* lines of the source, not given yet */
    const char *looked;     /* up to where their ends are known */
    const char *stretch;    /* what the places of ends are counted from */
    struct line_ends ends;
    struct prefix prefix;
    struct log_line line; /* the one that comes next */
    int64_t first;        /* time of the first line, ms */
    uint64_t first_key;   /* what it is known by */
    bool copy;            /* holds lines that another log has */
    bool finished;
};

struct feed {
    struct channel *channels; /* in the order of their first lines */
    struct channel *only;     /* there is no other log; NULL: there is, or none is open yet */
    size_t count, opened;     /* channels before opened were or are open */
    size_t current;           /* gave the last line; count: none */
    size_t active;            /* opened and not finished */
    struct feed_sink sink;
    struct feed_counts counts;
    struct duplicates *duplicates; /* NULL: of one log */
    int64_t together;              /* time of the last line given while two logs were open, ms */
};

/*
 * Look for further line ends; false when there are none.
 * Not inlined, as all that is not for each line: each would save registers for it.
 */
static __attribute__((noinline)) bool find_ends(struct channel *channel)
{
    while (channel->looked < channel->end) {
        channel->stretch = channel->looked;
        channel->looked += line_ends_find(&channel->ends, channel->stretch, (size_t)(channel->end - channel->looked));
        if (channel->ends.count > 0)
            return true;
    }
    return false;
}

/* Cut the next line from those at hand; false when there are none. */
static inline bool cut_line(struct feed *feed, struct channel *channel, struct view *line)
{
    struct line_ends *ends = &channel->ends;
    const char *p = channel->next, *end;

    if (ends->next < ends->count || find_ends(channel)) {
        end = channel->stretch + ends->at[ends->next++];
        channel->next = end + 1;
    } else if (p < channel->end) {
        end = channel->next = channel->end;
    } else {
        return false;
    }
    /* A log that went through Windows. */
    if (p < end && end[-1] == '\r')
        end--;
    if (end - p > FEED_LINE_MAX) {
        end = p + FEED_LINE_MAX;
        feed->counts.cut++;
    }
    *line = (struct view){ p, (size_t)(end - p) };
    return true;
}

/* The next lines of a channel's source, when all before them were given; as source_lines(). */
static int read_lines(struct channel *channel, struct error *error)
{
    struct view lines;
    int result = source_lines(channel->source, &lines, error);

    if (result == 1) {
        channel->next = channel->looked = lines.p;
        channel->end = lines.p + lines.n;
    }
    return result;
}

/* A line that is not like those before it: true when it is one to give. */
static __attribute__((noinline)) bool read_line(struct feed *feed, struct channel *channel, struct view line)
{
    enum prefix_result found = prefix_parse(&channel->prefix, line, &channel->line);

    feed->counts.lines += found != PREFIX_BLANK;
    feed->counts.strange += found == PREFIX_STRANGE;
    if (found == PREFIX_STRANGE && feed->sink.strange != NULL)
        feed->sink.strange(feed->sink.context, source_name(channel->source), line);
    return found == PREFIX_FOUND;
}

/* The next line of those at hand. */
static bool take_line(struct feed *feed, struct channel *channel)
{
    struct view line;

    while (cut_line(feed, channel, &line)) {
        if (prefix_quick(&channel->prefix, line, &channel->line)) {
            feed->counts.lines++;
            return true;
        }
        if (read_line(feed, channel, line))
            return true;
    }
    return false;
}

/* The next line of a channel; 0 at its end. */
static int advance(struct feed *feed, struct channel *channel, struct error *error)
{
    int result;

    do {
        if (take_line(feed, channel))
            return 1;
        result = read_lines(channel, error);
    } while (result == 1);
    return result;
}

static void finish(struct feed *feed, struct channel *channel)
{
    source_close(channel->source);
    prefix_done(&channel->prefix);
    channel->source = NULL;
    channel->finished = true;
    feed->active--;
}

static int open_channel(struct feed *feed, struct channel *channel, struct error *error)
{
    int result;

    if (channel->source == NULL && source_open(channel->path, &channel->source, error) == -1)
        return -1;
    result = advance(feed, channel, error);
    if (result == 0)
        finish(feed, channel);
    return result == -1 ? -1 : 0;
}

/* The first line's time decides the order; a file with none has nothing to say and comes first. */
static int probe(struct feed *feed, struct channel *channel, const struct prefix_settings *settings,
                 struct error *error)
{
    struct prefix_settings mine = *settings;
    struct feed_counts before = feed->counts;
    struct feed_sink sink = feed->sink;
    int result;

    if (source_open(channel->path, &channel->source, error) == -1)
        return -1;
    if (source_written(channel->source) != 0)
        mine.newest = source_written(channel->source);
    prefix_init(&channel->prefix, &mine);
    feed->sink.strange = NULL;
    result = advance(feed, channel, error);
    feed->sink = sink;
    if (result == -1)
        return -1;
    channel->first = result == 1 ? log_line_due(&channel->line) : INT64_MIN;
    if (result == 1 && feed->duplicates != NULL)
        channel->first_key = duplicates_key(feed->duplicates, &channel->line);
    if (!source_rereadable(channel->source)) {
        /* Read once only: the first line waits. */
        channel->finished = result == 0;
        return 0;
    }
    feed->counts = before;
    source_close(channel->source);
    channel->source = NULL;
    channel->next = channel->looked = channel->end = NULL;
    channel->ends.count = channel->ends.next = 0;
    prefix_done(&channel->prefix);
    prefix_init(&channel->prefix, &mine);
    return 0;
}

static int by_first(const void *a, const void *b)
{
    const struct channel *left = a, *right = b;

    if (left->first != right->first)
        return left->first < right->first ? -1 : 1;
    return (left->number > right->number) - (left->number < right->number);
}

/* Whoever writes a line shall not choose which other it is taken for. */
static struct duplicates *new_duplicates(void)
{
    uint64_t seed;

    return getrandom(&seed, sizeof(seed), 0) == (ssize_t)sizeof(seed) ? duplicates_new(seed) : NULL;
}

/* Logs that begin alike are one: those before it of the same moment tell. */
static bool begins_alike(const struct feed *feed, size_t at)
{
    const struct channel *channel = &feed->channels[at];

    for (size_t i = at; i > 0 && feed->channels[i - 1].first == channel->first; i--) {
        if (feed->channels[i - 1].first_key == channel->first_key)
            return channel->first != INT64_MIN;
    }
    return false;
}

int feed_open(const char *const *paths, size_t count, const struct prefix_settings *settings,
              const struct feed_sink *sink, struct feed **out, struct error *error)
{
    struct feed *feed;

    if (count == 0 || count > FEED_SOURCES_MAX)
        return error_set(error, ERROR_LIMIT, "%zu logs given: 1 to %d can be read together", count, FEED_SOURCES_MAX);
    feed = calloc(1, sizeof(*feed));
    if (feed == NULL || (feed->channels = calloc(count, sizeof(*feed->channels))) == NULL ||
        (count > 1 && (feed->duplicates = new_duplicates()) == NULL)) {
        feed_close(feed);
        return error_set(error, ERROR_MEMORY, "out of memory");
    }
    feed->together = INT64_MIN;
    if (sink != NULL)
        feed->sink = *sink;
    for (; feed->count < count; feed->count++) {
        feed->channels[feed->count].path = paths[feed->count];
        feed->channels[feed->count].number = feed->count;
        if (probe(feed, &feed->channels[feed->count], settings, error) == -1) {
            feed->count++;
            feed_close(feed);
            return -1;
        }
    }
    qsort(feed->channels, count, sizeof(*feed->channels), by_first);
    for (size_t i = 1; i < count; i++)
        feed->channels[i].copy = begins_alike(feed, i);
    feed->current = count;
    *out = feed;
    return 0;
}

void feed_close(struct feed *feed)
{
    if (feed == NULL)
        return;
    for (size_t i = 0; i < feed->count; i++) {
        source_close(feed->channels[i].source);
        prefix_done(&feed->channels[i].prefix);
    }
    duplicates_free(feed->duplicates);
    free(feed->channels);
    free(feed);
}

/* The open channel with the earliest line; count without one. */
static size_t earliest(const struct feed *feed)
{
    size_t best = feed->count;

    for (size_t i = 0; i < feed->opened; i++) {
        const struct channel *channel = &feed->channels[i];

        if (!channel->finished &&
            (best == feed->count || log_line_is_before(&channel->line, &feed->channels[best].line)))
            best = i;
    }
    return best;
}

/* Open the channels whose first line is due.  A source that is read once is open from the start, its line waiting. */
static int open_due(struct feed *feed, struct error *error)
{
    while (feed->opened < feed->count) {
        struct channel *channel = &feed->channels[feed->opened];
        size_t best = earliest(feed);

        if (best != feed->count && feed->channels[best].line.time < channel->first)
            return 0;
        feed->active += !channel->finished;
        if (channel->source == NULL && !channel->finished && open_channel(feed, channel, error) == -1)
            return -1;
        feed->opened++;
    }
    return 0;
}

/* A line of a message, which no log has twice in a moment by chance: its recipient's, sender's or client's. */
static bool is_of_message(const struct log_line *line)
{
    enum program program = line->writer->program;
    struct view text = line->text, id;

    return (program == PROGRAM_SMTP || program == PROGRAM_LMTP || program == PROGRAM_SMTPD ||
            program == PROGRAM_QMGR) &&
           queue_id_cut(&text, &id) &&
           (view_starts(text, VIEW("to=<")) || view_starts(text, VIEW("from=<")) || view_starts(text, VIEW("client=")));
}

/*
 * Logs that are open together may hold the same lines.  Those of a moment in which one log ends and another begins
 * are no copies but a rotation, however alike two of them look; so are lines that come again and again.
 */
static bool is_duplicate(struct feed *feed)
{
    struct channel *channel = &feed->channels[feed->current];
    size_t teller;

    /* A log that has ended may have had the lines of this moment. */
    if (feed->active < 2 && channel->line.time > feed->together)
        return false;
    if (feed->active > 1)
        feed->together = channel->line.time;
    teller = duplicates_teller(feed->duplicates, feed->current, &channel->line);
    if (teller == feed->current)
        return false;
    channel->copy = channel->copy || (!feed->channels[teller].finished && is_of_message(&channel->line));
    feed->counts.duplicates += channel->copy;
    return channel->copy;
}

/* 1 with a line that may be another log's, too. */
static int next_line(struct feed *feed, const struct log_line **line, struct error *error)
{
    if (feed->current != feed->count) {
        struct channel *channel = &feed->channels[feed->current];
        int result = advance(feed, channel, error);

        if (result == -1)
            return -1;
        if (result == 0)
            finish(feed, channel);
        /* The last file, or one that ends before the next begins: no other can be earlier. */
        if (result == 1 && feed->active == 1 &&
            (feed->opened == feed->count || channel->line.time < feed->channels[feed->opened].first)) {
            *line = &channel->line;
            return 1;
        }
    }
    if (open_due(feed, error) == -1)
        return -1;
    feed->only = feed->count == 1 && feed->active == 1 ? feed->channels : NULL;
    feed->current = earliest(feed);
    if (feed->current == feed->count)
        return 0;
    *line = &feed->channels[feed->current].line;
    return 1;
}

/* As feed_next(), of several logs, or where the only one has no further line at hand. */
static __attribute__((noinline)) int next_of_all(struct feed *feed, const struct log_line **line, struct error *error)
{
    int result;

    do {
        result = next_line(feed, line, error);
    } while (result == 1 && feed->duplicates != NULL && is_duplicate(feed));
    return result;
}

int feed_next(struct feed *feed, const struct log_line **line, struct error *error)
{
    if (feed->only != NULL && take_line(feed, feed->only)) {
        *line = &feed->only->line;
        return 1;
    }
    return next_of_all(feed, line, error);
}

struct feed_counts feed_counts(const struct feed *feed)
{
    return feed->counts;
}
