/* The page stays ours, whatever names others gave their domains, programs and files; and it says what the numbers say. */
#include "report/report.h"

#include <stdlib.h>

#include "guidelines/compliance.h"
#include "tally/put.h"
#include "tests/unit/unit.h"

/* 2026-11-21 12:00 UTC. */
#define NOON INT64_C(1795262400000)

static char *write_page(const struct report *report)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);

    ck_assert_ptr_nonnull(out);
    report_html(report, out);
    ck_assert_int_eq(fclose(out), 0);
    return text;
}

static struct delivery delivery_to(struct view domain, struct view sender, enum protection protection)
{
    return (struct delivery){ .time = NOON,
                              .domain = domain,
                              .sender_domain = sender,
                              .origin = ORIGIN_SUBMITTED,
                              .status = DELIVERY_SENT,
                              .protection = protection,
                              .began = true };
}

/* A tally in which the foreign text stands wherever foreign text can stand. */
static struct tally *tally_with(struct view foreign)
{
    struct tally *tally = tally_new(42);
    struct delivery encrypted = delivery_to(foreign, foreign, PROTECTION_ENCRYPTED);
    struct delivery plaintext = delivery_to(foreign, foreign, PROTECTION_PLAINTEXT);
    struct delivery refused = delivery_to(VIEW("gmail.com"), foreign, PROTECTION_PLAINTEXT);
    struct tally_submission submission = { foreign, foreign, foreign, foreign, foreign, 1, 0, 0, 1, 0, 0, NOON };

    ck_assert_ptr_nonnull(tally);
    encrypted.version = VIEW("TLSv1.3");
    encrypted.cipher = encrypted.key_exchange = foreign;
    tally_add(tally, &encrypted);
    plaintext.time += 1000;
    plaintext.failure = TLS_FAILURE_HANDSHAKE;
    tally_add(tally, &plaintext);
    refused.status = DELIVERY_DEFERRED;
    refused.queue_id = view_slice(foreign, 0, 12);
    refused.relay = VIEW("gmail-smtp-in.l.google.com");
    refused.dsn = VIEW("4.7.29");
    refused.refusal = VIEW("gmail 4.7.29");
    refused.reply = VIEW("host gmail-smtp-in.l.google.com[192.0.2.5] said: 421 4.7.29 no TLS - gsmtp");
    tally_add(tally, &refused);
    refused.status = DELIVERY_SENT;
    tally_add(tally, &refused);
    ck_assert(tally_put_submission(tally, &submission));
    return tally;
}

/* Everything between '<' and '>': the page without its text. */
static char *tags_of(const char *page)
{
    char *tags = malloc(strlen(page) + 1), *out = tags;
    bool inside = false;

    ck_assert_ptr_nonnull(tags);
    for (const char *p = page; *p != '\0'; p++) {
        inside |= *p == '<';
        if (inside)
            *out++ = *p;
        inside &= *p != '>';
    }
    *out = '\0';
    return tags;
}

static struct view itself(void *context, struct view domain)
{
    (void)context;
    return domain;
}

static char *page_with(struct view foreign)
{
    struct delivery_rule rule = { .require = true, .demand = DEMAND_ENCRYPTED, .place = { foreign, 7 } };
    struct tally *tally = tally_with(foreign);
    struct violations *violations = violations_new(&rule, 1, 42);
    struct bulk_flag flag = { foreign, BULK_BY_HAND, NOON, foreign };
    struct compliance_input input = {
        .tally = tally, .now = NOON, .registrable = itself, .flags = &flag, .flag_count = 1
    };
    struct compliance *compliance = compliance_new(&input);
    struct report report = { .tally = tally,
                             .violations = violations,
                             .compliance = compliance,
                             .from = NOON,
                             .until = NOON + 3600000,
                             .hosts = &foreign,
                             .host_count = 1,
                             .main_relay = foreign,
                             .samples = &foreign,
                             .sample_count = 1 };
    char *page;

    ck_assert_ptr_nonnull(violations);
    violations_add_tally(violations, tally);
    page = write_page(&report);
    violations_free(violations);
    compliance_free(compliance);
    tally_free(tally);
    return page;
}

static const char *const hostile[] = {
    "<script>alert(1)</script>",
    "</style><script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "' onmouseover='alert(1)",
    "\" autofocus onfocus=\"alert(1)",
    "</title></head><body onload=alert(1)>",
    "</svg><a href=javascript:alert(1)>x</a>",
    "<!--",
    "-->",
    "]]><?php",
    "&lt;script&gt;",
    "&#60;script&#62;",
    "%s%n%1$s%999999d",
    "\033[2J\x01\x7f\xc2\x9b",
    "\xe2\x80\xae\xe2\x81\xa6moc.elpmaxe",
    "\xff\xfe<\xc0\xbcscript>",
    "{{7*7}}${7*7}",
};

START_TEST(foreign_text_never_becomes_markup)
{
    char name[128] = "x"; /* "<" at the begin would be the null sender, who has no guidelines */
    char *page, *peaceful, *tags, *wanted;

    strcpy(name + 1, hostile[_i]);
    page = page_with(view_of(name));
    peaceful = page_with(VIEW("a.example"));
    tags = tags_of(page);
    wanted = tags_of(peaceful);
    ck_assert_msg(strcmp(tags, wanted) == 0, "other markup for %s", hostile[_i]);
    ck_assert_ptr_null(strstr(page, "<script"));
    for (const char *p = page; *p != '\0'; p++)
        ck_assert_msg((unsigned char)*p >= 0x20 || *p == '\n', "octet %02x in the page", (unsigned char)*p);
    ck_assert_ptr_null(strstr(page, "\xe2\x80\xae"));
    ck_assert_ptr_null(strstr(page, "\xc2\x9b"));
    free(page);
    free(peaceful);
    free(tags);
    free(wanted);
}
END_TEST

START_TEST(foreign_text_is_shown_as_it_is)
{
    char *page = page_with(VIEW("x<b>&\"'</b>"));

    ck_assert_ptr_nonnull(strstr(page, "<h3>x&lt;b&gt;&amp;&quot;&#39;&lt;/b&gt;</h3>"));
    ck_assert_ptr_nonnull(strstr(page, "(gmail 4.7.29 x2) <code>x&lt;b&gt;&amp;&quot;&#39;&lt;/b&gt;</code>"));
    ck_assert_ptr_nonnull(strstr(page, "needs work"));
    ck_assert_ptr_nonnull(
        strstr(page, "<th role=\"rowheader\" scope=\"row\">x&lt;b&gt;&amp;&quot;&#39;&lt;/b&gt;</th>"));
    ck_assert_ptr_null(strstr(page, "<b>&\""));
    free(page);
}
END_TEST

START_TEST(long_text_ends_in_an_ellipsis_and_no_half_character)
{
    char name[4001];
    char *page;

    for (size_t i = 0; i < 4000; i += 2)
        memcpy(name + i, "\xc3\xbc", 2);
    name[4000] = '\0';
    page = page_with((struct view){ name + 1, 3999 }); /* begins with half a character */
    ck_assert_ptr_nonnull(strstr(page, "\xc3\xbc…"));
    ck_assert_ptr_null(strstr(page, "\xc3…"));
    free(page);
}
END_TEST

/* In the style sheet neither; "http" stands in one attribute's name. */
START_TEST(the_page_names_nothing_to_fetch)
{
    static const char *const banned[] = { "<script",     "http:",      "https:", "url(",    "@import",
                                          " src=",       "@font-face", "<form",  "<iframe", "<link rel=\"style",
                                          "javascript:", "xlink" };
    char *page = page_with(VIEW("a.example"));

    for (size_t i = 0; i < ROWS(banned); i++)
        ck_assert_msg(strstr(page, banned[i]) == NULL, "%s is in the page", banned[i]);
    ck_assert_ptr_nonnull(strstr(page, "default-src 'none'"));
    free(page);
}
END_TEST

static const struct {
    unsigned encrypted, plaintext, unknown;
    const char *word, *sentence;
} verdicts[] = {
    { 0, 0, 0, ">NO MAIL<", "no message was sent to another domain." },
    { 1200, 0, 0, ">ENCRYPTED<", "all 1,200 messages left encrypted." },
    { 3, 0, 1, ">UNKNOWN<", "but of 4 sent 1 cannot be judged" },
    { 2999, 1, 0, ">PLAINTEXT<", "1 of 3,000 messages left in plaintext (under 0.1 %), to 1 domain." },
    { 1, 1, 1, ">PLAINTEXT<", "A further 1 cannot be judged" },
};

START_TEST(the_verdict_comes_first_and_claims_no_more_than_is_known)
{
    static const enum protection protections[] = { PROTECTION_ENCRYPTED, PROTECTION_PLAINTEXT, PROTECTION_UNKNOWN };
    unsigned counts[] = { verdicts[_i].encrypted, verdicts[_i].plaintext, verdicts[_i].unknown };
    struct tally *tally = tally_new(42);
    struct report report = { .tally = tally };
    char *page;
    const char *word;

    for (size_t kind = 0; kind < ROWS(counts); kind++) {
        struct delivery delivery = delivery_to(VIEW("a.example"), VIEW("example.org"), protections[kind]);

        delivery.reason = delivery.protection == PROTECTION_UNKNOWN ? UNKNOWN_GAP : UNKNOWN_NO_REASON;
        for (unsigned i = 0; i < counts[kind]; i++)
            tally_add(tally, &delivery);
    }
    page = write_page(&report);
    word = strstr(page, verdicts[_i].word);
    ck_assert_ptr_nonnull(word);
    ck_assert_msg(strstr(page, verdicts[_i].sentence) != NULL, "%s", word);
    ck_assert_ptr_eq(strstr(page, "<section"), strstr(page, "<section id=\"verdict\""));
    ck_assert(verdicts[_i].unknown == 0 || strstr(page, "100.0 %") == NULL);
    free(page);
    tally_free(tally);
}
END_TEST

START_TEST(the_tail_of_destinations_is_one_row_and_nothing_is_lost)
{
    struct tally *tally = tally_new(42);
    struct report report = { .tally = tally, .top = 3 };
    char *page;

    for (int i = 0; i < 10; i++) {
        char name[32];
        struct buf buf = BUF(name);
        struct delivery delivery;

        buf_addf(&buf, "d%d.example", i);
        delivery = delivery_to(buf_view(&buf), VIEW("example.org"), PROTECTION_ENCRYPTED);
        tally_add(tally, &delivery);
    }
    page = write_page(&report);
    ck_assert_ptr_nonnull(
        strstr(page, ">7 other domains</th><td role=\"cell\" class=\"number\" data-title=\"sent\">7</td>"));
    ck_assert_ptr_null(strstr(page, "d9.example"));
    free(page);
    tally_free(tally);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("html");
    TCase *tests = tcase_create("html");

    tcase_add_loop_test(tests, foreign_text_never_becomes_markup, 0, ROWS(hostile));
    tcase_add_test(tests, foreign_text_is_shown_as_it_is);
    tcase_add_test(tests, long_text_ends_in_an_ellipsis_and_no_half_character);
    tcase_add_test(tests, the_page_names_nothing_to_fetch);
    tcase_add_loop_test(tests, the_verdict_comes_first_and_claims_no_more_than_is_known, 0, ROWS(verdicts));
    tcase_add_test(tests, the_tail_of_destinations_is_one_row_and_nothing_is_lost);
    suite_add_tcase(suite, tests);
    return suite;
}
