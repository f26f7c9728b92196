/*
 * A session under events and macros in any order and of any content.
 *
 * Each octet of the input chooses an event or a macro's value.  Whatever comes:
 * no verdict where RCPT has no reply, never a hold as an answer, each record
 * parses, and what it says was decided at end of message is what the rules say
 * of the facts in it.
 */
#include <stdlib.h>
#include <string.h>

#include "milter/session.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const rules[] = {
    "mode enforce\n"
    "relay-networks { 127.0.0.0/8 }\n"
    "submission {\n"
    " tag \"x\" to domain gmail.com\n"
    " accept local\n"
    " reject plaintext\n"
    " hold header-from domain gmail.com\n"
    " tempfail to domain later.example\n"
    " reject format-fault several-from\n"
    " accept\n"
    "}\n",
    "mode enforce\n"
    "on-error accept\n"
    "certificate c { subject PLAIN issuer smtp }\n"
    "submission {\n"
    " reject client name .example\n"
    " accept header-from agrees sender not dkim aligned transport smtp\n"
    " hold not header-from domain { example.org gmail.com }\n"
    " tempfail tls below 1.2\n"
    " observe login \"a@example.org\"\n"
    " reject unauthenticated\n"
    " hold missing one-click to domain gmail.com\n"
    "}\n",
    "mode monitor\n"
    "submission {\n"
    " tag \"x\" dkim present\n"
    " hold monitor-only format-fault any\n"
    " reject not forward-secrecy\n"
    "}\n",
};

enum { POLICIES = sizeof(rules) / sizeof(rules[0]) };

static const char *const values[] = {
    NULL,
    "PC.Some.Example",
    "",
    "none",
    "0",
    "587",
    "25",
    "65536",
    "127.0.0.1",
    "192.0.2.7",
    "IPv6:::1",
    "TLSv1.3",
    "TLSv1",
    "nonsense",
    "PLAIN",
    "smtp",
    "local",
    "virtual",
    "4ABC",
    "a@gmail.com",
    "a@later.example",
    "a@example.org",
    "x\r\ny",
    "<>",
    "TLS_AES_256_GCM_SHA384",
    "ORIGINATING",
    "@",
};

enum { VALUES = sizeof(values) / sizeof(values[0]) };

struct world {
    unsigned char chosen[MACRO_COUNT]; /* index into values[] */
    unsigned records;
    const struct policy *policy;
};

static const char *get_macro(void *context, const char *name)
{
    const struct world *world = context;

    for (size_t i = 0; i < MACRO_COUNT; i++) {
        if (strcmp(macro_name((enum macro_id)i), name) == 0)
            return values[world->chosen[i]];
    }
    return NULL;
}

/* What the rules say of a record's own facts. */
static struct decision replay(const struct policy *policy, const struct record *record)
{
    struct decision all = policy_evaluate(policy, &record->sub, &record->to[0]);

    for (size_t i = 1; i < record->to_count; i++) {
        struct decision one = policy_evaluate(policy, &record->sub, &record->to[i]);

        decision_join(&all, &one);
    }
    return all;
}

/* Everything is known and nothing was cut or went wrong: the record decides as the gate did. */
static bool can_be_replayed(const struct record *record)
{
    for (size_t i = 0; i < FACT_COUNT; i++) {
        if (record->sub.facts[i].cut)
            return false;
    }
    return record->sub.stage == STAGE_MESSAGE && record->trouble.n == 0 && record->to_count > 0 &&
           record->to_more == 0 && record->recipients_refused == 0;
}

static void check_replay(const struct world *world, const struct record *written, const struct record *read)
{
    struct decision again;

    if (!can_be_replayed(read))
        return;
    again = replay(world->policy, read);
    if (!again.certain || again.direction != written->decision.direction ||
        again.now.verdict != written->decision.now.verdict || again.would.verdict != written->decision.would.verdict ||
        again.tag_count != written->decision.tag_count)
        abort();
}

static void take_record(void *context, struct record *record)
{
    struct world *world = context;
    char storage[RECORD_MAX], scratch_storage[RECORD_MAX];
    struct buf line = BUF(storage), scratch = BUF(scratch_storage);
    struct record again;

    world->records++;
    record_format(&line, record);
    if (line.full || !record_parse(buf_view(&line), &scratch, &again))
        abort();
    check_replay(world, record, &again);
}

static void take_complaint(void *context, struct view queue_id, const char *text)
{
    (void)context;
    if (text == NULL || queue_id.n > 100)
        abort();
}

static bool edit(void *context, const char *text)
{
    (void)context;
    return text[0] != '\0';
}

static bool remove_header(void *context, const char *name, unsigned copy)
{
    return copy > 0 && edit(context, name);
}

static bool add_header(void *context, const char *name, const char *value)
{
    return value[0] != '\0' && edit(context, name);
}

static int read_rules(void *context, const char *name, size_t limit, struct view *text, struct error *error)
{
    (void)name;
    (void)limit;
    (void)error;
    *text = view_of(context);
    return 0;
}

static struct policy *load(const char *text)
{
    static struct faults faults;
    const struct reader reader = { .read = read_rules, .context = (void *)(uintptr_t)text };
    struct policy *policy = policy_parse("t", &reader, &faults);

    if (policy == NULL)
        abort();
    return policy;
}

static void check_answer(const struct answer *answer, bool may_refuse)
{
    if (answer->verdict == VERDICT_HOLD || (!may_refuse && answer->verdict != VERDICT_ACCEPT))
        abort();
    if (answer->verdict != VERDICT_ACCEPT &&
        (answer->reply.code[0] != (answer->verdict == VERDICT_REJECT ? '5' : '4') || answer->reply.text[0] == '\0'))
        abort();
}

/* One event; argument is what is left of the input, which addresses and fields may be made of. */
static void play(struct session *session, struct world *world, uint8_t kind, struct view argument, bool answers_rcpt)
{
    const struct macro_source macros = { .get = get_macro, .context = world };
    const struct message_editor editor = { .hold = edit, .remove_header = remove_header, .add_header = add_header };
    const struct address loopback = { { [10] = 0xff, [11] = 0xff, [12] = 127, [15] = 1 } };
    struct view name = view_slice(argument, 0, 9);
    struct answer answer = { .verdict = VERDICT_ACCEPT };
    unsigned before = world->records;

    switch (kind % 9) {
    case 0:
        session_connect(session, &macros, argument.n % 2 == 0 ? &loopback : NULL);
        break;
    case 1:
        session_mail(session, &macros, argument, 20270331, &answer);
        check_answer(&answer, true);
        break;
    case 2:
        session_rcpt(session, &macros, argument, &answer);
        check_answer(&answer, answers_rcpt);
        break;
    case 3:
        session_data(session, &macros);
        break;
    case 4:
        session_header(session, VIEW("From"), argument);
        break;
    case 5:
        session_header(session, argument.n % 2 == 0 ? VIEW("X-Outward") : name, argument);
        break;
    case 6:
        session_message(session, &macros, &editor, &answer);
        check_answer(&answer, true);
        if (session_is_busy(session))
            abort();
        break;
    case 7:
        session_abort(session);
        break;
    default:
        world->chosen[argument.n > 0 ? (unsigned char)argument.p[0] % MACRO_COUNT : 0] =
            (unsigned char)(argument.n > 1 ? (unsigned char)argument.p[1] % VALUES : 0);
        break;
    }
    if (world->records > before + 2) /* one for what it ended, one of its own */
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct policy *policies[POLICIES];
    static struct public_suffix *list;
    struct world world = { .records = 0 };
    struct session_setup setup;
    struct session *session;
    bool answers_rcpt = size > 0 && data[0] % 2 == 0;

    for (size_t i = 0; i < POLICIES && list == NULL; i++)
        policies[i] = load(rules[i]);
    if (list == NULL)
        list = public_suffix_open();
    world.policy = policies[size > 0 ? data[0] / 2 % POLICIES : 0];
    setup = (struct session_setup){ .policy = world.policy,
                                    .generation = 1,
                                    .answers_rcpt = answers_rcpt,
                                    .sees_headers = true,
                                    .may_hold = size % 3 != 0,
                                    .may_change_headers = size % 5 != 0,
                                    .suffixes = list,
                                    .outlet = { take_record, take_complaint, &world } };
    session = session_new(&setup);
    if (session == NULL || list == NULL)
        abort();
    for (size_t i = 1; i < size; i++)
        play(session, &world, data[i], (struct view){ (const char *)data + i + 1, size - i - 1 }, answers_rcpt);
    session_free(session);
    return 0;
}
