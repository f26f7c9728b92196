#include "tests/bench/log_generator/destination.h"

#include <ctype.h>
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/bench/log_generator/truth.h"

static const struct {
    const char *name, *spelling;
} named[DESTINATIONS_NAMED] = {
    { "gmail.com", "Gmail.com" },
    { "googlemail.com", "GoogleMail.com" },
    { "xn--bcher-kva.example", "b\xC3\xBC"
                               "cher.example" },
    { "xn--mnchen-3ya.example", "m\xC3\xBC"
                                "nchen.example" },
    { "xn--wgv71a.example", "\xE6\x97\xA5\xE6\x9C\xAC.example" },
};

/* How many of a thousand domains have the habit; the rest has HABIT_TLS. */
static const unsigned shares[HABIT_COUNT] = {
    [HABIT_TLS_POLICY] = 60,
    [HABIT_DANE_HALF] = 10,
    [HABIT_PLAIN] = 90,
    [HABIT_STARTTLS_REFUSED] = 15,
    [HABIT_HANDSHAKE_FAILS] = 25,
    [HABIT_LATE_CLOSE] = 15,
    [HABIT_FLAPPING] = 20,
    [HABIT_FIRST_TLS_THEN_PLAIN] = 15,
    [HABIT_FIRST_TLS_THEN_TLS] = 15,
    [HABIT_FIRST_PLAIN_THEN_TLS] = 10,
    [HABIT_FIRST_DOWN] = 20,
    [HABIT_DOWN] = 15,
    [HABIT_NULL_MX] = 10,
    [HABIT_NO_SUCH_DOMAIN] = 10,
    [HABIT_REQUIRED_MISSING] = 10,
    [HABIT_REQUIRED_REFUSED] = 5,
    [HABIT_CERTIFICATE_BAD] = 10,
    [HABIT_BANNER_REFUSES] = 5,
    [HABIT_LOST] = 5,
    [HABIT_LMTP] = 10,
    [HABIT_LMTP_TLS] = 10,
    [HABIT_LMTP_SOCKET] = 10,
};

static uint64_t trait(const struct destinations *destinations, uint32_t index, unsigned which)
{
    return random_mix(destinations->seed ^ random_mix(index * UINT64_C(16) + which));
}

static enum habit draw_habit(const struct destinations *destinations, uint32_t index)
{
    unsigned left = (unsigned)(trait(destinations, index, 0) % 1000);

    if (index < DESTINATIONS_NAMED)
        return HABIT_TLS;
    for (unsigned habit = 0; habit < HABIT_COUNT; habit++) {
        if (left < shares[habit])
            return (enum habit)habit;
        left -= shares[habit];
    }
    return HABIT_TLS;
}

void destinations_init(struct destinations *destinations, uint32_t count, uint64_t seed)
{
    destinations->count = count < DESTINATIONS_NAMED ? DESTINATIONS_NAMED : count;
    destinations->seed = seed;
    destinations->habits = malloc(destinations->count);
    if (destinations->habits == NULL)
        err(1, "destinations");
    for (uint32_t i = 0; i < destinations->count; i++)
        destinations->habits[i] = (uint8_t)draw_habit(destinations, i);
}

void destinations_done(struct destinations *destinations)
{
    free(destinations->habits);
}

uint32_t destination_pick(const struct destinations *destinations, struct random *random)
{
    double u = (double)(random_next(random) >> 11) * 0x1p-53;

    if (random_chance(random, 150))
        return DESTINATION_GMAIL;
    return (uint32_t)((double)destinations->count * u * u * u);
}

void destination_name(uint32_t index, char out[DESTINATION_NAME_MAX])
{
    static const char *const parents[] = { "example", "example.com", "example.net" };

    if (index < DESTINATIONS_NAMED)
        snprintf(out, DESTINATION_NAME_MAX, "%s", named[index].name);
    else
        snprintf(out, DESTINATION_NAME_MAX, "d%u.%s", index, parents[index % 3]);
}

void destination_spelling(uint32_t index, struct random *random, char out[DESTINATION_NAME_MAX])
{
    destination_name(index, out);
    if (!random_chance(random, index >= 2 && index < DESTINATIONS_NAMED ? 500 : 20))
        return;
    if (index < DESTINATIONS_NAMED)
        snprintf(out, DESTINATION_NAME_MAX, "%s", named[index].spelling);
    else
        for (char *p = out; *p != '\0'; p++)
            *p = (char)toupper((unsigned char)*p);
}

static void draw_address(uint64_t drawn, char *out, size_t size)
{
    static const char *const networks[] = { "192.0.2.", "198.51.100.", "203.0.113." };

    if (drawn % 10 == 0)
        snprintf(out, size, "2001:db8:%x::%x", (unsigned)(drawn >> 16) & 0xffff, 1 + ((unsigned)(drawn >> 32) & 0xff));
    else
        snprintf(out, size, "%s%u", networks[drawn % 3], 1 + (unsigned)(drawn >> 32) % 250);
}

/* Some domains share a provider's servers. */
static bool is_hosted(const struct destinations *destinations, uint32_t index)
{
    return index >= DESTINATIONS_NAMED && destinations->habits[index] == HABIT_TLS && index % 4 == 1;
}

void destination_server(const struct destinations *destinations, uint32_t index, unsigned number, struct server *out)
{
    char domain[DESTINATION_NAME_MAX];

    destination_name(index, domain);
    if (index <= DESTINATION_GOOGLEMAIL)
        snprintf(out->name, sizeof(out->name), "%sgmail-smtp-in.l.google.com", number == 0 ? "" : "alt1.");
    else if (is_hosted(destinations, index))
        snprintf(out->name, sizeof(out->name), "mx%u.hosted.example.net", number + 1);
    else
        snprintf(out->name, sizeof(out->name), "mx%u.%s", number + 1, domain);
    if (is_hosted(destinations, index))
        index = DESTINATIONS_NAMED; /* one address for all of them */
    draw_address(trait(destinations, index, 2 + number), out->address, sizeof(out->address));
    out->port = 25;
}

unsigned destination_level(const struct destinations *destinations, uint32_t index)
{
    unsigned drawn = (unsigned)(trait(destinations, index, 6) % 100);

    if (index < DESTINATIONS_NAMED)
        return LEVEL_TRUSTED;
    return drawn < 60 ? LEVEL_TRUSTED : drawn < 96 ? LEVEL_UNTRUSTED : LEVEL_ANONYMOUS;
}

unsigned destination_suite(const struct destinations *destinations, uint32_t index)
{
    uint64_t drawn = trait(destinations, index, 7);

    if (index < DESTINATIONS_NAMED)
        return 0;
    return (unsigned)((drawn >> 8) % 10 < 7 ? drawn % 3 : drawn % TLS_SUITES);
}
