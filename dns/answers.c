#include "dns/answers.h"

#include <string.h>

#include "shared/ascii.h"

void dns_answers_init(struct dns_answers *answers, struct arena *arena)
{
    answers->arena = arena;
    answers->count = answers->refused = 0;
}

static bool is_askable(char c)
{
    return c > ' ' && c < 0x7f && c != '\\' && c != '"';
}

bool dns_name_is_valid(struct view name)
{
    size_t label = 0;

    if (name.n > 0 && name.p[name.n - 1] == '.')
        name.n--;
    if (name.n == 0 || name.n > DNS_NAME_MAX)
        return false;
    for (size_t i = 0; i < name.n; i++) {
        if (!is_askable(name.p[i]) || (name.p[i] == '.' && label == 0) || label > 63)
            return false;
        label = name.p[i] == '.' ? 0 : label + 1;
    }
    return label > 0 && label <= 63;
}

static struct view in_lower_case(struct view name, char *room)
{
    if (name.n > 0 && name.p[name.n - 1] == '.')
        name.n--;
    if (name.n > DNS_NAME_MAX)
        name.n = DNS_NAME_MAX;
    for (size_t i = 0; i < name.n; i++)
        room[i] = ascii_lower(name.p[i]);
    return (struct view){ room, name.n };
}

static const struct dns_answer *out_of_questions(struct dns_answers *answers)
{
    static const struct dns_answer limit = { .state = DNS_ANSWER_FAULT, .fault = DNS_FAULT_LIMIT };

    answers->refused++;
    return &limit;
}

const struct dns_answer *dns_ask(struct dns_answers *answers, struct view name, enum dns_type type)
{
    static const struct dns_answer memory = { .state = DNS_ANSWER_FAULT, .fault = DNS_FAULT_MEMORY };
    char room[DNS_NAME_MAX];
    struct view asked = in_lower_case(name, room);
    struct dns_answer *answer;

    for (size_t i = 0; i < answers->count; i++) {
        if (answers->list[i].type == type && view_eq(answers->list[i].name, asked))
            return &answers->list[i];
    }
    if (answers->count == DNS_QUESTIONS_MAX)
        return out_of_questions(answers);
    answer = &answers->list[answers->count];
    *answer = (struct dns_answer){ .name = arena_copy(answers->arena, asked), .type = type };
    if (answer->name.p == NULL)
        return &memory;
    answers->count++;
    return answer;
}

void dns_answer_none(struct dns_answer *answer, enum dns_answer_state state, enum dns_fault fault)
{
    answer->state = state;
    answer->fault = fault;
    answer->count = 0;
}

static bool read_address(struct view octets, struct address *out)
{
    *out = (struct address){ .octets = { [10] = 0xff, [11] = 0xff } };
    if (octets.n != 4 && octets.n != 16)
        return false;
    memcpy(octets.n == 4 ? out->octets + 12 : out->octets, octets.p, octets.n);
    return true;
}

/* One reader for each type; false when the octets are no such record. */
static bool read_record(struct dns_answers *answers, enum dns_type type, struct view octets, struct dns_record *out)
{
    char storage[DNS_TEXT_MAX];
    struct buf text = BUF(storage);
    struct mx_data mx;

    switch (type) {
    case DNS_TYPE_A:
        return octets.n == 4 && read_address(octets, &out->address);
    case DNS_TYPE_AAAA:
        return octets.n == 16 && read_address(octets, &out->address);
    case DNS_TYPE_MX:
        if (!mx_data_read(octets, &mx))
            return false;
        out->preference = mx.preference;
        buf_add(&text, view_of(mx.host));
        break;
    case DNS_TYPE_PTR:
        if (!name_data_read(octets, &text))
            return false;
        break;
    case DNS_TYPE_TXT:
        if (!txt_data_read(octets, &text))
            return false;
        break;
    }
    out->text = arena_copy(answers->arena, buf_view(&text));
    return out->text.p != NULL;
}

void dns_answer_add(struct dns_answers *answers, struct dns_answer *answer, struct view octets)
{
    struct dns_record record = { .preference = 0 };

    if (answer->records == NULL)
        answer->records = arena_alloc(answers->arena, DNS_ROWS_MAX * sizeof(*answer->records));
    if (answer->records != NULL && answer->count < DNS_ROWS_MAX && read_record(answers, answer->type, octets, &record))
        answer->records[answer->count++] = record;
    else
        answer->dropped++;
}

void dns_answer_end(struct dns_answer *answer, bool secure)
{
    answer->secure = secure;
    if (answer->count > 0)
        answer->state = DNS_ANSWER_RECORDS;
    else
        dns_answer_none(answer, DNS_ANSWER_FAULT, DNS_FAULT_SERVER);
}

struct view dns_fault_name(enum dns_fault fault)
{
    static const struct view names[] = {
        [DNS_FAULT_NONE] = VIEW_INIT(""),
        [DNS_FAULT_TIMEOUT] = VIEW_INIT("timeout"),
        [DNS_FAULT_SERVER] = VIEW_INIT("server failure"),
        [DNS_FAULT_BOGUS] = VIEW_INIT("DNSSEC validation failed"),
        [DNS_FAULT_LIMIT] = VIEW_INIT("too many questions"),
        [DNS_FAULT_MEMORY] = VIEW_INIT("out of memory"),
    };

    return names[fault];
}

struct view reverse_name(const struct address *address, char *room)
{
    static const char digits[] = "0123456789abcdef";
    struct buf name = buf_over(room, REVERSE_NAME_MAX);

    if (address_is_ipv4(address)) {
        buf_addf(&name, "%u.%u.%u.%u.in-addr.arpa", address->octets[15], address->octets[14], address->octets[13],
                 address->octets[12]);
        return buf_view(&name);
    }
    for (size_t i = 16; i-- > 0;)
        buf_addf(&name, "%c.%c.", digits[address->octets[i] & 15], digits[address->octets[i] >> 4]);
    buf_add(&name, VIEW("ip6.arpa"));
    return buf_view(&name);
}
