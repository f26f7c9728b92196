/*
 * Every allocation of a session fails in turn, alone or with all behind it: what a rule refuses or holds never passes,
 * whoever passes for want of memory is told of, nothing crashes, nothing leaks.
 * The linker leads the library's calls to the functions here (--wrap).
 */
#include "milter/session.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/milter/rules.h"
#include "tests/unit/suffix_list.h"
#include "tests/unit/unit.h"

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void __real_free(void *memory);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);
void *__wrap_reallocarray(void *old, size_t count, size_t size);
char *__wrap_strdup(const char *text);
char *__wrap_strndup(const char *text, size_t limit);
void __wrap_free(void *memory);

static bool inside;    /* what is tested, not what tests it */
static long left = -1; /* allocations until one fails; -1: none does */
static bool for_good;  /* and so do all behind it */
static long living;    /* allocations that were not freed yet */

static bool fails(void)
{
    if (!inside || left < 0)
        return false;
    if (left > 0) {
        left--;
        return false;
    }
    left = for_good ? 0 : -1;
    errno = ENOMEM;
    return true;
}

static void *counted(void *memory)
{
    living += inside && memory != NULL;
    return memory;
}

void *__wrap_malloc(size_t size)
{
    return fails() ? NULL : counted(__real_malloc(size));
}

void *__wrap_calloc(size_t count, size_t size)
{
    return fails() ? NULL : counted(__real_calloc(count, size));
}

void *__wrap_realloc(void *old, size_t size)
{
    if (fails())
        return NULL;
    return old == NULL ? counted(__real_malloc(size)) : __real_realloc(old, size);
}

void *__wrap_reallocarray(void *old, size_t count, size_t size)
{
    return __wrap_realloc(old, count * size);
}

char *__wrap_strndup(const char *text, size_t limit)
{
    size_t size = strnlen(text, limit);
    char *copy = __wrap_malloc(size + 1);

    if (copy == NULL)
        return NULL;
    memcpy(copy, text, size);
    copy[size] = '\0';
    return copy;
}

char *__wrap_strdup(const char *text)
{
    return __wrap_strndup(text, SIZE_MAX);
}

void __wrap_free(void *memory)
{
    living -= inside && memory != NULL;
    __real_free(memory);
}

/* ---- messages ---- */

enum { RECIPIENTS = 20 }; /* more than a set of recipients takes without a table */

/* What must come of a message, however little memory there is. */
enum fate { PASSES, IS_REFUSED, IS_HELD, IS_TAGGED };

static const struct {
    const char *name, *rules;
    const char *macros[10]; /* name, value */
    const char *from;       /* header; NULL: none */
    const char *recipient;  /* the last one */
    enum fate fate;
    bool recipient_only; /* that is refused, not the message */
} messages[] = {
    { "a good one",
      "submission {\n reject plaintext\n reject unauthenticated\n accept\n}\n",
      { "{tls_version}", "TLSv1.3", "{auth_type}", "PLAIN", "{auth_authen}", "alice@example.org" },
      "alice@example.org",
      "<bob@gmail.com>",
      PASSES,
      false },
    { "plaintext",
      "submission {\n reject plaintext\n accept\n}\n",
      { NULL },
      "a@example.org",
      "<b@gmail.com>",
      IS_REFUSED,
      false },
    { "a client's name",
      "submission {\n reject client name client.example\n accept\n}\n",
      { NULL },
      "a@example.org",
      "<b@gmail.com>",
      IS_REFUSED,
      false },
    { "a login",
      "submission {\n reject login \"mallory\"\n accept\n}\n",
      { "{auth_type}", "PLAIN", "{auth_authen}", "mallory" },
      "a@example.org",
      "<b@gmail.com>",
      IS_REFUSED,
      false },
    { "a cipher",
      "submission {\n reject cipher AES128-SHA\n accept\n}\n",
      { "{tls_version}", "TLSv1.2", "{cipher}", "AES128-SHA" },
      "a@example.org",
      "<b@gmail.com>",
      IS_REFUSED,
      false },
    { "a certificate that is not pinned",
      "certificate c { subject x issuer CA }\nsubmission {\n reject not certificate c\n accept\n}\n",
      { "{tls_version}", "TLSv1.3", "{cert_subject}", "y", "{cert_issuer}", "CA" },
      "a@example.org",
      "<b@gmail.com>",
      IS_REFUSED,
      false },
    { "a sender",
      "submission {\n reject sender domain example.net\n accept\n}\n",
      { NULL },
      "a@example.org",
      "<b@gmail.com>",
      IS_REFUSED,
      false },
    { "a recipient",
      "submission {\n reject to domain gmail.com\n accept\n}\n",
      { NULL },
      "a@example.org",
      "<b@gmail.com>",
      IS_REFUSED,
      true },
    { "a From",
      "submission {\n hold header-from domain gmail.com\n accept\n}\n",
      { NULL },
      "a@example.org, b@gmail.com, c@example.net",
      "<b@gmail.com>",
      IS_HELD,
      false },
    { "a From that disagrees",
      "submission {\n reject not header-from agrees sender\n accept\n}\n",
      { NULL },
      "a@example.org",
      "<b@gmail.com>",
      IS_REFUSED,
      false },
    { "no aligned signature",
      "submission {\n reject not dkim aligned\n accept\n}\n",
      { NULL },
      "a@example.org",
      "<b@gmail.com>",
      IS_REFUSED,
      false },
    { "a fault of form",
      "submission {\n hold format-fault no-date\n accept\n}\n",
      { NULL },
      "a@example.org",
      "<b@gmail.com>",
      IS_HELD,
      false },
    { "a tag",
      "submission {\n tag \"x\" header-from domain example.org\n accept\n}\n",
      { NULL },
      "a@example.org",
      "<b@gmail.com>",
      IS_TAGGED,
      false },
};

/* ---- the world the session sees ---- */

struct world {
    const char *const *macros;
    unsigned records, complaints, held, tagged, removed;
    bool told;   /* a record names the trouble */
    bool broken; /* a record or a complaint is; asserted later, because Check takes memory */
};

static const char *get_macro(void *context, const char *name)
{
    static const char *const connection[] = {
        "{daemon_port}",  "587",           "{daemon_addr}", "192.0.2.1", "{client_addr}", "192.0.2.7", "{client_name}",
        "client.example", "{client_port}", "4242",          "i",         "4ABC"
    };
    const struct world *world = context;

    for (size_t i = 0; i < ROWS(connection); i += 2) {
        if (strcmp(connection[i], name) == 0)
            return connection[i + 1];
    }
    for (size_t i = 0; world->macros[i] != NULL; i += 2) {
        if (strcmp(world->macros[i], name) == 0)
            return world->macros[i + 1];
    }
    return NULL;
}

static void take_record(void *context, struct record *record)
{
    struct world *world = context;
    char storage[RECORD_MAX], scratch_storage[RECORD_MAX];
    struct buf line = BUF(storage), scratch = BUF(scratch_storage);
    struct record again;

    world->records++;
    world->told |= record->trouble.n > 0;
    record_format(&line, record);
    world->broken |= line.full || !record_parse(buf_view(&line), &scratch, &again);
}

static void take_complaint(void *context, struct view queue_id, const char *text)
{
    struct world *world = context;

    (void)queue_id;
    world->broken |= text[0] == '\0';
    world->complaints++;
}

static bool hold(void *context, const char *reason)
{
    (void)reason;
    ((struct world *)context)->held++;
    return true;
}

static bool remove_header(void *context, const char *name, unsigned copy)
{
    (void)name;
    (void)copy;
    ((struct world *)context)->removed++;
    return true;
}

static bool add_header(void *context, const char *name, const char *value)
{
    (void)name;
    (void)value;
    ((struct world *)context)->tagged++;
    return true;
}

/* ---- a transaction ---- */

struct end {
    bool passed;            /* the message was taken at its end */
    bool recipient_refused; /* the last one */
};

static void give_recipients(struct session *session, const struct macro_source *macros, const char *last,
                            struct end *end)
{
    struct answer answer;
    char address[32];

    for (int i = 0; i < RECIPIENTS; i++) {
        struct buf text = BUF(address);

        buf_addf(&text, "<x@d%d.example>", i);
        session_rcpt(session, macros, buf_view(&text), &answer);
    }
    session_rcpt(session, macros, view_of(last), &answer);
    end->recipient_refused = answer.verdict != VERDICT_ACCEPT;
}

static void give_header(struct session *session, const char *from)
{
    session_header(session, VIEW("DKIM-Signature"), VIEW("d=one.example"));
    session_header(session, VIEW("DKIM-Signature"), VIEW("d=two.example"));
    session_header(session, VIEW("From"), view_of(from));
    session_header(session, VIEW("Message-ID"), VIEW("<1@example.org>"));
    session_header(session, VIEW("X-Outward"), VIEW("forged"));
}

static struct end play(struct session *session, struct world *world, int row)
{
    const struct macro_source macros = { .get = get_macro, .context = world };
    const struct message_editor editor = {
        .hold = hold, .remove_header = remove_header, .add_header = add_header, .context = world
    };
    struct end end = { .passed = false };
    struct answer answer;

    session_connect(session, &macros, NULL);
    session_mail(session, &macros, VIEW("<sender@example.net>"), 20270331, &answer);
    if (answer.verdict != VERDICT_ACCEPT)
        return end;
    give_recipients(session, &macros, messages[row].recipient, &end);
    session_data(session, &macros);
    give_header(session, messages[row].from);
    session_message(session, &macros, &editor, &answer);
    end.passed = answer.verdict == VERDICT_ACCEPT;
    return end;
}

static void check_fate(int row, const struct world *world, const struct end *end, bool lenient, long allocation)
{
    bool told = world->complaints > 0, passed = end->passed;

    if (messages[row].fate == IS_REFUSED && messages[row].recipient_only)
        passed = passed && !end->recipient_refused;
    else if (messages[row].fate == IS_HELD)
        passed = passed && world->held == 0;
    else if (messages[row].fate == IS_TAGGED)
        passed = passed && world->tagged == 0;
    else if (messages[row].fate == PASSES)
        passed = !passed; /* refused without need */
    ck_assert_msg(!passed || ((lenient || messages[row].fate == PASSES) && told), "%s, allocation %ld",
                  messages[row].name, allocation);
    if (messages[row].fate == IS_TAGGED && end->passed && !told)
        ck_assert_uint_eq(world->removed, 1);
}

/* One run; true while an allocation was left to fail. */
static bool run(const struct policy *policy, int row, bool lenient, long allocation)
{
    struct world world = { .macros = messages[row].macros };
    struct session_setup setup = { .policy = policy,
                                   .generation = 1,
                                   .answers_rcpt = true,
                                   .sees_headers = true,
                                   .may_hold = true,
                                   .may_change_headers = policy_needs(policy).change_headers,
                                   .suffixes = list,
                                   .outlet = { take_record, take_complaint, &world } };
    long before = living;
    struct session *session;
    struct end end = { .passed = false };
    bool failed;

    left = allocation;
    inside = true;
    session = session_new(&setup);
    if (session != NULL)
        end = play(session, &world, row);
    session_free(session);
    inside = false;
    failed = left < 0 || (for_good && left == 0);
    left = -1;
    ck_assert_int_eq(living, before);
    ck_assert(!world.broken);
    if (session == NULL)
        return true;
    ck_assert_uint_eq(world.records, 1);
    if (world.complaints > 0)
        ck_assert(world.told);
    check_fate(row, &world, &end, lenient, allocation);
    return failed;
}

enum { MODES = 4 }; /* one allocation fails or all behind it; on-error tempfail or accept */

START_TEST(a_message_without_memory_never_passes_by_accident)
{
    int row = _i / MODES;
    bool lenient = (_i & 1) != 0;
    char text[512];
    struct buf rules = BUF(text);
    struct policy *policy;
    long allocation = 0;

    buf_addf(&rules, "mode enforce\n%s%s", lenient ? "on-error accept\n" : "", messages[row].rules);
    policy = rules_policy(buf_text(&rules));
    for_good = (_i & 2) != 0;
    while (run(policy, row, lenient, allocation))
        allocation++;
    ck_assert_int_gt(allocation, 3);
    policy_free(policy);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("session_memory");
    TCase *tests = tcase_create("session_memory");

    tcase_add_unchecked_fixture(tests, open_list, close_list);
    tcase_add_loop_test(tests, a_message_without_memory_never_passes_by_accident, 0, (int)ROWS(messages) * MODES);
    suite_add_tcase(suite, tests);
    return suite;
}
