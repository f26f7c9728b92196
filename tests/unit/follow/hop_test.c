/* One row for each relay and what the settings say of it. */
#include "follow/hop.h"

#include "shared/domain.h"
#include "shared/network.h"
#include "tests/unit/unit.h"

static const struct {
    const char *internal, *internal_name, *smarthost, *smarthost_name; /* NULL: none */
    const char *relay;
    enum hop expected;
} rows[] = {
    { NULL, NULL, NULL, NULL, "mx.example.com[192.0.2.1]:25", HOP_DIRECT },
    { NULL, NULL, NULL, NULL, "mx.example.com[192.0.2.1]:587", HOP_SMARTHOST },
    { NULL, NULL, NULL, NULL, "mx.example.com[192.0.2.1]:465", HOP_SMARTHOST },
    { NULL, NULL, NULL, NULL, "mx.example.com", HOP_DIRECT },
    { "192.0.2.0/24", NULL, NULL, NULL, "mx.example.com[192.0.2.1]:25", HOP_INTERNAL },
    { "192.0.2.0/24", NULL, NULL, NULL, "mx.example.com[192.0.2.1]:587", HOP_INTERNAL },
    { "192.0.2.0/24", NULL, NULL, NULL, "mx.example.com[198.51.100.1]:25", HOP_DIRECT },
    { "192.0.2.0/24", NULL, NULL, NULL, "mx.example.com[/run/lmtp]", HOP_DIRECT },
    { NULL, NULL, "192.0.2.0/24", NULL, "mx.example.com[192.0.2.1]:25", HOP_SMARTHOST },
    { NULL, NULL, "192.0.2.0/24", NULL, "mx.example.com[198.51.100.1]:25", HOP_DIRECT },
    { "192.0.2.1", NULL, "192.0.2.0/24", NULL, "mx.example.com[192.0.2.1]:25", HOP_INTERNAL },
    { "192.0.2.1", NULL, "192.0.2.0/24", NULL, "mx.example.com[192.0.2.2]:25", HOP_SMARTHOST },
    { NULL, "mx.example.com", NULL, NULL, "mx.example.com[192.0.2.1]:25", HOP_INTERNAL },
    { NULL, "mx.example.com", NULL, NULL, "MX.Example.COM[192.0.2.1]:25", HOP_INTERNAL },
    { NULL, "mx.example.com", NULL, NULL, "mx.example.org[192.0.2.1]:25", HOP_DIRECT },
    { NULL, NULL, NULL, "mx.example.com", "mx.example.com[192.0.2.1]:25", HOP_SMARTHOST },
    { NULL, NULL, NULL, "mx.example.com", "mx.example.org[192.0.2.1]:25", HOP_DIRECT },
    { NULL, "mx.example.com", NULL, ".example.com", "mx.example.com[192.0.2.1]:25", HOP_INTERNAL },
    { NULL, "mx.example.com", NULL, ".example.com", "mx2.example.com[192.0.2.1]:25", HOP_SMARTHOST },
    { NULL, "mx.example.com", "192.0.2.0/24", NULL, "mx.example.com[192.0.2.1]:25", HOP_INTERNAL },
};

static struct arena arena;
static struct hops hops;

static struct network_set *networks(const char *text)
{
    struct network network;

    if (text == NULL)
        return NULL;
    ck_assert_int_eq(network_parse(view_of(text), &network), NETWORK_FINE);
    return network_set_new(&arena, &network, 1);
}

static struct domain_set *names(const char *text)
{
    struct view name = view_of(text == NULL ? "" : text);

    return text == NULL ? NULL : domain_set_new(&arena, &name, 1);
}

START_TEST(a_relay_stands_where_the_settings_say)
{
    struct correlate_settings settings = { .seed = 42 };
    struct server relay;

    arena_init(&arena, 0);
    settings.internal = networks(rows[_i].internal);
    settings.internal_names = names(rows[_i].internal_name);
    settings.smarthosts = networks(rows[_i].smarthost);
    settings.smarthost_names = names(rows[_i].smarthost_name);
    hops_init(&hops, &settings);
    ck_assert(server_parse(view_of(rows[_i].relay), &relay));
    for (int i = 0; i < 2; i++) /* looked up, then known */
        ck_assert_msg(hop_of(&hops, &relay) == rows[_i].expected, "%s", rows[_i].relay);
    arena_done(&arena);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("hop");
    TCase *tests = tcase_create("hop");

    tcase_add_loop_test(tests, a_relay_stands_where_the_settings_say, 0, ROWS(rows));
    suite_add_tcase(suite, tests);
    return suite;
}
