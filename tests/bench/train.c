/*
 * train - read a log as `outward report` does, and say nothing
 *
 * The compiler counts meanwhile which ways are taken, see cmake/outward_training.cmake.  The log, the seed of all hashes and
 * the moment are the same each time, so the counts are, too.
 */
#include <err.h>
#include <stdlib.h>

#include "follow/correlate.h"
#include "follow/feed.h"
#include "tally/tally.h"

enum { SEED = 1, MOMENT = 1798761600 /* 2027-01-01, seconds since 1970 */ };

static void on_expect(void *context, struct view domain)
{
    tally_expect(context, domain);
}

static void on_prepare(void *context, const struct delivery *delivery)
{
    tally_prepare(context, delivery);
}

static void on_delivery(void *context, const struct delivery *delivery)
{
    tally_add(context, delivery);
}

static void on_settle(void *context, uint32_t stretch, bool proven)
{
    tally_settle(context, stretch, proven);
}

static void on_expired(void *context, int64_t time, struct view sender_domain)
{
    tally_expired(context, time, sender_domain);
}

static void on_submitted(void *context, int64_t time, struct view login, unsigned recipients)
{
    tally_submitted(context, time, login, recipients);
}

static void on_expect_record(void *context, const struct record *record)
{
    tally_expect_record(context, record);
}

static void on_record(void *context, int64_t time, const struct record *record)
{
    tally_record(context, time, record);
}

static const struct network_set *loopback(struct arena *arena)
{
    struct network network;

    if (network_parse(VIEW("127.0.0.0/8"), &network) != NETWORK_FINE)
        return NULL;
    return network_set_new(arena, &network, 1);
}

static void read_log(const char *path, struct correlate *correlate, struct writers *writers)
{
    struct prefix_settings settings = { .writers = writers, .newest = MOMENT };
    const struct log_line *line;
    struct error error;
    struct feed *feed;
    int result;

    if (feed_open(&path, 1, &settings, NULL, &feed, &error) == -1)
        errx(1, "%s", error.text);
    while ((result = feed_next(feed, &line, &error)) == 1)
        correlate_line(correlate, line);
    if (result == -1)
        errx(1, "%s", error.text);
    correlate_end(correlate);
    feed_close(feed);
}

int main(int argc, char **argv)
{
    struct writers *writers = writers_new(SEED);
    struct tally *tally = tally_new(SEED);
    struct correlate_sink sink = { .expect = on_expect,
                                   .prepare = on_prepare,
                                   .delivery = on_delivery,
                                   .settle = on_settle,
                                   .expired = on_expired,
                                   .submitted = on_submitted,
                                   .expect_record = on_expect_record,
                                   .record = on_record,
                                   .context = tally };
    struct correlate_settings settings = { .seed = SEED };
    struct correlate *correlate;
    struct arena arena;

    if (argc != 2)
        errx(2, "usage: train LOG");
    arena_init(&arena, 0);
    settings.internal = loopback(&arena);
    correlate = correlate_new(&settings, &sink);
    if (writers == NULL || tally == NULL || settings.internal == NULL || correlate == NULL)
        errx(1, "out of memory");
    read_log(argv[1], correlate, writers);
    correlate_free(correlate);
    tally_free(tally);
    writers_free(writers);
    arena_done(&arena);
    return EXIT_SUCCESS;
}
