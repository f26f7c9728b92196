#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/domain.h"
#include "shared/record.h"
#include "shared/record_quick.h"
#include "tests/unit/unit.h"

static struct record simple_record(void)
{
    struct record record = {
        .queue_id = VIEW("4B2F1C0A"),
        .decision = { .certain = true, .direction = DIRECTION_OUTBOUND },
        .mode = MODE_MONITOR,
        .generation = 3,
        .recipients = 3,
        .to = { { VIEW("gmail.com"), VIEW("smtp") }, { VIEW("example.org"), VIEW("relay") } },
        .to_count = 2,
    };

    submission_init(&record.sub);
    return record;
}

static struct view format(const struct record *record, char storage[RECORD_MAX])
{
    struct buf out = buf_over(storage, RECORD_MAX);

    record_format(&out, record);
    ck_assert(!out.full);
    return buf_view(&out);
}

static void set(struct submission *sub, const char *key, const char *text)
{
    const struct fact_row *row = fact_by_key(view_of(key));

    ck_assert_msg(row != NULL, "no fact %s", key);
    ck_assert_msg(fact_read(sub, row, view_of(text)), "%s does not take %s", key, text);
}

START_TEST(a_record_reads_as_documented)
{
    struct record record = simple_record();
    char storage[RECORD_MAX];

    record.decision.would =
        (struct outcome){ VERDICT_REJECT, { VIEW("outward.conf"), 14 }, { { NULL, 0 }, { NULL, 0 }, { NULL, 0 } } };
    set(&record.sub, "listener", "submission");
    set(&record.sub, "port", "587");
    set(&record.sub, "client", "client.example.com[2001:db8::7]");
    set(&record.sub, "tls", "none");
    set(&record.sub, "auth", "none");
    set(&record.sub, "from", "<a@example.org>");
    set(&record.sub, "dkim", "example.com,example.org");
    set(&record.sub, "one_click", "no");
    submission_reach(&record.sub, STAGE_MESSAGE);
    ck_assert_view_eq(
        format(&record, storage),
        "4B2F1C0A: decision=accept direction=outbound would=reject/outward.conf:14 mode=monitor gen=3 "
        "stage=eom listener=submission port=587 client=client.example.com[2001:db8::7] tls=none auth=none "
        "from=<a@example.org> dkim=example.com,example.org one_click=no nrcpt=3 to=gmail.com,example.org "
        "transports=smtp,relay to_more=0");
}
END_TEST

/* What a client, sender or recipient may try to say. */
static const char *const hostile_texts[] = {
    "plain",      "none",        "%6Eone",      "%", "%..", "a b", "a=b decision=accept", "\r\nX: decision=reject",
    "\"quoted\"", "\x80\xff",    "caf\xc3\xa9", ",", "a,b", "",    "x]: decision=accept", "[192.0.2.1]",
    "<>",         "tls=TLSv1.3",
};

static bool is_printable(struct view text)
{
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] < ' ' || text.p[i] >= 0x7f)
            return false;
    }
    return true;
}

static void check_round_trip(const struct record *record)
{
    char storage[RECORD_MAX], unescaped[RECORD_MAX], again[RECORD_MAX];
    struct buf scratch = BUF(unescaped);
    struct view text = format(record, storage);
    struct record got;

    ck_assert_msg(record_parse(text, &scratch, &got), "%.*s", VIEW_ARG(text));
    ck_assert_msg(is_printable(text), "%.*s", VIEW_ARG(text));
    if (view_find(text, VIEW("%..")) >= 0) /* what was cut reads as what was kept of it */
        return;
    ck_assert_msg(view_eq(format(&got, again), text), "%.*s\n%.*s", VIEW_ARG(text), VIEW_ARG(format(&got, again)));
}

START_TEST(no_text_breaks_or_forges_a_field)
{
    struct record record = simple_record();
    char storage[RECORD_MAX], unescaped[RECORD_MAX];
    struct buf scratch = BUF(unescaped);
    struct view text = view_of(hostile_texts[_i]);
    struct record got;

    fact_set_text(&record.sub, FACT_LOGIN, text);
    fact_set_text(&record.sub, FACT_SENDER, text);
    fact_set_text(&record.sub, FACT_DKIM, text);
    set(&record.sub, "client", "x[192.0.2.1]");
    record.sub.facts[FACT_CLIENT].text = text;
    record.to[1].domain = text;
    record.to[1].transport = text;
    set(&record.sub, "tls", "none");
    submission_reach(&record.sub, STAGE_MESSAGE);
    check_round_trip(&record);
    ck_assert(record_parse(format(&record, storage), &scratch, &got));
    ck_assert(view_eq(got.sub.facts[FACT_LOGIN].text, text));
    ck_assert(view_eq(got.sub.facts[FACT_SENDER].text, text));
    ck_assert(view_eq(got.sub.facts[FACT_DKIM].text, text));
    ck_assert(view_eq(got.sub.facts[FACT_CLIENT].text, text));
    ck_assert_uint_eq(got.to_count, 2);
    ck_assert(view_eq(got.to[1].domain, text));
    ck_assert(view_eq(got.to[1].transport, text));
    ck_assert_uint_eq(got.sub.facts[FACT_TLS].number, TLS_NONE);
    ck_assert_int_eq(got.decision.now.verdict, VERDICT_ACCEPT);
}
END_TEST

START_TEST(a_text_is_read_within_its_octets)
{
    struct record record = simple_record();
    struct view octets = unit_copy(view_of(hostile_texts[_i]));
    char storage[RECORD_MAX];

    for (size_t i = 0; i < FACT_COUNT; i++) {
        if (fact_table[i].type == FACT_TYPE_TEXT || fact_table[i].type == FACT_TYPE_LIST ||
            fact_table[i].type == FACT_TYPE_PATH || fact_table[i].type == FACT_TYPE_CLIENT)
            fact_set_text(&record.sub, (enum fact_id)i, octets);
    }
    submission_reach(&record.sub, STAGE_MESSAGE);
    check_round_trip(&record);
    ck_assert(view_find(format(&record, storage), VIEW("\n")) < 0);
    free((char *)octets.p);
}
END_TEST

START_TEST(a_comma_parts_words_of_lists_alone)
{
    struct record record = simple_record();
    char storage[RECORD_MAX];

    set(&record.sub, "client", "x[192.0.2.1]");
    record.sub.facts[FACT_CLIENT].text = VIEW("a,b");
    fact_set_text(&record.sub, FACT_LOGIN, VIEW("c,d"));
    fact_set_text(&record.sub, FACT_DKIM, VIEW("e,f"));
    submission_reach(&record.sub, STAGE_MESSAGE);
    ck_assert(view_find(format(&record, storage), VIEW("client=a%2Cb[")) >= 0);
    ck_assert(view_find(format(&record, storage), VIEW("login=c%2Cd")) >= 0);
    ck_assert(view_find(format(&record, storage), VIEW("dkim=e,f")) >= 0);
    record.queue_id = VIEW("g,h");
    record.trouble = VIEW("i,j");
    ck_assert(view_find(format(&record, storage), VIEW("g%2Ch: decision=")) == 0);
    ck_assert(view_find(format(&record, storage), VIEW(" trouble=i%2Cj ")) >= 0);
}
END_TEST

START_TEST(a_comma_in_the_domain_of_a_long_sender_is_escaped)
{
    struct record record = simple_record();
    char local[2 * RECORD_VALUE_MAX], storage[RECORD_MAX];
    struct buf path = BUF(local);

    for (int i = 0; i < RECORD_VALUE_MAX; i++)
        buf_add_char(&path, 'a');
    buf_add(&path, VIEW("@k,l"));
    fact_set_text(&record.sub, FACT_SENDER, buf_view(&path));
    ck_assert(view_find(format(&record, storage), VIEW("@k%2Cl> ")) >= 0);
}
END_TEST

/* Everything at its largest: 64 KiB of text in each fact, every octet in need of escaping. */
static void check_largest(int octet)
{
    static char huge[65536];
    struct record record = simple_record();
    struct place place = { { huge, sizeof(huge) }, UINT32_MAX };
    char storage[RECORD_MAX], unescaped[RECORD_MAX];
    struct buf scratch = BUF(unescaped);
    struct record got;

    memset(huge, octet, sizeof(huge));
    for (size_t i = 0; i < FACT_COUNT; i++) {
        fact_set_text(&record.sub, (enum fact_id)i, (struct view){ huge, sizeof(huge) });
        if (fact_table[i].type == FACT_TYPE_CLIENT || fact_table[i].type == FACT_TYPE_ADDRESS)
            memset(&record.sub.facts[i].address, 0xee, sizeof(struct address));
        else
            record.sub.facts[i].number = fact_table[i].type == FACT_TYPE_TLS ? TLS_1_3 : UINT64_MAX;
    }
    record.queue_id = (struct view){ huge, sizeof(huge) };
    record.decision.now = (struct outcome){ VERDICT_TEMPFAIL, place, { VIEW("451"), VIEW("4.999.999"), VIEW("x") } };
    record.decision.would = record.decision.now;
    record.decision.would_tag = record.refused_by = place;
    record.decision.tag_count = DECISION_TAGS_MAX;
    for (size_t i = 0; i < DECISION_TAGS_MAX; i++)
        record.decision.tags[i].rule = place;
    for (size_t i = 0; i < RECORD_DOMAINS_MAX; i++)
        record.to[i] = (struct recipient){ { huge, 255 }, { huge, 255 } };
    record.to_count = RECORD_DOMAINS_MAX;
    record.to_more = 10000;
    record.lost = UINT64_MAX;
    record.trouble = (struct view){ huge, sizeof(huge) };
    record.tags_dropped = UINT32_MAX;
    record.recipients = record.recipients_refused = record.generation = UINT32_MAX;
    submission_reach(&record.sub, STAGE_MESSAGE);
    check_round_trip(&record);
    ck_assert(record_parse(format(&record, storage), &scratch, &got));
    for (size_t i = 0; i < FACT_COUNT; i++)
        ck_assert_int_eq(got.sub.facts[i].state, FACT_KNOWN);
    ck_assert_uint_eq(got.to_count + got.to_more, 10000 + RECORD_DOMAINS_MAX);
    ck_assert_uint_eq(got.decision.tag_count, DECISION_TAGS_MAX);
    ck_assert_uint_eq(got.tags_dropped, UINT32_MAX);
}

/* All octets in one process: a fork for each would take minutes under a sanitizer. */
START_TEST(the_largest_record_stays_whole)
{
    for (int octet = 0; octet < 256; octet++)
        check_largest(octet);
}
END_TEST

/* Values of this many times a text, in a record of their own. */
static const struct {
    enum fact_id id;
    const char *start, *repeated, *end;
    unsigned times;
    bool cut;
    const char *tail; /* of what is read */
} long_values[] = {
    { FACT_LOGIN, "", "a", "", 160, false, "aaa" },
    { FACT_LOGIN, "", "a", "", 161, true, "aaa" },
    { FACT_SENDER, "", "a", "@example.org", 140, false, "aa@example.org" },
    { FACT_SENDER, "", "a", "@example.org", 1000, false, "aa@example.org" },
    { FACT_SENDER, "", "a", "", 161, true, "aaa" },
    { FACT_SENDER, "a@", "b", "", 161, true, "" },
    { FACT_SENDER, "aaaaaaa@", "b", "", 156, false, "b" }, /* with room for a local part that is nothing but cut */
    { FACT_SENDER, "aaaaaaa@", "b", "", 157, true, "" },
    { FACT_SENDER, "\"%..@x\"", "\x80", "@example.org", 60, false, "@example.org" },
    { FACT_HEADER_FROM, "example.org", ",a.example", "", 14, false, ",a.example" },
    { FACT_HEADER_FROM, "example.org", ",a.example", "", 15, true, ",a.example" },
    { FACT_HEADER_FROM, "", "a", ".example", 160, true, "" }, /* whole words only */
    { FACT_FORMAT_FAULTS, "no-from", ",no-date", "", 30, true, ",no-date" },
    { FACT_CIPHER, "", "%", "", 53, false, "%%%" },
    { FACT_CIPHER, "a", "%", "", 53, false, "%%%" }, /* to the last octet */
    { FACT_SENDER, "", ",", "@example.org", 50, false, ",,@example.org" },
    { FACT_CIPHER, "", "%", "", 54, true, "%%%" },
};

START_TEST(a_value_that_was_cut_says_so_where_a_rule_may_ask_for_the_rest)
{
    char value[2048], storage[RECORD_MAX], unescaped[RECORD_MAX];
    struct buf text = BUF(value), scratch = BUF(unescaped);
    struct record record = simple_record(), got;

    buf_add(&text, view_of(long_values[_i].start));
    for (unsigned i = 0; i < long_values[_i].times; i++)
        buf_add(&text, view_of(long_values[_i].repeated));
    buf_add(&text, view_of(long_values[_i].end));
    fact_set_text(&record.sub, long_values[_i].id, buf_view(&text));
    ck_assert(record_parse(format(&record, storage), &scratch, &got));
    ck_assert_int_eq(got.sub.facts[long_values[_i].id].cut, long_values[_i].cut);
    ck_assert(view_ends(got.sub.facts[long_values[_i].id].text, view_of(long_values[_i].tail)));
    ck_assert_uint_le(got.sub.facts[long_values[_i].id].text.n, RECORD_VALUE_MAX);
}
END_TEST

START_TEST(what_kept_the_gate_from_deciding_is_said)
{
    struct record record = simple_record(), got;
    char storage[RECORD_MAX], unescaped[RECORD_MAX];
    struct buf scratch = BUF(unescaped);
    struct view text;

    record.trouble = VIEW("tls-version");
    record.tags_dropped = 3;
    text = format(&record, storage);
    ck_assert_int_ge(view_find(text, VIEW(" tags_dropped=3 trouble=tls-version mode=monitor ")), 0);
    ck_assert(record_parse(text, &scratch, &got));
    ck_assert_view_eq(got.trouble, "tls-version");
    ck_assert_int_eq(got.sub.facts[FACT_LISTENER].state, FACT_PENDING);
    ck_assert_uint_eq(got.tags_dropped, 3);
}
END_TEST

START_TEST(beside_a_trouble_only_the_connection_says_what_there_was_not)
{
    static const char text[] =
        "1: decision=accept trouble=tls-version stage=eom port=25 client=unknown[192.0.2.7] auth=none";
    char unescaped[RECORD_MAX];
    struct buf scratch = BUF(unescaped);
    struct record got;

    ck_assert(record_parse(VIEW(text), &scratch, &got));
    ck_assert_int_eq(got.sub.stage, STAGE_MESSAGE);
    ck_assert_int_eq(got.sub.facts[FACT_LISTENER].state, FACT_ABSENT);
    ck_assert_int_eq(got.sub.facts[FACT_TLS].state, FACT_PENDING);
    ck_assert_int_eq(got.sub.facts[FACT_HEADER_FROM].state, FACT_PENDING);
    ck_assert(record_parse(VIEW("1: decision=accept trouble=tls-version stage=eom client=unknown[192.0.2.7]"), &scratch,
                           &got));
    ck_assert_int_eq(got.sub.facts[FACT_LISTENER].state, FACT_PENDING);
    ck_assert(record_parse(VIEW("1: decision=accept trouble=tls-version stage=eom port=25"), &scratch, &got));
    ck_assert_int_eq(got.sub.facts[FACT_LISTENER].state, FACT_PENDING);
}
END_TEST

static void check_random(unsigned seed)
{
    struct record record = simple_record();
    static char octets[FACT_COUNT][300];

    srandom(seed);
    for (size_t i = 0; i < FACT_COUNT; i++) {
        size_t size = (size_t)random() % (random() % 4 == 0 ? sizeof(octets[i]) : 24);

        for (size_t at = 0; at < size; at++)
            octets[i][at] = (char)(random() % 3 == 0 ? random() : 'a' + random() % 26);
        if (random() % 5 == 0)
            continue;
        record.sub.facts[i] =
            (struct fact){ .state = FACT_KNOWN, .number = (uint64_t)random() % 2, .text = { octets[i], size } };
    }
    record.sub.stage = (enum stage)(random() % STAGE_COUNT);
    check_round_trip(&record);
}

START_TEST(random_records_survive_the_round_trip)
{
    for (unsigned seed = 0; seed < 2000; seed++)
        check_random(seed);
}
END_TEST

static const char *const broken[] = {
    "",
    "4B2F: removed",
    "decision=accept",
    "4B2F: decision=perhaps direction=outbound",
    "4B2F: decision=accept direction=outbound mode=monitor gen=x",
    "4B2F: decision=accept login=%4",
    "4B2F: decision=accept login=%zz",
    "4B2F: decision=accept client=nobody",
    "4B2F: decision=accept tls=TLSv9",
    "4B2F: decision=accept to=a,b transports=smtp",
    "4B2F: decision=accept to=a transports=smtp,smtp",
    "4B2F: decision=accept one_click=maybe",
    "4B2F: decision=accept  mode=monitor",
    "4B2F: decision=accept tag=outward.conf",
    "4B2F: decision=accept =x",
    "4B2F: decision=reject rule=a16",
    "4B2F: decision=reject reply=530",
    "4B2F: decision=accept would=reject",
    "4B2F: decision=accept would=perhaps/outward.conf:14",
    "4B2F: decision=accept would=reject/outward.conf",
    "4B2F: decision=accept to=%zz",
    "4B2F: decision=accept login=%41 tls=TLSv9",
};

START_TEST(what_is_no_record_is_refused)
{
    char unescaped[RECORD_MAX];
    struct buf scratch = BUF(unescaped);
    struct record got;

    ck_assert_msg(!record_parse(view_of(broken[_i]), &scratch, &got), "%s", broken[_i]);
}
END_TEST

/* A list of so many equal items. */
static void add_items(struct buf *out, const char *key, const char *item, unsigned count)
{
    buf_add(out, view_of(key));
    for (unsigned i = 0; i < count; i++) {
        if (i > 0)
            buf_add_char(out, ',');
        buf_add(out, view_of(item));
    }
}

START_TEST(lists_are_read_as_far_as_there_is_room_for_them)
{
    char line[RECORD_MAX], unescaped[RECORD_MAX];
    struct buf text = BUF(line), scratch = BUF(unescaped);
    struct record got;

    add_items(&text, "4B2F: decision=accept tag=", "outward.conf:7", DECISION_TAGS_MAX);
    add_items(&text, " to=", "a", RECORD_DOMAINS_MAX);
    add_items(&text, " transports=", "smtp", RECORD_DOMAINS_MAX);
    ck_assert(record_parse(buf_view(&text), &scratch, &got));
    ck_assert_uint_eq(got.decision.tag_count, DECISION_TAGS_MAX);
    ck_assert_uint_eq(got.to_count, RECORD_DOMAINS_MAX);
    ck_assert_view_eq(got.to[RECORD_DOMAINS_MAX - 1].transport, "smtp");
    buf_reset(&text);
    add_items(&text, "4B2F: decision=accept tag=", "outward.conf:7", DECISION_TAGS_MAX + 1);
    ck_assert(!record_parse(buf_view(&text), &scratch, &got));
    buf_reset(&text);
    add_items(&text, "4B2F: decision=accept to=", "a", RECORD_DOMAINS_MAX + 1);
    ck_assert(!record_parse(buf_view(&text), &scratch, &got));
}
END_TEST

START_TEST(each_field_says_what_was_written)
{
    char unescaped[RECORD_MAX];
    struct buf scratch = BUF(unescaped);
    struct record got;

    ck_assert(record_parse(VIEW("%41BC: decision=none direction=inbound rule=:9 tag=a.conf:3,b.conf:12 stage=eom"),
                           &scratch, &got));
    ck_assert_view_eq(got.queue_id, "ABC");
    ck_assert_int_eq(got.decision.now.verdict, VERDICT_ACCEPT);
    ck_assert(got.decision.certain);
    ck_assert_uint_eq(got.decision.now.rule.line, 9);
    ck_assert_uint_eq(got.decision.now.rule.file.n, 0);
    ck_assert_uint_eq(got.decision.tag_count, 2);
    ck_assert_view_eq(got.decision.tags[0].rule.file, "a.conf");
    ck_assert_uint_eq(got.decision.tags[1].rule.line, 12);
    buf_reset(&scratch);
    ck_assert(record_parse(
        VIEW("ABC: decision=reject rule=a%20b.conf:3 mode=enforce gen=1 stage=eom nrcpt=1 to_more=0"), &scratch, &got));
    ck_assert_view_eq(got.decision.now.rule.file, "a b.conf");
}
END_TEST

/* What stands behind a text is not its own, however well it would fit. */
static const struct {
    const char *text;
    size_t behind; /* octets that are not part of it */
} ended_early[] = {
    { "4B2F: decision=accept login=%41", 1 },
    { "4B2F: decision=accept gen=3", 2 },
    { "4B2F: decision=accept login=x", 2 },
};

START_TEST(a_text_ends_where_it_ends)
{
    char unescaped[RECORD_MAX];
    struct buf scratch = BUF(unescaped);
    struct view text = view_of(ended_early[_i].text);
    struct record got;

    ck_assert(record_parse(text, &scratch, &got));
    ck_assert(!record_parse(view_slice(text, 0, text.n - ended_early[_i].behind), &scratch, &got));
}
END_TEST

/* A record with long values, the last of so many octets; octets: at least RECORD_VALUE_MAX of 'a'. */
static void fill_values(struct record *record, const char *octets, size_t last)
{
    static const enum fact_id filled[] = { FACT_LISTENER,    FACT_CIPHER,    FACT_CERT_SUBJECT,
                                           FACT_CERT_ISSUER, FACT_MECHANISM, FACT_SENDER,
                                           FACT_HEADER_FROM, FACT_DKIM,      FACT_CLIENT };

    for (size_t i = 0; i < ROWS(filled); i++)
        fact_set_text(&record->sub, filled[i], (struct view){ octets, RECORD_VALUE_MAX });
    fact_set_text(&record->sub, FACT_LOGIN, (struct view){ octets, last });
}

/* The octets in front of the recipients of such a record. */
static size_t size_of_fields(size_t last)
{
    struct record record = simple_record();
    char octets[RECORD_VALUE_MAX], storage[RECORD_MAX];
    ptrdiff_t at;

    memset(octets, 'a', sizeof(octets));
    fill_values(&record, octets, last);
    at = view_find(format(&record, storage), VIEW(" to="));
    ck_assert_int_gt(at, 0); /* a usual recipient has room, however long the rest is */
    return (size_t)at;
}

START_TEST(values_are_cut_only_where_a_usual_recipient_would_find_no_room)
{
    const size_t recipient = 96;
    size_t whole = size_of_fields(1);
    bool cut = false;

    ck_assert_uint_lt(whole + recipient, RECORD_MAX);
    ck_assert_uint_gt(whole + recipient + RECORD_VALUE_MAX - 1, RECORD_MAX);
    for (size_t more = 1; more < RECORD_VALUE_MAX; more++) {
        size_t fields = size_of_fields(1 + more);

        cut = whole + more + recipient > RECORD_MAX;
        ck_assert(cut ? fields < whole + more : fields == whole + more);
    }
    ck_assert(cut);
}
END_TEST

START_TEST(recipients_are_said_as_far_as_there_is_room)
{
    const size_t keys = sizeof(" to= transports= to_more=") + 11; /* and a number */
    char octets[RECORD_VALUE_MAX], storage[RECORD_MAX], unescaped[RECORD_MAX];
    bool kept = true;

    memset(octets, 'a', sizeof(octets));
    for (size_t last = 1; last < RECORD_VALUE_MAX; last++) {
        struct record record = simple_record(), got;
        struct buf scratch = BUF(unescaped);
        size_t fields = size_of_fields(last), each = 30 + 4 + 2;

        fill_values(&record, octets, last);
        for (size_t i = 0; i < 2; i++)
            record.to[i] = (struct recipient){ { octets, 30 }, VIEW("smtp") };
        kept = fields + keys + 2 * each <= RECORD_MAX;
        ck_assert(record_parse(format(&record, storage), &scratch, &got));
        ck_assert_uint_eq(got.to_count, kept ? 2 : 1);
        ck_assert_uint_eq(got.to_more, kept ? 0 : 1);
        if (!kept)
            return;
    }
    ck_assert(!kept);
}
END_TEST

START_TEST(a_record_is_written_behind_what_stands_there)
{
    struct record record = simple_record();
    char storage[2 * RECORD_MAX], again[RECORD_MAX];
    struct buf out = BUF(storage);

    buf_add(&out, VIEW("outward-milter: "));
    record_format(&out, &record);
    ck_assert(view_eq(view_slice(buf_view(&out), 16, out.len), format(&record, again)));
}
END_TEST

START_TEST(a_full_buffer_stays_full)
{
    struct record record = simple_record();
    char storage[2 * RECORD_MAX];
    struct buf out = BUF(storage);

    out.full = true;
    record_format(&out, &record);
    ck_assert(out.full);
}
END_TEST

START_TEST(what_was_not_reached_is_pending_and_the_rest_absent)
{
    char unescaped[RECORD_MAX];
    struct buf scratch = BUF(unescaped);
    struct record got;

    ck_assert(record_parse(
        VIEW("NOQUEUE: decision=reject direction=outbound rule=outward.conf:9 reply=530,5.7.0 mode=enforce "
             "gen=1 stage=mail tls=none auth=none newer_key=1 nrcpt=0 to_more=0"),
        &scratch, &got));
    ck_assert_uint_eq(got.queue_id.n, 0);
    ck_assert_int_eq(got.sub.facts[FACT_LOGIN].state, FACT_ABSENT);
    ck_assert_int_eq(got.sub.facts[FACT_HEADER_FROM].state, FACT_PENDING);
    ck_assert_int_eq(got.sub.facts[FACT_MECHANISM].state, FACT_KNOWN);
    ck_assert_view_eq(got.decision.now.reply.dsn, "5.7.0");
    ck_assert_uint_eq(got.decision.now.rule.line, 9);
}
END_TEST

START_TEST(a_sender_that_is_cut_keeps_its_domain)
{
    static char local[300];
    struct record record = simple_record();
    char storage[RECORD_MAX], unescaped[RECORD_MAX], address[400];
    struct buf scratch = BUF(unescaped), path = BUF(address);
    struct record got;

    memset(local, '\xd0', sizeof(local));
    buf_add(&path, (struct view){ local, sizeof(local) });
    buf_add(&path, VIEW("@customers.example"));
    fact_set_text(&record.sub, FACT_SENDER, buf_view(&path));
    submission_reach(&record.sub, STAGE_MESSAGE);
    ck_assert(record_parse(format(&record, storage), &scratch, &got));
    ck_assert_view_eq(domain_of_address(got.sub.facts[FACT_SENDER].text), "customers.example");
}
END_TEST

START_TEST(inbound_mail_that_was_refused_does_not_read_as_unjudged)
{
    struct record record = simple_record();
    char storage[RECORD_MAX];

    record.decision.direction = DIRECTION_INBOUND;
    ck_assert_int_ge(view_find(format(&record, storage), VIEW(": decision=none ")), 0);
    record.decision.now.verdict = VERDICT_TEMPFAIL;
    ck_assert_int_ge(view_find(format(&record, storage), VIEW(": decision=tempfail direction=inbound ")), 0);
}
END_TEST

START_TEST(keys_may_stand_in_any_order)
{
    char unescaped[RECORD_MAX];
    struct buf scratch = BUF(unescaped);
    struct record got;

    ck_assert(record_parse(VIEW("4B2F1C0A: decision=accept nrcpt=2 volume=7 from=<a@example.org> port=587 stage=eom "
                                "to_more=1 local=no gen=3 direction=outbound login=%6Eone mode=enforce"),
                           &scratch, &got));
    ck_assert_uint_eq(got.recipients, 2);
    ck_assert_uint_eq(got.to_more, 1);
    ck_assert_uint_eq(got.generation, 3);
    ck_assert_int_eq(got.mode, MODE_ENFORCE);
    ck_assert_uint_eq(got.sub.facts[FACT_PORT].number, 587);
    ck_assert_uint_eq(got.sub.facts[FACT_VOLUME].number, 7);
    ck_assert_view_eq(got.sub.facts[FACT_SENDER].text, "a@example.org");
    ck_assert_view_eq(got.sub.facts[FACT_LOGIN].text, "none");
    ck_assert_int_eq(got.sub.facts[FACT_LOCAL].state, FACT_KNOWN);
}
END_TEST

/* How a record ends, and how many distinct recipients more it tells. */
static const struct {
    const char *end;
    unsigned to_more;
} ends[] = {
    { " to=a.example transports=smtp to_more=0", 0 },
    { " to=a.example transports=smtp to_more=7", 7 },
    { " to=a.example transports=smtp to_more=0 to_more=7", 7 },
    { " to=a.example to_more=7 transports=smtp to_more=0", 0 },
    { " to=a.example to_more=0 transports=smtp", 0 },
    { " to_more=0 to=a.example transports=smtp_to_more=0", 0 },
    { " to_more=7 to=a.example transports=to_more=0", 7 },
    { " to_more=3 login=%6Eone to=a.example to_more=0", 0 },
};

START_TEST(what_ends_a_record_counts_last)
{
    char line[RECORD_MAX], unescaped[RECORD_MAX];
    struct buf scratch = BUF(unescaped);
    struct record got;

    (void)snprintf(line, sizeof(line), "1A: decision=accept direction=outbound mode=enforce gen=1 stage=eom nrcpt=1%s",
                   ends[_i].end);
    ck_assert(record_parse(view_of(line), &scratch, &got));
    ck_assert_uint_eq(got.to_more, ends[_i].to_more);
    ck_assert_uint_eq(got.to_count, 1);
    ck_assert_view_eq(got.to[0].domain, "a.example");
}
END_TEST

/* The values of a pair that stand in the usual place, and what is nearly one of them. */
static const struct {
    const char *key;
    const char *values[16];
} usual[] = {
    { "local", { "yes", "no", "", "n", "nope", "yess", "none", "587" } },
    { "port",
      { "0", "0587", "1234567", "12345678", "18446744073709551615", "18446744073709551616", "", "58a", "+1", "no",
        "none" } },
    { "address",
      { "192.0.2.255", "192.0.2.256", "01.2.3.4", "[192.0.2.1]", "2001:db8::1", "192.0.2", "192.0.2.1.",
        "255.255.255.255", "255.255.255.2555", "192.0.2.1x", "192.0.2.1xa=b", "1..2.3" } },
    { "client",
      { "a[192.0.2.1]", "a[b][2001:db8::1]", "a[IPv6:2001:db8::1]", "[192.0.2.1]", "a[192.0.2.1", "a", "",
        "a[255.255.255.255]", "a[192.0.2.1]]", "192.0.2.1[]", "a[192.0.2.]", "a[192.0.2.01]" } },
    { "tls",
      { "none", "TLSv1", "TLSv1.3", "TLSv1.9", "TLSv1.10", "TLSv1.", "TLSv1.3xa=b", "SSLv3", "SSLv3.3", "proxied",
        "nonee", "" } },
    { "login",
      { "none", "nonesuch", "a", "seven77", "eight888", "nine99999", "", "a=b", "\t", "no", "yes", "587", "TLSv1.3",
        "192.0.2.1" } },
    { "from", { "<>", "<a@example.org>", "<", ">", "", "a@example.org", "<a" } },
    { "dkim", { "none", "example.org", "example.com,example.org", "", "," } },
    { "nrcpt", { "1", "01", "4294967295", "4294967296", "", "x" } },
    { "rule", { "a:1", "a:b:01", ":1", "a:", "a:4294967296", "1", "", "a:1b", "a16" } },
};

static bool parse_pairs(struct view text, char unescaped[RECORD_MAX], char printed[RECORD_MAX], struct view *out)
{
    struct buf scratch = buf_over(unescaped, RECORD_MAX);
    struct record got;

    if (!record_parse(text, &scratch, &got))
        return false;
    *out = format(&got, printed);
    return true;
}

START_TEST(a_pair_reads_the_same_wherever_it_stands)
{
    static const char begin[] = "1A: decision=accept direction=outbound", end[] = "mode=monitor gen=1 stage=eom";
    char ordered[RECORD_MAX], mixed[RECORD_MAX], unescaped[2][RECORD_MAX], printed[2][RECORD_MAX];

    for (size_t i = 0; i < ROWS(usual[_i].values) && usual[_i].values[i] != NULL; i++) {
        const char *value = usual[_i].values[i], *key = usual[_i].key;
        bool head = strcmp(key, "rule") == 0;
        struct view one, other;
        bool reads;

        /* In the order of writing with room behind it, and behind a key that nobody knows as the last octets of all. */
        (void)snprintf(ordered, sizeof(ordered), "%s %s%s%s%s%s %s transports= to_more=0", begin, head ? key : end,
                       head ? "=" : " ", head ? value : key, head ? " " : "=", head ? end : value,
                       strcmp(key, "nrcpt") == 0 ? "to=" : "nrcpt=3 to=");
        (void)snprintf(mixed, sizeof(mixed), "%s new=1 to= transports= to_more=0 %s%s %s=%s", begin,
                       strcmp(key, "nrcpt") == 0 ? "" : "nrcpt=3 ", end, key, value);
        reads = parse_pairs(view_of(ordered), unescaped[0], printed[0], &one);
        ck_assert_msg(reads == parse_pairs(view_of(mixed), unescaped[1], printed[1], &other), "%s", mixed);
        if (reads)
            ck_assert_msg(view_eq(one, other), "%.*s\n%.*s", VIEW_ARG(one), VIEW_ARG(other));
        ck_assert(i > 0 || reads);
    }
}
END_TEST

/* Each of them with the heads of each other: the same head with something else behind it, or nearly the same. */
static const char *const in_a_row[] = {
    "1A: decision=accept direction=outbound rule=a.conf:16 mode=enforce gen=1 stage=eom local=no port=587 nrcpt=1 "
    "to_more=0",
    "2B: decision=accept direction=outbound rule=a.conf:16 mode=enforce gen=1 stage=eom lost=3 local=no nrcpt=1 "
    "to_more=0",
    "3C: decision=accept direction=outbound rule=a.conf:16 mode=enforce gen=1 stage=eom rule=b.conf:2 nrcpt=2 "
    "to_more=0",
    "4D: decision=accept direction=outbound rule=a.conf:16 mode=enforce gen=1 stage=eomm local=no nrcpt=1 to_more=0",
    "5E: decision=accept direction=outbound rule=a.conf:16 mode=enforce gen=1 stage=eom",
    "6F: decision=accept direction=outbound rule=a.conf:16 mode=enforce gen=1 stage=eom ",
    "NOQUEUE: decision=accept direction=outbound rule=a.conf:16 mode=enforce gen=1 stage=eom login=%6Eone nrcpt=1",
    "7A: decision=accept direction=outbound rule=a.conf:1",
    "8B: decision=accept direction=outbound rule=a.conf:17 mode=monitor gen=12 stage=mail client=a[192.0.2.1] nrcpt=4",
    "9C: decision=accept direction=outbound tag=a.conf:1,b.conf:2 would_tag=c.conf:3 trouble=tls-version mode=enforce "
    "gen=1 stage=rcpt lost=2 port=25 client=a[192.0.2.1] nrcpt=0 to_more=0",
    "AD: decision=reject direction=outbound rule=a.conf:15 reply=530,5.7.0 would=reject/b.conf:1 mode=enforce gen=1 "
    "stage=mail local=no nrcpt=0 to_more=0",
    "BE: decision=reject direction=outbound rule=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.conf:15 reply=530,5.7.0 mode=enforce gen=1 stage=mail nrcpt=0",
    "CF: decision=",
    "D0: decision=accept",
    "E1: decision=acceptdirection=outbound",
    "F2: decision=accept direction=outbound mode=enforce gen=1 local=no port=587 login=a nrcpt=1 to_more=0",
    "F3: decision=accept direction=outbound mode=enforce gen=12 local=no port=587 login=a nrcpt=1 to_more=0",
};

/* The record printed again, or nothing where it is none.  Its octets are gone when the next one is read. */
static struct view read_in_a_row(struct record_heads *heads, const char *text, char printed[RECORD_MAX])
{
    struct view octets = unit_copy(view_of(text)), out = VIEW("");
    char unescaped[RECORD_MAX];
    struct buf scratch = BUF(unescaped);
    struct record got;

    if (record_parse_next(octets, &scratch, heads, &got))
        out = format(&got, printed);
    free((char *)octets.p);
    return out;
}

START_TEST(a_record_reads_the_same_whichever_came_before)
{
    char alone[RECORD_MAX], behind[RECORD_MAX];
    struct view expected = read_in_a_row(NULL, in_a_row[_i], alone);

    for (size_t i = 0; i < ROWS(in_a_row); i++) {
        struct record_heads heads = { 0 };

        (void)read_in_a_row(&heads, in_a_row[i], behind);
        for (int again = 0; again < 2; again++) {
            struct view got = read_in_a_row(&heads, in_a_row[_i], behind);

            ck_assert_msg(view_eq(got, expected), "%s\n%.*s\n%.*s", in_a_row[i], VIEW_ARG(got), VIEW_ARG(expected));
        }
    }
}
END_TEST

/* " decision=accept" with a rule that makes it so many octets. */
static void add_head(struct buf *out, size_t octets)
{
    size_t end = out->len + octets - 2;

    buf_add(out, VIEW(" decision=accept rule="));
    while (out->len < end)
        buf_add_char(out, 'a');
    buf_add(out, VIEW(":1"));
}

START_TEST(a_head_is_kept_where_it_finds_room_with_a_window_behind_it)
{
    for (size_t octets = RECORD_HEAD_MAX / 2; octets < RECORD_HEAD_MAX + 64; octets++) {
        char line[RECORD_MAX], unescaped[RECORD_MAX];
        struct buf text = BUF(line), scratch = BUF(unescaped);
        struct record_heads heads = { 0 };
        struct record got;
        size_t kept = 0;

        buf_add(&text, VIEW("4B2F:"));
        add_head(&text, octets);
        buf_add(&text, VIEW(" local=no port=587 login=a nrcpt=1 to_more=0"));
        ck_assert(record_parse_next(buf_view(&text), &scratch, &heads, &got));
        ck_assert_uint_eq(got.decision.now.rule.line, 1);
        for (size_t i = 0; i < RECORD_HEADS; i++)
            kept += heads.list[i].n;
        ck_assert_uint_eq(kept, octets <= RECORD_HEAD_MAX - RECORD_QUICK_WINDOW ? octets : 0);
    }
}
END_TEST

/* An unknown key among the first has each one behind it looked for. */
START_TEST(a_record_reads_the_same_with_an_unknown_key_wherever_it_ends)
{
    static const char begin[] = "1A: decision=accept";
    static const char rest[] = " direction=outbound rule=a:1 mode=monitor gen=3 stage=eom local=no listener=submission "
                               "port=587 address=192.0.2.1 client=x[2001:db8::7] tls=TLSv1.3 bits=256 auth=none "
                               "login=a from=<> dkim=example.com,example.org one_click=yes nrcpt=3 refused=1 "
                               "to=gmail.com,example.org transports=smtp,relay to_more=12345678";
    char mixed[RECORD_MAX], unescaped[2][RECORD_MAX], printed[2][RECORD_MAX];
    size_t read = 0;

    for (size_t n = 0; n < sizeof(rest); n++) {
        size_t size = sizeof(begin) - 1 + n;
        char *octets = malloc(size); /* a sanitizer sees who looks behind them */
        struct view one, other;
        bool reads;

        ck_assert_ptr_nonnull(octets);
        memcpy(octets, begin, sizeof(begin) - 1);
        memcpy(octets + sizeof(begin) - 1, rest, n);
        (void)snprintf(mixed, sizeof(mixed), "%s new=1%.*s", begin, (int)n, rest);
        reads = parse_pairs((struct view){ octets, size }, unescaped[0], printed[0], &one);
        ck_assert_msg(reads == parse_pairs(view_of(mixed), unescaped[1], printed[1], &other), "%s", mixed);
        if (reads)
            ck_assert_msg(view_eq(one, other), "%.*s\n%.*s", VIEW_ARG(one), VIEW_ARG(other));
        read += reads;
        free(octets);
    }
    ck_assert_uint_gt(read, 50);
}
END_TEST

/* The window of the longest key, a blank that does not come, and a colon that is the last octet. */
static const struct {
    const char *text;
    bool reads;
} tight[] = {
    { "1A: decision=accept forward_secrecy=nothing", false },
    { "1A: decision=accept forward_secrecy=yes", true },
    { "1A: decision=accept forward_secrecy=n", false },
    { "1A: decision=accept forward_secrecy=", false },
    { "1A: decision=accept login=eight888", true },
    { "1A: ", false },
    { "1A:", false },
    { "1A", false },
};

START_TEST(a_record_is_read_within_its_octets)
{
    struct view octets = unit_copy(view_of(tight[_i].text)), out;
    char unescaped[RECORD_MAX], printed[RECORD_MAX];

    ck_assert_int_eq(parse_pairs(octets, unescaped, printed, &out), tight[_i].reads);
    free((char *)octets.p);
}
END_TEST

START_TEST(a_blank_at_the_end_is_no_pair)
{
    static const char text[] = "1A: decision=accept direction=outbound mode=monitor gen=1 stage=eom login=nine99999 ";
    char unescaped[RECORD_MAX], printed[RECORD_MAX];
    struct view out;

    ck_assert(!parse_pairs(VIEW(text), unescaped, printed, &out));
    ck_assert(parse_pairs((struct view){ text, sizeof(text) - 2 }, unescaped, printed, &out));
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("record");
    TCase *tests = tcase_create("record");

    tcase_add_test(tests, a_record_reads_as_documented);
    tcase_add_loop_test(tests, no_text_breaks_or_forges_a_field, 0, ROWS(hostile_texts));
    tcase_add_loop_test(tests, a_text_is_read_within_its_octets, 0, ROWS(hostile_texts));
    tcase_add_test(tests, a_comma_parts_words_of_lists_alone);
    tcase_add_loop_test(tests, a_value_that_was_cut_says_so_where_a_rule_may_ask_for_the_rest, 0, ROWS(long_values));
    tcase_add_test(tests, what_kept_the_gate_from_deciding_is_said);
    tcase_add_test(tests, beside_a_trouble_only_the_connection_says_what_there_was_not);
    tcase_add_test(tests, the_largest_record_stays_whole);
    tcase_add_test(tests, random_records_survive_the_round_trip);
    tcase_add_loop_test(tests, what_is_no_record_is_refused, 0, ROWS(broken));
    tcase_add_test(tests, lists_are_read_as_far_as_there_is_room_for_them);
    tcase_add_test(tests, each_field_says_what_was_written);
    tcase_add_loop_test(tests, a_text_ends_where_it_ends, 0, ROWS(ended_early));
    tcase_add_test(tests, values_are_cut_only_where_a_usual_recipient_would_find_no_room);
    tcase_add_test(tests, recipients_are_said_as_far_as_there_is_room);
    tcase_add_test(tests, a_record_is_written_behind_what_stands_there);
    tcase_add_test(tests, a_full_buffer_stays_full);
    tcase_add_test(tests, a_comma_in_the_domain_of_a_long_sender_is_escaped);
    tcase_add_test(tests, what_was_not_reached_is_pending_and_the_rest_absent);
    tcase_add_test(tests, keys_may_stand_in_any_order);
    tcase_add_loop_test(tests, what_ends_a_record_counts_last, 0, ROWS(ends));
    tcase_add_loop_test(tests, a_pair_reads_the_same_wherever_it_stands, 0, ROWS(usual));
    tcase_add_loop_test(tests, a_record_reads_the_same_whichever_came_before, 0, ROWS(in_a_row));
    tcase_add_test(tests, a_head_is_kept_where_it_finds_room_with_a_window_behind_it);
    tcase_add_test(tests, a_record_reads_the_same_with_an_unknown_key_wherever_it_ends);
    tcase_add_loop_test(tests, a_record_is_read_within_its_octets, 0, ROWS(tight));
    tcase_add_test(tests, a_blank_at_the_end_is_no_pair);
    tcase_add_test(tests, a_sender_that_is_cut_keeps_its_domain);
    tcase_add_test(tests, inbound_mail_that_was_refused_does_not_read_as_unjudged);
    suite_add_tcase(suite, tests);
    return suite;
}
