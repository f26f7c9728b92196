/* Header facts of any header: lines "Name: body", as a sender may write them. */
#include <stdlib.h>

#include "milter/header_facts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Facts that rules read must hold together, whatever the header says. */
static void check(const struct header_facts *facts, const struct submission *sub)
{
    const struct fact *from = &sub->facts[FACT_HEADER_FROM];

    bool known = from->state == FACT_KNOWN && from->text.n > 0, unknown = false;
    struct view list = from->text, word;

    if ((facts->counts[FIELD_FROM] > 0) != known)
        abort();
    while (list_next(&list, &word)) {
        if (word.n > DOMAIN_MAX || unknown) /* what is unknown stands last */
            abort();
        unknown = view_eq(word, LIST_UNKNOWN);
    }
    if ((facts->from.broken || facts->authors.more) && !unknown)
        abort();
    if ((!known || unknown) && sub->facts[FACT_DKIM_ALIGNED].number != 0)
        abort();
    if ((!known || unknown) && sub->facts[FACT_FROM_AGREES].text.n != 0)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct public_suffix *list;
    struct view text = { (const char *)data, size }, line, name;
    struct header_facts facts;
    struct submission sub;
    struct arena arena;
    bool more = true;

    if (list == NULL && (list = public_suffix_open()) == NULL)
        abort();
    arena_init(&arena, 1 << 20);
    submission_init(&sub);
    fact_set_text(&sub, FACT_SENDER, VIEW("alice@example.org"));
    fact_set_text(&sub, FACT_LOGIN, VIEW("alice@example.org"));
    header_facts_init(&facts, &arena);
    while (more) {
        line = text;
        more = view_cut(&text, VIEW("\n\n"), &line);
        if (view_cut(&line, VIEW(": "), &name))
            header_facts_add(&facts, name, line);
    }
    if (header_facts_fill(&facts, list, &sub))
        check(&facts, &sub);
    arena_done(&arena);
    return 0;
}
