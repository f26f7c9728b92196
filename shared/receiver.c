#include "shared/receiver.h"

#include "shared/hash.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static const struct {
    struct view name;
    const char *title;
} names[RECEIVER_COUNT] = {
    [RECEIVER_OTHER] = { VIEW_INIT("other"), "others" },
    [RECEIVER_GMAIL] = { VIEW_INIT("gmail"), "Gmail" },
    [RECEIVER_GOOGLE_HOSTED] = { VIEW_INIT("google-hosted"), "domains hosted by Google" },
    [RECEIVER_YAHOO] = { VIEW_INIT("yahoo"), "Yahoo" },
    [RECEIVER_MICROSOFT] = { VIEW_INIT("microsoft"), "Microsoft" },
};

/* National domains that are not here are known by their servers. */
static const struct {
    struct view domain;
    enum receiver receiver;
} domains[] = {
    { VIEW_INIT("gmail.com"), RECEIVER_GMAIL },       { VIEW_INIT("googlemail.com"), RECEIVER_GMAIL },
    { VIEW_INIT("yahoo.com"), RECEIVER_YAHOO },       { VIEW_INIT("ymail.com"), RECEIVER_YAHOO },
    { VIEW_INIT("rocketmail.com"), RECEIVER_YAHOO },  { VIEW_INIT("aol.com"), RECEIVER_YAHOO },
    { VIEW_INIT("outlook.com"), RECEIVER_MICROSOFT }, { VIEW_INIT("hotmail.com"), RECEIVER_MICROSOFT },
    { VIEW_INIT("live.com"), RECEIVER_MICROSOFT },    { VIEW_INIT("msn.com"), RECEIVER_MICROSOFT },
    { VIEW_INIT("outlook.jp"), RECEIVER_MICROSOFT },  { VIEW_INIT("hotmail.co.jp"), RECEIVER_MICROSOFT },
    { VIEW_INIT("live.jp"), RECEIVER_MICROSOFT },
};

static const struct {
    struct view suffix;
    enum receiver receiver;
} relays[] = {
    { VIEW_INIT(".google.com"), RECEIVER_GMAIL },
    { VIEW_INIT(".googlemail.com"), RECEIVER_GMAIL },
    { VIEW_INIT(".yahoodns.net"), RECEIVER_YAHOO },
    { VIEW_INIT(".olc.protection.outlook.com"), RECEIVER_MICROSOFT },
};

struct view receiver_name(enum receiver receiver)
{
    return names[receiver].name;
}

const char *receiver_title(enum receiver receiver)
{
    return names[receiver].title;
}

enum receiver receiver_of_relay(struct view relay)
{
    for (size_t i = 0; i < COUNT(relays); i++) {
        if (relay.n > relays[i].suffix.n && relay.p[relay.n - relays[i].suffix.n] == '.' &&
            view_eq_nocase(view_slice(relay, relay.n - relays[i].suffix.n, relay.n), relays[i].suffix))
            return relays[i].receiver;
    }
    return RECEIVER_OTHER;
}

static enum receiver receiver_of_domain(struct view domain)
{
    /* Most domains are longer than the longest of the table. */
    for (size_t i = 0; domain.n < sizeof("googlemail.com") && i < COUNT(domains); i++) {
        if (hash_same(domain, domains[i].domain))
            return domains[i].receiver;
    }
    return RECEIVER_OTHER;
}

enum receiver receiver_of(struct view domain, struct view relay)
{
    enum receiver receiver = receiver_of_domain(domain);

    if (receiver != RECEIVER_OTHER)
        return receiver;
    receiver = receiver_of_relay(relay);
    return receiver == RECEIVER_GMAIL ? RECEIVER_GOOGLE_HOSTED : receiver;
}
