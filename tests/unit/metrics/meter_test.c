/* Counters that only grow, and the text that Prometheus reads. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "metrics/exposition.h"
#include "metrics/meter.h"
#include "tests/unit/store/bed.h"

struct metered {
    struct bed bed;
    struct settings settings;
    struct meter *meter;
};

static void setup(struct metered *metered)
{
    const struct meter_settings settings = { .settings = &metered->settings, .seed = 1 };

    memset(&metered->settings, 0, sizeof(metered->settings));
    bed_init(&metered->bed);
    metered->meter = meter_new(&settings);
    ck_assert_ptr_nonnull(metered->meter);
}

static void teardown(struct metered *metered)
{
    meter_free(metered->meter);
    bed_done(&metered->bed);
}

static void save(struct metered *metered)
{
    struct bed *bed = &metered->bed;

    ck_assert_int_eq(ledger_begin(bed->ledger, &bed->error), 0);
    ck_assert_int_eq(meter_save(metered->meter, bed->ledger, &bed->error), 0);
    ck_assert_int_eq(ledger_commit(bed->ledger, &bed->error), 0);
    meter_saved(metered->meter);
}

static char *text_of(struct metered *metered)
{
    char *text = NULL;
    size_t length;
    FILE *out = open_memstream(&text, &length);

    ck_assert_int_eq(exposition_print(out, metered->bed.ledger, true, &metered->bed.error), 0);
    fclose(out);
    return text;
}

static void check_line(struct metered *metered, const char *line)
{
    char *text = text_of(metered), wanted[512];

    snprintf(wanted, sizeof(wanted), "\n%s\n", line);
    ck_assert_msg(strstr(text, wanted) != NULL, "no line \"%s\" in\n%s", line, text);
    free(text);
}

static void check_absent(struct metered *metered, const char *part)
{
    char *text = text_of(metered);

    ck_assert_msg(strstr(text, part) == NULL, "\"%s\" in\n%s", part, text);
    free(text);
}

static struct delivery sent(enum protection protection)
{
    return (struct delivery){ .domain = VIEW("example.com"),
                              .hop = HOP_DIRECT,
                              .status = DELIVERY_SENT,
                              .protection = protection,
                              .level = PEER_TRUSTED,
                              .version = VIEW("TLSv1.3"),
                              .key_exchange = VIEW("X25519MLKEM768"),
                              .reason = UNKNOWN_GAP };
}

START_TEST(counters_add_up_over_commits_and_restarts)
{
    const struct delivery encrypted = sent(PROTECTION_ENCRYPTED);
    struct metered metered;

    setup(&metered);
    for (int commit = 0; commit < 3; commit++) {
        meter_delivery(metered.meter, &encrypted);
        meter_delivery(metered.meter, &encrypted);
        save(&metered);
        bed_close(&metered.bed);
        bed_open(&metered.bed);
    }
    check_line(&metered, "outward_deliveries_total{hop=\"direct\",outcome=\"sent\",protection=\"encrypted\"} 6");
    check_line(&metered, "outward_encrypted_total{level=\"trusted\",post_quantum=\"yes\",version=\"TLSv1.3\"} 6");
    check_line(&metered, "outward_destination_deliveries_total{destination=\"other\",protection=\"encrypted\"} 6");
    teardown(&metered);
}
END_TEST

START_TEST(what_waits_is_in_no_counter_until_its_verdict)
{
    struct delivery waiting = sent(PROTECTION_UNDECIDED);
    struct metered metered;

    setup(&metered);
    for (uint32_t stretch = 1; stretch <= 12; stretch++) {
        waiting.stretch = stretch;
        meter_delivery(metered.meter, &waiting);
    }
    save(&metered);
    check_absent(&metered, "outward_deliveries_total{");
    meter_settle(metered.meter, 1, true);
    meter_settle(metered.meter, 2, false);
    waiting.stretch = 12;
    meter_delivery(metered.meter, &waiting);
    meter_settle(metered.meter, 12, true);
    save(&metered);
    check_line(&metered, "outward_deliveries_total{hop=\"direct\",outcome=\"sent\",protection=\"plaintext\"} 3");
    check_line(&metered, "outward_deliveries_total{hop=\"direct\",outcome=\"sent\",protection=\"unknown\"} 1");
    ck_assert_int_eq(ledger_settle_all_meters(metered.bed.ledger, "unknown", &metered.bed.error), 0);
    check_line(&metered, "outward_deliveries_total{hop=\"direct\",outcome=\"sent\",protection=\"unknown\"} 10");
    teardown(&metered);
}
END_TEST

START_TEST(strangers_make_no_series)
{
    struct delivery foreign = sent(PROTECTION_ENCRYPTED);
    char domain[64], code[64];
    struct metered metered;

    setup(&metered);
    for (int i = 0; i < 10000; i++) {
        snprintf(domain, sizeof(domain), "d%d.example", i);
        snprintf(code, sizeof(code), "gmail 5.7.%d", i);
        foreign.domain = view_of(domain);
        foreign.version = view_of(domain);
        foreign.refusal = view_of(code);
        meter_delivery(metered.meter, &foreign);
    }
    save(&metered);
    ck_assert_int_le(bed_number(&metered.bed, "SELECT count(*) FROM meters"), 5);
    check_line(&metered, "outward_refusals_total{receiver=\"gmail\"} 10000");
    teardown(&metered);
}
END_TEST

START_TEST(series_past_the_limit_are_refused_and_told)
{
    struct bed bed;
    char name[64];

    bed_init(&bed);
    ck_assert_int_eq(ledger_begin(bed.ledger, &bed.error), 0);
    for (int i = 0; i < METERS_MAX; i++) {
        snprintf(name, sizeof(name), "x{n=\"%d\"}", i);
        ck_assert_int_eq(ledger_add_meter(bed.ledger, view_of(name), 1, &bed.error), 0);
    }
    ck_assert_int_eq(ledger_add_meter(bed.ledger, VIEW("y"), 1, &bed.error), 1);
    ck_assert_int_eq(ledger_add_meter(bed.ledger, view_of(name), 1, &bed.error), 0);
    ck_assert_int_eq(ledger_commit(bed.ledger, &bed.error), 0);
    bed_done(&bed);
}
END_TEST

START_TEST(every_family_is_in_the_manual)
{
    FILE *file = fopen(TEST_DATA "/../../man/outward-metrics.1", "r");
    static char page[65536];
    size_t got;

    ck_assert_ptr_nonnull(file);
    got = fread(page, 1, sizeof(page) - 1, file);
    page[got] = '\0';
    fclose(file);
    for (size_t i = 0; i < metric_family_count; i++) {
        char item[128];

        snprintf(item, sizeof(item), "\n.It Li %s\n", metric_families[i].name);
        ck_assert_msg(strstr(page, item) != NULL, "outward-metrics.1 lacks %s", metric_families[i].name);
    }
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("meter");
    TCase *tests = tcase_create("counters");

    tcase_add_test(tests, counters_add_up_over_commits_and_restarts);
    tcase_add_test(tests, what_waits_is_in_no_counter_until_its_verdict);
    tcase_add_test(tests, strangers_make_no_series);
    tcase_add_test(tests, series_past_the_limit_are_refused_and_told);
    tcase_add_test(tests, every_family_is_in_the_manual);
    suite_add_tcase(suite, tests);
    return suite;
}
