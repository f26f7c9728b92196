/* The keys that man/outward-record.5 lists are the keys that records have: neither knows one that the other does not. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "milter/trouble.h"
#include "shared/record.h"
#include "tests/unit/unit.h"

enum { KEYS_MAX = 64, KEY_MAX = 32 };

struct keys {
    char names[KEYS_MAX][KEY_MAX];
    size_t count;
};

static void add_key(struct keys *keys, struct view key)
{
    ck_assert_uint_lt(keys->count, KEYS_MAX);
    ck_assert_uint_lt(key.n, KEY_MAX);
    memcpy(keys->names[keys->count], key.p, key.n);
    keys->names[keys->count++][key.n] = '\0';
}

static bool has_key(const struct keys *keys, const char *name)
{
    for (size_t i = 0; i < keys->count; i++) {
        if (strcmp(keys->names[i], name) == 0)
            return true;
    }
    return false;
}

/* A record in which everything is known and everything happened. */
static struct keys keys_of_records(void)
{
    const struct place place = { VIEW("f"), 1 };
    const struct reply reply = { VIEW("550"), VIEW("5.7.1"), VIEW("no") };
    struct record record = { .queue_id = VIEW("4ABC"), .generation = 1, .recipients = 2, .recipients_refused = 1 };
    char storage[RECORD_MAX];
    struct buf line = BUF(storage);
    struct keys keys = { .count = 0 };
    struct view rest, word;
    bool more = true;

    record.decision = (struct decision){ .now = { VERDICT_REJECT, place, reply },
                                         .would = { VERDICT_HOLD, place, reply },
                                         .tags = { { VIEW("x"), place, 0 } },
                                         .tag_count = 1,
                                         .would_tag = place };
    record.to[record.to_count++] = (struct recipient){ VIEW("a.example"), VIEW("smtp") };
    record.lost = 1;
    record.trouble = VIEW("memory");
    record.tags_dropped = 1;
    record.refused_by = place;
    submission_init(&record.sub);
    for (size_t i = 0; i < FACT_COUNT; i++)
        fact_set_text(&record.sub, (enum fact_id)i, VIEW("x"));
    record_format(&line, &record);
    rest = buf_view(&line);
    ck_assert(view_cut(&rest, VIEW(": "), &word));
    while (more) {
        struct view key;

        word = rest;
        more = view_cut(&rest, VIEW(" "), &word);
        ck_assert(view_cut(&word, VIEW("="), &key));
        add_key(&keys, key);
    }
    return keys;
}

/* The ".It Cm key" lines. */
static struct keys keys_of_page(void)
{
    FILE *page = fopen(TEST_DATA "/../../man/outward-record.5", "r");
    struct keys keys = { .count = 0 };
    char line[512];

    ck_assert_ptr_nonnull(page);
    while (fgets(line, sizeof(line), page) != NULL) {
        struct view key = view_of(line);

        if (view_skip(&key, VIEW(".It Cm ")))
            add_key(&keys, view_slice(key, 0, key.n - 1));
    }
    fclose(page);
    return keys;
}

START_TEST(the_page_explains_every_key_and_no_other)
{
    struct keys page = keys_of_page(), record = keys_of_records();

    for (size_t i = 0; i < record.count; i++)
        ck_assert_msg(has_key(&page, record.names[i]), "the page does not know \"%s\"", record.names[i]);
    for (size_t i = 0; i < page.count; i++)
        ck_assert_msg(has_key(&record, page.names[i]), "records do not know \"%s\"", page.names[i]);
    ck_assert_uint_eq(page.count, record.count);
    ck_assert_uint_ge(record.count, FACT_COUNT);
}
END_TEST

START_TEST(the_page_explains_every_trouble)
{
    FILE *page = fopen(TEST_DATA "/../../man/outward-record.5", "r");
    static char text[65536];
    char line[64];
    size_t size;

    ck_assert_ptr_nonnull(page);
    size = fread(text, 1, sizeof(text) - 1, page);
    text[size] = '\0';
    fclose(page);
    (void)snprintf(line, sizeof(line), "\n.It Sy %.*s\n", VIEW_ARG(trouble_word((enum trouble)_i)));
    ck_assert_msg(strstr(text, line) != NULL, "the page does not know \"%s\"", line);
    ck_assert_uint_gt(strlen(trouble_text((enum trouble)_i)), 0);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("record_page");
    TCase *tests = tcase_create("record_page");

    tcase_add_test(tests, the_page_explains_every_key_and_no_other);
    tcase_add_loop_test(tests, the_page_explains_every_trouble, TROUBLE_NONE + 1, TROUBLE_COUNT);
    suite_add_tcase(suite, tests);
    return suite;
}
