#include "dns/spf_term.h"

#include "dns/answers.h"
#include "shared/ascii.h"

enum { LABELS_MAX = 128, VALUE_MAX = 512, ADDRESS_BITS_4 = 32, ADDRESS_BITS_6 = 128 };

enum takes { TAKES_NOTHING, TAKES_MAY, TAKES_MUST, TAKES_NETWORK };

static const struct {
    struct view name;
    enum takes domain;
    bool lengths; /* "/24", "//64" */
} mechanisms[] = {
    [SPF_ALL] = { VIEW_INIT("all"), TAKES_NOTHING, false }, [SPF_INCLUDE] = { VIEW_INIT("include"), TAKES_MUST, false },
    [SPF_A] = { VIEW_INIT("a"), TAKES_MAY, true },          [SPF_MX] = { VIEW_INIT("mx"), TAKES_MAY, true },
    [SPF_PTR] = { VIEW_INIT("ptr"), TAKES_MAY, false },     [SPF_IP4] = { VIEW_INIT("ip4"), TAKES_NETWORK, false },
    [SPF_IP6] = { VIEW_INIT("ip6"), TAKES_NETWORK, false }, [SPF_EXISTS] = { VIEW_INIT("exists"), TAKES_MUST, false },
};

enum { MECHANISMS = sizeof(mechanisms) / sizeof(mechanisms[0]) };

bool spf_is_record(struct view text)
{
    return view_eq_nocase(view_slice(text, 0, 6), VIEW("v=spf1")) && (text.n == 6 || text.p[6] == ' ');
}

/* ---- macros: section 7.1 ---- */

static bool is_delimiter(char c)
{
    return c == '.' || c == '-' || c == '+' || c == ',' || c == '/' || c == '_' || c == '=';
}

struct macro {
    char letter;     /* lower case */
    bool escaped;    /* was upper case: section 7.3 */
    uint64_t labels; /* the right-hand ones to keep; 0: all */
    bool reversed;
    struct view delimiters; /* empty: '.' */
};

/* What stands between "%{" and "}". */
static bool read_macro(struct view inside, struct macro *out)
{
    size_t at = 1, digits;

    if (inside.n == 0)
        return false;
    *out = (struct macro){ .letter = ascii_lower(inside.p[0]), .escaped = inside.p[0] != ascii_lower(inside.p[0]) };
    /* c, r and t are for explanations alone. */
    if (view_find_char(VIEW("slodiphv"), out->letter) < 0)
        return false;
    for (digits = at; at < inside.n && ascii_is_digit(inside.p[at]);)
        at++;
    if (at > digits && (!view_number(view_slice(inside, digits, at), LABELS_MAX, &out->labels) || out->labels == 0))
        return false;
    out->reversed = at < inside.n && ascii_lower(inside.p[at]) == 'r';
    at += out->reversed;
    out->delimiters = view_slice(inside, at, inside.n);
    for (; at < inside.n; at++) {
        if (!is_delimiter(inside.p[at]))
            return false;
    }
    return true;
}

/* One piece of a macro string: a macro, an escape, or one literal octet.  False: a syntax error. */
struct piece {
    bool is_macro;
    struct macro macro;
    struct view literal;
};

static bool next_piece(struct view *text, struct piece *out)
{
    struct view inside;
    char c = text->p[0];

    *out = (struct piece){ .literal = view_slice(*text, 0, 1) };
    if (c != '%') {
        *text = view_slice(*text, 1, text->n);
        return c > ' ' && c < 0x7f;
    }
    if (view_skip(text, VIEW("%{"))) {
        out->is_macro = true;
        return view_cut(text, VIEW("}"), &inside) && read_macro(inside, &out->macro);
    }
    if (view_skip(text, VIEW("%%")))
        out->literal = VIEW("%");
    else if (view_skip(text, VIEW("%_")))
        out->literal = VIEW(" ");
    else if (view_skip(text, VIEW("%-")))
        out->literal = VIEW("%20");
    else
        return false;
    return true;
}

static bool is_macro_string(struct view text, bool *ends_in_macro, bool *needs_validated)
{
    struct piece piece;

    *ends_in_macro = *needs_validated = false;
    while (text.n > 0) {
        bool expands = text.p[0] == '%';

        if (!next_piece(&text, &piece))
            return false;
        *ends_in_macro = expands;
        *needs_validated = *needs_validated || (piece.is_macro && piece.macro.letter == 'p');
    }
    return true;
}

bool spf_needs_validated(struct view text)
{
    bool ends, needs;

    return is_macro_string(text, &ends, &needs) && needs;
}

/* Section 7.1: the last label has a letter or a hyphen inside, and is not the only one. */
static bool ends_in_top_label(struct view text)
{
    struct view label;
    ptrdiff_t dot;
    bool other = false;

    if (text.n > 0 && text.p[text.n - 1] == '.')
        text.n--;
    dot = view_find_last_char(text, '.');
    label = view_slice(text, (size_t)(dot + 1), text.n);
    if (dot < 0 || label.n == 0 || label.p[0] == '-' || label.p[label.n - 1] == '-')
        return false;
    for (size_t i = 0; i < label.n; i++) {
        if (!ascii_is_digit(label.p[i]) && !ascii_is_letter(label.p[i]) && label.p[i] != '-')
            return false;
        other = other || !ascii_is_digit(label.p[i]);
    }
    return other;
}

static bool is_domain_spec(struct view text)
{
    bool ends_in_macro, needs;

    return text.n > 0 && is_macro_string(text, &ends_in_macro, &needs) && (ends_in_macro || ends_in_top_label(text));
}

/* ---- expansion ---- */

static void add_client(const struct address *client, struct buf *out)
{
    char room[REVERSE_NAME_MAX];
    struct view reversed = reverse_name(client, room);

    if (address_is_ipv4(client)) {
        address_add(out, client);
        return;
    }
    /* Nibbles with dots, from the left: the reverse name without its suffix, turned around. */
    reversed.n -= sizeof(".ip6.arpa") - 1;
    for (size_t i = reversed.n; i-- > 0;)
        buf_add_char(out, reversed.p[i]);
}

static void add_value(char letter, const struct spf_macros *macros, struct buf *out)
{
    switch (letter) {
    case 's':
        buf_add(out, macros->sender_local);
        buf_add_char(out, '@');
        buf_add(out, macros->sender_domain);
        break;
    case 'l':
        buf_add(out, macros->sender_local);
        break;
    case 'o':
        buf_add(out, macros->sender_domain);
        break;
    case 'd':
        buf_add(out, macros->domain);
        break;
    case 'i':
        add_client(macros->client, out);
        break;
    case 'p':
        buf_add(out, macros->validated.n > 0 ? macros->validated : VIEW("unknown"));
        break;
    case 'v':
        buf_add(out, address_is_ipv4(macros->client) ? VIEW("in-addr") : VIEW("ip6"));
        break;
    case 'h':
        buf_add(out, macros->helo);
        break;
    default:
        break;
    }
}

static bool cuts(struct view delimiters, char c)
{
    return delimiters.n == 0 ? c == '.' : view_find_char(delimiters, c) >= 0;
}

/* The parts between delimiters; past LABELS_MAX the last takes the rest. */
static size_t split(struct view value, struct view delimiters, struct view *parts)
{
    size_t count = 0, start = 0;

    for (size_t i = 0; i <= value.n; i++) {
        if (i < value.n && (!cuts(delimiters, value.p[i]) || count == LABELS_MAX - 1))
            continue;
        parts[count++] = view_slice(value, start, i);
        start = i + 1;
    }
    return count;
}

/* RFC 3986 section 2.3: all but the unreserved octets. */
static void add_escaped(struct buf *out, struct view text)
{
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];

        if (ascii_is_letter(c) || ascii_is_digit(c) || c == '-' || c == '.' || c == '_' || c == '~')
            buf_add_char(out, c);
        else
            buf_addf(out, "%%%02X", (unsigned char)c);
    }
}

static void expand_macro(const struct macro *macro, const struct spf_macros *macros, struct buf *out)
{
    char storage[VALUE_MAX], joined_storage[VALUE_MAX];
    struct buf value = BUF(storage), joined = BUF(joined_storage);
    struct view parts[LABELS_MAX];
    size_t count, first;

    add_value(macro->letter, macros, &value);
    count = split(buf_view(&value), macro->delimiters, parts);
    first = macro->labels == 0 || macro->labels >= count ? 0 : count - (size_t)macro->labels;
    for (size_t i = first; i < count; i++) {
        if (i > first)
            buf_add_char(&joined, '.');
        buf_add(&joined, macro->reversed ? parts[count - 1 - i] : parts[i]);
    }
    if (macro->escaped)
        add_escaped(out, buf_view(&joined));
    else
        buf_add(out, buf_view(&joined));
}

static void add_shortened(struct view name, struct buf *out)
{
    struct view label;

    while (name.n > DNS_NAME_MAX && view_cut(&name, VIEW("."), &label)) {
    }
    buf_add(out, name);
}

void spf_expand(struct view text, const struct spf_macros *macros, struct buf *out)
{
    char storage[4096];
    struct buf whole = BUF(storage);
    struct piece piece;

    while (text.n > 0 && next_piece(&text, &piece)) {
        if (piece.is_macro)
            expand_macro(&piece.macro, macros, &whole);
        else
            buf_add(&whole, piece.literal);
    }
    add_shortened(buf_view(&whole), out);
    out->full = out->full || whole.full;
}

/* ---- terms ---- */

static bool read_length(struct view text, unsigned most, unsigned *out)
{
    uint64_t bits;

    /* No leading zero: section 5.6, "0" / %x31-39 0*2DIGIT. */
    if (!view_number(text, most, &bits) || (text.n > 1 && text.p[0] == '0'))
        return false;
    *out = (unsigned)bits;
    return true;
}

/* Take "/24", "//64" or "/24//64" off the end.  The slash inside a macro's braces is none. */
static bool take_lengths(struct view *rest, struct spf_term *out)
{
    ptrdiff_t brace = view_find_last_char(*rest, '}');
    struct view tail = view_slice(*rest, (size_t)(brace + 1), rest->n), lengths;
    ptrdiff_t slash = view_find_char(tail, '/');

    if (slash < 0)
        return true;
    lengths = view_slice(tail, (size_t)slash, tail.n);
    rest->n -= lengths.n;
    if (!view_starts(lengths, VIEW("//"))) {
        struct view four;

        lengths = view_slice(lengths, 1, lengths.n);
        if (!view_cut(&lengths, VIEW("//"), &four))
            return read_length(lengths, ADDRESS_BITS_4, &out->bits4);
        return read_length(four, ADDRESS_BITS_4, &out->bits4) && read_length(lengths, ADDRESS_BITS_6, &out->bits6);
    }
    return read_length(view_slice(lengths, 2, lengths.n), ADDRESS_BITS_6, &out->bits6);
}

static bool read_network(struct view value, struct spf_term *out)
{
    bool four = out->kind == SPF_IP4;
    struct view text = value;

    if (view_cut(&value, VIEW("/"), &text) &&
        !read_length(value, four ? ADDRESS_BITS_4 : ADDRESS_BITS_6, four ? &out->bits4 : &out->bits6))
        return false;
    /* address_parse() knows Postfix's brackets and prefix, too; here they are no address. */
    return view_find_char(text, '[') < 0 && !view_starts(text, VIEW("IPv6:")) && address_parse(text, &out->base) &&
           (view_find_char(text, ':') < 0) == four;
}

static bool read_mechanism(struct view name, struct view rest, struct spf_term *out)
{
    bool colon;
    size_t kind = 0;

    while (kind < MECHANISMS && !view_eq_nocase(name, mechanisms[kind].name))
        kind++;
    if (kind == MECHANISMS)
        return false;
    out->kind = (enum spf_kind)kind;
    if (mechanisms[kind].lengths && !take_lengths(&rest, out))
        return false;
    colon = view_skip(&rest, VIEW(":"));
    if (!colon)
        return rest.n == 0 && mechanisms[kind].domain <= TAKES_MAY;
    if (mechanisms[kind].domain == TAKES_NETWORK)
        return read_network(rest, out);
    out->domain = rest;
    return mechanisms[kind].domain != TAKES_NOTHING && is_domain_spec(rest);
}

static bool read_modifier(struct view name, struct view value, struct spf_term *out)
{
    bool ends, needs;

    out->qualifier = '\0';
    out->kind = SPF_OTHER_MODIFIER;
    out->domain = value;
    if (view_eq_nocase(name, VIEW("redirect")))
        out->kind = SPF_REDIRECT;
    else if (view_eq_nocase(name, VIEW("exp")))
        out->kind = SPF_EXPLANATION;
    else
        return is_macro_string(value, &ends, &needs);
    return is_domain_spec(value);
}

static size_t name_length(struct view text)
{
    size_t n = 0;

    while (n < text.n && (ascii_is_letter(text.p[n]) || (n > 0 && (ascii_is_digit(text.p[n]) || text.p[n] == '-' ||
                                                                   text.p[n] == '_' || text.p[n] == '.'))))
        n++;
    return n;
}

static bool read_term(struct view text, struct spf_term *out)
{
    size_t n = name_length(text);

    if (n > 0 && n < text.n && text.p[n] == '=')
        return read_modifier(view_slice(text, 0, n), view_slice(text, n + 1, text.n), out);
    out->qualifier = '+';
    if (text.n > 0 && view_find_char(VIEW("+-~?"), text.p[0]) >= 0) {
        out->qualifier = text.p[0];
        text = view_slice(text, 1, text.n);
    }
    n = name_length(text);
    return read_mechanism(view_slice(text, 0, n), view_slice(text, n, text.n), out);
}

int spf_term_next(struct view *record, struct spf_term *out)
{
    struct view text;

    while (view_skip(record, VIEW(" "))) {
    }
    if (!view_next(record, ' ', &text))
        return 0;
    *out = (struct spf_term){ .text = text, .bits4 = ADDRESS_BITS_4, .bits6 = ADDRESS_BITS_6 };
    return read_term(out->text, out) ? 1 : -1;
}
