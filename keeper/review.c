#include "keeper/review.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "guidelines/profile.h"
#include "shared/civil.h"
#include "store/bulk.h"
#include "tally/put.h"

enum {
    LATE_MS = 2 * DAY_MS,  /* before the last review: the window behind it, and lines that come as late as a day */
    MARK_MS = 3600 * 1000, /* the mark of the last review moves on by so much at least: a write less each time */
    PATH_ROOM = 4096
};

struct review {
    const struct review_settings *settings;
    int64_t now;
    struct tally *sums; /* volumes alone, domains by their registrable part */
    struct bulk_flags flags;
    int64_t newest; /* ms: begin of the latest quarter that was counted; 0: none */
    struct error *error;
};

static unsigned threshold(void)
{
    return profile_table[0].bulk;
}

/* ---- what was counted ---- */

static bool counts(const struct tally_volume *key)
{
    if (key->by == VOLUME_BY_LOGIN)
        return true;
    return (key->by == VOLUME_BY_FROM || key->by == VOLUME_BY_SENDER_INSTEAD) && key->receiver == RECEIVER_GMAIL &&
           key->origin == ORIGIN_SUBMITTED && key->name.n > 0 && key->name.p[0] != '<' && key->name.p[0] != '(';
}

static bool on_volume(void *context, const struct tally_volume *key, int64_t begin, uint32_t recipients)
{
    struct review *review = context;
    struct tally_volume sum = *key;
    struct view part;

    if (begin > review->newest)
        review->newest = begin;
    if (!counts(key))
        return true;
    if (key->by != VOLUME_BY_LOGIN) {
        part = public_suffix_registrable(review->settings->list, key->name);
        sum.by = VOLUME_BY_FROM;
        sum.name = part.n > 0 ? part : key->name;
    }
    return tally_put_volume(review->sums, &sum, begin, recipients);
}

static int load(struct review *review, bool all, int64_t *reviewed)
{
    int64_t from = 0;

    *reviewed = 0;
    if (ledger_get(review->settings->ledger, LEDGER_REVIEWED, reviewed, review->error) == -1)
        return -1;
    if (!all && *reviewed > LATE_MS)
        from = (*reviewed < review->now ? *reviewed : review->now) - LATE_MS;
    if (ledger_bulk_flags(review->settings->ledger, &review->flags, review->error) == -1)
        return -1;
    return ledger_volumes(review->settings->ledger, from, on_volume, review, review->error);
}

/* ---- flags ---- */

/* When a domain became a bulk sender and that is not known yet; 0: nothing new. */
static int64_t news_of(const struct review *review, const struct tally_volume *row)
{
    const struct bulk_flag *flag = bulk_flags_find(&review->flags, row->name);
    int64_t cleared = flag != NULL && flag->origin == BULK_CLEARED ? flag->since : 0;
    int64_t reached = volume_reached(row->series, threshold(), cleared);

    if (flag == NULL || flag->origin == BULK_CLEARED || flag->origin == BULK_NO)
        return reached;
    return flag->origin == BULK_COUNTED && reached < flag->since ? reached : 0;
}

/* By what was counted, not by the clock: a log that is read days later is looked at whole. */
static bool moves_on(const struct review *review, int64_t reviewed)
{
    return review->newest - reviewed >= MARK_MS;
}

static int save_flags(const struct review *review, int64_t reviewed)
{
    struct ledger *ledger = review->settings->ledger;
    struct tally_volume row;

    for (size_t i = 0; tally_volume(review->sums, i, &row); i++) {
        struct bulk_flag flag = { .domain = row.name, .origin = BULK_COUNTED };

        if (row.by != VOLUME_BY_FROM || (flag.since = news_of(review, &row)) == 0)
            continue;
        if (ledger_save_bulk(ledger, &flag, review->now, review->error) == -1)
            return -1;
        if (review->settings->became != NULL)
            review->settings->became(review->settings->context, flag.domain, flag.since);
    }
    return moves_on(review, reviewed) ? ledger_set(ledger, LEDGER_REVIEWED, review->newest, review->error) : 0;
}

static bool has_news(const struct review *review, int64_t reviewed)
{
    struct tally_volume row;

    for (size_t i = 0; tally_volume(review->sums, i, &row); i++) {
        if (row.by == VOLUME_BY_FROM && news_of(review, &row) != 0)
            return true;
    }
    return moves_on(review, reviewed);
}

static int keep_flags(struct review *review, int64_t reviewed)
{
    struct ledger *ledger = review->settings->ledger;

    if (!has_news(review, reviewed))
        return 0;
    if (ledger_begin(ledger, review->error) == -1)
        return -1;
    if (save_flags(review, reviewed) == -1 || ledger_commit(ledger, review->error) == -1) {
        ledger_rollback(ledger);
        return -1;
    }
    bulk_flags_done(&review->flags);
    return ledger_bulk_flags(ledger, &review->flags, review->error);
}

/* ---- the volume file ---- */

/* The registrable domains of the sums, the busiest first. */
struct busy {
    uint64_t recipients;
    uint32_t index; /* of tally_volume(); UINT32_MAX: no recipients, a flag alone */
    const struct bulk_flag *flag;
};

static int busier(const void *a, const void *b)
{
    const struct busy *left = a, *right = b;

    return (left->recipients < right->recipients) - (left->recipients > right->recipients);
}

static bool is_bulk(const struct bulk_flag *flag)
{
    return flag != NULL && (flag->origin == BULK_COUNTED || flag->origin == BULK_BY_HAND);
}

static size_t count_volumes(const struct tally *sums)
{
    struct tally_volume row;
    size_t count = 0;

    while (tally_volume(sums, count, &row))
        count++;
    return count;
}

/* What the gate needs: who sent in the last 24 hours, and who is a bulk sender. */
static size_t list_busy(const struct review *review, struct busy *list, bool *seen)
{
    struct tally_volume row;
    size_t count = 0;

    for (uint32_t i = 0; tally_volume(review->sums, i, &row); i++) {
        uint64_t recipients = volume_window(row.series, volume_quarter(review->now));
        const struct bulk_flag *flag = bulk_flags_find(&review->flags, row.name);

        if (row.by != VOLUME_BY_FROM)
            continue;
        if (flag != NULL)
            seen[flag - review->flags.list] = true;
        if (recipients > 0 || is_bulk(flag))
            list[count++] = (struct busy){ recipients, i, flag };
    }
    for (size_t i = 0; i < review->flags.count; i++) {
        const struct bulk_flag *flag = &review->flags.list[i];

        if (is_bulk(flag) && !seen[i])
            list[count++] = (struct busy){ 0, UINT32_MAX, flag };
    }
    qsort(list, count, sizeof(*list), busier);
    return count < VOLUME_FILE_DOMAINS_MAX ? count : VOLUME_FILE_DOMAINS_MAX;
}

static void make_line(const struct review *review, const struct busy *busy, uint32_t first, struct volume_line *line)
{
    struct tally_volume row = { .series = NULL };

    *line = (struct volume_line){ .bulk_since = is_bulk(busy->flag) ? busy->flag->since : 0 };
    if (busy->index == UINT32_MAX) {
        line->domain = busy->flag->domain;
        return;
    }
    tally_volume(review->sums, busy->index, &row);
    line->domain = row.name;
    for (uint32_t i = 0; i < row.series->count; i++) {
        uint32_t at = row.series->list[i].quarter - first;

        if (row.series->list[i].quarter >= first && at < VOLUME_BUCKETS)
            line->counts[at] = row.series->list[i].count;
    }
}

static void write_lines(const struct review *review, const struct busy *list, size_t count, FILE *out)
{
    uint32_t first = volume_quarter(review->now) - (VOLUME_BUCKETS - 1);
    const struct volume_head head = { review->now, (int64_t)first * VOLUME_BUCKET_MS };
    char storage[VOLUME_LINE_MAX];
    struct buf buf = BUF(storage);

    volume_head_add(&buf, &head);
    (void)fwrite(buf.p, 1, buf.len, out);
    for (size_t i = 0; i < count; i++) {
        struct volume_line line;

        make_line(review, &list[i], first, &line);
        buf_reset(&buf);
        volume_line_add(&buf, &line);
        (void)fwrite(buf.p, 1, buf.len, out);
    }
    buf_reset(&buf);
    volume_end_add(&buf, count);
    (void)fwrite(buf.p, 1, buf.len, out);
}

/* Beside the ledger; "" as suffix for the file itself. */
static int make_path(const struct review *review, const char *suffix, char path[PATH_ROOM])
{
    const char *ledger = ledger_path(review->settings->ledger), *slash = strrchr(ledger, '/');
    int folder = slash == NULL ? 0 : (int)(slash + 1 - ledger);

    if (snprintf(path, PATH_ROOM, "%.*s" VOLUME_FILE_NAME "%s", folder, ledger, suffix) >= PATH_ROOM)
        return error_set(review->error, ERROR_SYSTEM, "%.200s: the path is too long", ledger);
    return 0;
}

static int open_new(const struct review *review, const char *path, FILE **out)
{
    int fd;

    (void)unlink(path); /* what a killed predecessor left */
    fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0640);
    *out = fd == -1 ? NULL : fdopen(fd, "w");
    if (*out != NULL)
        return 0;
    error_set(review->error, ERROR_SYSTEM, "%.200s: %s", path, strerror(errno));
    if (fd != -1)
        close(fd);
    return -1;
}

static int write_file(const struct review *review, const struct busy *list, size_t count)
{
    char path[PATH_ROOM], fresh[PATH_ROOM];
    bool failed;
    FILE *out;

    if (make_path(review, "", path) == -1 || make_path(review, ".new", fresh) == -1 ||
        open_new(review, fresh, &out) == -1)
        return -1;
    write_lines(review, list, count, out);
    failed = ferror(out) != 0;
    failed |= fclose(out) != 0;
    if (!failed && rename(fresh, path) == 0)
        return 0;
    error_set(review->error, ERROR_SYSTEM, "%.200s: %s", fresh, strerror(errno));
    (void)unlink(fresh);
    return -1;
}

static int write_volumes(const struct review *review)
{
    struct busy *list = calloc(count_volumes(review->sums) + review->flags.count + 1, sizeof(*list));
    bool *seen = calloc(review->flags.count + 1, sizeof(*seen)); /* flags of domains that have a series */
    int result = -1;

    if (list == NULL || seen == NULL)
        error_set(review->error, ERROR_MEMORY, "out of memory");
    else
        result = write_file(review, list, list_busy(review, list, seen));
    free(seen);
    free(list);
    return result;
}

/* ---- who watches ---- */

static void tell_volumes(const struct review *review)
{
    struct tally_volume row;

    for (size_t i = 0; review->settings->volume != NULL && tally_volume(review->sums, i, &row); i++) {
        uint64_t percent = volume_window(row.series, volume_quarter(review->now)) * 100 / threshold();

        if (row.by != VOLUME_BY_COUNT)
            review->settings->volume(review->settings->context, row.name,
                                     percent < UINT32_MAX ? (unsigned)percent : UINT32_MAX);
    }
}

int review_run(const struct review_settings *settings, bool all, int64_t now, struct error *error)
{
    struct review review = { .settings = settings, .now = now, .sums = tally_new(0), .error = error };
    int64_t reviewed;
    int result = -1;

    if (review.sums == NULL)
        return error_set(error, ERROR_MEMORY, "out of memory");
    if (load(&review, all, &reviewed) == 0 && keep_flags(&review, reviewed) == 0) {
        tell_volumes(&review);
        result = write_volumes(&review);
    }
    tally_free(review.sums);
    bulk_flags_done(&review.flags);
    return result;
}
