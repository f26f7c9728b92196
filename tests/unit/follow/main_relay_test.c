/* One row for each way in which mail is spread over relays, and which of them is told. */
#include "follow/main_relay.h"

#include "tests/unit/unit.h"

/* So many deliveries to each of so many domains; a relay of its own for each where its name is NULL. */
struct share {
    const char *relay;
    unsigned domains, deliveries;
};

static const struct {
    const char *what;
    struct share shares[5];
    const char *expected;
} rows[] = {
    { "nothing", { { NULL, 0, 0 } }, "" },
    { "every domain by a server of its own", { { NULL, 1000, 2 } }, "" },
    { "all by one", { { "smtp.example.com", 10, 1 } }, "smtp.example.com" },
    { "all by one, of few domains", { { "mail.example.com", 9, 100 } }, "" },
    { "more than nine of ten by one", { { "smtp.example.com", 30, 40 }, { NULL, 100, 1 } }, "smtp.example.com" },
    { "the others first", { { NULL, 100, 1 }, { "smtp.example.com", 30, 40 } }, "smtp.example.com" },
    { "fewer than nine of ten", { { "smtp.example.com", 20, 20 }, { NULL, 50, 1 } }, "" },
    { "hosts of one relay",
      { { "mx1.relay.example.net", 20, 10 },
        { "mx2.relay.example.net", 20, 9 },
        { "mx3.relay.example.net", 20, 8 },
        { NULL, 20, 1 } },
      ".relay.example.net" },
    { "hosts that have no more than the top domain in common",
      { { "example.com", 20, 10 }, { "example2.com", 20, 10 }, { "example3.com", 20, 10 } },
      "" },
    { "addresses are no names with a parent",
      { { "192.0.2.1", 20, 10 }, { "198.51.2.1", 20, 10 }, { "203.0.2.1", 20, 10 } },
      "" },
    { "an address", { { "192.0.2.1", 20, 10 } }, "192.0.2.1" },
    { "one domain that gets nearly all has servers of its own",
      { { "mx.big.example", 1, 1000 }, { NULL, 50, 1 } },
      "" },
    { "Google's servers take mail for their own mailboxes", { { "aspmx.l.google.com", 50, 10 } }, "" },
    { "names that begin and end alike, of one length",
      { { "mx-east1.mail.one.relay.example", 20, 20 }, { "mx-east1.mail.two.relay.example", 20, 19 }, { NULL, 9, 1 } },
      "" },
    { "short names", { { "mx.test", 20, 20 }, { "my.test", 2, 3 } }, "mx.test" },
    { "Google's relay sends on", { { "smtp-relay.gmail.com", 50, 10 } }, "smtp-relay.gmail.com" },
};

/* All domains once, then all of them again: as mail comes. */
static void note(struct main_relay *main, const struct share *share)
{
    for (unsigned i = 0; i < share->domains * share->deliveries; i++) {
        unsigned number = i % share->domains;
        char storage[64], own[64];
        struct buf domain = BUF(storage), server = BUF(own);

        buf_addf(&domain, "d%u.example", number);
        buf_addf(&server, "mx.d%u.example", number);
        main_relay_note(main, share->relay == NULL ? buf_view(&server) : view_of(share->relay), buf_view(&domain));
    }
}

START_TEST(a_relay_of_nearly_all_is_told)
{
    struct main_relay main = { .deliveries = 0 };

    for (size_t i = 0; i < ROWS(rows[_i].shares); i++)
        note(&main, &rows[_i].shares[i]);
    ck_assert_msg(view_eq(main_relay_find(&main), view_of(rows[_i].expected)), "%s: %.*s", rows[_i].what,
                  VIEW_ARG(main_relay_find(&main)));
}
END_TEST

/* Each share by a thread of its own. */
START_TEST(what_several_noted_adds_up)
{
    struct main_relay sum = { .deliveries = 0 };

    for (size_t i = 0; i < ROWS(rows[_i].shares); i++) {
        struct main_relay part = { .deliveries = 0 };

        note(&part, &rows[_i].shares[i]);
        main_relay_merge(&sum, &part);
    }
    ck_assert_msg(view_eq(main_relay_find(&sum), view_of(rows[_i].expected)), "%s: %.*s", rows[_i].what,
                  VIEW_ARG(main_relay_find(&sum)));
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("main_relay");
    TCase *tests = tcase_create("main_relay");

    tcase_add_loop_test(tests, a_relay_of_nearly_all_is_told, 0, ROWS(rows));
    tcase_add_loop_test(tests, what_several_noted_adds_up, 0, ROWS(rows));
    suite_add_tcase(suite, tests);
    return suite;
}
