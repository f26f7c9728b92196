/* Any text as a DMARC record, and any records on a walk, one a line. */
#include <assert.h>

#include "dns/dmarc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void answer_all(struct dns_answers *answers, struct view text)
{
    for (size_t i = 0; i < answers->count; i++) {
        struct dns_answer *one = &answers->list[i];
        char storage[256];
        struct buf octets = BUF(storage);
        struct view line = { "", 0 };

        (void)view_next(&text, '\n', &line);
        line = view_slice(line, 0, 255);
        buf_add_char(&octets, (char)line.n);
        buf_add(&octets, line);
        dns_answer_add(answers, one, buf_view(&octets));
        dns_answer_end(one, false);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct view text = { (const char *)data, size }, domain = VIEW("a.b.example.com");
    struct dmarc_record record = dmarc_record_parse(text);
    static struct dns_answers answers;
    struct arena arena;
    struct dmarc dmarc;

    assert(dmarc_policy_name(record.policy).p != NULL);
    arena_init(&arena, 0);
    dns_answers_init(&answers, &arena);
    assert(dmarc_find(&answers, domain).state == DMARC_PENDING);
    answer_all(&answers, text);
    dmarc = dmarc_find(&answers, domain);
    assert(dmarc.state != DMARC_PENDING && dmarc.state != DMARC_UNKNOWN);
    assert(view_ends(domain, dmarc.organization) && dmarc.organization.n > 0);
    assert(dmarc.state != DMARC_FOUND || dmarc.policy != DMARC_NO_POLICY);
    arena_done(&arena);
    return 0;
}
