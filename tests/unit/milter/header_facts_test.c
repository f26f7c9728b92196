#include "milter/header_facts.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/suffix_list.h"
#include "tests/unit/unit.h"

enum { FIELDS = 8 };

/* A header, the sender and login it came with, and the facts it must give, as a record writes them. */
static const struct {
    struct {
        const char *name, *body;
    } fields[FIELDS];
    const char *sender, *login; /* NULL: not authenticated */
    const char *header_from;    /* NULL: absent */
    const char *agrees, *dkim;
    bool aligned, one_click;
    const char *faults;
    bool tls_required_no;
} headers[] = {
    { .fields = { { "From", "Alice <alice@example.org>" },
                  { "Date", "Sat, 21 Nov 2026 19:16:49 +0000" },
                  { "Message-ID", "<1@example.org>" } },
      .sender = "bounce@mail.example.org",
      .login = "alice@example.org",
      .header_from = "example.org",
      .agrees = "sender,login",
      .dkim = "none",
      .faults = "none" },
    { .fields = { { "FROM", "alice@news.example.co.uk" },
                  { "date", "x" },
                  { "message-id", " <a@b>\r\n" },
                  { "DKIM-Signature", "v=1; a=rsa-sha256;\r\n\td=Example.co.\r\n uk; s=x; h=from; bh=d=; b=x" } },
      .sender = "x@example.com",
      .login = "alice",
      .header_from = "news.example.co.uk",
      .agrees = "none",
      .dkim = "example.co.uk",
      .aligned = true,
      .faults = "none" },
    /* co.uk is nobody's own: sharing it means nothing */
    { .fields = { { "From", "a@one.co.uk" },
                  { "Date", "x" },
                  { "Message-ID", "<a@b>" },
                  { "DKIM-Signature", "d=two.co.uk" },
                  { "DKIM-Signature", "d=co.uk; x=y" },
                  { "DKIM-Signature", "d=two.co.uk" } },
      .sender = "a@two.co.uk",
      .header_from = "one.co.uk",
      .agrees = "none",
      .dkim = "two.co.uk,co.uk",
      .faults = "none" },
    /* RFC 8058 */
    { .fields = { { "From", "a@example.org" },
                  { "Date", "x" },
                  { "Message-ID", "<a@b>" },
                  { "List-Unsubscribe", "<mailto:u@example.org>,\r\n <HTTPS://example.org/u?x=1>" },
                  { "List-Unsubscribe-Post", "List-Unsubscribe=One-Click" } },
      .sender = "",
      .header_from = "example.org",
      .agrees = "none",
      .dkim = "none",
      .one_click = true,
      .faults = "none" },
    { .fields = { { "From", "a@example.org" },
                  { "Date", "x" },
                  { "Message-ID", "<a@b>" },
                  { "List-Unsubscribe", "<https://example.org/1>, <https://example.org/2>" },
                  { "List-Unsubscribe-Post", "List-Unsubscribe=One-Click" } },
      .sender = "a@example.org",
      .header_from = "example.org",
      .agrees = "sender",
      .dkim = "none",
      .faults = "none" },
    { .fields = { { "From", "a@example.org" },
                  { "Date", "x" },
                  { "Message-ID", "<a@b>" },
                  { "List-Unsubscribe", "<mailto:u@example.org>" },
                  { "List-Unsubscribe-Post", "List-Unsubscribe=One-Click" } },
      .sender = "a@example.org",
      .header_from = "example.org",
      .agrees = "sender",
      .dkim = "none",
      .faults = "none" },
    { .fields = { { "From", "a@example.org" },
                  { "Date", "x" },
                  { "Message-ID", "<a@b>" },
                  { "List-Unsubscribe", "<https://example.org/1>" },
                  { "List-Unsubscribe-Post", "List-Unsubscribe=OneClick" } },
      .sender = "a@example.org",
      .header_from = "example.org",
      .agrees = "sender",
      .dkim = "none",
      .faults = "none" },
    /* RFC 8689 */
    { .fields = { { "From", "a@example.org" }, { "Date", "x" }, { "Message-ID", "<a@b>" }, { "TLS-Required", " No " } },
      .sender = "a@example.org",
      .header_from = "example.org",
      .agrees = "sender",
      .dkim = "none",
      .faults = "none",
      .tls_required_no = true },
    { .fields = { { "From", "a@example.org" },
                  { "Date", "x" },
                  { "Message-ID", "<a@b>" },
                  { "TLS-Required", "No" },
                  { "TLS-Required", "No" } },
      .sender = "a@example.org",
      .header_from = "example.org",
      .agrees = "sender",
      .dkim = "none",
      .faults = "none" },
    /* faults of form */
    { .fields = { { "Subject", "nothing else" } },
      .sender = "a@example.org",
      .agrees = "none",
      .dkim = "none",
      .faults = "no-from,no-date,no-message-id" },
    { .fields = { { "From", "a@example.org" },
                  { "From", "b@example.com" },
                  { "Date", "x" },
                  { "Message-ID", "<a@b>" } },
      .sender = "a@example.org",
      .header_from = "example.org,example.com",
      .agrees = "none",
      .dkim = "none",
      .faults = "several-from,repeated-field" },
    { .fields = { { "From", "a@example.org, b@example.com" }, { "Date", "x" }, { "Message-ID", "<a@b>" } },
      .sender = "a@example.org",
      .header_from = "example.org,example.com",
      .agrees = "none",
      .dkim = "none",
      .faults = "several-from" },
    /* several that belong together: what one owner's sender, login or signature says, it says for all of them */
    { .fields = { { "From", "a@example.org, b@news.example.org, c@Example.org" },
                  { "Date", "x" },
                  { "Message-ID", "<a@b>" },
                  { "DKIM-Signature", "d=mail.example.org" } },
      .sender = "a@mail.example.org",
      .login = "a@example.com",
      .header_from = "example.org,news.example.org",
      .agrees = "sender",
      .dkim = "mail.example.org",
      .aligned = true,
      .faults = "several-from" },
    { .fields = { { "From", "a@example.org, b@example.com" },
                  { "Date", "x" },
                  { "Message-ID", "<a@b>" },
                  { "DKIM-Signature", "d=example.org" } },
      .sender = "a@example.org",
      .header_from = "example.org,example.com",
      .agrees = "none",
      .dkim = "example.org",
      .faults = "several-from" },
    { .fields = { { "From", "a@example.org, b@example.com" },
                  { "Date", "x" },
                  { "Message-ID", "<a@b>" },
                  { "DKIM-Signature", "d=example.org" },
                  { "DKIM-Signature", "d=example.com" } },
      .sender = "a@example.org",
      .header_from = "example.org,example.com",
      .agrees = "none",
      .dkim = "example.org,example.com",
      .aligned = true,
      .faults = "several-from" },
    /* one that can be read beside one that cannot */
    { .fields = { { "From", "a@example.org" },
                  { "From", "nobody at all" },
                  { "Date", "x" },
                  { "Message-ID", "<a@b>" },
                  { "DKIM-Signature", "d=example.org" } },
      .sender = "a@example.org",
      .header_from = "example.org,?",
      .agrees = "none",
      .dkim = "example.org",
      .faults = "several-from,bad-from,repeated-field" },
    { .fields = { { "From", "" }, { "From", "a@example.org" }, { "Date", "x" }, { "Message-ID", "<a@b>" } },
      .sender = "a@example.org",
      .header_from = "example.org,?",
      .agrees = "none",
      .dkim = "none",
      .faults = "several-from,bad-from,repeated-field" },
    { .fields = { { "From", "a@?, b@example.org" },
                  { "Date", "x" },
                  { "Message-ID", "<a@b>" },
                  { "DKIM-Signature", "d=?" } },
      .sender = "a@?",
      .header_from = "example.org,?",
      .agrees = "none",
      .dkim = "none",
      .faults = "several-from,bad-from" },
    { .fields = { { "From", "Team:;" }, { "Date", "x" }, { "Message-ID", "<a@b>" } },
      .sender = "a@example.org",
      .header_from = "?",
      .agrees = "none",
      .dkim = "none",
      .faults = "bad-from" },
    { .fields = { { "From", "a@1.example, a@2.example, a@3.example, a@4.example, a@5.example, a@6.example, "
                            "a@7.example, a@8.example, a@9.example" },
                  { "Date", "x" },
                  { "Message-ID", "<a@b>" } },
      .sender = "a@1.example",
      .header_from = "1.example,2.example,3.example,4.example,5.example,6.example,7.example,8.example,?",
      .agrees = "none",
      .dkim = "none",
      .faults = "several-from" },
    { .fields = { { "From", "nobody at all" }, { "Date", "x" }, { "Message-ID", "no-brackets@example.org" } },
      .sender = "a@example.org",
      .header_from = "?",
      .agrees = "none",
      .dkim = "none",
      .faults = "bad-from,bad-message-id" },
    { .fields = { { "From", "\"ceo@example.com\" <=?utf-8?Q?a?=@example.org>" },
                  { "Date", "x" },
                  { "Message-ID", "<a @b>" },
                  { "Subject", "1" },
                  { "Subject", "2" } },
      .sender = "a@example.org",
      .header_from = "example.org",
      .agrees = "sender",
      .dkim = "none",
      .faults = "bad-message-id,repeated-field,address-in-name,encoded-address" },
    /* signatures that say nothing */
    { .fields = { { "From", "a@example.org" },
                  { "Date", "x" },
                  { "Message-ID", "<a@b>" },
                  { "DKIM-Signature", "d=example.org; d=example.com" },
                  { "DKIM-Signature", "v=1; a=x" },
                  { "DKIM-Signature", "d=" },
                  { "DKIM-Signature", "D=example.org" } },
      .sender = "a@example.org",
      .header_from = "example.org",
      .agrees = "sender",
      .dkim = "none",
      .faults = "none" },
};

static void check_fact(const struct submission *sub, enum fact_id id, const char *want)
{
    char storage[1024];
    struct buf text = BUF(storage);

    fact_print(&text, &fact_table[id], &sub->facts[id]);
    ck_assert_view_eq(buf_view(&text), want);
}

START_TEST(a_header_gives_its_facts)
{
    struct arena arena;
    struct header_facts facts;
    struct submission sub;

    arena_init(&arena, 0);
    submission_init(&sub);
    fact_set_text(&sub, FACT_SENDER, view_of(headers[_i].sender));
    if (headers[_i].login != NULL)
        fact_set_text(&sub, FACT_LOGIN, view_of(headers[_i].login));
    submission_reach(&sub, STAGE_MAIL);
    header_facts_init(&facts, &arena);
    for (size_t i = 0; i < FIELDS && headers[_i].fields[i].name != NULL; i++)
        header_facts_add(&facts, view_of(headers[_i].fields[i].name), view_of(headers[_i].fields[i].body));
    ck_assert(header_facts_fill(&facts, list, &sub));
    ck_assert_int_eq(sub.facts[FACT_HEADER_FROM].state, headers[_i].header_from == NULL ? FACT_ABSENT : FACT_KNOWN);
    if (headers[_i].header_from != NULL)
        check_fact(&sub, FACT_HEADER_FROM, headers[_i].header_from);
    check_fact(&sub, FACT_FROM_AGREES, headers[_i].agrees);
    check_fact(&sub, FACT_DKIM, headers[_i].dkim);
    check_fact(&sub, FACT_DKIM_ALIGNED, headers[_i].aligned ? "yes" : "no");
    check_fact(&sub, FACT_ONE_CLICK, headers[_i].one_click ? "yes" : "no");
    check_fact(&sub, FACT_FORMAT_FAULTS, headers[_i].faults);
    check_fact(&sub, FACT_TLS_REQUIRED_NO, headers[_i].tls_required_no ? "yes" : "no");
    arena_done(&arena);
}
END_TEST

/* Every fault that rules can name is found by some header above or below. */
START_TEST(every_fault_of_the_table_can_be_found)
{
    struct view name = format_fault_table[_i].name;
    bool found = view_eq(name, VIEW("header-too-large")); /* see the next test */

    for (size_t i = 0; i < ROWS(headers); i++)
        found = found || view_find(view_of(headers[i].faults), name) >= 0;
    ck_assert_msg(found, "nothing finds %.*s", VIEW_ARG(name));
}
END_TEST

START_TEST(a_header_larger_than_receivers_take_is_told)
{
    static char body[HEADER_OCTETS_MAX];
    struct arena arena;
    struct header_facts facts;
    struct submission sub;

    memset(body, 'x', sizeof(body));
    arena_init(&arena, 0);
    submission_init(&sub);
    header_facts_init(&facts, &arena);
    header_facts_add(&facts, VIEW("From"), VIEW("a@example.org"));
    header_facts_add(&facts, VIEW("Date"), VIEW("x"));
    header_facts_add(&facts, VIEW("Message-ID"), VIEW("<a@b>"));
    header_facts_add(&facts, VIEW("X"), (struct view){ body, sizeof(body) - facts.octets - 1 });
    ck_assert(header_facts_fill(&facts, list, &sub));
    check_fact(&sub, FACT_FORMAT_FAULTS, "none");
    header_facts_add(&facts, VIEW("X"), VIEW(""));
    ck_assert(header_facts_fill(&facts, list, &sub));
    check_fact(&sub, FACT_FORMAT_FAULTS, "header-too-large");
    arena_done(&arena);
}
END_TEST

START_TEST(signers_past_the_limit_are_told_and_say_nothing_of_the_from)
{
    struct arena arena;
    struct header_facts facts;
    struct submission sub;
    char body[64], want[1024];
    struct buf names = BUF(want);

    arena_init(&arena, 0);
    submission_init(&sub);
    fact_set_text(&sub, FACT_SENDER, VIEW("a@example.org"));
    header_facts_init(&facts, &arena);
    for (int i = 0; i < HEADER_SIGNERS_MAX; i++) {
        snprintf(body, sizeof(body), "d=s%d.example", i);
        header_facts_add(&facts, VIEW("DKIM-Signature"), view_of(body));
        buf_addf(&names, i == 0 ? "s%d.example" : ",s%d.example", i);
    }
    header_facts_add(&facts, VIEW("DKIM-Signature"), VIEW("d=s0.example"));
    header_facts_add(&facts, VIEW("From"), VIEW("a@example.org"));
    ck_assert(header_facts_fill(&facts, list, &sub));
    check_fact(&sub, FACT_DKIM, buf_text(&names));
    header_facts_add(&facts, VIEW("DKIM-Signature"), VIEW("d=example.org"));
    ck_assert(header_facts_fill(&facts, list, &sub));
    buf_add(&names, VIEW(",?"));
    check_fact(&sub, FACT_DKIM, buf_text(&names));
    check_fact(&sub, FACT_DKIM_ALIGNED, "no");
    check_fact(&sub, FACT_HEADER_FROM, "example.org");
    check_fact(&sub, FACT_FROM_AGREES, "sender");
    arena_done(&arena);
}
END_TEST

START_TEST(without_memory_the_facts_are_incomplete)
{
    struct arena arena;
    struct header_facts facts;
    struct submission sub;

    arena_init(&arena, 1);
    submission_init(&sub);
    header_facts_init(&facts, &arena);
    header_facts_add(&facts, VIEW("From"), VIEW("a@example.org"));
    ck_assert(!header_facts_fill(&facts, list, &sub));
    ck_assert_int_ne(sub.facts[FACT_HEADER_FROM].state, FACT_KNOWN);
    arena_done(&arena);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("header_facts");
    TCase *tests = tcase_create("header_facts");

    tcase_add_unchecked_fixture(tests, open_list, close_list);
    tcase_add_loop_test(tests, a_header_gives_its_facts, 0, ROWS(headers));
    tcase_add_loop_test(tests, every_fault_of_the_table_can_be_found, 0, (int)format_fault_count);
    tcase_add_test(tests, a_header_larger_than_receivers_take_is_told);
    tcase_add_test(tests, signers_past_the_limit_are_told_and_say_nothing_of_the_from);
    tcase_add_test(tests, without_memory_the_facts_are_incomplete);
    suite_add_tcase(suite, tests);
    return suite;
}
