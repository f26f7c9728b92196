#include "guidelines/profile.h"

#include "shared/catalog.h"

#define GMAIL_PAGE "Gmail, \"Email sender guidelines\" (support article 81126)"
#define GMAIL_FAQ "Gmail, \"Email sender guidelines FAQ\" (support article 14229414)"
#define YAHOO_PAGE "Yahoo Sender Hub, \"Sender Best Practices\""
#define MICROSOFT_PAGE                                                                                                 \
    "Microsoft, \"Strengthening Email Ecosystem: Outlook's New Requirements for High-Volume Senders\""

const struct profile profile_table[PROFILE_COUNT] = {
    { RECEIVER_GMAIL, 5000 }, /* once a bulk sender, always one */
    { RECEIVER_YAHOO, 0 },
    { RECEIVER_MICROSOFT, 5000 },
};

const struct rule_row rule_table[] = {
    { RECEIVER_GMAIL, REQUIREMENT_TLS, SENDERS_ALL, N_("Mail is transmitted over a TLS connection."), GMAIL_PAGE,
      "2023-12-06" },
    { RECEIVER_GMAIL, REQUIREMENT_SPF, SENDERS_BULK,
      N_("SPF is set up for the sending domain; all senders need SPF or DKIM."), GMAIL_PAGE, "2024-02-01" },
    { RECEIVER_GMAIL, REQUIREMENT_DKIM, SENDERS_BULK,
      N_("DKIM is set up with a key of 1024 bits or more; all senders need SPF or DKIM."), GMAIL_PAGE, "2024-02-01" },
    { RECEIVER_GMAIL, REQUIREMENT_DMARC_POLICY, SENDERS_BULK,
      N_("The domain of From: has a DMARC record; p=none is enough."), GMAIL_PAGE, "2024-02-01" },
    { RECEIVER_GMAIL, REQUIREMENT_ALIGNMENT, SENDERS_BULK,
      N_("The domain of From: is aligned with the SPF or the DKIM domain; relaxed alignment is enough."), GMAIL_PAGE,
      "2024-02-01" },
    { RECEIVER_GMAIL, REQUIREMENT_DNS_RECORDS, SENDERS_ALL,
      N_("The sending address has a PTR record, and its name leads back to the address."), GMAIL_PAGE, "2024-02-01" },
    { RECEIVER_GMAIL, REQUIREMENT_FORMATTING, SENDERS_ALL, N_("Messages have the form of RFC 5322."), GMAIL_PAGE,
      "2024-02-01" },
    { RECEIVER_GMAIL, REQUIREMENT_ONE_CLICK, SENDERS_BULK,
      N_("Marketing and subscribed mail has one-click unsubscribe (RFC 8058)."), GMAIL_FAQ, "2024-06-01" },
    { RECEIVER_GMAIL, REQUIREMENT_GMAIL_FROM, SENDERS_ALL, N_("Nobody but Gmail sends with a Gmail address in From:."),
      GMAIL_PAGE, "2024-02-01" },
    { RECEIVER_GMAIL, REQUIREMENT_SPAM_RATE, SENDERS_ALL,
      N_("The spam rate stays below 0.10 % and never reaches 0.30 %."), GMAIL_PAGE, "2024-06-01" },
    { RECEIVER_GMAIL, REQUIREMENT_HONOR_UNSUBSCRIBE, SENDERS_BULK, N_("Unsubscribing takes effect within 48 hours."),
      GMAIL_FAQ, "2024-06-01" },
    { RECEIVER_GMAIL, REQUIREMENT_FORWARDED, SENDERS_ALL,
      N_("Forwarded mail goes over TLS, from an envelope sender of the forwarder, and unchanged, so that DKIM "
         "survives."),
      "Gmail, \"Best practices for forwarding email\" (support article 175365)", "2026-03-11" },

    { RECEIVER_YAHOO, REQUIREMENT_SPF, SENDERS_BULK, N_("SPF is set up; all senders need SPF or DKIM."), YAHOO_PAGE,
      "2024-02" },
    { RECEIVER_YAHOO, REQUIREMENT_DKIM, SENDERS_BULK,
      N_("DKIM is set up with a key of 1024 bits or more; all senders need SPF or DKIM."), YAHOO_PAGE, "2024-02" },
    { RECEIVER_YAHOO, REQUIREMENT_DMARC_POLICY, SENDERS_BULK,
      N_("The domain of From: has a DMARC record, at least p=none, and mail passes it."), YAHOO_PAGE, "2024-02" },
    { RECEIVER_YAHOO, REQUIREMENT_ALIGNMENT, SENDERS_BULK,
      N_("The domain of From: is aligned with the SPF or the DKIM domain; relaxed alignment is enough."), YAHOO_PAGE,
      "2024-02" },
    { RECEIVER_YAHOO, REQUIREMENT_DNS_RECORDS, SENDERS_ALL,
      N_("The sending address has valid forward and reverse DNS records."), YAHOO_PAGE, "2024-02" },
    { RECEIVER_YAHOO, REQUIREMENT_FORMATTING, SENDERS_ALL, N_("Messages have the form of RFC 5321 and RFC 5322."),
      YAHOO_PAGE, "2024-02" },
    { RECEIVER_YAHOO, REQUIREMENT_ONE_CLICK, SENDERS_BULK,
      N_("Marketing and subscribed mail can be unsubscribed from; the POST of RFC 8058 is recommended."), YAHOO_PAGE,
      "2024-06" },
    { RECEIVER_YAHOO, REQUIREMENT_SPAM_RATE, SENDERS_ALL, N_("The spam rate stays below 0.3 % of delivered mail."),
      YAHOO_PAGE, "2024-02" },
    { RECEIVER_YAHOO, REQUIREMENT_HONOR_UNSUBSCRIBE, SENDERS_BULK, N_("Unsubscribing takes effect within 2 days."),
      YAHOO_PAGE, "2024-06" },

    { RECEIVER_MICROSOFT, REQUIREMENT_SPF, SENDERS_BULK, N_("SPF passes for the sending domain."), MICROSOFT_PAGE,
      "2025-05-05" },
    { RECEIVER_MICROSOFT, REQUIREMENT_DKIM, SENDERS_BULK, N_("DKIM passes."), MICROSOFT_PAGE, "2025-05-05" },
    { RECEIVER_MICROSOFT, REQUIREMENT_DMARC_POLICY, SENDERS_BULK,
      N_("The domain of From: has a DMARC record, at least p=none."), MICROSOFT_PAGE, "2025-05-05" },
    { RECEIVER_MICROSOFT, REQUIREMENT_ALIGNMENT, SENDERS_BULK,
      N_("The domain of From: is aligned with SPF or DKIM, preferably both."), MICROSOFT_PAGE, "2025-05-05" },
};
const size_t rule_count = sizeof(rule_table) / sizeof(rule_table[0]);

const struct rule_row *rule_of(enum receiver receiver, enum requirement requirement)
{
    for (size_t i = 0; i < rule_count; i++) {
        if (rule_table[i].receiver == receiver && rule_table[i].requirement == requirement)
            return &rule_table[i];
    }
    return NULL;
}
