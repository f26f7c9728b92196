#include "milter/mailbox.h"

#include <string.h>

#include "milter/encoded_word.h"
#include "milter/fold.h"

enum { SHOWN_NAME_MAX = 512 }; /* octets of a decoded display name that are looked at */

enum token_kind { TOKEN_END, TOKEN_ATOM, TOKEN_QUOTED, TOKEN_LITERAL, TOKEN_SPECIAL, TOKEN_BAD };

struct token {
    enum token_kind kind;
    struct view text; /* quotes of a quoted string not included, brackets of a literal are */
    char special;
};

static bool is_special(char c)
{
    return c == '\0' || strchr("()<>[]:;@\\,\"", c) != NULL;
}

/* From an opening octet to its closing one; a backslash quotes.  Gives what stands between, false without an end. */
static bool cut_delimited(struct view *in, char close, struct view *out)
{
    for (size_t i = 1; i < in->n; i++) {
        if (in->p[i] == '\\') {
            i++;
        } else if (in->p[i] == close) {
            *out = view_slice(*in, 1, i);
            *in = view_slice(*in, i + 1, in->n);
            return true;
        }
    }
    return false;
}

/* Comments nest; RFC 5322 3.2.2. */
static bool skip_comment(struct view *in)
{
    size_t depth = 0;

    for (size_t i = 0; i < in->n; i++) {
        if (in->p[i] == '\\') {
            i++;
        } else if (in->p[i] == '(') {
            depth++;
        } else if (in->p[i] == ')' && --depth == 0) {
            *in = view_slice(*in, i + 1, in->n);
            return true;
        }
    }
    return false;
}

static bool skip_blanks_and_comments(struct view *in)
{
    for (;;) {
        while (in->n > 0 && is_fold(in->p[0]))
            *in = view_slice(*in, 1, in->n);
        if (in->n == 0 || in->p[0] != '(')
            return true;
        if (!skip_comment(in))
            return false;
    }
}

static struct token cut_atom(struct view *in)
{
    struct token token = { .kind = TOKEN_ATOM };
    size_t end = 0;

    while (end < in->n && !is_fold(in->p[end]) && !is_special(in->p[end]))
        end++;
    token.text = view_slice(*in, 0, end);
    *in = view_slice(*in, end, in->n);
    return token;
}

static struct token next_token(struct view *in)
{
    struct token token = { .kind = TOKEN_BAD };

    if (!skip_blanks_and_comments(in))
        return token;
    if (in->n == 0) {
        token.kind = TOKEN_END;
    } else if (in->p[0] == '"') {
        if (cut_delimited(in, '"', &token.text))
            token.kind = TOKEN_QUOTED;
    } else if (in->p[0] == '[') {
        const char *start = in->p;

        if (cut_delimited(in, ']', &token.text)) {
            token.kind = TOKEN_LITERAL;
            token.text = (struct view){ start, token.text.n + 2 };
        }
    } else if (!is_special(in->p[0])) {
        token = cut_atom(in);
    } else if (strchr("<>:;@,", in->p[0]) != NULL && in->p[0] != '\0') {
        token.kind = TOKEN_SPECIAL;
        token.special = in->p[0];
        *in = view_slice(*in, 1, in->n);
    }
    return token;
}

/* One mailbox as far as it was read. */
struct mailbox {
    unsigned words;  /* before the '@' */
    bool at;         /* the '@' was there */
    bool split;      /* words or domain parts that no dot joins */
    bool encoded;    /* an encoded word among them */
    bool dotted;     /* what was read last ended in a dot */
    struct view odd; /* a display name's text with an '@' in it */
    char storage[DOMAIN_MAX + 1];
    struct buf domain;
};

/* What is read, and where it goes. */
struct reading {
    struct mailbox_list *out;
    const struct mailbox_sink *sink;
};

static void mailbox_init(struct mailbox *box)
{
    *box = (struct mailbox){ 0 };
}

/* A word of a phrase or local part, or a part of the domain: obsolete forms allow blanks around their dots. */
static void take_word(struct mailbox *box, const struct token *token)
{
    bool first = box->at ? box->domain.len == 0 : box->words == 0;
    bool joined = box->dotted || view_starts(token->text, VIEW("."));

    if (!first && !joined)
        box->split = true;
    box->dotted = token->kind == TOKEN_ATOM && view_ends(token->text, VIEW("."));
    box->encoded |= token->kind == TOKEN_ATOM && is_encoded_word(token->text);
    if (box->at) {
        if (token->kind == TOKEN_QUOTED)
            box->split = true;
        buf_add(&box->domain, token->text);
        return;
    }
    box->words++;
    if (token->kind == TOKEN_QUOTED && view_find_char(token->text, '@') > 0)
        box->odd = token->text;
}

static void take_at(struct mailbox *box, struct mailbox_list *out)
{
    if (box->at || box->words == 0)
        out->broken = true;
    box->at = true;
    box->dotted = false;
    box->domain = buf_over(box->storage, sizeof(box->storage));
}

static void tell_domain(const struct mailbox *box, const struct reading *reading)
{
    char storage[DOMAIN_MAX];
    struct buf domain = BUF(storage);

    if (box->split || box->domain.full || !domain_normalize(buf_view(&box->domain), &domain))
        reading->out->broken = true;
    else
        reading->sink->domain(reading->sink->context, buf_view(&domain));
}

/* The end of one address, with or without angle brackets. */
static void keep_mailbox(const struct mailbox *box, const struct reading *reading)
{
    reading->out->count++;
    if (!box->at) {
        reading->out->broken = true;
        return;
    }
    reading->out->encoded_address |= box->encoded;
    tell_domain(box, reading);
}

/* "@one.example,@two.example:" before an address, RFC 5322 4.4: says nothing of the author. */
static bool skip_route(struct view *in)
{
    for (;;) {
        struct token token = next_token(in);

        if (token.kind == TOKEN_END || token.kind == TOKEN_BAD)
            return false;
        if (token.kind == TOKEN_SPECIAL && token.special == ':')
            return true;
        if (token.kind == TOKEN_SPECIAL && token.special != '@' && token.special != ',')
            return false;
    }
}

/* Behind '<' up to and with '>'. */
static bool take_angle(struct view *in, struct mailbox *box, struct mailbox_list *out)
{
    for (;;) {
        struct token token = next_token(in);

        if (token.kind == TOKEN_ATOM || token.kind == TOKEN_QUOTED || token.kind == TOKEN_LITERAL) {
            take_word(box, &token);
        } else if (token.kind != TOKEN_SPECIAL) {
            return false;
        } else if (token.special == '@' && box->words == 0 && !box->at) {
            if (!skip_route(in))
                return false;
        } else if (token.special == '@') {
            take_at(box, out);
        } else {
            return token.special == '>';
        }
    }
}

static bool is_other_address(struct view shown, struct view address)
{
    return view_find_char(shown, '@') > 0 && !view_eq_nocase(unfold_ends(shown), unfold_ends(address));
}

/* What a reader sees of a name with encoded words. */
static bool shows_other_address(struct view text, struct view address)
{
    char storage[SHOWN_NAME_MAX];
    struct buf shown = BUF(storage);

    encoded_words_decode(text, &shown);
    return is_other_address(buf_view(&shown), address);
}

/* A name before '<' that shows an address: harmless only when it is the very address that follows. */
static void compare_name(const struct mailbox *name, struct view text, struct view address, struct mailbox_list *out)
{
    if (is_other_address(name->at ? text : name->odd, address) || (name->encoded && shows_other_address(text, address)))
        out->address_in_name = true;
}

/* Behind a name's '<'; element: the text from the name's start. */
static void take_bracketed(struct view *in, struct view element, struct mailbox *box, const struct reading *reading)
{
    struct mailbox_list *out = reading->out;
    struct mailbox name = *box;
    struct view rest = *in;

    mailbox_init(box);
    if (!take_angle(in, box, out)) {
        out->broken = true;
        *in = view_slice(*in, in->n, in->n);
        return;
    }
    compare_name(&name, view_slice(element, 0, element.n - rest.n - 1), view_slice(rest, 0, rest.n - in->n - 1), out);
    keep_mailbox(box, reading);
}

/* One element up to its comma, semicolon or end; true while more may follow. */
static bool take_element(struct view *in, const struct reading *reading)
{
    struct mailbox_list *out = reading->out;
    struct view element = *in;
    struct mailbox box;
    bool bracketed = false;

    mailbox_init(&box);
    for (;;) {
        struct token token = next_token(in);

        if (token.kind == TOKEN_BAD || (bracketed && token.kind != TOKEN_END && token.kind != TOKEN_SPECIAL)) {
            out->broken = true;
            return false;
        }
        if (token.kind == TOKEN_END ||
            (token.kind == TOKEN_SPECIAL && (token.special == ',' || token.special == ';'))) {
            if (!bracketed && (box.words > 0 || box.at))
                keep_mailbox(&box, reading);
            return token.kind != TOKEN_END;
        }
        if (token.kind != TOKEN_SPECIAL) {
            take_word(&box, &token);
        } else if (token.special == '<' && !bracketed) {
            take_bracketed(in, element, &box, reading);
            bracketed = true;
        } else if (token.special == '@' && !bracketed) {
            take_at(&box, out);
        } else if (token.special == ':' && !bracketed && !box.at && box.words > 0) {
            mailbox_init(&box); /* it was a group's name */
            element = *in;
        } else {
            out->broken = true;
            return false;
        }
    }
}

void mailbox_list_parse(struct view body, const struct mailbox_sink *sink, struct mailbox_list *out)
{
    struct reading reading;

    *out = (struct mailbox_list){ 0 };
    reading = (struct reading){ out, sink };
    while (take_element(&body, &reading)) {
    }
}
