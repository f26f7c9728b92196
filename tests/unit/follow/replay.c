#include "tests/unit/follow/replay.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/unit.h"

void replay_init(struct replay *replay)
{
    memset(replay, 0, sizeof(*replay));
    replay->prefix.newest = 1796083200; /* 2026-12-01 */
    replay->settings.seed = 42;
}

void replay_done(struct replay *replay)
{
    arena_done(&replay->arena);
}

static struct view keep(struct replay *replay, struct view text)
{
    return arena_copy(&replay->arena, text);
}

static void on_delivery(void *context, const struct delivery *delivery)
{
    struct replay *replay = context;
    struct delivery *kept = &replay->deliveries[replay->count++];
    struct view *const texts[] = {
        &kept->host,          &kept->instance,     &kept->queue_id, &kept->recipient, &kept->domain,
        &kept->sender_domain, &kept->header_from,  &kept->relay,    &kept->version,   &kept->relay_address,
        &kept->cipher,        &kept->key_exchange, &kept->wanted,   &kept->dsn,       &kept->reply,
        &kept->refusal,       &kept->signers,
    };

    ck_assert_uint_le(replay->count, REPLAY_DELIVERIES_MAX);
    *kept = *delivery;
    for (size_t i = 0; i < ROWS(texts); i++)
        *texts[i] = keep(replay, *texts[i]);
}

static void on_settle(void *context, uint32_t stretch, bool proven)
{
    struct replay *replay = context;

    for (size_t i = 0; i < replay->count; i++) {
        struct delivery *kept = &replay->deliveries[i];

        if (kept->protection == PROTECTION_UNDECIDED && kept->stretch == stretch) {
            kept->protection = proven ? PROTECTION_PLAINTEXT : PROTECTION_UNKNOWN;
            kept->reason = proven ? UNKNOWN_NO_REASON : UNKNOWN_LOGGING_UNPROVEN;
        }
    }
}

static void on_expired(void *context, int64_t time, struct view sender_domain)
{
    (void)time;
    (void)sender_domain;
    ((struct replay *)context)->expired++;
}

static void on_strange(void *context, const struct log_line *line)
{
    (void)line;
    ((struct replay *)context)->strange++;
}

void replay_text(struct replay *replay, struct view text)
{
    struct correlate_sink sink = {
        .delivery = on_delivery, .settle = on_settle, .expired = on_expired, .strange = on_strange, .context = replay
    };
    struct correlate *correlate = correlate_new(&replay->settings, &sink);
    struct prefix_settings settings = replay->prefix;
    struct prefix prefix;
    struct view line;

    ck_assert_ptr_nonnull(correlate);
    settings.writers = writers_new(42);
    ck_assert_ptr_nonnull(settings.writers);
    prefix_init(&prefix, &settings);
    while (view_cut(&text, VIEW("\n"), &line)) {
        struct log_line parsed;
        enum prefix_result result = prefix_parse(&prefix, line, &parsed);

        if (result == PREFIX_FOUND)
            correlate_line(correlate, &parsed);
        replay->foreign += result == PREFIX_STRANGE;
    }
    correlate_end(correlate);
    replay->counts = correlate_counts(correlate);
    prefix_done(&prefix);
    correlate_free(correlate);
    writers_free(settings.writers);
}

struct view replay_file(struct replay *replay, const char *name)
{
    char path[512];
    struct view text = { NULL, 0 };
    FILE *file;
    long size;
    char *room;

    snprintf(path, sizeof(path), "%s/%s", TEST_DATA, name);
    file = fopen(path, "r");
    ck_assert_msg(file != NULL, "%s is missing", path);
    ck_assert_int_eq(fseek(file, 0, SEEK_END), 0);
    size = ftell(file);
    rewind(file);
    room = arena_alloc(&replay->arena, (size_t)size);
    ck_assert_ptr_nonnull(room);
    text = (struct view){ room, fread(room, 1, (size_t)size, file) };
    ck_assert_uint_eq(text.n, (size_t)size);
    fclose(file);
    return text;
}
