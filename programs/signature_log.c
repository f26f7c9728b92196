#include "programs/signature_log.h"

#include <time.h>

#include <bsd/stdlib.h>

#include "dns/signature_line.h"
#include "follow/feed.h"
#include "programs/local_time.h"
#include "shared/domain.h"
#include "shared/public_suffix.h"

/* What reading needs. */
struct reading {
    struct arena *arena;
    struct public_suffix *list;
    struct view domain;
    struct signature_log *log;
};

static bool is_known(const struct signature_log *log, struct view selector, struct view domain)
{
    for (size_t i = 0; i < log->count; i++) {
        if (view_eq(log->rows[i].selector, selector) && view_eq(log->rows[i].domain, domain))
            return true;
    }
    return false;
}

static bool keep(struct reading *reading, struct view selector, struct view domain)
{
    struct signature_log *log = reading->log;
    struct signature *row = &log->rows[log->count];

    if (is_known(log, selector, domain))
        return true;
    if (log->count == SENDER_SIGNATURES_MAX) {
        log->dropped++;
        return true;
    }
    row->selector = arena_copy(reading->arena, selector);
    row->domain = arena_copy(reading->arena, domain);
    log->count++;
    return row->selector.p != NULL && row->domain.p != NULL;
}

/* False when memory is out. */
static bool take_line(struct reading *reading, struct view text)
{
    char selector_storage[DOMAIN_MAX], domain_storage[DOMAIN_MAX];
    struct buf selector = BUF(selector_storage), domain = BUF(domain_storage);
    struct view s, d;

    if (!signature_line_parse(text, &s, &d) || s.n > SENDER_SELECTOR_MAX || !domain_normalize(s, &selector) ||
        !domain_normalize(d, &domain) || !public_suffix_shared(reading->list, reading->domain, buf_view(&domain)))
        return true;
    return keep(reading, buf_view(&selector), buf_view(&domain));
}

static int read_lines(struct reading *reading, const char *const *paths, size_t count, struct writers *writers,
                      struct error *error)
{
    const struct prefix_settings prefix = { .writers = writers, .utc = local_time_utc, .newest = (int64_t)time(NULL) };
    const struct log_line *line;
    struct feed *feed = NULL;
    int result = feed_open(paths, count, &prefix, NULL, &feed, error);

    while (result != -1 && (result = feed_next(feed, &line, error)) == 1) {
        if (!take_line(reading, line->text))
            result = error_set(error, ERROR_MEMORY, "out of memory");
    }
    feed_close(feed);
    return result;
}

int signature_log_read(struct arena *arena, const char *const *paths, size_t path_count, struct view domain,
                       struct signature_log *log, struct error *error)
{
    struct reading reading = { .arena = arena, .list = public_suffix_open(), .domain = domain, .log = log };
    struct writers *writers = writers_new(((uint64_t)arc4random() << 32) | arc4random());
    int result;

    if (reading.list == NULL || writers == NULL)
        result = error_set(error, ERROR_MEMORY, "no Public Suffix List, or out of memory");
    else
        result = read_lines(&reading, paths, path_count, writers, error);
    writers_free(writers);
    public_suffix_close(reading.list);
    return result;
}
