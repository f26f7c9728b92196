#include "shared/requirement.h"

#include "shared/catalog.h"

static const struct {
    struct view name;
    const char *title;
} requirements[REQUIREMENT_COUNT] = {
    [REQUIREMENT_TLS] = { VIEW_INIT("tls"), N_("TLS") },
    [REQUIREMENT_SPF] = { VIEW_INIT("spf"), N_("SPF") },
    [REQUIREMENT_DKIM] = { VIEW_INIT("dkim"), N_("DKIM") },
    [REQUIREMENT_DMARC_POLICY] = { VIEW_INIT("dmarc-policy"), N_("DMARC policy") },
    [REQUIREMENT_ALIGNMENT] = { VIEW_INIT("alignment"), N_("DMARC alignment") },
    [REQUIREMENT_DNS_RECORDS] = { VIEW_INIT("dns-records"), N_("DNS records") },
    [REQUIREMENT_FORMATTING] = { VIEW_INIT("formatting"), N_("Message formatting") },
    [REQUIREMENT_ONE_CLICK] = { VIEW_INIT("one-click"), N_("One-click unsubscribe") },
    [REQUIREMENT_GMAIL_FROM] = { VIEW_INIT("gmail-from"), N_("gmail.com in From:") },
    [REQUIREMENT_SPAM_RATE] = { VIEW_INIT("spam-rate"), N_("User-reported spam rate") },
    [REQUIREMENT_HONOR_UNSUBSCRIBE] = { VIEW_INIT("honor-unsubscribe"), N_("Honor unsubscribe") },
    [REQUIREMENT_FORWARDED] = { VIEW_INIT("forwarded"), N_("Forwarded mail") },
};

struct view requirement_name(enum requirement requirement)
{
    return requirements[requirement].name;
}

const char *requirement_title(enum requirement requirement)
{
    return requirements[requirement].title;
}
