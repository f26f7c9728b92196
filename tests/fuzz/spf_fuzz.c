/*
 * Any record of any domain: the evaluation ends within its limits, and asks for names that exist only.
 * The octets are answers, one a line, to the questions in the order in which they come; the first octet is of the client.
 */
#include <assert.h>
#include <stdlib.h>

#include "dns/spf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void answer(struct dns_answers *answers, struct dns_answer *one, struct view line)
{
    char storage[2048];
    struct buf octets = BUF(storage);

    if (one->type == DNS_TYPE_TXT) {
        line = view_slice(line, 0, 255);
        buf_add_char(&octets, (char)line.n);
    }
    buf_add(&octets, line);
    if (line.n == 0) {
        dns_answer_none(one, DNS_ANSWER_NO_NAME, DNS_FAULT_NONE);
        return;
    }
    dns_answer_add(answers, one, buf_view(&octets));
    dns_answer_end(one, false);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct view rest = { (const char *)data, size }, line = { "", 0 };
    struct address client = { .octets = { [10] = 0xff, [11] = 0xff, [12] = 192, [14] = 2, [15] = 1 } };
    struct spf_question question = { .client = &client, .domain = VIEW("example.com"), .helo = VIEW("x") };
    static struct dns_answers answers;
    struct arena arena;
    struct spf_result result;

    if (size == 0)
        return 0;
    client.octets[10] = data[0] & 1 ? 0xff : 0;
    question.exhaust = (data[0] & 2) != 0;
    rest = view_slice(rest, 1, size);
    arena_init(&arena, 0);
    dns_answers_init(&answers, &arena);
    for (unsigned round = 0;; round++) {
        size_t before = answers.count;

        result = spf_check(&answers, &question);
        assert(result.lookups <= (question.exhaust ? SPF_COUNTED_MAX : SPF_LOOKUPS_MAX) + 1);
        for (size_t i = 0; i < answers.count; i++) {
            struct dns_answer *one = &answers.list[i];

            assert(dns_name_is_valid(one->name));
            if (one->state != DNS_ANSWER_PENDING)
                continue;
            line.n = 0;
            (void)view_next(&rest, '\n', &line);
            answer(&answers, one, line);
        }
        if (result.verdict != SPF_PENDING)
            break;
        assert(answers.count > before || round == 0);
    }
    arena_done(&arena);
    return 0;
}
