#include "shared/record.h"

#include <string.h>

#include "shared/domain.h"
#include "shared/hash.h"

/* A record that is too long is written again with shorter values: 24 facts of the last size fit with room to spare. */
static const size_t value_sizes[] = { RECORD_VALUE_MAX, 48, 20 };

enum { FILE_NAME_MAX = 24, QUEUE_ID_MAX = 40, NUMBER_ROOM = 11, VALUE_BUFFER = 512, TROUBLE_MAX = 24 };

static const struct view cut_mark = VIEW_INIT("%..");

/* A comma parts the words of a list and is escaped everywhere else. */
static bool is_plain(char c, bool list)
{
    return c > ' ' && c < 0x7f && c != '%' && c != '"' && (c != ',' || list);
}

static void add_escaped_octet(struct buf *out, char c, bool list)
{
    static const char digits[] = "0123456789ABCDEF";
    unsigned char octet = (unsigned char)c;

    if (is_plain(c, list)) {
        buf_add_char(out, c);
        return;
    }
    buf_add_char(out, '%');
    buf_add_char(out, digits[octet >> 4]);
    buf_add_char(out, digits[octet & 15]);
}

/* How many octets of the text go out, escaped, in room octets; a list is cut behind a whole word. */
static size_t fitting(struct view text, size_t room, bool list)
{
    size_t word_end = 0, used = 0;

    for (size_t i = 0; i < text.n; i++) {
        used += is_plain(text.p[i], list) ? 1 : 3;
        if (used > room)
            return list ? word_end : i;
        if (i + 1 == text.n || text.p[i + 1] == ',')
            word_end = i + 1;
    }
    return text.n;
}

static bool is_all_plain(struct view text, bool list)
{
    for (size_t i = 0; i < text.n; i++) {
        if (!is_plain(text.p[i], list))
            return false;
    }
    return true;
}

static void add_value(struct buf *out, struct view text, size_t room, bool list)
{
    size_t all;

    /* Nearly every value: copied as it is. */
    if (text.n <= room && is_all_plain(text, list)) {
        buf_add(out, text);
        return;
    }
    all = fitting(text, room, list);

    if (all < text.n)
        all = fitting(text, room - cut_mark.n, list);
    for (size_t i = 0; i < all; i++)
        add_escaped_octet(out, text.p[i], list);
    if (all < text.n)
        buf_add(out, cut_mark);
}

static void add_client(struct buf *out, const struct fact *fact, size_t room)
{
    add_value(out, fact->text, room, false);
    buf_add_char(out, '[');
    address_add(out, &fact->address);
    buf_add_char(out, ']');
}

static size_t escaped_size(struct view text)
{
    size_t size = 0;

    for (size_t i = 0; i < text.n; i++)
        size += is_plain(text.p[i], false) ? 1 : 3;
    return size;
}

/* Rules ask for the sender's domain: of an address that is too long the local part is cut. */
static void add_path(struct buf *out, struct view path, size_t room)
{
    struct view domain = domain_of_address(path);
    size_t tail = escaped_size(domain) + 1; /* with the '@' */

    buf_add_char(out, '<');
    if (domain.n == 0 || tail + cut_mark.n > room || escaped_size(path) <= room) {
        add_value(out, path, room, false);
    } else {
        add_value(out, view_slice(path, 0, path.n - domain.n - 1), room - tail, false);
        buf_add_char(out, '@');
        add_value(out, domain, tail, false);
    }
    buf_add_char(out, '>');
}

static void add_key(struct buf *out, struct view key)
{
    buf_add_char(out, ' ');
    buf_add(out, key);
    buf_add_char(out, '=');
}

static void add_number_field(struct buf *out, struct view key, uint64_t number)
{
    add_key(out, key);
    buf_add_number(out, number);
}

static void add_place(struct buf *out, const struct place *place)
{
    add_value(out, place->file, FILE_NAME_MAX, false);
    buf_add_char(out, ':');
    buf_add_number(out, place->line);
}

static void add_tags(struct buf *out, const struct decision *decision)
{
    for (size_t i = 0; i < decision->tag_count; i++) {
        if (i == 0)
            add_key(out, VIEW("tag"));
        else
            buf_add_char(out, ',');
        add_place(out, &decision->tags[i].rule);
    }
}

static void add_decision(struct buf *out, const struct decision *decision, unsigned tags_dropped)
{
    add_key(out, VIEW("decision"));
    /* Inbound mail is not judged; should it be refused all the same, for an error of ours, that must be seen. */
    buf_add(out, decision->direction == DIRECTION_INBOUND && decision->now.verdict == VERDICT_ACCEPT
                     ? VIEW("none")
                     : verdict_name(decision->now.verdict));
    add_key(out, VIEW("direction"));
    buf_add(out, direction_name(decision->direction));
    if (decision->now.rule.line != 0) {
        add_key(out, VIEW("rule"));
        add_place(out, &decision->now.rule);
    }
    if (decision->now.reply.code.n != 0) {
        add_key(out, VIEW("reply"));
        add_value(out, decision->now.reply.code, 3, false);
        buf_add_char(out, ',');
        add_value(out, decision->now.reply.dsn, 9, false);
    }
    if (decision->would.rule.line != 0) {
        add_key(out, VIEW("would"));
        buf_add(out, verdict_name(decision->would.verdict));
        buf_add_char(out, '/');
        add_place(out, &decision->would.rule);
    }
    add_tags(out, decision);
    if (tags_dropped != 0)
        add_number_field(out, VIEW("tags_dropped"), tags_dropped);
    if (decision->would_tag.line != 0) {
        add_key(out, VIEW("would_tag"));
        add_place(out, &decision->would_tag);
    }
}

/* "none" is how an empty text goes out: a text that really says so is told apart by escaping its first octet. */
static void add_fact_value(struct buf *out, const struct fact_row *row, const struct fact *fact, size_t room)
{
    char storage[VALUE_BUFFER];
    struct buf value = BUF(storage);
    bool list = row->type == FACT_TYPE_LIST;
    struct fact cut = *fact;

    if (row->type == FACT_TYPE_CLIENT) { /* the name may be cut, the address never */
        add_client(out, fact, room);
        return;
    }
    if (row->type == FACT_TYPE_PATH) {
        add_path(out, fact->text, room);
        return;
    }
    /* Longer than any room below: what does not fit the buffer would be cut anyway, and must still be seen to be cut. */
    cut.text = view_slice(fact->text, 0, VALUE_BUFFER - 64);
    if ((list || row->type == FACT_TYPE_TEXT) && view_eq(fact->text, VIEW("none"))) {
        buf_add(out, VIEW("%6Eone"));
        return;
    }
    fact_print(&value, row, &cut);
    /* Half of a number is another one, half of an address is none: both are short enough to go out whole. */
    if (row->type == FACT_TYPE_NUMBER || row->type == FACT_TYPE_ADDRESS)
        room = VALUE_BUFFER;
    add_value(out, buf_view(&value), room, list);
}

static void add_facts(struct buf *out, const struct submission *sub, size_t room)
{
    for (size_t i = 0; i < FACT_COUNT; i++) {
        if (sub->facts[i].state != FACT_KNOWN)
            continue;
        add_key(out, fact_table[i].key);
        add_fact_value(out, &fact_table[i], &sub->facts[i], room);
    }
}

/* How many leading recipients fit in room octets, both lists counted. */
static size_t fitting_recipients(const struct record *record, size_t room)
{
    size_t count = 0;

    while (count < record->to_count) {
        const struct recipient *to = &record->to[count];
        size_t size = escaped_size(to->domain) + escaped_size(to->transport) + 2;

        if (size > room)
            break;
        room -= size;
        count++;
    }
    return count;
}

static void add_recipients(struct buf *out, const struct record *record)
{
    const size_t keys = sizeof(" to= transports= to_more=") + NUMBER_ROOM;
    size_t room = RECORD_MAX - out->len;
    size_t count = room < keys ? 0 : fitting_recipients(record, room - keys);

    for (size_t i = 0; i < count; i++) {
        buf_add(out, i == 0 ? VIEW(" to=") : VIEW(","));
        add_value(out, record->to[i].domain, RECORD_MAX, false);
    }
    for (size_t i = 0; i < count; i++) {
        buf_add(out, i == 0 ? VIEW(" transports=") : VIEW(","));
        add_value(out, record->to[i].transport, RECORD_MAX, false);
    }
    add_number_field(out, VIEW("to_more"), record->to_more + (record->to_count - count));
}

static void add_all(struct buf *out, const struct record *record, size_t room)
{
    if (record->queue_id.n == 0)
        buf_add(out, VIEW("NOQUEUE"));
    else
        add_value(out, record->queue_id, QUEUE_ID_MAX, false);
    buf_add_char(out, ':');
    add_decision(out, &record->decision, record->tags_dropped);
    if (record->trouble.n != 0) {
        add_key(out, VIEW("trouble"));
        add_value(out, record->trouble, TROUBLE_MAX, false);
    }
    add_key(out, VIEW("mode"));
    buf_add(out, mode_name(record->mode));
    add_number_field(out, VIEW("gen"), record->generation);
    add_key(out, VIEW("stage"));
    buf_add(out, stage_name(record->sub.stage));
    if (record->lost != 0)
        add_number_field(out, VIEW("lost"), record->lost);
    add_facts(out, &record->sub, room);
    add_number_field(out, VIEW("nrcpt"), record->recipients);
    if (record->recipients_refused != 0)
        add_number_field(out, VIEW("refused"), record->recipients_refused);
    if (record->refused_by.line != 0) {
        add_key(out, VIEW("refused_by"));
        add_place(out, &record->refused_by);
    }
}

void record_format(struct buf *out, const struct record *record)
{
    const size_t tail = 96; /* to_more and one usual recipient */
    struct buf text = buf_over(out->p + out->len, out->cap - out->len);

    if (text.cap > RECORD_MAX)
        text.cap = RECORD_MAX;
    for (size_t i = 0; i < sizeof(value_sizes) / sizeof(value_sizes[0]); i++) {
        buf_reset(&text);
        add_all(&text, record, value_sizes[i]);
        if (!text.full && text.len + tail <= RECORD_MAX)
            break;
    }
    add_recipients(&text, record);
    out->len += text.len;
    out->full = out->full || text.full;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

static bool unescape_octets(struct view text, struct buf *scratch, struct view *out)
{
    size_t start = scratch->len;

    for (size_t i = 0; i < text.n; i++) {
        int high, low;

        if (text.p[i] != '%') {
            buf_add_char(scratch, text.p[i]);
            continue;
        }
        if (view_starts(view_slice(text, i, text.n), cut_mark)) {
            i += cut_mark.n - 1;
            continue;
        }
        if (i + 2 >= text.n || (high = hex_digit(text.p[i + 1])) < 0 || (low = hex_digit(text.p[i + 2])) < 0)
            return false;
        buf_add_char(scratch, (char)(high * 16 + low));
        i += 2;
    }
    *out = (struct view){ scratch->p + start, scratch->len - start };
    return !scratch->full;
}

/*
 * The octets of an escaped value, in scratch; views that need no change are given as they are.
 * scratch NULL: nothing in the record is escaped.
 */
static bool unescape(struct view text, struct buf *scratch, struct view *out)
{
    if (scratch != NULL && view_find_char(text, '%') >= 0)
        return unescape_octets(text, scratch, out);
    *out = text;
    return true;
}

static bool read_place(struct view text, struct buf *scratch, struct place *place)
{
    ptrdiff_t colon = view_find_last_char(text, ':');
    uint64_t line;

    if (colon < 0 || !view_number(view_slice(text, (size_t)colon + 1, text.n), UINT32_MAX, &line))
        return false;
    place->line = (unsigned)line;
    return unescape(view_slice(text, 0, (size_t)colon), scratch, &place->file);
}

static bool read_unsigned(struct view text, unsigned *out)
{
    uint64_t number;

    if (!view_number(text, UINT32_MAX, &number))
        return false;
    *out = (unsigned)number;
    return true;
}

/* One reader a key: the record's field from its still escaped value. */
typedef bool read_field(struct view text, struct buf *scratch, struct record *record);

static bool read_decision(struct view text, struct buf *scratch, struct record *record)
{
    (void)scratch;
    if (view_eq(text, VIEW("none"))) {
        record->decision.now.verdict = VERDICT_ACCEPT;
        return true;
    }
    return verdict_parse(text, &record->decision.now.verdict);
}

static bool read_direction(struct view text, struct buf *scratch, struct record *record)
{
    (void)scratch;
    return direction_parse(text, &record->decision.direction);
}

static bool read_rule(struct view text, struct buf *scratch, struct record *record)
{
    return read_place(text, scratch, &record->decision.now.rule);
}

static bool read_reply(struct view text, struct buf *scratch, struct record *record)
{
    struct reply *reply = &record->decision.now.reply;

    (void)scratch;
    if (!view_cut_char(&text, ',', &reply->code))
        return false;
    reply->dsn = text;
    return true;
}

static bool read_would(struct view text, struct buf *scratch, struct record *record)
{
    struct view verdict;

    return view_cut_char(&text, '/', &verdict) && verdict_parse(verdict, &record->decision.would.verdict) &&
           read_place(text, scratch, &record->decision.would.rule);
}

static bool read_tags(struct view text, struct buf *scratch, struct record *record)
{
    struct decision *decision = &record->decision;
    bool more = true;

    while (more && decision->tag_count < DECISION_TAGS_MAX) {
        struct view one = text;

        more = view_cut_char(&text, ',', &one);
        if (!read_place(one, scratch, &decision->tags[decision->tag_count].rule))
            return false;
        decision->tag_count++;
    }
    return !more;
}

static bool read_would_tag(struct view text, struct buf *scratch, struct record *record)
{
    return read_place(text, scratch, &record->decision.would_tag);
}

static bool read_tags_dropped(struct view text, struct buf *scratch, struct record *record)
{
    (void)scratch;
    return read_unsigned(text, &record->tags_dropped);
}

static bool read_trouble(struct view text, struct buf *scratch, struct record *record)
{
    return unescape(text, scratch, &record->trouble);
}

static bool read_mode(struct view text, struct buf *scratch, struct record *record)
{
    (void)scratch;
    return mode_parse(text, &record->mode);
}

static bool read_generation(struct view text, struct buf *scratch, struct record *record)
{
    (void)scratch;
    return read_unsigned(text, &record->generation);
}

static bool read_stage(struct view text, struct buf *scratch, struct record *record)
{
    (void)scratch;
    return stage_parse(text, &record->sub.stage);
}

static bool read_lost(struct view text, struct buf *scratch, struct record *record)
{
    (void)scratch;
    return view_number(text, UINT64_MAX, &record->lost);
}

static bool read_recipients(struct view text, struct buf *scratch, struct record *record)
{
    (void)scratch;
    return read_unsigned(text, &record->recipients);
}

static bool read_refused(struct view text, struct buf *scratch, struct record *record)
{
    (void)scratch;
    return read_unsigned(text, &record->recipients_refused);
}

static bool read_refused_by(struct view text, struct buf *scratch, struct record *record)
{
    return read_place(text, scratch, &record->refused_by);
}

static bool read_to(struct view text, struct buf *scratch, struct record *record)
{
    bool more = true;

    while (more && record->to_count < RECORD_DOMAINS_MAX) {
        struct view one = text;

        more = view_cut_char(&text, ',', &one);
        record->to[record->to_count].transport.n = 0;
        if (!unescape(one, scratch, &record->to[record->to_count].domain))
            return false;
        record->to_count++;
    }
    return !more;
}

static bool read_transports(struct view text, struct buf *scratch, struct record *record)
{
    for (size_t i = 0; i < record->to_count; i++) {
        struct view one = text;
        bool more = view_cut_char(&text, ',', &one);

        if (more != (i + 1 < record->to_count) || !unescape(one, scratch, &record->to[i].transport))
            return false;
    }
    return true;
}

static bool read_to_more(struct view text, struct buf *scratch, struct record *record)
{
    (void)scratch;
    return read_unsigned(text, &record->to_more);
}

struct field {
    struct view key;
    read_field *read;
};

/* In the order in which they are written: these, the facts, and the tail. */
static const struct field head[] = {
    { VIEW_INIT("decision"), read_decision },
    { VIEW_INIT("direction"), read_direction },
    { VIEW_INIT("rule"), read_rule },
    { VIEW_INIT("reply"), read_reply },
    { VIEW_INIT("would"), read_would },
    { VIEW_INIT("tag"), read_tags },
    { VIEW_INIT("tags_dropped"), read_tags_dropped },
    { VIEW_INIT("would_tag"), read_would_tag },
    { VIEW_INIT("trouble"), read_trouble },
    { VIEW_INIT("mode"), read_mode },
    { VIEW_INIT("gen"), read_generation },
    { VIEW_INIT("stage"), read_stage },
    { VIEW_INIT("lost"), read_lost },
};
static const struct field tail[] = {
    { VIEW_INIT("nrcpt"), read_recipients },      { VIEW_INIT("refused"), read_refused },
    { VIEW_INIT("refused_by"), read_refused_by }, { VIEW_INIT("to"), read_to },
    { VIEW_INIT("transports"), read_transports }, { VIEW_INIT("to_more"), read_to_more },
};
enum { HEAD = sizeof(head) / sizeof(head[0]), TAIL = sizeof(tail) / sizeof(tail[0]), KEYS = HEAD + FACT_COUNT + TAIL };

static bool has_key(struct view pair, struct view key)
{
    return pair.n > key.n && pair.p[key.n] == '=' && hash_same((struct view){ pair.p, key.n }, key);
}

static struct view value_behind(struct view pair, struct view key)
{
    return (struct view){ pair.p + key.n + 1, pair.n - key.n - 1 };
}

/*
 * Where in the order of writing the key of "key=value" stands, from a place on, and the value; KEYS when it does not
 * stand there.
 */
static size_t find_key_from(struct view pair, size_t place, struct view *value)
{
    struct view key;

    for (; place < HEAD; place++) {
        key = head[place].key;
        if (has_key(pair, key))
            goto found;
    }
    for (; place < HEAD + FACT_COUNT; place++) {
        key = fact_table[place - HEAD].key;
        if (has_key(pair, key))
            goto found;
    }
    for (; place < KEYS; place++) {
        key = tail[place - HEAD - FACT_COUNT].key;
        if (has_key(pair, key))
            goto found;
    }
    return KEYS;
found:
    *value = value_behind(pair, key);
    return place;
}

/* The same from where the key is likely to stand, or else from the front. */
static size_t find_key(struct view pair, size_t likely, struct view *value)
{
    size_t place = find_key_from(pair, likely, value);

    return place < KEYS ? place : find_key_from(pair, 0, value);
}

/* Does the value lack something that a rule may ask for?  Of a sender that is the domain. */
static bool is_cut(const struct fact_row *row, struct view text)
{
    ptrdiff_t mark = view_find(text, cut_mark);

    return mark >= 0 && (row->type != FACT_TYPE_PATH || view_find_last_char(text, '@') < mark);
}

/* "%6Eone" is a text that really says none. */
static bool read_escaped_fact(const struct fact_row *row, struct view text, struct buf *scratch, struct record *record)
{
    bool written_none = view_eq(text, VIEW("none")), cut = is_cut(row, text);

    if (!unescape(text, scratch, &text))
        return false;
    if (!written_none && view_eq(text, VIEW("none"))) {
        fact_set_text(&record->sub, row->id, text);
        return true;
    }
    if (!fact_read(&record->sub, row, text))
        return false;
    record->sub.facts[row->id].cut = cut;
    return true;
}

static bool read_fact(const struct fact_row *row, struct view text, struct buf *scratch, struct record *record)
{
    return scratch != NULL ? read_escaped_fact(row, text, scratch, record) : fact_read(&record->sub, row, text);
}

/* "key=value"; *next is where the key is likely to stand in the order of writing, and then where the one behind it is. */
static bool read_pair(struct view pair, size_t *next, struct buf *scratch, struct record *record)
{
    struct view value;
    size_t place = find_key(pair, *next, &value);

    if (place == KEYS)
        return view_find_char(pair, '=') > 0;
    *next = place + 1;
    if (place < HEAD)
        return head[place].read(value, scratch, record);
    if (place < HEAD + FACT_COUNT)
        return read_fact(&fact_table[place - HEAD], value, scratch, record);
    return tail[place - HEAD - FACT_COUNT].read(value, scratch, record);
}

/*
 * What the stages that were reached did not tell is absent; but what kept the gate from deciding may have kept a fact
 * from the record, too: then that is only certain of the connection, where both its ends are known.
 */
static void settle_absent(struct record *record)
{
    const struct fact *facts = record->sub.facts;
    enum stage stage = record->sub.stage;

    if (record->trouble.n == 0)
        submission_reach(&record->sub, stage);
    else if (facts[FACT_CLIENT].state == FACT_KNOWN && facts[FACT_PORT].state == FACT_KNOWN)
        submission_reach(&record->sub, STAGE_CONNECT);
    record->sub.stage = stage;
}

/* All that stands behind "QUEUEID: ". */
static bool read_pairs(struct view text, struct buf *scratch, struct record *record)
{
    const char *from = text.p, *end = text.p + text.n, *blank;
    size_t next = 0;

    do {
        blank = memchr(from, ' ', (size_t)(end - from));
        if (!read_pair((struct view){ from, (size_t)((blank == NULL ? end : blank) - from) }, &next, scratch, record))
            return false;
        if (blank != NULL)
            from = blank + 1;
    } while (blank != NULL);
    return true;
}

bool record_parse(struct view text, struct buf *scratch, struct record *out)
{
    struct view queue_id;

    memset(out, 0, offsetof(struct record, to));
    out->sub.stage = STAGE_CONNECT;
    if (view_find_char(text, '%') < 0)
        scratch = NULL;
    if (!view_cut(&text, VIEW(": "), &queue_id) || !view_starts(text, VIEW("decision=")) ||
        !unescape(queue_id, scratch, &out->queue_id))
        return false;
    if (view_eq(queue_id, VIEW("NOQUEUE")))
        out->queue_id.n = 0;
    if (!read_pairs(text, scratch, out))
        return false;
    out->decision.certain = true;
    settle_absent(out);
    return true;
}
