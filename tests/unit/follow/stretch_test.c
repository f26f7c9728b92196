/* Services and their stretches by hand: who ends with which master, and who is told of it. */
#include "follow/stretch.h"

#include "shared/buf.h"
#include "tests/unit/unit.h"

enum { MANY = 200 }; /* more than the lists have room for at first, several times over */

static struct writers *writers;
static struct services services;

/* What became of the undecided, one "stretch:proven " for each. */
static char told_text[256];
static struct buf told;

static void tell(void *context, uint32_t stretch, bool proven)
{
    buf_addf(context, "%u:%s ", (unsigned)stretch, proven ? "proven" : "unproven");
}

static struct stretch_sink sink = { tell, &told };

static void begin(void)
{
    writers = writers_new(42);
    services = (struct services){ 0 };
    told = (struct buf)BUF(told_text);
}

static void end(void)
{
    services_done(&services);
    writers_free(writers);
}

static const struct writer *writer_of(const char *host, const char *tag)
{
    return writers_find(writers, view_of(host), view_of(tag));
}

static struct service *service_of(const char *host, const char *tag)
{
    return services_find(&services, writer_of(host, tag), 1000);
}

static const struct writer *numbered(unsigned i)
{
    char text[32];
    struct buf host = BUF(text);

    buf_addf(&host, "host%u", i);
    return writers_find(writers, buf_view(&host), VIEW("postfix/smtp"));
}

START_TEST(many_services_of_many_hosts_keep_their_stretches)
{
    for (unsigned i = 1; i <= MANY; i++) {
        struct service *service = services_find(&services, numbered(i), i);

        ck_assert_ptr_nonnull(service);
        ck_assert_uint_eq(service->stretch, i);
        ck_assert_int_eq(services_host(&services, service)->begin, i);
    }
    for (unsigned i = 1; i <= MANY; i++) {
        struct service *service = services_find(&services, numbered(i), MANY + i);

        ck_assert_ptr_eq(service->writer, numbered(i));
        ck_assert_uint_eq(service->stretch, i);
        ck_assert_int_eq(services_host(&services, service)->begin, i);
    }
    for (uint32_t i = MANY; i < services.count; i++)
        ck_assert_ptr_null(services.list[i].writer);
    for (uint32_t i = MANY; i < services.host_count; i++)
        ck_assert(!services.host_list[i].known);
}
END_TEST

START_TEST(nobody_is_no_service)
{
    static const struct writer nobody;

    ck_assert_ptr_null(services_find(&services, &nobody, 1000));
}
END_TEST

START_TEST(the_last_service_of_a_full_list_is_found)
{
    uint32_t last = 1;

    (void)services_find(&services, numbered(1), 1000);
    while (last < services.count)
        (void)services_find(&services, numbered(++last), 1000);
    ck_assert_uint_eq(services_find(&services, numbered(last), 2000)->stretch, last);
}
END_TEST

START_TEST(a_gap_is_kept_for_hosts_that_are_known)
{
    uint32_t room;

    ck_assert(!stretches_gap(&services, 1, 5000));
    for (unsigned i = 1; i <= 3; i++)
        services_note_host(&services, numbered(i), 1000);
    ck_assert(!stretches_gap(&services, 0, 5000));
    ck_assert(stretches_gap(&services, 3, 5000));
    ck_assert(!stretches_gap(&services, 4, 5000));
    ck_assert(!stretches_gap(&services, 1 << 30, 5000));
    ck_assert_int_eq(services.host_list[1].gap, INT64_MIN);
    ck_assert_int_eq(services.host_list[2].gap, 5000);
    room = services.host_count;
    for (unsigned i = 4; i <= room; i++)
        services_note_host(&services, numbered(i), 1000);
    ck_assert(stretches_gap(&services, services.host_count, 6000)); /* the list is full */
    ck_assert_int_eq(services.host_list[services.host_count - 1].gap, 6000);
}
END_TEST

START_TEST(what_waits_is_settled_once)
{
    struct service *service = service_of("mail", "postfix/smtp");
    const struct writer *master = writer_of("mail", "postfix/master");

    service->undecided = true;
    stretch_prove(service, &sink);
    ck_assert_view_eq(buf_view(&told), "1:proven ");
    stretches_close(&services, &sink);
    ck_assert_view_eq(buf_view(&told), "1:proven ");

    (void)services_find(&services, master, 2000);
    stretches_end(&services, master, 2000, false, &sink);
    service = service_of("mail", "postfix/smtp");
    ck_assert_view_eq(buf_view(&told), "1:proven ");
    ck_assert_uint_eq(service->stretch, 3);
    ck_assert_uint_eq(service->previous, 1);
    ck_assert(service->previous_proven);
    ck_assert(!service->proven);

    service->undecided = true;
    stretches_end(&services, master, 3000, true, &sink);
    stretches_end(&services, master, 4000, true, &sink);
    stretches_close(&services, &sink);
    ck_assert_view_eq(buf_view(&told), "1:proven 3:unproven ");
    ck_assert_uint_eq(service->stretch, 5);
    ck_assert_uint_eq(service->previous, 0);
}
END_TEST

/* The master of "postfix" on "mail" starts, where "postfix-out" has a master of its own. */
static const struct {
    const char *host, *tag;
    bool ends;
} services_beside[] = {
    { "mail", "postfix/smtp", true },      { "mail", "postfix/lmtp", true },       { "mail", "relay/smtp", true },
    { "mail", "postfix-out/smtp", false }, { "mail", "postfix-out/lmtp", false },  { "mail", "postfix/qmgr", false },
    { "mail", "postfix/smtpd", false },    { "mail", "postfix/cleanup", false },   { "other", "postfix/smtp", false },
    { "other", "postfix/lmtp", false },    { "other", "postfix-out/smtp", false },
};

START_TEST(a_start_concerns_the_services_of_its_master)
{
    const struct writer *master = writer_of("mail", "postfix/master");
    const char *host = services_beside[_i].host, *tag = services_beside[_i].tag;
    struct service *service = service_of(host, tag);
    uint32_t before = service->stretch;

    (void)service_of("mail", "postfix-out/master");
    (void)services_find(&services, master, 1000);
    stretches_end(&services, master, 2000, true, &sink);
    service = service_of(host, tag);
    ck_assert_uint_eq(service->stretch != before, services_beside[_i].ends);
    ck_assert_int_eq(service->since, services_beside[_i].ends ? 2000 : 0);
}
END_TEST

START_TEST(a_service_that_writes_later_asks_its_own_master)
{
    static const char *const starts[][2] = { { "mail", "postfix-out/master" },
                                             { "mail", "postfix/master" },
                                             { "other", "postfix/master" } };

    for (size_t i = 0; i < ROWS(starts); i++) {
        (void)service_of(starts[i][0], starts[i][1]);
        stretches_end(&services, writer_of(starts[i][0], starts[i][1]), 2000 + (int64_t)i, true, &sink);
    }
    ck_assert_int_eq(stretches_began(&services, service_of("mail", "postfix/smtp")), 2001);
    ck_assert_int_eq(stretches_began(&services, service_of("mail", "postfix-out/smtp")), 2000);
    ck_assert_int_eq(stretches_began(&services, service_of("mail", "relay/smtp")), 2001);
    ck_assert_int_eq(stretches_began(&services, service_of("other", "postfix/smtp")), 2002);
    ck_assert_int_eq(stretches_began(&services, service_of("third", "postfix/smtp")), 0);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("stretch");
    TCase *tests = tcase_create("stretch");

    tcase_add_checked_fixture(tests, begin, end);
    tcase_add_test(tests, many_services_of_many_hosts_keep_their_stretches);
    tcase_add_test(tests, nobody_is_no_service);
    tcase_add_test(tests, the_last_service_of_a_full_list_is_found);
    tcase_add_test(tests, a_gap_is_kept_for_hosts_that_are_known);
    tcase_add_test(tests, what_waits_is_settled_once);
    tcase_add_loop_test(tests, a_start_concerns_the_services_of_its_master, 0, ROWS(services_beside));
    tcase_add_test(tests, a_service_that_writes_later_asks_its_own_master);
    suite_add_tcase(suite, tests);
    return suite;
}
