#include "dns/reverse.h"

static bool has_address(const struct dns_answer *answer, const struct address *address)
{
    for (size_t i = 0; i < answer->count; i++) {
        if (memcmp(&answer->records[i].address, address, sizeof(*address)) == 0)
            return true;
    }
    return false;
}

static struct reverse without_names(const struct dns_answer *names)
{
    switch (names->state) {
    case DNS_ANSWER_PENDING:
        return (struct reverse){ .state = REVERSE_PENDING };
    case DNS_ANSWER_FAULT:
        return (struct reverse){ .state = REVERSE_UNKNOWN, .fault = names->fault };
    default:
        return (struct reverse){ .state = REVERSE_ABSENT, .secure = names->secure };
    }
}

struct reverse reverse_find(struct dns_answers *answers, const struct address *address)
{
    char room[REVERSE_NAME_MAX];
    const struct dns_answer *names = dns_ask(answers, reverse_name(address, room), DNS_TYPE_PTR);
    enum dns_type type = address_is_ipv4(address) ? DNS_TYPE_A : DNS_TYPE_AAAA;
    struct reverse found = { .state = REVERSE_MISMATCH };

    if (names->state != DNS_ANSWER_RECORDS)
        return without_names(names);
    found.name = names->records[0].text;
    for (size_t i = 0; i < names->count && i < REVERSE_NAMES_MAX; i++) {
        const struct dns_answer *back;

        if (!dns_name_is_valid(names->records[i].text))
            continue;
        back = dns_ask(answers, names->records[i].text, type);
        if (has_address(back, address))
            return (struct reverse){ .state = REVERSE_CONFIRMED,
                                     .name = names->records[i].text,
                                     .secure = names->secure && back->secure };
        if (back->state == DNS_ANSWER_PENDING) {
            found.state = REVERSE_PENDING;
        } else if (back->state == DNS_ANSWER_FAULT && found.state != REVERSE_PENDING) {
            found.state = REVERSE_UNKNOWN;
            found.fault = back->fault;
        }
    }
    return found;
}
