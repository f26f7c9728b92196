/* Whatever postconf prints: a configuration comes of it or an error, and every check can look at it. */
#include <assert.h>

#include "audit/doctor.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct doctor_request request = { .doveconf = "/nonexistent/doveconf" };
    struct postconf_texts texts = { .values = { NULL, 0 } };
    struct view rest = { (const char *)data, size }, nul = { "", 1 };
    struct postfix_config config;
    struct findings findings;
    struct arena arena;
    struct error error;
    struct buf values;

    arena_init(&arena, 64 << 20);
    values = buf_over(arena_alloc(&arena, size + 64), size + 64);
    /* Three texts with NUL between them: values, services, complaints. */
    buf_add(&values, VIEW("mail_version = 3.7.11\n"));
    if (view_cut(&rest, nul, &texts.explicit) && view_cut(&rest, nul, &texts.services))
        texts.complaints = rest;
    buf_add(&values, texts.explicit);
    texts.values = buf_view(&values);
    if (postfix_config_build(&arena, &texts, &config, &error) == 0 &&
        doctor_examine_config(&arena, &request, &config, &findings) == 0)
        assert(findings.count <= FINDINGS_MAX);
    arena_done(&arena);
    return 0;
}
