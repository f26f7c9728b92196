#include "audit/ehlo.h"

static struct view cut_word(struct view *line)
{
    ptrdiff_t blank = view_find_char(*line, ' ');
    struct view word = blank == -1 ? *line : view_slice(*line, 0, (size_t)blank);

    *line = view_trim(view_slice(*line, word.n, line->n));
    return word;
}

/* Same length as STARTTLS, all X but perhaps the last: firewalls keep the packet's length. */
static bool is_overwritten(struct view word)
{
    if (word.n != 8)
        return false;
    for (size_t i = 0; i < 7; i++) {
        if (word.p[i] != 'X')
            return false;
    }
    return true;
}

static void read_keyword(struct ehlo *ehlo, struct view line)
{
    struct view rest = line, word = cut_word(&rest);

    ehlo->keywords[ehlo->keyword_count++] = line;
    if (view_eq_nocase(word, VIEW("STARTTLS")))
        ehlo->starttls = true;
    if (is_overwritten(word))
        ehlo->overwritten = true;
    if (view_eq_nocase(word, VIEW("AUTH")))
        ehlo->auth = rest;
    else if (ehlo->auth.n == 0 && view_eq_nocase(view_slice(word, 0, 5), VIEW("AUTH=")))
        ehlo->auth = view_slice(line, 5, line.n);
}

struct ehlo ehlo_read(const struct smtp_reply *reply)
{
    struct ehlo ehlo = { .answered = reply->code == 250 && reply->line_count > 0 };
    struct view first;

    if (!ehlo.answered)
        return ehlo;
    first = reply->lines[0];
    ehlo.name = cut_word(&first);
    for (size_t i = 1; i < reply->line_count; i++)
        read_keyword(&ehlo, view_trim(reply->lines[i]));
    return ehlo;
}
