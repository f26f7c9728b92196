/* What every section of the text report writes with. */
#include "report/text_out.h"

#include <stdarg.h>
#include <stdlib.h>

#include "shared/printable.h"

enum { TEXT_MAX = 512 };

static struct view clean(struct view text, struct buf *buf)
{
    buf_reset(buf);
    printable_add(buf, view_slice(text, 0, buf->cap));
    return buf_view(buf);
}

void text_put(FILE *out, struct view text)
{
    char storage[TEXT_MAX];
    struct buf buf = BUF(storage);
    struct view shown = clean(text, &buf);

    (void)fwrite(shown.p, 1, shown.n, out);
}

void text_column(FILE *out, struct view text, size_t columns)
{
    char storage[TEXT_MAX];
    struct buf buf = BUF(storage);
    struct view shown = clean(text, &buf);
    size_t used = printable_columns(shown);

    (void)fwrite(shown.p, 1, shown.n, out);
    fprintf(out, "%*s", used < columns ? (int)(columns - used) : 0, "");
}

/* The same, at the right of its columns. */
void text_right(FILE *out, struct view text, size_t columns)
{
    size_t used = printable_columns(text);

    fprintf(out, " %*s", used < columns ? (int)(columns - used) : 0, "");
    (void)fwrite(text.p, 1, text.n, out);
}

void text_number(FILE *out, uint64_t number, size_t columns)
{
    text_right(out, view_of(number_plain(number).text), columns);
}

void text_moment(const struct report *report, FILE *out, int64_t millis)
{
    char storage[32];
    struct buf buf = BUF(storage);

    moment_add(report, &buf, millis);
    text_column(out, buf_view(&buf), 16);
}

/* A line of its own. */
void text_line(FILE *out, const char *format, ...)
{
    va_list args;

    fputs("  ", out);
    va_start(args, format);
    (void)vfprintf(out, format, args);
    va_end(args);
    fputs("\n", out);
}

size_t text_shown_rows(const struct report *report, size_t count)
{
    return report->top != 0 && report->top < count ? report->top : count;
}

void text_rest(const struct report *report, FILE *out, size_t shown, size_t count)
{
    if (shown < count) {
        fputs("  ", out);
        fprintf(out, say(report, "... and %s more; --top 0 shows all"), number_plain(count - shown).text);
        fputs("\n", out);
    }
}

void text_rows(const struct report *report, FILE *out, uint32_t *list, size_t count,
               void (*put)(const struct report *report, uint32_t index, FILE *out))
{
    size_t shown = text_shown_rows(report, count);

    for (size_t i = 0; i < shown; i++)
        put(report, list[i], out);
    text_rest(report, out, shown, count);
    free(list);
}

/* A table's line of titles, at the right of their columns. */
void text_titles(const struct report *report, FILE *out, const char *const *titles, size_t count)
{
    for (size_t i = 0; i < count; i++)
        text_right(out, view_of(say(report, titles[i])), NUMBER_COLUMN);
    fputs("\n", out);
}

void text_heading(const struct report *report, FILE *out, const char *text)
{
    fprintf(out, "\n%s\n", say(report, text));
}
