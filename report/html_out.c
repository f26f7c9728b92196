#include "report/html_out.h"

#include <stdarg.h>

#include "shared/printable.h"

void html_markup(const struct html *html, const char *markup)
{
    fputs(markup, html->out);
}

void html_markupf(const struct html *html, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    (void)vfprintf(html->out, format, args);
    va_end(args);
}

static const char *entity_of(char c)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return NULL;
    }
}

/* Without half a character at its end. */
static struct view cut_text(struct view text)
{
    size_t length = text.n < HTML_TEXT_MAX ? text.n : HTML_TEXT_MAX;

    while (length < text.n && length > 0 && ((unsigned char)text.p[length] & 0xc0) == 0x80)
        length--;
    return view_slice(text, 0, length);
}

void html_escape(const struct html *html, struct view text)
{
    char storage[HTML_TEXT_MAX];
    struct buf buf = BUF(storage);
    struct view clean;
    size_t begin = 0;

    printable_add(&buf, cut_text(text));
    clean = buf_view(&buf);
    for (size_t i = 0; i < clean.n; i++) {
        const char *entity = entity_of(clean.p[i]);

        if (entity == NULL)
            continue;
        (void)fwrite(clean.p + begin, 1, i - begin, html->out);
        fputs(entity, html->out);
        begin = i + 1;
    }
    (void)fwrite(clean.p + begin, 1, clean.n - begin, html->out);
    if (text.n > HTML_TEXT_MAX)
        fputs("…", html->out);
}

void html_sayf(const struct html *html, const char *format, ...)
{
    char text[HTML_TEXT_MAX + 1];
    va_list args;

    va_start(args, format);
    (void)vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    html_escape(html, view_of(text));
}

void html_say(const struct html *html, const char *text)
{
    html_escape(html, view_of(say(html->report, text)));
}

void html_number(const struct html *html, uint64_t number)
{
    html_markup(html, number_grouped(number).text);
}

void html_moment(const struct html *html, int64_t millis)
{
    char storage[32];
    struct buf buf = BUF(storage);

    moment_add(html->report, &buf, millis);
    html_markup(html, millis == 0 ? "<span>" : "<time>");
    html_escape(html, buf_view(&buf));
    html_markup(html, millis == 0 ? "</span>" : "</time>");
}

void html_section_open(const struct html *html, const char *id, const char *title, const char *note)
{
    html_markupf(html, "<section id=\"%s\" aria-labelledby=\"%s-title\">\n<h2 id=\"%s-title\">", id, id, id);
    html_say(html, title);
    html_markup(html, "</h2>\n");
    if (note != NULL) {
        html_markup(html, "<p class=\"note\">");
        html_say(html, note);
        html_markup(html, "</p>\n");
    }
}

void html_section_close(const struct html *html)
{
    html_markup(html, "</section>\n");
}

static const char *class_of(enum html_align align)
{
    return align == HTML_END ? " class=\"number\"" : "";
}

/* The roles: laid out as blocks, on a narrow screen, browsers would no longer take it for a table. */
struct html_table html_table_open(const struct html *html, const char *caption, const struct html_column *columns,
                                  size_t count)
{
    html_markup(html, "<table role=\"table\">\n<caption>");
    html_say(html, caption);
    html_markup(html, "</caption>\n<thead role=\"rowgroup\"><tr role=\"row\">");
    for (size_t i = 0; i < count; i++) {
        html_markupf(html, "<th role=\"columnheader\" scope=\"col\"%s>", class_of(columns[i].align));
        html_say(html, columns[i].title);
        html_markup(html, "</th>");
    }
    html_markup(html, "</tr></thead>\n<tbody role=\"rowgroup\">\n");
    return (struct html_table){ html, columns, count, 0 };
}

void html_table_close(struct html_table *table)
{
    html_markup(table->html, "</tbody>\n</table>\n");
}

void html_row_open(struct html_table *table)
{
    table->at = 0;
    html_markup(table->html, "<tr role=\"row\">");
}

void html_row_close(struct html_table *table)
{
    html_markup(table->html, "</tr>\n");
}

void html_cell_open(struct html_table *table)
{
    const struct html_column *column = &table->columns[table->at];

    if (table->at == 0) {
        html_markupf(table->html, "<th role=\"rowheader\" scope=\"row\"%s>", class_of(column->align));
        return;
    }
    html_markupf(table->html, "<td role=\"cell\"%s data-title=\"", class_of(column->align));
    html_say(table->html, column->title);
    html_markup(table->html, "\">");
}

void html_cell_close(struct html_table *table)
{
    html_markup(table->html, table->at == 0 ? "</th>" : "</td>");
    table->at++;
}

void html_cell(struct html_table *table, struct view text)
{
    html_cell_open(table);
    html_escape(table->html, text);
    html_cell_close(table);
}

void html_cell_number(struct html_table *table, uint64_t number)
{
    html_cell_open(table);
    html_number(table->html, number);
    html_cell_close(table);
}

void html_cell_moment(struct html_table *table, int64_t millis)
{
    html_cell_open(table);
    html_moment(table->html, millis);
    html_cell_close(table);
}
