#include "shared/volume_file.h"

#include "shared/domain.h"

#define MAGIC "outward-volume 1 "
static const uint64_t time_max = (uint64_t)1 << 48; /* ms: the year 10889 */

/* Where the reading stands. */
struct reading {
    unsigned number; /* of the line, from 1 */
    uint64_t lines;  /* domains so far */
    bool ended;
    struct error *error;
};

void volume_head_add(struct buf *out, const struct volume_head *head)
{
    buf_addf(out, MAGIC "%lld %lld\n", (long long)head->written, (long long)head->begin);
}

void volume_line_add(struct buf *out, const struct volume_line *line)
{
    buf_add(out, line->domain);
    buf_addf(out, " %lld", (long long)line->bulk_since);
    for (unsigned i = 0; i < VOLUME_BUCKETS; i++) {
        if (line->counts[i] > 0)
            buf_addf(out, " %u:%u", i, (unsigned)line->counts[i]);
    }
    buf_add_char(out, '\n');
}

void volume_end_add(struct buf *out, size_t lines)
{
    buf_addf(out, "end %zu\n", lines);
}

static int fail(const struct reading *reading, const char *what)
{
    return error_set(reading->error, ERROR_SYNTAX, "line %u: %s", reading->number, what);
}

/* The next word of a line, and the blank behind it. */
static struct view cut_word(struct view *line)
{
    struct view word = *line;

    if (!view_cut(line, VIEW(" "), &word))
        line->n = 0;
    return word;
}

static bool take_time(struct view word, int64_t *out)
{
    uint64_t number;

    if (!view_number(word, time_max, &number))
        return false;
    *out = (int64_t)number;
    return true;
}

static int parse_head(struct reading *reading, struct view line, struct volume_head *head)
{
    if (!view_skip(&line, VIEW(MAGIC)))
        return fail(reading, "no \"" MAGIC "\": not a volume file, or one of another version");
    if (!take_time(cut_word(&line), &head->written) || !take_time(cut_word(&line), &head->begin) || line.n > 0)
        return fail(reading, "the head needs two times in ms");
    return head->begin % VOLUME_BUCKET_MS == 0 ? 0 : fail(reading, "the first bucket begins at no quarter of an hour");
}

static int parse_count(struct reading *reading, struct view word, struct volume_line *out)
{
    struct view left;
    uint64_t bucket, count;

    if (!view_cut(&word, VIEW(":"), &left) || !view_number(left, VOLUME_BUCKETS - 1, &bucket) ||
        !view_number(word, UINT32_MAX, &count))
        return fail(reading, "expected BUCKET:COUNT, buckets from 0 to 95");
    out->counts[bucket] = (uint32_t)count;
    return 0;
}

static int parse_line(struct reading *reading, struct view line, struct volume_line *out)
{
    *out = (struct volume_line){ .domain = cut_word(&line) };
    if (!domain_is_normalized(out->domain))
        return fail(reading, "expected a domain in lower-case A-labels");
    if (!take_time(cut_word(&line), &out->bulk_since))
        return fail(reading, "expected since when it is a bulk sender, in ms, or 0");
    while (line.n > 0) {
        if (parse_count(reading, cut_word(&line), out) == -1)
            return -1;
    }
    return ++reading->lines <= VOLUME_FILE_DOMAINS_MAX ? 0 : fail(reading, "more domains than a volume file holds");
}

static int parse_end(struct reading *reading, struct view line)
{
    uint64_t lines;

    if (!view_number(line, VOLUME_FILE_DOMAINS_MAX, &lines) || lines != reading->lines)
        return fail(reading, "the end counts other lines than there are");
    reading->ended = true;
    return 0;
}

int volume_file_parse(struct view text, struct volume_head *head,
                      void (*found)(void *context, const struct volume_line *line), void *context, struct error *error)
{
    struct reading reading = { .error = error };
    struct volume_line parsed;
    struct view line;

    if (text.n > VOLUME_FILE_MAX)
        return error_set(error, ERROR_LIMIT, "larger than %d octets", VOLUME_FILE_MAX);
    while (!reading.ended && view_cut(&text, VIEW("\n"), &line)) {
        int result = 0;

        reading.number++;
        if (reading.number == 1)
            result = parse_head(&reading, line, head);
        else if (view_skip(&line, VIEW("end ")))
            result = parse_end(&reading, line);
        else if ((result = parse_line(&reading, line, &parsed)) == 0)
            found(context, &parsed);
        if (result == -1)
            return -1;
    }
    reading.number++;
    return reading.ended && text.n == 0 ? 0 : fail(&reading, "the file is cut, or goes on behind its end");
}
