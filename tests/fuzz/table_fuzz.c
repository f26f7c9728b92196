/* Any text of a table: each entry has a key and lies within the text, and policies of it are judged. */
#include <assert.h>

#include "audit/policy_map.h"
#include "audit/words.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool is_within(struct view part, struct view whole)
{
    return part.n == 0 || (part.p >= whole.p && part.p + part.n <= whole.p + whole.n);
}

static void take_entry(void *to, const struct table_entry *entry)
{
    static const struct postfix_config config = { .version = { 3, 7, 11 } };
    const struct view *text = to;
    struct policy_entry policy = { .map = entry->table, .key = entry->key };
    struct view value = entry->value;
    char storage[256];
    struct buf fault = BUF(storage);

    assert(entry->key.n > 0 && is_within(entry->key, *text) && is_within(entry->value, *text));
    (void)words_next(&value, &policy.level);
    policy.attributes = view_trim(value);
    (void)policy_entry_fault(&policy, &config, &fault);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct view text = { (const char *)data, size };

    table_text_visit(VIEW("texthash:/x"), text, &(struct table_visitor){ .to = &text, .entry = take_entry });
    return 0;
}
