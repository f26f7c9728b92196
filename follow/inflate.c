#include "follow/inflate.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "follow/inflate_format.h"

struct inflate {
    int fd;
    char *name;
    const struct inflate_format *format; /* NULL: plain */
    void *state;
    struct step step; /* in_left octets of input wait at step.in */
    bool ended;       /* the descriptor has no more */
    char input[INFLATE_INPUT];
};

static const struct inflate_format *const formats[] = { &inflate_gzip, &inflate_zstd, &inflate_xz };

/* More input behind what waits, which moves to the front; -1 with the reason. */
static int fill(struct inflate *inflate, struct error *error)
{
    ssize_t got;

    memmove(inflate->input, inflate->step.in, inflate->step.in_left);
    inflate->step.in = inflate->input;
    do {
        got = read(inflate->fd, inflate->input + inflate->step.in_left, sizeof(inflate->input) - inflate->step.in_left);
    } while (got == -1 && errno == EINTR);
    if (got == -1)
        return error_set(error, ERROR_SYSTEM, "%s: %s", inflate->name, strerror(errno));
    inflate->step.in_left += (size_t)got;
    inflate->ended = got == 0;
    return 0;
}

static int detect(struct inflate *inflate, struct error *error)
{
    while (inflate->step.in_left < 8 && !inflate->ended) {
        if (fill(inflate, error) == -1)
            return -1;
    }
    for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
        if (view_starts((struct view){ inflate->step.in, inflate->step.in_left }, formats[i]->magic))
            inflate->format = formats[i];
    }
    if (inflate->format == NULL)
        return 0;
    inflate->state = inflate->format->open();
    if (inflate->state == NULL)
        return error_set(error, ERROR_MEMORY, "%s: out of memory", inflate->name);
    return 0;
}

int inflate_open(int fd, const char *name, struct inflate **out, struct error *error)
{
    struct inflate *inflate = calloc(1, sizeof(*inflate));

    if (inflate == NULL || (inflate->name = strdup(name)) == NULL) {
        free(inflate);
        close(fd);
        return error_set(error, ERROR_MEMORY, "%s: out of memory", name);
    }
    inflate->fd = fd;
    inflate->step.in = inflate->input;
    if (detect(inflate, error) == -1) {
        inflate_close(inflate);
        return -1;
    }
    *out = inflate;
    return 0;
}

void inflate_close(struct inflate *inflate)
{
    if (inflate == NULL)
        return;
    if (inflate->state != NULL)
        inflate->format->close(inflate->state);
    close(inflate->fd);
    free(inflate->name);
    free(inflate);
}

/* Plain text needs no second buffer once the first octets, read to detect the format, are given away. */
static ssize_t read_plain(struct inflate *inflate, char *p, size_t size, struct error *error)
{
    size_t waiting = inflate->step.in_left < size ? inflate->step.in_left : size;
    ssize_t got;

    if (waiting > 0) {
        memcpy(p, inflate->step.in, waiting);
        inflate->step.in += waiting;
        inflate->step.in_left -= waiting;
        return (ssize_t)waiting;
    }
    do {
        got = read(inflate->fd, p, size);
    } while (got == -1 && errno == EINTR);
    return got == -1 ? error_set(error, ERROR_SYSTEM, "%s: %s", inflate->name, strerror(errno)) : got;
}

/* Zeroes behind the last member are padding: tapes, xz(1). */
static bool only_padding(const struct inflate *inflate)
{
    for (size_t i = 0; i < inflate->step.in_left; i++) {
        if (inflate->step.in[i] != '\0')
            return false;
    }
    return true;
}

static ssize_t read_packed(struct inflate *inflate, char *p, size_t size, struct error *error)
{
    const char *why = "damaged";

    inflate->step.out = p;
    inflate->step.out_left = size;
    while (inflate->step.out_left == size) {
        if (inflate->step.in_left == 0 && !inflate->ended && fill(inflate, error) == -1)
            return -1;
        if (inflate->step.at_end && inflate->ended && only_padding(inflate))
            return 0;
        if (inflate->step.in_left == 0 && inflate->ended)
            return error_set(error, ERROR_SYNTAX, "%s: ends within its %s data", inflate->name, inflate->format->name);
        if (!inflate->format->step(inflate->state, &inflate->step, &why))
            return error_set(error, ERROR_SYNTAX, "%s: %s", inflate->name, why);
    }
    return (ssize_t)(size - inflate->step.out_left);
}

ssize_t inflate_read(struct inflate *inflate, char *p, size_t size, struct error *error)
{
    return inflate->format == NULL ? read_plain(inflate, p, size, error) : read_packed(inflate, p, size, error);
}

bool inflate_is_packed(const struct inflate *inflate)
{
    return inflate->format != NULL;
}
