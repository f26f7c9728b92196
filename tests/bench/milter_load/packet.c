#include "tests/bench/milter_load/packet.h"

#include <arpa/inet.h>
#include <err.h>
#include <stdlib.h>
#include <string.h>

void octets_add(struct octets *octets, const void *p, size_t n)
{
    if (octets->n + n > octets->room) {
        octets->room = (octets->n + n) * 2;
        octets->p = realloc(octets->p, octets->room);
        if (octets->p == NULL)
            err(1, "packet");
    }
    memcpy(octets->p + octets->n, p, n);
    octets->n += n;
}

void octets_done(struct octets *octets)
{
    free(octets->p);
    *octets = (struct octets){ 0 };
}

size_t packet_begin(struct octets *out, char command)
{
    size_t at = out->n;

    packet_add_number(out, 0);
    octets_add(out, &command, 1);
    return at;
}

void packet_end(struct octets *out, size_t at)
{
    uint32_t length = htonl((uint32_t)(out->n - at - sizeof(length)));

    memcpy(out->p + at, &length, sizeof(length));
}

void packet_add_number(struct octets *out, uint32_t number)
{
    uint32_t ordered = htonl(number);

    octets_add(out, &ordered, sizeof(ordered));
}

void packet_add_string(struct octets *out, const char *string)
{
    octets_add(out, string, strlen(string) + 1);
}

uint32_t packet_number(const char *data)
{
    uint32_t ordered;

    memcpy(&ordered, data, sizeof(ordered));
    return ntohl(ordered);
}

bool packet_take(struct octets *in, struct packet *out, bool *broken)
{
    size_t left = in->n - in->done;
    uint32_t length;

    if (left == 0)
        in->n = in->done = 0;
    if (left < sizeof(length))
        return false;
    length = packet_number(in->p + in->done);
    *broken = length == 0 || length > PACKET_MAX;
    if (*broken || left - sizeof(length) < length)
        return false;
    *out = (struct packet){ in->p[in->done + sizeof(length)], in->p + in->done + sizeof(length) + 1, length - 1 };
    in->done += sizeof(length) + length;
    return true;
}
