#include "policy/value.h"

#include <string.h>

#include "shared/civil.h"

enum { SHOWN_MAX = 60 }; /* octets of a part that a fault quotes */

struct cursor cursor_in_block(struct build *build, const struct part *block)
{
    return (struct cursor){ build, block->inside, NULL, block };
}

struct cursor cursor_behind(struct build *build, const struct part *name)
{
    return (struct cursor){ build, name->next, name, NULL };
}

const struct part *cursor_step(struct cursor *cursor)
{
    const struct part *part = cursor->at;

    if (part != NULL) {
        cursor->last = part;
        cursor->at = part->next;
    }
    return part;
}

bool cursor_is_word(const struct cursor *cursor, struct view word)
{
    return cursor->at != NULL && cursor->at->kind == PART_WORD && view_eq(cursor->at->text, word);
}

bool cursor_skip(struct cursor *cursor, struct view word)
{
    return cursor_is_word(cursor, word) && cursor_step(cursor) != NULL;
}

struct view part_describe(const struct part *part, struct buf *out)
{
    struct view text = part->text;

    if (part->kind == PART_BLOCK)
        return VIEW("{");
    if (part->kind == PART_STRING)
        buf_add(out, VIEW("the string "));
    buf_add_char(out, '"');
    buf_add(out, view_slice(text, 0, SHOWN_MAX));
    buf_add(out, text.n > SHOWN_MAX ? VIEW("...\"") : VIEW("\""));
    return buf_view(out);
}

bool expected_near(struct cursor *cursor, const char *what, const struct near *near)
{
    char shown[SHOWN_MAX + 24], hint[NEAR_HINT_MAX];
    struct buf text = BUF(shown);
    struct part end;

    if (cursor->at != NULL) {
        struct view found = part_describe(cursor->at, &text);

        build_error(cursor->build, cursor->at, "found %.*s, expected %s%s", VIEW_ARG(found), what,
                    near != NULL ? near_hint(near, hint) : "");
        return false;
    }
    /* The end of a line is behind its last part, of a block at the closing brace. */
    end = cursor->block != NULL ? *cursor->block : *cursor->last;
    end.line = end.end_line;
    end.column = end.end_column;
    build_error(cursor->build, &end, "found %s, expected %s", cursor->block != NULL ? "}" : "end of line", what);
    return false;
}

bool expected(struct cursor *cursor, const char *what)
{
    return expected_near(cursor, what, NULL);
}

static bool is_text(const struct part *part)
{
    return part != NULL && part->kind != PART_BLOCK && part->text.n > 0;
}

bool take_text(struct cursor *cursor, const char *what, size_t most, struct view *out)
{
    if (!is_text(cursor->at))
        return expected(cursor, what);
    if (cursor->at->text.n > most) {
        build_error(cursor->build, cursor->at, "found %zu octets, expected %s of at most %zu", cursor->at->text.n, what,
                    most);
        return false;
    }
    *out = build_keep_text(cursor->build, cursor_step(cursor)->text);
    return true;
}

bool take_name(struct cursor *cursor, const char *what, struct view *out)
{
    static const struct view reserved[] = { VIEW_INIT("file"), VIEW_INIT("any"), VIEW_INIT("not") };

    if (cursor->at == NULL || cursor->at->kind != PART_WORD)
        return expected(cursor, what);
    if (name_index(reserved, sizeof(reserved) / sizeof(reserved[0]), cursor->at->text) >= 0) {
        build_error(cursor->build, cursor->at, "\"%.*s\" cannot be a name, expected %s", VIEW_ARG(cursor->at->text),
                    what);
        return false;
    }
    return take_text(cursor, what, NAME_TEXT_MAX, out);
}

bool take_path(struct cursor *cursor, struct view *out)
{
    static const char what[] = "an absolute path";

    if (!is_text(cursor->at) || cursor->at->text.p[0] != '/')
        return expected(cursor, what);
    return take_text(cursor, what, PATH_TEXT_MAX, out);
}

bool take_number(struct cursor *cursor, const char *what, uint64_t least, uint64_t most, uint64_t *out)
{
    uint64_t number = 0;

    if (!is_text(cursor->at) || !view_number(cursor->at->text, most, &number) || number < least)
        return expected(cursor, what);
    *out = number;
    cursor_step(cursor);
    return true;
}

bool take_port(struct cursor *cursor, unsigned *out)
{
    uint64_t number = 0;

    if (!take_number(cursor, "a port from 1 to 65535", 1, 65535, &number))
        return false;
    *out = (unsigned)number;
    return true;
}

bool take_mode_bits(struct cursor *cursor, mode_t *out)
{
    struct view text = cursor->at != NULL ? cursor->at->text : (struct view){ NULL, 0 };
    unsigned bits = 0;
    bool valid = is_text(cursor->at) && text.n >= 3 && text.n <= 4 && (text.n == 3 || text.p[0] == '0');

    for (size_t i = 0; valid && i < text.n; i++) {
        valid = text.p[i] >= '0' && text.p[i] <= '7';
        bits = bits * 8 + (unsigned)(text.p[i] - '0');
    }
    if (!valid || bits == 0)
        return expected(cursor, "an octal mode such as 0660");
    *out = (mode_t)bits;
    cursor_step(cursor);
    return true;
}

/* A number with a unit's letters behind it. */
static bool read_with_unit(const struct part *part, struct view unit, uint64_t most, unsigned *out)
{
    uint64_t number;

    if (!is_text(part) || !view_ends(part->text, unit) ||
        !view_number(view_slice(part->text, 0, part->text.n - unit.n), most, &number) || number == 0)
        return false;
    *out = (unsigned)number;
    return true;
}

bool take_days(struct cursor *cursor, unsigned *out)
{
    if (!read_with_unit(cursor->at, VIEW("d"), 36500, out))
        return expected(cursor, "a number of days such as 30d");
    cursor_step(cursor);
    return true;
}

bool take_age(struct cursor *cursor, unsigned *out)
{
    static const struct {
        struct view unit;
        unsigned seconds;
    } units[] = { { VIEW_INIT("s"), 1 }, { VIEW_INIT("m"), 60 }, { VIEW_INIT("h"), 3600 }, { VIEW_INIT("d"), 86400 } };
    unsigned number;

    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        if (read_with_unit(cursor->at, units[i].unit, 31536000 / units[i].seconds, &number)) {
            *out = number * units[i].seconds;
            cursor_step(cursor);
            return true;
        }
    }
    return expected(cursor, "a time such as 90s, 15m, 2h or 1d");
}

bool take_percent(struct cursor *cursor, unsigned *out)
{
    if (!read_with_unit(cursor->at, VIEW("%"), 1000, out))
        return expected(cursor, "a percentage such as 80%");
    cursor_step(cursor);
    return true;
}

bool take_rate(struct cursor *cursor, unsigned *out)
{
    if (!read_with_unit(cursor->at, VIEW("/minute"), 1000000, out))
        return expected(cursor, "a rate such as 20/minute");
    cursor_step(cursor);
    return true;
}

/* "22:00" as minutes of the day. */
static bool read_clock(struct view text, unsigned *out)
{
    uint64_t hour, minute;

    if (text.n != 5 || text.p[2] != ':' || !view_number(view_slice(text, 0, 2), 23, &hour) ||
        !view_number(view_slice(text, 3, 5), 59, &minute))
        return false;
    *out = (unsigned)(hour * 60 + minute);
    return true;
}

bool take_clock_span(struct cursor *cursor, unsigned *from, unsigned *until)
{
    struct view text = is_text(cursor->at) ? cursor->at->text : (struct view){ NULL, 0 }, first;

    if (!view_cut(&text, VIEW("-"), &first) || !read_clock(first, from) || !read_clock(text, until))
        return expected(cursor, "a span of the day such as 22:00-07:00");
    cursor_step(cursor);
    return true;
}

bool take_date(struct cursor *cursor, unsigned *out)
{
    struct view text = is_text(cursor->at) ? cursor->at->text : (struct view){ NULL, 0 };
    uint64_t year, month, day;

    if (text.n != 10 || text.p[4] != '-' || text.p[7] != '-' || !view_number(view_slice(text, 0, 4), 9999, &year) ||
        !view_number(view_slice(text, 5, 7), 12, &month) || !view_number(view_slice(text, 8, 10), 31, &day) ||
        year < 1970 || !civil_valid((int64_t)year, (unsigned)month, (unsigned)day))
        return expected(cursor, "a day such as 2027-03-31");
    *out = (unsigned)(year * 10000 + month * 100 + day);
    cursor_step(cursor);
    return true;
}

bool take_tls_version(struct cursor *cursor, uint64_t *out)
{
    static const struct view versions[] = { VIEW_INIT("1.0"), VIEW_INIT("1.1"), VIEW_INIT("1.2"), VIEW_INIT("1.3") };
    struct view text = is_text(cursor->at) ? cursor->at->text : (struct view){ NULL, 0 };
    int index;

    (void)view_skip(&text, VIEW("TLSv"));
    index = name_index(versions, sizeof(versions) / sizeof(versions[0]), text);
    if (index < 0)
        return expected(cursor, "a TLS version: 1.0, 1.1, 1.2 or 1.3");
    *out = (uint64_t)TLS_1_0 + (unsigned)index;
    cursor_step(cursor);
    return true;
}

bool take_address(struct cursor *cursor, struct address *out)
{
    if (!is_text(cursor->at) || !address_parse(cursor->at->text, out))
        return expected(cursor, "an IPv4 or IPv6 address");
    cursor_step(cursor);
    return true;
}

bool take_choice(struct cursor *cursor, const struct view *names, size_t count, size_t *out)
{
    char text[160];
    struct buf what = BUF(text);
    struct near near;
    int index = is_text(cursor->at) ? name_index(names, count, cursor->at->text) : -1;

    if (index >= 0) {
        *out = (size_t)index;
        cursor_step(cursor);
        return true;
    }
    near = near_begin(is_text(cursor->at) ? cursor->at->text : (struct view){ NULL, 0 });
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            buf_add(&what, i + 1 == count ? VIEW(" or ") : VIEW(", "));
        buf_add(&what, names[i]);
        near_offer(&near, names[i]);
    }
    return expected_near(cursor, buf_text(&what), &near);
}

bool take_block(struct cursor *cursor, const char *what, const struct part **out)
{
    if (cursor->at == NULL || cursor->at->kind != PART_BLOCK)
        return expected(cursor, what);
    *out = cursor_step(cursor);
    return true;
}

bool is_field_name(struct view name)
{
    for (size_t i = 0; i < name.n; i++) {
        if (name.p[i] <= ' ' || name.p[i] > '~' || name.p[i] == ':')
            return false;
    }
    return name.n > 0;
}
