/* What a tally keeps of who sends how much, and how. */
#include "shared/domain.h"
#include "tally/put.h"
#include "tests/unit/unit.h"

#define NOON INT64_C(1795262400000) /* 2026-11-21 12:00 UTC */

static struct tally *tally;

static void setup(void)
{
    tally = tally_new(42);
    ck_assert_ptr_nonnull(tally);
}

static void teardown(void)
{
    tally_free(tally);
}

static struct delivery sent_to(const char *domain)
{
    return (struct delivery){ .time = NOON,
                              .queue_id = VIEW("4Rk2x1"),
                              .domain = view_of(domain),
                              .sender_domain = VIEW("bounce.example.org"),
                              .origin = ORIGIN_SUBMITTED,
                              .status = DELIVERY_SENT,
                              .began = true,
                              .protection = PROTECTION_ENCRYPTED };
}

/* Of the row of a key. */
static uint64_t total_of(const struct tally_volume *key)
{
    struct tally_volume row;

    for (size_t i = 0; tally_volume(tally, i, &row); i++) {
        if (row.by == key->by && row.receiver == key->receiver && row.origin == key->origin &&
            view_eq(row.name, key->name))
            return volume_figures(row.series, NOON, 0).total;
    }
    return 0;
}

static uint64_t recipients(enum volume_by by, enum receiver receiver, enum origin origin, const char *name)
{
    return total_of(&(struct tally_volume){ by, receiver, origin, view_of(name), NULL });
}

START_TEST(the_header_from_counts_and_the_envelope_stands_in)
{
    struct delivery delivery = sent_to("gmail.com");

    tally_add(tally, &delivery);
    delivery.header_from = VIEW("shop.example");
    tally_add(tally, &delivery);
    tally_add(tally, &delivery);
    ck_assert_uint_eq(recipients(VOLUME_BY_FROM, RECEIVER_GMAIL, ORIGIN_SUBMITTED, "shop.example"), 2);
    ck_assert_uint_eq(recipients(VOLUME_BY_SENDER_INSTEAD, RECEIVER_GMAIL, ORIGIN_SUBMITTED, "bounce.example.org"), 1);
    ck_assert_uint_eq(recipients(VOLUME_BY_SENDER, RECEIVER_GMAIL, ORIGIN_SUBMITTED, "bounce.example.org"), 3);
}
END_TEST

START_TEST(each_signer_counts)
{
    struct delivery delivery = sent_to("googlemail.com");

    delivery.signers = VIEW("shop.example,esp.example");
    tally_add(tally, &delivery);
    ck_assert_uint_eq(recipients(VOLUME_BY_SIGNER, RECEIVER_GMAIL, ORIGIN_SUBMITTED, "shop.example"), 1);
    ck_assert_uint_eq(recipients(VOLUME_BY_SIGNER, RECEIVER_GMAIL, ORIGIN_SUBMITTED, "esp.example"), 1);
}
END_TEST

/* What is no recipient of a large receiver that accepted the message. */
static const struct {
    const char *domain, *relay;
    enum delivery_status status;
    enum hop hop;
    enum receiver receiver; /* RECEIVER_OTHER: not counted */
} places[] = {
    { "gmail.com", "gmail-smtp-in.l.google.com", DELIVERY_SENT, HOP_DIRECT, RECEIVER_GMAIL },
    { "gmail.com", "gmail-smtp-in.l.google.com", DELIVERY_DEFERRED, HOP_DIRECT, RECEIVER_OTHER },
    { "gmail.com", "gmail-smtp-in.l.google.com", DELIVERY_BOUNCED, HOP_DIRECT, RECEIVER_OTHER },
    { "gmail.com", "smarthost.example", DELIVERY_SENT, HOP_SMARTHOST, RECEIVER_GMAIL },
    { "gmail.com", "127.0.0.1", DELIVERY_SENT, HOP_INTERNAL, RECEIVER_OTHER },
    { "gmail.com", "127.0.0.1", DELIVERY_SENT, HOP_LMTP, RECEIVER_OTHER },
    { "hosted.example", "aspmx.l.google.com", DELIVERY_SENT, HOP_DIRECT, RECEIVER_GOOGLE_HOSTED },
    { "hosted.example", "aspmx.l.google.com", DELIVERY_SENT, HOP_SMARTHOST, RECEIVER_OTHER },
    { "yahoo.com", "mta5.am0.yahoodns.net", DELIVERY_SENT, HOP_DIRECT, RECEIVER_YAHOO },
    { "hotmail.com", "hotmail-com.olc.protection.outlook.com", DELIVERY_SENT, HOP_DIRECT, RECEIVER_MICROSOFT },
    { "example.net", "mx.example.net", DELIVERY_SENT, HOP_DIRECT, RECEIVER_OTHER },
};

START_TEST(what_a_receiver_accepted_counts_there_and_nothing_else)
{
    struct delivery delivery = sent_to(places[_i].domain);

    delivery.relay = view_of(places[_i].relay);
    delivery.status = places[_i].status;
    delivery.hop = places[_i].hop;
    tally_add(tally, &delivery);
    for (int receiver = 0; receiver < RECEIVER_COUNT; receiver++)
        ck_assert_uint_eq(
            recipients(VOLUME_BY_SENDER_INSTEAD, (enum receiver)receiver, ORIGIN_SUBMITTED, "bounce.example.org"),
            receiver != RECEIVER_OTHER && (enum receiver)receiver == places[_i].receiver);
}
END_TEST

START_TEST(mail_of_others_is_told_apart)
{
    struct delivery delivery = sent_to("gmail.com");

    for (int origin = 0; origin < ORIGIN_COUNT; origin++) {
        delivery.origin = (enum origin)origin;
        tally_add(tally, &delivery);
    }
    for (int origin = 0; origin < ORIGIN_COUNT; origin++)
        ck_assert_uint_eq(
            recipients(VOLUME_BY_SENDER_INSTEAD, RECEIVER_GMAIL, (enum origin)origin, "bounce.example.org"), 1);
    ck_assert_uint_eq(recipients(VOLUME_BY_SENDER, RECEIVER_GMAIL, ORIGIN_SUBMITTED, "bounce.example.org"), 1);
    ck_assert_uint_eq(recipients(VOLUME_BY_SENDER, RECEIVER_GMAIL, ORIGIN_FORWARDED, "bounce.example.org"), 0);
}
END_TEST

START_TEST(logins_have_series_of_what_they_submitted)
{
    tally_submitted(tally, NOON, VIEW("alice"), 40);
    tally_submitted(tally, NOON + 3600 * 1000, VIEW("alice"), 2);
    tally_submitted(tally, NOON, VIEW("bob"), 1);
    ck_assert_uint_eq(recipients(VOLUME_BY_LOGIN, RECEIVER_OTHER, ORIGIN_UNKNOWN, "alice"), 42);
    ck_assert_uint_eq(recipients(VOLUME_BY_LOGIN, RECEIVER_OTHER, ORIGIN_UNKNOWN, "bob"), 1);
}
END_TEST

/* A message to gmail.com and example.net as the gate saw it; empty words are absent ones. */
static struct record record_of(const char *dkim, bool dkim_aligned, const char *agrees, bool one_click,
                               const char *faults)
{
    struct record record = {
        .queue_id = VIEW("4Rk2x1"),
        .decision = { .direction = DIRECTION_OUTBOUND, .now = { .verdict = VERDICT_ACCEPT } },
        .to = { { VIEW("gmail.com"), VIEW("smtp") }, { VIEW("googlemail.com"), VIEW("smtp") } },
        .to_count = 2,
    };

    submission_init(&record.sub);
    fact_set_text(&record.sub, FACT_HEADER_FROM, VIEW("shop.example"));
    fact_set_text(&record.sub, FACT_DKIM, view_of(dkim));
    fact_set_flag(&record.sub, FACT_DKIM_ALIGNED, dkim_aligned);
    fact_set_text(&record.sub, FACT_FROM_AGREES, view_of(agrees));
    fact_set_flag(&record.sub, FACT_ONE_CLICK, one_click);
    fact_set_text(&record.sub, FACT_FORMAT_FAULTS, view_of(faults));
    return record;
}

static const struct {
    const char *dkim, *agrees, *faults;
    bool dkim_aligned, one_click;
    struct form form;
} messages[] = {
    { "shop.example", "sender,login", "", true, true, { .messages = 1 } },
    { "", "sender", "", false, false, { .messages = 1, .unsigned_ones = 1, .without_one_click = 1 } },
    { "", "none", "", false, true, { .messages = 1, .unsigned_ones = 1, .unaligned_unsigned = 1 } },
    { "esp.example", "", "", false, true, { .messages = 1, .unaligned = 1 } },
    { "esp.example", "sender", "", false, true, { .messages = 1 } },
    { "esp.example", "login", "", true, true, { .messages = 1 } },
    { "x.example", "sender", "no-date,repeated-field", false, true, { .messages = 1, .faulty = 1 } },
};

START_TEST(a_submission_shows_its_form)
{
    struct record record = record_of(messages[_i].dkim, messages[_i].dkim_aligned, messages[_i].agrees,
                                     messages[_i].one_click, messages[_i].faults);
    const struct form *want = &messages[_i].form;
    struct tally_form form;

    tally_record(tally, NOON, &record);
    ck_assert(tally_form(tally, 0, &form));
    ck_assert_int_eq(form.receiver, RECEIVER_GMAIL);
    ck_assert_view_eq(form.domain, "shop.example");
    ck_assert_uint_eq(form.counts->messages, want->messages);
    ck_assert_uint_eq(form.counts->unsigned_ones, want->unsigned_ones);
    ck_assert_uint_eq(form.counts->unaligned, want->unaligned);
    ck_assert_uint_eq(form.counts->unaligned_unsigned, want->unaligned_unsigned);
    ck_assert_uint_eq(form.counts->without_one_click, want->without_one_click);
    ck_assert_uint_eq(form.counts->faulty, want->faulty);
    for (size_t i = 0; i < format_fault_count; i++)
        ck_assert_uint_eq(form.counts->faults[i],
                          want->faulty > 0 && (view_eq(format_fault_table[i].name, VIEW("no-date")) ||
                                               view_eq(format_fault_table[i].name, VIEW("repeated-field"))));
    ck_assert(!tally_form(tally, 1, &form));
}
END_TEST

START_TEST(what_was_refused_or_had_no_headers_shows_none)
{
    struct record record = record_of("", false, "", false, "");
    struct tally_form form;

    record.decision.now.verdict = VERDICT_REJECT;
    tally_record(tally, NOON, &record);
    record.decision.now.verdict = VERDICT_ACCEPT;
    fact_set_absent(&record.sub, FACT_FORMAT_FAULTS);
    tally_record(tally, NOON, &record);
    ck_assert(!tally_form(tally, 0, &form));
}
END_TEST

static size_t sample_ids(enum requirement requirement, const char *first)
{
    struct tally_sample row;

    for (size_t i = 0; tally_sample(tally, i, &row); i++) {
        if (row.requirement != requirement)
            continue;
        if (row.count > 0)
            ck_assert_view_eq(row.queue_ids[0], first);
        return row.count;
    }
    return 0;
}

START_TEST(the_latest_queue_ids_of_what_went_wrong_are_kept)
{
    static const char *const ids[] = { "A1", "A2", "A2", "A3", "A4", "A5" };
    struct delivery delivery = sent_to("gmail.com");

    delivery.protection = PROTECTION_PLAINTEXT;
    for (size_t i = 0; i < ROWS(ids); i++) {
        delivery.queue_id = view_of(ids[i]);
        tally_add(tally, &delivery);
    }
    ck_assert_uint_eq(sample_ids(REQUIREMENT_TLS, "A5"), TALLY_SAMPLE_IDS);
    delivery.status = DELIVERY_DEFERRED;
    delivery.refusal = VIEW("gmail 5.7.26");
    delivery.queue_id = VIEW("B1");
    tally_add(tally, &delivery);
    ck_assert_uint_eq(sample_ids(REQUIREMENT_SPF, "B1"), 1);
    ck_assert_uint_eq(sample_ids(REQUIREMENT_DKIM, "B1"), 1);
    ck_assert_uint_eq(sample_ids(REQUIREMENT_TLS, "A5"), TALLY_SAMPLE_IDS);
}
END_TEST

/* Two of one second; one that went wrong again later. */
static const struct {
    const char *id;
    int64_t seconds;
} moments[] = { { "A1", 1 }, { "A2", 2 }, { "A3", 3 }, { "A4", 3 }, { "A5", 4 }, { "A2", 5 } };

START_TEST(which_queue_ids_are_kept_hangs_on_their_time_not_on_their_order)
{
    static const char *const kept[] = { "A2", "A5", "A4" };
    struct delivery delivery = sent_to("gmail.com");
    struct tally_sample row;

    delivery.protection = PROTECTION_PLAINTEXT;
    for (size_t i = 0; i < ROWS(moments); i++) {
        size_t at = (i * 5 + (size_t)_i) % ROWS(moments); /* 5 and 6 have no divisor in common: each comes once */

        delivery.queue_id = view_of(moments[at].id);
        delivery.time = NOON + moments[at].seconds * 1000;
        tally_add(tally, &delivery);
    }
    ck_assert(tally_sample(tally, 0, &row));
    ck_assert_uint_eq(row.count, ROWS(kept));
    for (size_t i = 0; i < ROWS(kept); i++)
        ck_assert_view_eq(row.queue_ids[i], kept[i]);
    ck_assert_int_eq(row.times[0], NOON + 5000);
}
END_TEST

START_TEST(a_queue_id_goes_when_its_stretch_proves_nothing)
{
    struct delivery delivery = sent_to("gmail.com");

    delivery.protection = PROTECTION_UNDECIDED;
    delivery.stretch = 1;
    tally_add(tally, &delivery);
    delivery.stretch = 2;
    delivery.queue_id = VIEW("4Rk2x2");
    tally_add(tally, &delivery);
    tally_settle(tally, 1, false);
    ck_assert_uint_eq(sample_ids(REQUIREMENT_TLS, "4Rk2x2"), 1);
    tally_settle(tally, 2, true);
    tally_settle(tally, 2, false);
    ck_assert_uint_eq(sample_ids(REQUIREMENT_TLS, "4Rk2x2"), 1);
}
END_TEST

START_TEST(tallies_of_several_hosts_add_up)
{
    struct tally *other = tally_new(7), *sum = tally_new(8);
    struct delivery delivery = sent_to("gmail.com");
    struct record record = record_of("", false, "", false, "no-date");
    struct tally_form form;

    tally_add(tally, &delivery);
    tally_record(tally, NOON, &record);
    tally_submitted(tally, NOON, VIEW("alice"), 3);
    delivery.time += VOLUME_BUCKET_MS;
    tally_add(other, &delivery);
    tally_record(other, NOON, &record);
    ck_assert(tally_merge(sum, tally) && tally_merge(sum, other));
    tally_free(tally);
    tally_free(other);
    tally = sum;
    ck_assert_uint_eq(recipients(VOLUME_BY_SENDER, RECEIVER_GMAIL, ORIGIN_SUBMITTED, "bounce.example.org"), 2);
    ck_assert_uint_eq(recipients(VOLUME_BY_LOGIN, RECEIVER_OTHER, ORIGIN_UNKNOWN, "alice"), 3);
    ck_assert(tally_form(tally, 0, &form));
    ck_assert_uint_eq(form.counts->messages, 2);
    ck_assert_uint_eq(form.counts->faults[3], 2);
    ck_assert_uint_eq(sample_ids(REQUIREMENT_FORMATTING, "4Rk2x1"), 1);
}
END_TEST

START_TEST(a_name_that_is_too_long_is_told_and_counts_nowhere)
{
    char name[DOMAIN_MAX + 2];
    struct delivery delivery = sent_to("gmail.com");

    memset(name, 'a', sizeof(name));
    tally_submitted(tally, NOON, (struct view){ name, sizeof(name) }, 1);
    ck_assert_uint_eq(tally_dropped(tally), 1);
    delivery.sender_domain = (struct view){ name, sizeof(name) };
    delivery.header_from = VIEW("shop.example");
    delivery.signers = VIEW("shop.example");
    tally_add(tally, &delivery);
    ck_assert_uint_eq(tally_dropped(tally), 2);
    ck_assert_uint_eq(recipients(VOLUME_BY_FROM, RECEIVER_GMAIL, ORIGIN_SUBMITTED, "shop.example"), 1);
    ck_assert_uint_eq(recipients(VOLUME_BY_SIGNER, RECEIVER_GMAIL, ORIGIN_SUBMITTED, "shop.example"), 1);
}
END_TEST

/* Of each receiver, hop and status; and another than the one that was prepared. */
START_TEST(what_is_prepared_counts_where_it_belongs)
{
    static const char *const domains[] = { "gmail.com", "yahoo.com", "d.example" };
    struct tally *plain = tally_new(7);
    struct delivery other = sent_to("other.example");
    struct tally_volume volume;
    struct tally_sender sender, same;

    ck_assert_ptr_nonnull(plain);
    for (int i = 0; i < 3 * HOP_COUNT * DELIVERY_STATUS_COUNT * 2; i++) {
        struct delivery delivery = sent_to(domains[i % 3]);

        delivery.hop = (enum hop)(i / 3 % HOP_COUNT);
        delivery.status = (enum delivery_status)(i / (3 * HOP_COUNT) % DELIVERY_STATUS_COUNT);
        delivery.origin = i % 5 == 0 ? ORIGIN_FORWARDED : ORIGIN_SUBMITTED;
        if (i % 2 == 0)
            delivery.header_from = VIEW("shop.example");
        tally_expect(tally, delivery.domain);
        tally_prepare(tally, &delivery);
        if (i % 7 == 0) {
            tally_add(plain, &other);
            tally_add(tally, &other);
        }
        tally_add(plain, &delivery);
        tally_add(tally, &delivery);
    }
    for (size_t i = 0; tally_volume(plain, i, &volume); i++)
        ck_assert_uint_eq(total_of(&volume), volume_figures(volume.series, NOON, 0).total);
    for (size_t i = 0; tally_sender(plain, i, &sender); i++) {
        ck_assert(tally_sender(tally, i, &same));
        ck_assert(view_eq(sender.domain, same.domain));
        ck_assert_mem_eq(sender.cell, same.cell, sizeof(*sender.cell));
        ck_assert_mem_eq(sender.gmail_cell, same.gmail_cell, sizeof(*sender.cell));
        ck_assert_uint_eq(sender.gmail, same.gmail);
        ck_assert_uint_eq(sender.via_smarthost, same.via_smarthost);
    }
    ck_assert_uint_eq(tally_dropped(tally), 0);
    tally_free(plain);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("volumes");
    TCase *tests = tcase_create("volumes");

    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, the_header_from_counts_and_the_envelope_stands_in);
    tcase_add_test(tests, each_signer_counts);
    tcase_add_loop_test(tests, what_a_receiver_accepted_counts_there_and_nothing_else, 0, ROWS(places));
    tcase_add_test(tests, mail_of_others_is_told_apart);
    tcase_add_test(tests, logins_have_series_of_what_they_submitted);
    tcase_add_loop_test(tests, a_submission_shows_its_form, 0, ROWS(messages));
    tcase_add_test(tests, what_was_refused_or_had_no_headers_shows_none);
    tcase_add_test(tests, the_latest_queue_ids_of_what_went_wrong_are_kept);
    tcase_add_loop_test(tests, which_queue_ids_are_kept_hangs_on_their_time_not_on_their_order, 0, ROWS(moments));
    tcase_add_test(tests, a_queue_id_goes_when_its_stretch_proves_nothing);
    tcase_add_test(tests, tallies_of_several_hosts_add_up);
    tcase_add_test(tests, what_is_prepared_counts_where_it_belongs);
    tcase_add_test(tests, a_name_that_is_too_long_is_told_and_counts_nowhere);
    suite_add_tcase(suite, tests);
    return suite;
}
