#include "dns/signature_line.h"

#include "dns/answers.h"
#include "shared/ascii.h"

static bool is_queue_id(struct view text)
{
    for (size_t i = 0; i < text.n; i++) {
        if (!ascii_is_digit(text.p[i]) && !ascii_is_letter(text.p[i]))
            return false;
    }
    return text.n > 0;
}

bool signature_line_parse(struct view text, struct view *selector, struct view *domain)
{
    struct view queue_id, s, d;

    if (!view_cut(&text, VIEW(": "), &queue_id) || !is_queue_id(queue_id) ||
        !view_skip(&text, VIEW("DKIM-Signature field added (s=")) || !view_cut(&text, VIEW(", d="), &s) ||
        !view_cut(&text, VIEW(")"), &d) || text.n > 0 || !dns_name_is_valid(s) || !dns_name_is_valid(d))
        return false;
    *selector = s;
    *domain = d;
    return true;
}
