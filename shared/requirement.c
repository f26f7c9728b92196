#include "shared/requirement.h"

static const struct {
    struct view name;
    const char *title;
} requirements[REQUIREMENT_COUNT] = {
    [REQUIREMENT_TLS] = { VIEW_INIT("tls"), "TLS" },
    [REQUIREMENT_SPF] = { VIEW_INIT("spf"), "SPF" },
    [REQUIREMENT_DKIM] = { VIEW_INIT("dkim"), "DKIM" },
    [REQUIREMENT_DMARC_POLICY] = { VIEW_INIT("dmarc-policy"), "DMARC policy" },
    [REQUIREMENT_ALIGNMENT] = { VIEW_INIT("alignment"), "DMARC alignment" },
    [REQUIREMENT_DNS_RECORDS] = { VIEW_INIT("dns-records"), "DNS records" },
    [REQUIREMENT_FORMATTING] = { VIEW_INIT("formatting"), "Message formatting" },
    [REQUIREMENT_ONE_CLICK] = { VIEW_INIT("one-click"), "One-click unsubscribe" },
    [REQUIREMENT_GMAIL_FROM] = { VIEW_INIT("gmail-from"), "gmail.com in From:" },
    [REQUIREMENT_SPAM_RATE] = { VIEW_INIT("spam-rate"), "User-reported spam rate" },
    [REQUIREMENT_HONOR_UNSUBSCRIBE] = { VIEW_INIT("honor-unsubscribe"), "Honor unsubscribe" },
    [REQUIREMENT_FORWARDED] = { VIEW_INIT("forwarded"), "Forwarded mail" },
};

struct view requirement_name(enum requirement requirement)
{
    return requirements[requirement].name;
}

const char *requirement_title(enum requirement requirement)
{
    return requirements[requirement].title;
}
