#include "shared/domain.h"
#include "shared/volume_file.h"

#include "tests/unit/unit.h"

enum { QUARTER = 1774440000000 / VOLUME_BUCKET_MS };

struct seen {
    size_t lines;
    uint64_t recipients;
    char domain[64];
    int64_t bulk_since;
    uint32_t last;
};

static void see(void *context, const struct volume_line *line)
{
    struct seen *seen = context;
    struct buf buf = BUF(seen->domain);

    seen->lines++;
    buf_add(&buf, line->domain);
    seen->domain[buf.len] = '\0';
    seen->bulk_since = line->bulk_since;
    seen->last = line->counts[VOLUME_BUCKETS - 1];
    for (size_t i = 0; i < VOLUME_BUCKETS; i++)
        seen->recipients += line->counts[i];
}

START_TEST(what_is_written_is_read_back)
{
    char storage[1024];
    struct buf buf = BUF(storage);
    struct volume_head head = { 1774526400123, (int64_t)QUARTER * VOLUME_BUCKET_MS }, got;
    struct volume_line line = { .domain = VIEW("example.com"), .bulk_since = 1774000000000 };
    struct seen seen = { 0 };
    struct error error;

    line.counts[0] = 12;
    line.counts[VOLUME_BUCKETS - 1] = UINT32_MAX;
    volume_head_add(&buf, &head);
    volume_line_add(&buf, &line);
    volume_end_add(&buf, 1);
    ck_assert_int_eq(volume_file_parse(buf_view(&buf), &got, see, &seen, &error), 0);
    ck_assert_int_eq(got.written, head.written);
    ck_assert_int_eq(got.begin, head.begin);
    ck_assert_uint_eq(seen.lines, 1);
    ck_assert_str_eq(seen.domain, "example.com");
    ck_assert_int_eq(seen.bulk_since, 1774000000000);
    ck_assert_uint_eq(seen.last, UINT32_MAX);
    ck_assert_uint_eq(seen.recipients, 12 + (uint64_t)UINT32_MAX);
}
END_TEST

START_TEST(the_fullest_line_fits_its_limit)
{
    char domain[DOMAIN_MAX], storage[VOLUME_LINE_MAX];
    struct buf buf = BUF(storage);
    struct volume_line line = { .domain = { domain, sizeof(domain) }, .bulk_since = INT64_C(281474976710656) };

    memset(domain, 'a', sizeof(domain));
    for (size_t i = 0; i < VOLUME_BUCKETS; i++)
        line.counts[i] = UINT32_MAX;
    volume_line_add(&buf, &line);
    ck_assert(!buf.full);
}
END_TEST

#define HEAD "outward-volume 1 1774526400000 1774440000000\n"

static const struct {
    const char *text, *error; /* NULL: fine */
} files[] = {
    { HEAD "end 0\n", NULL },
    { HEAD "example.com 0\nexample.org 1 95:1 0:2\nend 2\n", NULL },
    { "", "line 1: the file is cut, or goes on behind its end" },
    { "outward-volume 2 0 0\nend 0\n",
      "line 1: no \"outward-volume 1 \": not a volume file, or one of another version" },
    { "outward-volume 1 5\nend 0\n", "line 1: the head needs two times in ms" },
    { "outward-volume 1 5 900001\nend 0\n", "line 1: the first bucket begins at no quarter of an hour" },
    { HEAD "example.com 0 0:1\n", "line 3: the file is cut, or goes on behind its end" },
    { HEAD "example.com 0 0:1", "line 2: the file is cut, or goes on behind its end" },
    { HEAD "end 0\nexample.com 0\n", "line 3: the file is cut, or goes on behind its end" },
    { HEAD "example.com 0\nend 2\n", "line 3: the end counts other lines than there are" },
    { HEAD "Example.com 0\nend 1\n", "line 2: expected a domain in lower-case A-labels" },
    { HEAD "example.com -1\nend 1\n", "line 2: expected since when it is a bulk sender, in ms, or 0" },
    { HEAD "example.com 0 96:1\nend 1\n", "line 2: expected BUCKET:COUNT, buckets from 0 to 95" },
    { HEAD "example.com 0 5:4294967296\nend 1\n", "line 2: expected BUCKET:COUNT, buckets from 0 to 95" },
    { HEAD "example.com 0 5\nend 1\n", "line 2: expected BUCKET:COUNT, buckets from 0 to 95" },
};

START_TEST(a_file_that_is_cut_or_strange_is_refused_with_its_line)
{
    struct volume_head head;
    struct seen seen = { 0 };
    struct error error = { ERROR_NONE, "" };
    int result = volume_file_parse(view_of(files[_i].text), &head, see, &seen, &error);

    ck_assert_int_eq(result, files[_i].error == NULL ? 0 : -1);
    ck_assert_str_eq(error.text, files[_i].error == NULL ? "" : files[_i].error);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("volume_file");
    TCase *tests = tcase_create("volume_file");

    tcase_add_test(tests, what_is_written_is_read_back);
    tcase_add_test(tests, the_fullest_line_fits_its_limit);
    tcase_add_loop_test(tests, a_file_that_is_cut_or_strange_is_refused_with_its_line, 0, ROWS(files));
    suite_add_tcase(suite, tests);
    return suite;
}
