/* Who may send without showing who they are. */
#include "audit/checks.h"
#include "audit/networks.h"
#include "audit/words.h"

static bool is_refusal(struct view word)
{
    static const struct view words[] = { VIEW_INIT("reject_unauth_destination"), VIEW_INIT("defer_unauth_destination"),
                                         VIEW_INIT("reject"), VIEW_INIT("defer"), VIEW_INIT("defer_if_permit") };

    return words_one_of(words, sizeof(words) / sizeof(words[0]), word);
}

/* A stranger's mail to elsewhere is stopped before something lets everybody pass. */
static bool refuses_strangers(struct view list)
{
    struct view word;

    while (words_next(&list, &word)) {
        if (view_eq_nocase(word, VIEW("permit")))
            return false;
        if (is_refusal(word))
            return true;
    }
    return false;
}

void check_open_relay(struct exam *exam)
{
    if (refuses_strangers(exam_value(exam, "smtpd_relay_restrictions")) ||
        refuses_strangers(exam_value(exam, "smtpd_recipient_restrictions")) ||
        refuses_strangers(exam_value(exam, "smtpd_client_restrictions")))
        return;
    exam_report(
        exam, "smtpd_relay_restrictions",
        mend_set(exam, "smtpd_relay_restrictions",
                 "permit_mynetworks,permit_sasl_authenticated,reject_unauth_destination"),
        "neither smtpd_relay_restrictions nor smtpd_recipient_restrictions refuses mail to other domains: Postfix "
        "relays for everyone, or does not run");
}

/* Address space of this host or of a site: RFC 1918, 4193, 3927, 4291, 6598. */
static bool is_private(const struct network *network)
{
    static const struct view ranges[] = { VIEW_INIT("127.0.0.0/8"),
                                          VIEW_INIT("10.0.0.0/8"),
                                          VIEW_INIT("172.16.0.0/12"),
                                          VIEW_INIT("192.168.0.0/16"),
                                          VIEW_INIT("169.254.0.0/16"),
                                          VIEW_INIT("100.64.0.0/10"),
                                          VIEW_INIT("::1"),
                                          VIEW_INIT("fc00::/7"),
                                          VIEW_INIT("fe80::/10") };

    for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
        struct network range;

        if (network_parse(ranges[i], &range) == NETWORK_FINE && network_covers(&range, network))
            return true;
    }
    return false;
}

static bool is_ipv4(const struct network *network)
{
    return network->prefix >= 96 && network->base.octets[10] == 0xff && network->base.octets[11] == 0xff;
}

static bool is_everything(const struct network *network)
{
    return network->prefix == (is_ipv4(network) ? 96 : 0);
}

/* IPv4 wider than /16, IPv6 wider than /32: nobody's office. */
static bool is_wide(const struct network *network)
{
    return network->prefix < (is_ipv4(network) ? 96 + 16 : 32);
}

void check_networks_wide(struct exam *exam)
{
    struct view list = exam_value(exam, "mynetworks"), word;
    struct setting setting = exam_setting(exam, "mynetworks");

    while (words_next(&list, &word)) {
        struct network network;

        if (!postfix_network(word, &network) || is_private(&network))
            continue;
        if (is_everything(&network))
            exam_report_as(exam, FINDING_ERROR, "mynetworks", mend_set(exam, "mynetworks", "127.0.0.0/8,[::1]/128"),
                           "mynetworks has %.*s: the whole Internet may relay", VIEW_ARG(word));
        else if (is_wide(&network))
            exam_report(exam, "mynetworks", mend_none(), "mynetworks has %.*s", VIEW_ARG(word));
    }
    if (setting.source == SOURCE_DEFAULT && !view_eq_nocase(exam_value(exam, "mynetworks_style"), VIEW("host")))
        exam_report(exam, "mynetworks_style", mend_set(exam, "mynetworks", "127.0.0.0/8,[::1]/128"),
                    "mynetworks is not set, and mynetworks_style = %.*s lets every neighbour in: %.*s",
                    VIEW_ARG(exam_value(exam, "mynetworks_style")), VIEW_ARG(exam_value(exam, "mynetworks")));
}

static bool only_loopback(struct view list)
{
    struct view word;

    while (words_next(&list, &word)) {
        struct network network;

        if (!postfix_network(word, &network) || !address_is_loopback(&network.base))
            return false;
    }
    return true;
}

void check_submission_networks(struct exam *exam)
{
    struct view relay = exam_value(exam, "smtpd_relay_restrictions");
    struct view recipient = exam_value(exam, "smtpd_recipient_restrictions");
    struct view client = exam_value(exam, "smtpd_client_restrictions");

    if (only_loopback(exam_value(exam, "mynetworks")))
        return;
    if (!words_have(relay, VIEW("permit_mynetworks")) || words_have(client, VIEW("reject")) ||
        words_have(recipient, VIEW("reject")))
        return;
    exam_report(exam, "smtpd_relay_restrictions",
                mend_set_here(exam, "smtpd_relay_restrictions", "permit_sasl_authenticated,reject"),
                "permit_mynetworks: clients in %.*s submit here without AUTH",
                VIEW_ARG(exam_value(exam, "mynetworks")));
}
