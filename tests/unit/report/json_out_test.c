/* JSON comes out octet by octet as RFC 8259 has it, wherever the buffer ends. */
#include "report/json_out.h"

#include <stdlib.h>
#include <string.h>

#include "shared/buf.h"
#include "tests/unit/unit.h"

/* What is written lies in memory. */
struct written {
    struct json_out json;
    char *text;
    size_t size;
};

static struct written *begin(void)
{
    struct written *written = calloc(1, sizeof(*written));

    ck_assert_ptr_nonnull(written);
    written->json.out = open_memstream(&written->text, &written->size);
    ck_assert_ptr_nonnull(written->json.out);
    return written;
}

static struct view finish(struct written *written)
{
    json_finish(&written->json);
    ck_assert_int_eq(fclose(written->json.out), 0);
    return (struct view){ written->text, written->size };
}

static void end(struct written *written)
{
    free(written->text);
    free(written);
}

START_TEST(members_and_items_come_with_what_parts_them)
{
    struct written *written = begin();
    struct json_out *json = &written->json;

    json_open(json, VIEW(""), '{');
    json_line(json);
    json_number(json, VIEW("schema"), 1);
    json_line(json);
    json_open(json, VIEW("items"), '[');
    json_text(json, VIEW(""), VIEW("a"));
    json_number(json, VIEW(""), UINT64_MAX);
    json_open(json, VIEW(""), '{');
    json_close(json, '}');
    json_open(json, VIEW(""), '[');
    json_line(json);
    json_close(json, ']');
    json_close(json, ']');
    json_flag(json, VIEW("yes"), true);
    json_flag(json, VIEW("no"), false);
    json_absent(json, VIEW("absent"));
    json_moment(json, VIEW("never"), 0);
    json_moment(json, VIEW("then"), INT64_C(1795288655123));
    json_open(json, VIEW("counts"), '{');
    json_foreign_number(json, VIEW("a \"b\""), 2);
    json_foreign_number(json, VIEW(""), 3);
    json_close(json, '}');
    json_close(json, '}');
    ck_assert_view_eq(finish(written), "{\n\"schema\":1,\n\"items\":[\"a\",18446744073709551615,{},[]],\"yes\":true,"
                                       "\"no\":false,\"absent\":null,\"never\":null,"
                                       "\"then\":\"2026-11-21T19:17:35Z\","
                                       "\"counts\":{\"a \\\"b\\\"\":2,\"\":3}}\n");
    end(written);
}
END_TEST

static const struct {
    const char *text, *escaped;
} specials[] = {
    { "\x01", "\\u0001" },
    { "\x1f", "\\u001f" },
    { "\n", "\\u000a" },
    { " ", " " },
    { "!", "!" },
    { "\"", "\\\"" },
    { "\\", "\\\\" },
    { "~", "~" },
    { "\x7f", "\\u007f" },
    { "\x80", "\\ufffd" },
    { "\xff", "\\ufffd" },
    { "\xc3\xbc", "\xc3\xbc" },
    { "\xe2\x82\xac", "\xe2\x82\xac" },
    { "\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80" },
};

START_TEST(an_octet_is_escaped_the_same_wherever_it_stands)
{
    enum { MOST = 20 };

    for (int before = 0; before < MOST; before++) {
        for (int behind = 0; behind < MOST; behind++) {
            struct written *written = begin();
            char text[64], expected[64];
            struct buf in = BUF(text), out = BUF(expected);
            struct view octets;

            buf_addf(&in, "%.*s%s%.*s", before, "abcdefghijklmnopqrstuvwxyz", specials[_i].text, behind,
                     "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
            buf_addf(&out, "\"%.*s%s%.*s\"\n", before, "abcdefghijklmnopqrstuvwxyz", specials[_i].escaped, behind,
                     "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
            octets = unit_copy(buf_view(&in));
            json_text(&written->json, VIEW(""), octets);
            ck_assert_view_eq(finish(written), buf_text(&out));
            end(written);
            free((char *)octets.p);
        }
    }
}
END_TEST

START_TEST(a_nul_and_no_text_are_texts)
{
    struct written *written = begin();

    json_text(&written->json, VIEW(""), (struct view){ "a\0b", 3 });
    json_text(&written->json, VIEW(""), (struct view){ NULL, 0 });
    ck_assert_view_eq(finish(written), "\"a\\u0000b\",\"\"\n");
    end(written);
}
END_TEST

/* A text of n octets, then one member of each kind: so each of them stands across the buffer's end once. */
static void check_around(const char *octets, size_t n)
{
    static const char rest[] = "\",\"a\":1,\"b\":false,\"c\":\"d\",\"e\":null,\"f\":[]\n";
    struct written *written = begin();
    struct json_out *json = &written->json;
    struct view text;

    json_text(json, VIEW(""), (struct view){ octets, n });
    json_number(json, VIEW("a"), 1);
    json_flag(json, VIEW("b"), false);
    json_text(json, VIEW("c"), VIEW("d"));
    json_moment(json, VIEW("e"), 0);
    json_open(json, VIEW("f"), '[');
    json_close(json, ']');
    text = finish(written);
    ck_assert_uint_eq(text.n, 1 + n + sizeof(rest) - 1);
    ck_assert_mem_eq(text.p + 1, octets, n);
    ck_assert_mem_eq(text.p + 1 + n, rest, sizeof(rest) - 1);
    end(written);
}

START_TEST(nothing_is_lost_where_the_buffer_ends)
{
    enum { SIZE = sizeof(((struct json_out *)NULL)->buffer), AROUND = 200 };
    char *octets = malloc(SIZE + AROUND);

    ck_assert_ptr_nonnull(octets);
    memset(octets, 'x', SIZE + AROUND);
    for (size_t n = SIZE - AROUND; n < SIZE + AROUND; n++)
        check_around(octets, n);
    free(octets);
}
END_TEST

START_TEST(a_name_finds_room_up_to_its_limit)
{
    char name[JSON_NAME_MAX], expected[JSON_NAME_MAX + 32];
    struct written *written = begin();
    struct buf out = BUF(expected);

    memset(name, 'n', sizeof(name));
    buf_addf(&out, "{\"%.*s\":18446744073709551615}\n", JSON_NAME_MAX, name);
    json_open(&written->json, VIEW(""), '{');
    json_number(&written->json, (struct view){ name, sizeof(name) }, UINT64_MAX);
    json_close(&written->json, '}');
    ck_assert_view_eq(finish(written), buf_text(&out));
    end(written);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("json_out");
    TCase *tests = tcase_create("json_out");

    tcase_add_test(tests, members_and_items_come_with_what_parts_them);
    tcase_add_loop_test(tests, an_octet_is_escaped_the_same_wherever_it_stands, 0, ROWS(specials));
    tcase_add_test(tests, a_nul_and_no_text_are_texts);
    tcase_add_test(tests, nothing_is_lost_where_the_buffer_ends);
    tcase_add_test(tests, a_name_finds_room_up_to_its_limit);
    suite_add_tcase(suite, tests);
    return suite;
}
