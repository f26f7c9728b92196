#include "audit/smtp_reply.h"

static bool read_code(struct view line, unsigned *code)
{
    uint64_t number;

    if (!view_number(view_slice(line, 0, 3), 599, &number) || line.n < 3 || number < 200)
        return false;
    *code = (unsigned)number;
    return true;
}

/* "250-text", "250 text" or "250"; last tells which. */
static bool read_line(struct view line, struct smtp_reply *reply, bool *last)
{
    unsigned code;

    if (line.n > REPLY_LINE_MAX || reply->line_count == REPLY_LINES_MAX || !read_code(line, &code))
        return false;
    if (reply->line_count > 0 && code != reply->code)
        return false;
    if (line.n > 3 && line.p[3] != '-' && line.p[3] != ' ')
        return false;
    *last = line.n == 3 || line.p[3] == ' ';
    reply->code = code;
    reply->lines[reply->line_count++] = view_slice(line, line.n > 3 ? 4 : 3, line.n);
    return true;
}

enum reply_state smtp_reply_parse(struct view bytes, struct smtp_reply *out)
{
    struct view rest = bytes, line;

    *out = (struct smtp_reply){ .line_count = 0 };
    while (view_cut(&rest, VIEW("\n"), &line)) {
        bool last;

        if (line.n > 0 && line.p[line.n - 1] == '\r') /* a bare LF is taken as well */
            line.n--;
        if (!read_line(line, out, &last))
            return REPLY_MALFORMED;
        out->octets = bytes.n - rest.n;
        if (last)
            return REPLY_WHOLE;
    }
    if (rest.n > REPLY_LINE_MAX || bytes.n >= REPLY_OCTETS_MAX)
        return REPLY_MALFORMED;
    return REPLY_MORE;
}

void smtp_reply_add(struct buf *out, const struct smtp_reply *reply)
{
    for (size_t i = 0; i < reply->line_count; i++) {
        if (i > 0)
            buf_add(out, VIEW(" / "));
        buf_add(out, reply->lines[i]);
    }
}
