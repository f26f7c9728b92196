#include "tests/unit/dns/zone.h"

#include <stdio.h>
#include <stdlib.h>

static const struct {
    struct view name;
    enum dns_type type;
} types[] = { { VIEW_INIT("A"), DNS_TYPE_A },
              { VIEW_INIT("AAAA"), DNS_TYPE_AAAA },
              { VIEW_INIT("MX"), DNS_TYPE_MX },
              { VIEW_INIT("PTR"), DNS_TYPE_PTR },
              { VIEW_INIT("TXT"), DNS_TYPE_TXT } };

static void add_name(struct buf *out, struct view name)
{
    struct view label;

    while (view_next(&name, '.', &label)) {
        buf_add_char(out, (char)label.n);
        buf_add(out, label);
    }
    buf_add_char(out, '\0');
}

static void add_data(struct buf *out, enum dns_type type, struct view data)
{
    struct address address;
    struct view preference;

    switch (type) {
    case DNS_TYPE_A:
        if (!address_parse(data, &address))
            abort();
        buf_add(out, (struct view){ (const char *)address.octets + 12, 4 });
        break;
    case DNS_TYPE_AAAA:
        if (!address_parse(data, &address))
            abort();
        buf_add(out, (struct view){ (const char *)address.octets, 16 });
        break;
    case DNS_TYPE_MX:
        if (!view_cut(&data, VIEW(" "), &preference))
            abort();
        buf_add(out, (struct view){ "\0\12", 2 });
        add_name(out, data);
        break;
    case DNS_TYPE_PTR:
        add_name(out, data);
        break;
    case DNS_TYPE_TXT:
        do {
            struct view part = view_slice(data, 0, 255);

            buf_add_char(out, (char)part.n);
            buf_add(out, part);
            data = view_slice(data, part.n, data.n);
        } while (data.n > 0);
        break;
    }
}

static bool is_type(struct view text, enum dns_type type)
{
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        if (view_eq(text, types[i].name))
            return types[i].type == type;
    }
    abort();
}

static void answer_one(struct view zone, struct dns_answers *answers, struct dns_answer *answer)
{
    enum dns_answer_state none = DNS_ANSWER_NO_NAME;
    struct view line, name, type;
    bool found = false;

    while (view_cut(&zone, VIEW("\n"), &line)) {
        static char storage[32 * 1024];
        struct buf octets = BUF(storage);

        if (!view_cut(&line, VIEW(" "), &name) || !view_eq_nocase(name, answer->name))
            continue;
        none = DNS_ANSWER_NO_DATA;
        if (!view_cut(&line, VIEW(" "), &type))
            abort();
        if (!is_type(type, answer->type))
            continue;
        if (view_eq(line, VIEW("!")) || view_eq(line, VIEW("?"))) {
            dns_answer_none(answer, DNS_ANSWER_FAULT, line.p[0] == '!' ? DNS_FAULT_SERVER : DNS_FAULT_TIMEOUT);
            return;
        }
        add_data(&octets, answer->type, line);
        dns_answer_add(answers, answer, buf_view(&octets));
        found = true;
    }
    if (found)
        dns_answer_end(answer, false);
    else
        dns_answer_none(answer, none, DNS_FAULT_NONE);
}

size_t zone_answer(const char *zone, struct dns_answers *answers)
{
    size_t asked = 0;

    for (size_t i = 0; i < answers->count; i++) {
        if (answers->list[i].state != DNS_ANSWER_PENDING)
            continue;
        answer_one(view_of(zone), answers, &answers->list[i]);
        asked++;
    }
    return asked;
}
