#include "shared/record.h"

#include <string.h>

#include "shared/domain.h"
#include "shared/record_quick.h"

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
static inline bool unescape(struct view text, struct buf *scratch, struct view *out)
{
    if (scratch != NULL && view_find_char(text, '%') >= 0)
        return unescape_octets(text, scratch, out);
    *out = text;
    return true;
}

static bool read_place(struct view text, struct buf *scratch, struct place *place)
{
    size_t digits = text.n;
    uint64_t line;

    while (digits > 0 && ascii_is_digit(text.p[digits - 1]))
        digits--;
    if (digits == 0 || text.p[digits - 1] != ':' || !view_number(view_slice(text, digits, text.n), UINT32_MAX, &line))
        return false;
    place->line = (unsigned)line;
    return unescape(view_slice(text, 0, digits - 1), scratch, &place->file);
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

#define FIELD(word, reader)                                                                                            \
    {                                                                                                                  \
        .mark = KEY_MARK_INIT(word), .read = (reader),                                                                 \
    }

struct field {
    struct key_mark mark;
    read_field *read;
};

/* In the order in which they are written: these, the facts, and the tail. */
static const struct field fields_of_head[] = {
    FIELD("decision", read_decision),
    FIELD("direction", read_direction),
    FIELD("rule", read_rule),
    FIELD("reply", read_reply),
    FIELD("would", read_would),
    FIELD("tag", read_tags),
    FIELD("tags_dropped", read_tags_dropped),
    FIELD("would_tag", read_would_tag),
    FIELD("trouble", read_trouble),
    FIELD("mode", read_mode),
    FIELD("gen", read_generation),
    FIELD("stage", read_stage),
    FIELD("lost", read_lost),
};
static const struct field tail[] = {
    FIELD("nrcpt", read_recipients),      FIELD("refused", read_refused),
    FIELD("refused_by", read_refused_by), FIELD("to", read_to),
    FIELD("transports", read_transports), FIELD("to_more", read_to_more),
};
enum {
    HEAD = sizeof(fields_of_head) / sizeof(fields_of_head[0]),
    TAIL = sizeof(tail) / sizeof(tail[0]),
    KEYS = HEAD + FACT_COUNT + TAIL
};

/* The mark of a place in the order of writing. */
static const struct key_mark *mark_of(size_t place)
{
    if (place < HEAD)
        return &fields_of_head[place].mark;
    return place < HEAD + FACT_COUNT ? &fact_table[place - HEAD].mark : &tail[place - HEAD - FACT_COUNT].mark;
}

/* Where in the order of writing the key of "key=value" stands, looked for from a place on; KEYS: not found. */
static size_t find_key_from(struct view pair, size_t place)
{
    while (place < KEYS && !key_mark_begins(mark_of(place), pair))
        place++;
    return place;
}

/* The same from where the key is likely to stand, or else from the front. */
static size_t find_key(struct view pair, size_t likely)
{
    size_t place = find_key_from(pair, likely);

    return place < KEYS ? place : find_key_from(pair, 0);
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

/* A record that is being read. */
struct reading {
    const char *at, *end; /* the blank before what is to be read; at the end: all is read */
    const char *past;     /* all octets before it are there, behind the end, too */
    struct buf *scratch;  /* NULL: nothing in it is escaped */
    struct record *record;
    struct record_head *head; /* where its head is kept; NULL: nowhere */
    size_t next;              /* where the next key is likely to stand in the order of writing */
    uint32_t facts;           /* that were read: bits of enum fact_id */
};

/* Up to where keys and the first words of their values may be read as a whole. */
static inline const char *quick_end(const struct reading *reading)
{
    return reading->past - reading->at > RECORD_QUICK_WINDOW ? reading->past - RECORD_QUICK_WINDOW : reading->at;
}

/* Of some fields in the order of writing those that stand next.  False: one is broken. */
static inline bool read_fields_in_order(struct reading *reading, const struct field *fields, size_t count)
{
    const struct field *field = fields, *past = fields + count;
    const char *at = reading->at, *end = reading->end, *quick = quick_end(reading);

    for (; at < quick; field++) {
        struct view value;

        while (field < past && !key_mark_stands(&field->mark, at + 1))
            field++;
        if (field == past)
            break;
        value = record_quick_value(at + 1 + field->mark.n, end);
        if (!field->read(value, NULL, reading->record))
            return false;
        at = value.p + value.n;
    }
    reading->at = at;
    reading->next += (size_t)(field - fields);
    return true;
}

/* The same of the facts. */
static inline bool read_facts_in_order(struct reading *reading)
{
    const struct fact_row *row = fact_table, *past = fact_table + FACT_COUNT;
    const char *at = reading->at, *end = reading->end, *quick = quick_end(reading);
    struct submission *sub = &reading->record->sub;
    struct fact *fact = sub->facts;
    uint32_t missing = 0;

    for (; at < quick; row++, fact++) {
        for (; row < past && !key_mark_stands(&row->mark, at + 1); row++, fact++)
            missing |= UINT32_C(1) << row->id;
        if (row == past)
            break;
        at = record_quick_fact(row, at + 1 + row->mark.n, end, sub, fact);
        if (at == NULL)
            return false;
    }
    reading->at = at;
    reading->next += (size_t)(row - fact_table);
    reading->facts = ~missing & ((UINT32_C(1) << (row - fact_table)) - 1);
    return true;
}

/* The pair that stands next, whatever it is; unknown keys are skipped.  False: it is none. */
static bool read_pair(struct reading *reading)
{
    const char *p = reading->at + 1, *blank = memchr(p, ' ', (size_t)(reading->end - p));
    struct view pair = { p, (size_t)((blank == NULL ? reading->end : blank) - p) }, value;
    size_t place = find_key(pair, reading->next);

    reading->at = p + pair.n;
    if (place == KEYS)
        return view_find_char(pair, '=') > 0;
    reading->next = place + 1;
    value = view_slice(pair, mark_of(place)->n, pair.n);
    if (place < HEAD)
        return fields_of_head[place].read(value, reading->scratch, reading->record);
    if (place >= HEAD + FACT_COUNT)
        return tail[place - HEAD - FACT_COUNT].read(value, reading->scratch, reading->record);
    reading->facts |= UINT32_C(1) << (place - HEAD);
    return read_fact(&fact_table[place - HEAD], value, reading->scratch, reading->record);
}

/* Nothing is told yet of what stands before the facts. */
static void clear_head(struct record *record)
{
    memset(record, 0, offsetof(struct record, sub.facts));
    record->sub.stage = STAGE_CONNECT;
    record->lost = 0;
}

static void copy_head(struct record *to, const struct record *from)
{
    memcpy(to, from, offsetof(struct record, sub.facts));
    to->sub.stage = from->sub.stage;
    to->lost = from->lost;
}

/* The head that is kept, where the record begins with just that. */
static bool take_head(struct reading *reading)
{
    const struct record_head *head = reading->head;

    if (head == NULL || head->n == 0 || (size_t)(reading->end - reading->at) <= head->n ||
        reading->at[head->n] != ' ' || memcmp(reading->at, head->text, head->n) != 0)
        return false;
    copy_head(reading->record, &head->record);
    reading->at += head->n;
    reading->next = HEAD;
    return true;
}

/* It is read again where it is kept: views must not lie in the line. */
static void keep_head(struct record_head *head, struct view text)
{
    char *behind = head->text + text.n;
    struct reading reading = {
        .at = head->text, .end = behind, .past = behind + RECORD_QUICK_WINDOW, .record = &head->record
    };

    memcpy(head->text, text.p, text.n);
    memset(behind, ' ', RECORD_QUICK_WINDOW);
    clear_head(&head->record);
    head->n = read_fields_in_order(&reading, fields_of_head, HEAD) ? text.n : 0;
}

/* What stands before the facts. */
static bool read_head(struct reading *reading)
{
    const char *begin = reading->at;
    size_t n;

    if (take_head(reading))
        return true;
    clear_head(reading->record);
    if (reading->scratch != NULL)
        return true;
    if (!read_fields_in_order(reading, fields_of_head, HEAD))
        return false;
    n = (size_t)(reading->at - begin);
    if (reading->head != NULL && n <= RECORD_HEAD_MAX - RECORD_QUICK_WINDOW)
        keep_head(reading->head, (struct view){ begin, n });
    return true;
}

/* All that stands behind "QUEUEID: ": nearly always in order, and what is not is looked for. */
static bool read_pairs(struct reading *reading)
{
    if (!read_head(reading))
        return false;
    if (reading->scratch == NULL && !(read_facts_in_order(reading) && read_fields_in_order(reading, tail, TAIL)))
        return false;
    while (reading->at < reading->end) {
        if (!read_pair(reading))
            return false;
    }
    return true;
}

/*
 * The facts that are not in the line.  What the stages that were reached did not tell is absent; but what kept the gate
 * from deciding may have kept a fact from the record, too: then that is only certain of the connection, where both its
 * ends are known.
 */
static void settle_absent(const struct reading *reading)
{
    const uint32_t all = (UINT32_C(1) << FACT_COUNT) - 1, ends = UINT32_C(1) << FACT_CLIENT | UINT32_C(1) << FACT_PORT;
    struct record *record = reading->record;
    bool connected = (reading->facts & ends) == ends;
    /* The last stage whose facts are all told. */
    int told = record->trouble.n == 0 ? (int)record->sub.stage : connected ? STAGE_CONNECT : -1;

    for (uint32_t left = all & ~reading->facts; left != 0; left &= left - 1) {
        int id = __builtin_ctz(left);

        record->sub.facts[id] =
            (struct fact){ .state = (int)fact_table[id].stage <= told ? FACT_ABSENT : FACT_PENDING };
    }
}

/* Cut at the first ": ", which nearly always has the first colon. */
static bool cut_queue_id(struct view *text, struct view *queue_id)
{
    struct view rest = *text;

    if (view_cut_char(&rest, ':', queue_id) && rest.n > 0 && rest.p[0] == ' ') {
        *text = view_slice(rest, 1, rest.n);
        return true;
    }
    return view_cut(text, VIEW(": "), queue_id);
}

/* Nothing is told yet of what stands behind the facts. */
static void clear_tail(struct record *record)
{
    record->recipients = 0;
    record->recipients_refused = 0;
    record->refused_by = (struct place){ .line = 0 };
    record->to_more = 0;
    record->to_count = 0;
}

bool record_parse_next(struct view text, struct buf *scratch, struct record_heads *heads, struct record *out)
{
    static const struct view decision = VIEW_INIT("decision="), none_more = VIEW_INIT(" to_more=0");
    struct reading reading = { .record = out };
    struct view queue_id;
    bool usual_end;

    if (view_find_char(text, '%') >= 0)
        reading.scratch = scratch;
    if (!cut_queue_id(&text, &queue_id) || !view_starts(text, decision))
        return false;
    /* Heads of one verdict follow each other: its first letter tells the place. */
    if (heads != NULL && reading.scratch == NULL && text.n > decision.n)
        reading.head = &heads->list[(unsigned char)text.p[decision.n] % RECORD_HEADS];
    /* Nearly all end so, where there is no room left to look at keys as a whole. */
    usual_end = view_ends(text, none_more);
    reading.at = text.p - 1;
    reading.past = text.p + text.n;
    reading.end = usual_end ? reading.past - none_more.n : reading.past;
    clear_tail(out);
    out->sub.today = 0;
    if (!read_pairs(&reading) || !unescape(queue_id, reading.scratch, &out->queue_id))
        return false;
    if (view_eq(queue_id, VIEW("NOQUEUE")))
        out->queue_id.n = 0;
    if (usual_end)
        out->to_more = 0;
    out->decision.certain = true;
    settle_absent(&reading);
    return true;
}

bool record_parse(struct view text, struct buf *scratch, struct record *out)
{
    return record_parse_next(text, scratch, NULL, out);
}
