/*
 * What a correlation is said to have kept: refused or read, and what was read can go on and be kept again.
 * Each part is three octets of length and so many octets behind the part's head, which is made here.
 */
#include <stdlib.h>
#include <string.h>

#include "follow/state.h"

enum { SEED = 1, HEAD = 4, PART_MAX = 4096 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void on_delivery(void *context, const struct delivery *delivery)
{
    (void)context;
    (void)delivery;
}

static void on_settle(void *context, uint32_t stretch, bool proven)
{
    (void)context;
    (void)stretch;
    (void)proven;
}

static void on_expired(void *context, int64_t time, struct view sender_domain)
{
    (void)context;
    (void)time;
    (void)sender_domain;
}

static const struct correlate_sink sink = { .delivery = on_delivery, .settle = on_settle, .expired = on_expired };

/* Cuts one part from the front of *in. */
static struct view take_part(struct view *in, enum state_part part, char room[HEAD + PART_MAX])
{
    size_t length =
        in->n < 3 ? 0
                  : (size_t)(((unsigned char)in->p[0] << 16 | (unsigned char)in->p[1] << 8 | (unsigned char)in->p[2]) %
                             PART_MAX);

    *in = view_slice(*in, 3, SIZE_MAX);
    if (length > in->n)
        length = in->n;
    memcpy(room, (char[]){ 'O', 'W', STATE_VERSION, (char)part }, HEAD);
    if (length > 0)
        memcpy(room + HEAD, in->p, length);
    *in = view_slice(*in, length, SIZE_MAX);
    return (struct view){ room, HEAD + length };
}

static void go_on(struct correlate *correlate, struct writers *writers)
{
    const char *const texts[] = { "Trusted TLS connection established to mx.example.com[192.0.2.1]:25: TLSv1.3 with "
                                  "cipher TLS_AES_256_GCM_SHA384 (256/256 bits)",
                                  "4Rk2: to=<a@example.com>, relay=mx.example.com[192.0.2.1]:25, delay=1, "
                                  "delays=0/0/0/1, dsn=2.0.0, status=sent (250 ok)" };
    struct log_line line = { .writer = writers_find(writers, VIEW("mail"), VIEW("postfix/smtp")), .pid = 7 };
    struct state state = { 0 };

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        line.time = (int64_t)i;
        line.text = view_of(texts[i]);
        correlate_line(correlate, &line);
    }
    (void)state_tidy(correlate, 0);
    for (enum state_part part = STATE_WRITERS; part < STATE_PARTS; part++)
        (void)state_save(correlate, writers, part, &state);
    correlate_end(correlate);
    state_done(&state);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char rooms[STATE_PARTS][HEAD + PART_MAX];
    const struct correlate_settings settings = { .seed = SEED };
    struct correlate *correlate = correlate_new(&settings, &sink);
    struct writers *writers = writers_new(SEED);
    struct view in = { (const char *)data, size }, parts[STATE_PARTS];

    for (enum state_part part = STATE_WRITERS; part < STATE_PARTS; part++)
        parts[part] = take_part(&in, part, rooms[part]);
    if (correlate != NULL && writers != NULL && state_load(correlate, writers, parts))
        go_on(correlate, writers);
    correlate_free(correlate);
    writers_free(writers);
    return 0;
}
