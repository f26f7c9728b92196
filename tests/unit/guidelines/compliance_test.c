/* Scenarios of mail to a receiver, and the finding that each requirement must come to. */
#include "guidelines/compliance.h"

#include <stdlib.h>

#include "shared/public_suffix.h"
#include "tally/tally.h"
#include "tests/unit/unit.h"

#define NOON INT64_C(1795262400000) /* 2026-11-21 12:00 UTC */

static struct tally *tally;
static struct public_suffix *list;
static struct compliance_input input;
static struct compliance *compliance;

static struct view registrable(void *context, struct view domain)
{
    return public_suffix_registrable(context, domain);
}

static void setup(void)
{
    tally = tally_new(42);
    list = public_suffix_open();
    ck_assert(tally != NULL && list != NULL);
    input = (struct compliance_input){
        .tally = tally, .now = NOON, .registrable = registrable, .registrable_context = list
    };
}

static void teardown(void)
{
    compliance_free(compliance);
    compliance = NULL;
    tally_free(tally);
    public_suffix_close(list);
}

static struct delivery sent_to(const char *domain)
{
    return (struct delivery){ .time = NOON,
                              .queue_id = VIEW("4Rk2x1"),
                              .domain = view_of(domain),
                              .sender_domain = VIEW("shop.example"),
                              .origin = ORIGIN_SUBMITTED,
                              .status = DELIVERY_SENT,
                              .began = true,
                              .protection = PROTECTION_ENCRYPTED };
}

static void deliver(const struct delivery *delivery, int times)
{
    for (int i = 0; i < times; i++)
        tally_add(tally, delivery);
}

static void see(const char *from, const char *dkim, bool aligned, bool one_click, const char *faults)
{
    struct record record = {
        .queue_id = VIEW("4Rk2x9"),
        .decision = { .direction = DIRECTION_OUTBOUND, .now = { .verdict = VERDICT_ACCEPT } },
        .to = { { VIEW("gmail.com"), VIEW("smtp") }, { VIEW("yahoo.com"), VIEW("smtp") } },
        .to_count = 2,
    };

    submission_init(&record.sub);
    fact_set_text(&record.sub, FACT_HEADER_FROM, view_of(from));
    fact_set_text(&record.sub, FACT_DKIM, view_of(dkim));
    fact_set_flag(&record.sub, FACT_DKIM_ALIGNED, aligned && dkim[0] != '\0');
    fact_set_text(&record.sub, FACT_FROM_AGREES, aligned && dkim[0] == '\0' ? VIEW("sender") : VIEW(""));
    fact_set_flag(&record.sub, FACT_ONE_CLICK, one_click);
    fact_set_text(&record.sub, FACT_FORMAT_FAULTS, view_of(faults));
    tally_record(tally, NOON, &record);
}

static void assess(void)
{
    compliance = compliance_new(&input);
    ck_assert_ptr_nonnull(compliance);
}

/* NULL: the domain is no sender. */
static const struct compliance_sender *find_sender(struct view domain)
{
    const struct compliance_sender *sender;

    for (size_t i = 0; (sender = compliance_at(compliance, i)) != NULL; i++) {
        if (view_eq(sender->domain, domain))
            break;
    }
    return sender;
}

static struct compliance_row row_of(enum receiver receiver, enum requirement requirement)
{
    const struct compliance_sender *sender = find_sender(VIEW("shop.example"));
    struct compliance_row rows[REQUIREMENT_COUNT];
    size_t count;

    ck_assert_ptr_nonnull(sender);
    count = compliance_rows(compliance, sender, receiver, rows);
    for (size_t i = 0; i < count; i++) {
        if (rows[i].requirement == requirement)
            return rows[i];
    }
    ck_abort_msg("no such row");
    return rows[0];
}

/* ---- what was delivered ---- */

static const struct {
    enum protection protection;
    enum delivery_status status;
    enum hop hop;
    const char *refusal;
    enum finding finding;
    uint64_t count, of;
} deliveries[] = {
    { PROTECTION_ENCRYPTED, DELIVERY_SENT, HOP_DIRECT, "", FINDING_TLS_ENCRYPTED, 0, 3 },
    { PROTECTION_PLAINTEXT, DELIVERY_SENT, HOP_DIRECT, "", FINDING_TLS_PLAINTEXT, 1, 3 },
    { PROTECTION_UNKNOWN, DELIVERY_SENT, HOP_DIRECT, "", FINDING_TLS_UNKNOWN, 1, 3 },
    { PROTECTION_ENCRYPTED, DELIVERY_SENT, HOP_SMARTHOST, "", FINDING_TLS_SMARTHOST, 1, 3 },
    { PROTECTION_PLAINTEXT, DELIVERY_DEFERRED, HOP_DIRECT, "gmail 4.7.29", FINDING_TLS_REFUSED, 1, 4 },
    { PROTECTION_PLAINTEXT, DELIVERY_DEFERRED, HOP_DIRECT, "", FINDING_TLS_PLAINTEXT, 1, 3 },
    { PROTECTION_NONE, DELIVERY_DEFERRED, HOP_DIRECT, "", FINDING_TLS_ENCRYPTED, 0, 2 },
};

START_TEST(tls_is_what_the_deliveries_to_gmail_show)
{
    struct delivery delivery = sent_to("gmail.com");
    struct compliance_row row;

    deliver(&delivery, 2);
    delivery.protection = deliveries[_i].protection;
    delivery.status = deliveries[_i].status;
    delivery.hop = deliveries[_i].hop;
    delivery.refusal = view_of(deliveries[_i].refusal);
    delivery.queue_id = VIEW("4Rk2x7");
    deliver(&delivery, 1);
    assess();
    row = row_of(RECEIVER_GMAIL, REQUIREMENT_TLS);
    ck_assert_view_eq(finding_table[row.finding].name, finding_table[deliveries[_i].finding].name.p);
    ck_assert_uint_eq(row.count, deliveries[_i].count);
    if (row.finding != FINDING_TLS_REFUSED)
        ck_assert_uint_eq(row.of, deliveries[_i].of);
    ck_assert(row.asked);
    if (finding_table[row.finding].verdict == COMPLIANCE_NEEDS_WORK) {
        ck_assert_uint_eq(row.queue_id_count, 1);
        ck_assert_view_eq(row.queue_ids[0], "4Rk2x7");
    }
}
END_TEST

static const struct {
    const char *domain, *relay, *refusal;
    enum receiver receiver;
    enum requirement requirement;
    enum finding finding;
} refused[] = {
    { "gmail.com", "gmail-smtp-in.l.google.com", "gmail 4.7.27", RECEIVER_GMAIL, REQUIREMENT_SPF, FINDING_SPF_REFUSED },
    { "gmail.com", "gmail-smtp-in.l.google.com", "gmail 5.7.24", RECEIVER_GMAIL, REQUIREMENT_SPF, FINDING_SPF_REFUSED },
    { "gmail.com", "gmail-smtp-in.l.google.com", "gmail 5.7.26", RECEIVER_GMAIL, REQUIREMENT_SPF, FINDING_SPF_REFUSED },
    { "gmail.com", "gmail-smtp-in.l.google.com", "gmail 5.7.26", RECEIVER_GMAIL, REQUIREMENT_DKIM,
      FINDING_DKIM_REFUSED },
    { "gmail.com", "gmail-smtp-in.l.google.com", "gmail 5.7.30", RECEIVER_GMAIL, REQUIREMENT_DKIM,
      FINDING_DKIM_REFUSED },
    { "gmail.com", "gmail-smtp-in.l.google.com", "gmail 5.7.26 dmarc", RECEIVER_GMAIL, REQUIREMENT_DMARC_POLICY,
      FINDING_DMARC_REFUSED },
    { "gmail.com", "gmail-smtp-in.l.google.com", "gmail 5.7.26 dmarc", RECEIVER_GMAIL, REQUIREMENT_SPF,
      FINDING_SPF_NOT_LOOKED_UP },
    { "gmail.com", "gmail-smtp-in.l.google.com", "gmail 4.7.31", RECEIVER_GMAIL, REQUIREMENT_DMARC_POLICY,
      FINDING_DMARC_REFUSED },
    { "gmail.com", "gmail-smtp-in.l.google.com", "gmail 5.7.40", RECEIVER_GMAIL, REQUIREMENT_DMARC_POLICY,
      FINDING_DMARC_REFUSED },
    { "gmail.com", "gmail-smtp-in.l.google.com", "gmail 5.7.32", RECEIVER_GMAIL, REQUIREMENT_ALIGNMENT,
      FINDING_ALIGNMENT_REFUSED },
    { "gmail.com", "gmail-smtp-in.l.google.com", "gmail 4.7.23", RECEIVER_GMAIL, REQUIREMENT_DNS_RECORDS,
      FINDING_PTR_REFUSED },
    { "gmail.com", "gmail-smtp-in.l.google.com", "gmail 5.7.1 format", RECEIVER_GMAIL, REQUIREMENT_FORMATTING,
      FINDING_FORMAT_REFUSED },
    { "gmail.com", "gmail-smtp-in.l.google.com", "gmail 4.7.28", RECEIVER_GMAIL, REQUIREMENT_SPAM_RATE,
      FINDING_SPAM_RATE_LIMITED },
    { "gmail.com", "gmail-smtp-in.l.google.com", "gmail 4.2.2", RECEIVER_GMAIL, REQUIREMENT_SPAM_RATE,
      FINDING_SPAM_RATE_ELSEWHERE },
    { "hosted.example", "aspmx.l.google.com", "gmail 5.7.30", RECEIVER_GMAIL, REQUIREMENT_DKIM, FINDING_DKIM_REFUSED },
    { "yahoo.com", "mta5.am0.yahoodns.net", "yahoo 4.7.0 TSS04", RECEIVER_YAHOO, REQUIREMENT_SPAM_RATE,
      FINDING_SPAM_RATE_LIMITED },
    { "yahoo.com", "mta5.am0.yahoodns.net", "yahoo 5.7.9", RECEIVER_YAHOO, REQUIREMENT_DMARC_POLICY,
      FINDING_DMARC_REFUSED },
    { "outlook.com", "outlook-com.olc.protection.outlook.com", "microsoft 5.7.515", RECEIVER_MICROSOFT,
      REQUIREMENT_DKIM, FINDING_DKIM_REFUSED },
    { "outlook.com", "outlook-com.olc.protection.outlook.com", "microsoft 5.7.515", RECEIVER_GMAIL, REQUIREMENT_DKIM,
      FINDING_NO_MAIL },
};

START_TEST(the_receivers_own_word_is_about_its_requirements)
{
    struct delivery delivery = sent_to(refused[_i].domain);
    struct compliance_row row;

    delivery.relay = view_of(refused[_i].relay);
    delivery.status = DELIVERY_DEFERRED;
    delivery.refusal = view_of(refused[_i].refusal);
    deliver(&delivery, 2);
    assess();
    row = row_of(refused[_i].receiver, refused[_i].requirement);
    ck_assert_view_eq(finding_table[row.finding].name, finding_table[refused[_i].finding].name.p);
    if (finding_table[row.finding].source == SOURCE_RECEIVER) {
        char text[64];
        struct buf buf = BUF(text);

        buf_addf(&buf, "%s x2", refused[_i].refusal);
        ck_assert(row.asked); /* of a sender that is no bulk sender, too */
        ck_assert_uint_eq(row.count, 2);
        ck_assert_str_eq(row.detail, buf_text(&buf));
        ck_assert_uint_eq(row.queue_id_count, 1);
    }
}
END_TEST

START_TEST(what_a_receiver_said_to_several_subdomains_adds_up)
{
    static const struct {
        const char *sender, *refusal;
        int times;
    } told[] = { { "a.shop.example", "gmail 4.7.32", 1 },
                 { "b.shop.example", "gmail 5.7.32", 2 },
                 { "c.shop.example", "gmail 4.7.32", 1 },
                 { "d.shop.example", "gmail 5.7.32", 1 },
                 { "e.shop.example", "gmail 4.7.32", 1 } };
    struct compliance_row row;

    for (size_t i = 0; i < ROWS(told); i++) {
        struct delivery delivery = sent_to("gmail.com");

        delivery.relay = VIEW("gmail-smtp-in.l.google.com");
        delivery.status = DELIVERY_DEFERRED;
        delivery.sender_domain = view_of(told[i].sender);
        delivery.refusal = view_of(told[i].refusal);
        deliver(&delivery, told[i].times);
    }
    assess();
    row = row_of(RECEIVER_GMAIL, REQUIREMENT_ALIGNMENT);
    ck_assert_uint_eq(row.count, 6);
    ck_assert_str_eq(row.detail, "gmail 4.7.32 x3, gmail 5.7.32 x3");
}
END_TEST

/* ---- what the gate saw ---- */

struct seen {
    const char *dkim;
    bool aligned, one_click;
    const char *faults;
};

static const struct {
    struct seen messages[2]; /* dkim NULL: no more */
    const char *transactional;
    enum requirement requirement;
    enum finding finding;
    uint64_t count;
} forms[] = {
    { { { "shop.example", true, true, "" } }, NULL, REQUIREMENT_DKIM, FINDING_DKIM_SIGNED, 0 },
    { { { "", true, true, "" } }, NULL, REQUIREMENT_DKIM, FINDING_DKIM_NONE_SEEN, 0 },
    { { { "", true, true, "" }, { "shop.example", true, true, "" } },
      NULL,
      REQUIREMENT_DKIM,
      FINDING_DKIM_SOME_UNSIGNED,
      1 },
    { { { "shop.example", true, true, "" } }, NULL, REQUIREMENT_ALIGNMENT, FINDING_ALIGNMENT_ALIGNED, 0 },
    { { { "", true, true, "" } }, NULL, REQUIREMENT_ALIGNMENT, FINDING_ALIGNMENT_ALIGNED, 0 },
    { { { "esp.example", false, true, "" } }, NULL, REQUIREMENT_ALIGNMENT, FINDING_ALIGNMENT_UNALIGNED, 1 },
    { { { "", false, true, "" } }, NULL, REQUIREMENT_ALIGNMENT, FINDING_ALIGNMENT_UNSIGNED, 1 },
    { { { "", false, true, "" }, { "shop.example", true, true, "" } },
      NULL,
      REQUIREMENT_ALIGNMENT,
      FINDING_ALIGNMENT_UNALIGNED,
      1 },
    { { { "", true, true, "" } }, NULL, REQUIREMENT_FORMATTING, FINDING_FORMAT_FINE, 0 },
    { { { "", true, true, "no-date" }, { "", true, true, "" } },
      NULL,
      REQUIREMENT_FORMATTING,
      FINDING_FORMAT_FAULTS,
      1 },
    { { { "", true, true, "" } }, NULL, REQUIREMENT_ONE_CLICK, FINDING_ONE_CLICK_ALL, 0 },
    { { { "", true, false, "" } }, NULL, REQUIREMENT_ONE_CLICK, FINDING_ONE_CLICK_CLASS_UNKNOWN, 1 },
    { { { "", true, false, "" } }, "other.example", REQUIREMENT_ONE_CLICK, FINDING_ONE_CLICK_MISSING, 1 },
    { { { "", true, false, "" } }, "news.shop.example", REQUIREMENT_ONE_CLICK, FINDING_ONE_CLICK_EXEMPT, 0 },
    { { { "", true, false, "" } }, ".shop.example", REQUIREMENT_ONE_CLICK, FINDING_ONE_CLICK_EXEMPT, 0 },
    { { { "", true, true, "" } }, NULL, REQUIREMENT_GMAIL_FROM, FINDING_GMAIL_FROM_NOT_USED, 0 },
};

START_TEST(the_gates_records_show_what_is_in_the_headers)
{
    struct view transactional = view_of(forms[_i].transactional);
    struct compliance_row row;

    for (size_t i = 0; i < 2 && forms[_i].messages[i].dkim != NULL; i++) {
        const struct seen *message = &forms[_i].messages[i];

        see("news.shop.example", message->dkim, message->aligned, message->one_click, message->faults);
    }
    if (transactional.n > 0) {
        input.transactional = &transactional;
        input.transactional_count = 1;
    }
    assess();
    row = row_of(RECEIVER_GMAIL, forms[_i].requirement);
    ck_assert_view_eq(finding_table[row.finding].name, finding_table[forms[_i].finding].name.p);
    ck_assert_uint_eq(row.count, forms[_i].count);
    if (row.finding == FINDING_FORMAT_FAULTS)
        ck_assert_str_eq(row.detail, "no-date x1");
    if (finding_table[row.finding].verdict == COMPLIANCE_NEEDS_WORK)
        ck_assert_view_eq(row.queue_ids[0], "4Rk2x9");
}
END_TEST

START_TEST(an_address_of_gmail_in_from_is_found_under_gmail)
{
    const struct compliance_sender *sender;
    struct compliance_row rows[REQUIREMENT_COUNT];

    see("gmail.com", "", false, true, "");
    assess();
    sender = compliance_at(compliance, 0);
    ck_assert_view_eq(sender->domain, "gmail.com");
    ck_assert_uint_gt(compliance_rows(compliance, sender, RECEIVER_GMAIL, rows), REQUIREMENT_GMAIL_FROM);
    ck_assert_int_eq(rows[REQUIREMENT_GMAIL_FROM].finding, FINDING_GMAIL_FROM_USED);
    ck_assert_int_eq(compliance_worst(rows, REQUIREMENT_GMAIL_FROM + 1), COMPLIANCE_NEEDS_WORK);
}
END_TEST

START_TEST(without_records_what_stands_in_headers_is_unknown)
{
    static const enum requirement unseen[] = { REQUIREMENT_SPF,          REQUIREMENT_DKIM,
                                               REQUIREMENT_DMARC_POLICY, REQUIREMENT_ALIGNMENT,
                                               REQUIREMENT_DNS_RECORDS,  REQUIREMENT_FORMATTING,
                                               REQUIREMENT_ONE_CLICK,    REQUIREMENT_GMAIL_FROM,
                                               REQUIREMENT_SPAM_RATE,    REQUIREMENT_HONOR_UNSUBSCRIBE };
    struct delivery delivery = sent_to("gmail.com");

    deliver(&delivery, 1);
    assess();
    for (size_t i = 0; i < ROWS(unseen); i++) {
        struct compliance_row row = row_of(RECEIVER_GMAIL, unseen[i]);

        ck_assert_int_eq(finding_table[row.finding].verdict, COMPLIANCE_UNKNOWN);
    }
}
END_TEST

START_TEST(without_mail_there_is_no_data)
{
    struct delivery delivery = sent_to("example.net");
    struct compliance_row rows[REQUIREMENT_COUNT];
    size_t count;

    deliver(&delivery, 1);
    assess();
    for (size_t i = 0; i < PROFILE_COUNT; i++) {
        count = compliance_rows(compliance, compliance_at(compliance, 0), profile_table[i].receiver, rows);
        ck_assert_uint_gt(count, 0);
        for (size_t n = 0; n < count; n++)
            ck_assert_int_eq(finding_table[rows[n].finding].verdict, COMPLIANCE_NO_DATA);
        ck_assert_int_eq(compliance_worst(rows, count), COMPLIANCE_NO_DATA);
    }
}
END_TEST

/* ---- DNS ---- */

static const struct dns_finding *answers(void *context, struct view domain)
{
    static struct dns_finding rows[REQUIREMENT_COUNT];

    ck_assert_view_eq(domain, "shop.example");
    rows[REQUIREMENT_SPF] =
        (struct dns_finding){ .asked = true, .finding = FINDING_SPF_PASSES, .of = 2, .detail = VIEW("v=spf1 -all") };
    rows[REQUIREMENT_DKIM] =
        (struct dns_finding){ .asked = true, .finding = FINDING_DKIM_KEYS_GOOD, .of = 1, .detail = VIEW("s1") };
    (void)context;
    return rows;
}

START_TEST(dns_fills_what_the_receiver_did_not_complain_of)
{
    struct delivery delivery = sent_to("gmail.com");
    struct compliance_row row;

    deliver(&delivery, 1);
    delivery.status = DELIVERY_DEFERRED;
    delivery.refusal = VIEW("gmail 5.7.30");
    deliver(&delivery, 1);
    input.dns = answers;
    assess();
    row = row_of(RECEIVER_GMAIL, REQUIREMENT_SPF);
    ck_assert_int_eq(row.finding, FINDING_SPF_PASSES);
    ck_assert_str_eq(row.detail, "v=spf1 -all");
    ck_assert_int_eq(row_of(RECEIVER_GMAIL, REQUIREMENT_DKIM).finding, FINDING_DKIM_REFUSED);
    ck_assert_int_eq(row_of(RECEIVER_GMAIL, REQUIREMENT_DMARC_POLICY).finding, FINDING_DMARC_NOT_LOOKED_UP);
}
END_TEST

/* ---- the 5,000 ---- */

static const struct {
    const char *one, *other, *sender; /* the two From domains, and whose they are; NULL: not the same */
} owners[] = {
    { "shop.example.com", "example.com", "example.com" },
    { "a.example.co.jp", "b.example.co.jp", "example.co.jp" },
    { "example.co.jp", "other.co.jp", NULL },
    { "me.github.io", "you.github.io", NULL },
    { "www.me.github.io", "me.github.io", "me.github.io" },
    { "xn--bcher-kva.example", "shop.xn--bcher-kva.example", "xn--bcher-kva.example" },
    { "x.xn--fiqs8s", "a.x.xn--fiqs8s", "x.xn--fiqs8s" },
};

START_TEST(what_one_owner_sends_adds_up)
{
    struct delivery delivery = sent_to("gmail.com");
    const struct compliance_sender *sender;

    delivery.header_from = view_of(owners[_i].one);
    deliver(&delivery, 2500);
    delivery.header_from = view_of(owners[_i].other);
    deliver(&delivery, 2500);
    assess();
    sender = find_sender(view_of(owners[_i].sender != NULL ? owners[_i].sender : owners[_i].one));
    ck_assert_ptr_nonnull(sender);
    ck_assert_uint_eq(sender->volumes[RECEIVER_GMAIL].current, owners[_i].sender != NULL ? 5000 : 2500);
    ck_assert_int_eq(sender->bulk.origin, owners[_i].sender != NULL ? BULK_COUNTED : BULK_NO);
    ck_assert_ptr_eq(compliance_at(compliance, owners[_i].sender != NULL ? 1 : 2), NULL);
    if (owners[_i].sender != NULL)
        ck_assert_view_eq(sender->domain, owners[_i].sender);
}
END_TEST

START_TEST(only_submitted_mail_counts_and_the_rest_is_told)
{
    struct delivery delivery = sent_to("gmail.com");
    const struct compliance_sender *sender;

    for (int origin = 0; origin < ORIGIN_COUNT; origin++) {
        delivery.origin = (enum origin)origin;
        deliver(&delivery, 10 + origin);
    }
    delivery.origin = ORIGIN_SUBMITTED;
    delivery.header_from = VIEW("news.shop.example");
    delivery.signers = VIEW("shop.example");
    deliver(&delivery, 5);
    assess();
    sender = compliance_at(compliance, 0);
    ck_assert_uint_eq(sender->volumes[RECEIVER_GMAIL].total, 10 + ORIGIN_SUBMITTED + 5);
    ck_assert_uint_eq(sender->volumes[RECEIVER_GMAIL].instead, 10 + ORIGIN_SUBMITTED);
    ck_assert_uint_eq(sender->volumes[RECEIVER_GMAIL].unsure, 10 + ORIGIN_UNKNOWN);
    ck_assert_uint_eq(sender->by_envelope.total, 10 + ORIGIN_SUBMITTED + 5);
    ck_assert_uint_eq(sender->by_dkim.total, 5);
}
END_TEST

static const struct {
    enum bulk_origin kept;
    int64_t since; /* ms after NOON */
    int sent;      /* at NOON */
    enum bulk_origin origin;
    int64_t shown;
} flags[] = {
    { BULK_NO, 0, 4999, BULK_NO, 0 },
    { BULK_NO, 0, 5000, BULK_COUNTED, 0 },
    { BULK_BY_HAND, -1000, 1, BULK_BY_HAND, -1000 },
    { BULK_BY_HAND, -1000, 5000, BULK_BY_HAND, -1000 },
    { BULK_COUNTED, -86400000, 1, BULK_COUNTED, -86400000 },
    { BULK_COUNTED, -86400000, 5000, BULK_COUNTED, -86400000 },
    { BULK_COUNTED, 86400000, 5000, BULK_COUNTED, 0 },
    { BULK_CLEARED, 3600000, 5000, BULK_CLEARED, 3600000 },
    { BULK_CLEARED, -3600000, 5000, BULK_COUNTED, 0 },
};

START_TEST(a_bulk_sender_stays_one_until_somebody_clears_it)
{
    const struct bulk_flag kept = {
        .domain = VIEW("shop.example"), .origin = flags[_i].kept, .since = NOON + flags[_i].since, .reason = VIEW("x")
    };
    struct delivery delivery = sent_to("gmail.com");
    const struct compliance_sender *sender;

    deliver(&delivery, flags[_i].sent);
    if (flags[_i].kept != BULK_NO) {
        input.flags = &kept;
        input.flag_count = 1;
    }
    assess();
    sender = compliance_at(compliance, 0);
    ck_assert_int_eq(sender->bulk.origin, flags[_i].origin);
    if (flags[_i].origin != BULK_NO)
        ck_assert_int_eq(sender->bulk.since, NOON + flags[_i].shown);
    ck_assert_int_eq(row_of(RECEIVER_GMAIL, REQUIREMENT_DMARC_POLICY).asked,
                     flags[_i].origin == BULK_COUNTED || flags[_i].origin == BULK_BY_HAND);
}
END_TEST

/* ---- forwarded mail ---- */

static const struct {
    enum protection protection;
    const char *refusal;
    enum finding finding;
} forwarded[] = {
    { PROTECTION_ENCRYPTED, "", FINDING_FORWARDED_ENCRYPTED },
    { PROTECTION_PLAINTEXT, "", FINDING_FORWARDED_PLAINTEXT },
    { PROTECTION_UNKNOWN, "", FINDING_FORWARDED_UNKNOWN },
    { PROTECTION_ENCRYPTED, "gmail 5.7.26", FINDING_FORWARDED_REFUSED },
    { PROTECTION_ENCRYPTED, "gmail 4.2.2", FINDING_FORWARDED_NONE },
};

START_TEST(forwarded_mail_has_a_row_of_its_own)
{
    struct delivery delivery = sent_to("gmail.com");

    delivery.origin = ORIGIN_FORWARDED;
    delivery.sender_domain = VIEW("stranger.example");
    delivery.protection = forwarded[_i].protection;
    delivery.refusal = view_of(forwarded[_i].refusal);
    delivery.status = delivery.refusal.n > 0 ? DELIVERY_BOUNCED : DELIVERY_SENT;
    deliver(&delivery, 1);
    assess();
    ck_assert_int_eq(compliance_forwarded(compliance).finding, forwarded[_i].finding);
    ck_assert_ptr_null(find_sender(VIEW("stranger.example")));
}
END_TEST

START_TEST(a_row_reads_as_a_sentence)
{
    char text[512];
    struct buf buf = BUF(text);
    struct delivery delivery = sent_to("gmail.com");
    struct compliance_row row;

    delivery.protection = PROTECTION_PLAINTEXT;
    deliver(&delivery, 2);
    assess();
    row = row_of(RECEIVER_GMAIL, REQUIREMENT_TLS);
    compliance_evidence(&buf, RECEIVER_GMAIL, &row);
    ck_assert_str_eq(buf_text(&buf), "2 of 2 messages and attempts to Gmail went in plaintext");
    buf_reset(&buf);
    compliance_next(&buf, RECEIVER_GMAIL, &row);
    ck_assert(view_starts(buf_view(&buf), VIEW("Set smtp_tls_security_level = may")));
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("compliance");
    TCase *tests = tcase_create("compliance");

    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_loop_test(tests, tls_is_what_the_deliveries_to_gmail_show, 0, ROWS(deliveries));
    tcase_add_loop_test(tests, the_receivers_own_word_is_about_its_requirements, 0, ROWS(refused));
    tcase_add_test(tests, what_a_receiver_said_to_several_subdomains_adds_up);
    tcase_add_loop_test(tests, the_gates_records_show_what_is_in_the_headers, 0, ROWS(forms));
    tcase_add_test(tests, an_address_of_gmail_in_from_is_found_under_gmail);
    tcase_add_test(tests, without_records_what_stands_in_headers_is_unknown);
    tcase_add_test(tests, without_mail_there_is_no_data);
    tcase_add_test(tests, dns_fills_what_the_receiver_did_not_complain_of);
    tcase_add_loop_test(tests, what_one_owner_sends_adds_up, 0, ROWS(owners));
    tcase_add_test(tests, only_submitted_mail_counts_and_the_rest_is_told);
    tcase_add_loop_test(tests, a_bulk_sender_stays_one_until_somebody_clears_it, 0, ROWS(flags));
    tcase_add_loop_test(tests, forwarded_mail_has_a_row_of_its_own, 0, ROWS(forwarded));
    tcase_add_test(tests, a_row_reads_as_a_sentence);
    suite_add_tcase(suite, tests);
    return suite;
}
