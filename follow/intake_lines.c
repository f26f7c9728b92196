#include "follow/intake_lines.h"

static const struct {
    struct view words;
    bool trusted;
} levels[] = {
    { VIEW_INIT("Anonymous "), false },
    { VIEW_INIT("Untrusted "), false },
    { VIEW_INIT("Trusted "), true },
    { VIEW_INIT("Verified "), true },
};

bool intake_tls_parse(struct view text, struct intake_tls *out)
{
    struct intake_tls found = { .bits = 0 };
    struct view head;

    for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
        if (view_skip(&text, levels[i].words)) {
            found.trusted = levels[i].trusted;
            break;
        }
    }
    if (!view_skip(&text, VIEW("TLS connection established from ")) || !view_cut(&text, VIEW("]"), &head) ||
        !view_cut(&text, VIEW(": "), &head) || !view_cut(&text, VIEW(" with cipher "), &found.version) ||
        !view_cut(&text, VIEW(" ("), &found.cipher) || !view_cut(&text, VIEW("/"), &head) ||
        !view_number(head, UINT32_MAX, &found.bits))
        return false;
    *out = found;
    return true;
}

/* " ehlo=1 starttls=0/1": accepted, and all when some were refused. */
static enum starttls_use read_counters(struct view text)
{
    enum starttls_use use = STARTTLS_UNKNOWN;
    struct view word, number;
    uint64_t count;

    while (view_next(&text, ' ', &word)) {
        if (view_skip(&word, VIEW("starttls="))) {
            number = word;
            (void)view_cut(&word, VIEW("/"), &number);
            if (view_number(number, UINT32_MAX, &count) && count > 0)
                return STARTTLS_USED;
        }
        if (view_starts(word, VIEW("commands=")))
            use = STARTTLS_UNUSED;
    }
    return use;
}

bool intake_session_end(struct view text, enum starttls_use *out)
{
    struct view client;

    if (!view_skip(&text, VIEW("disconnect from ")))
        return false;
    *out = view_cut(&text, VIEW("] "), &client) ? read_counters(text) : STARTTLS_UNKNOWN;
    return true;
}

static struct view last_part(struct view path, struct view *before)
{
    ptrdiff_t slash = view_find_last_char(path, '/');

    *before = slash < 0 ? (struct view){ NULL, 0 } : view_slice(path, 0, (size_t)slash);
    return slash < 0 ? path : view_slice(path, (size_t)slash + 1, path.n);
}

struct view intake_service(const struct writer *writer)
{
    struct view before, service = last_part(writer->instance, &before);

    return before.n > 0 ? service : (struct view){ NULL, 0 };
}

unsigned intake_port(struct view service)
{
    if (view_eq(service, VIEW("submission")))
        return 587;
    return view_eq(service, VIEW("submissions")) || view_eq(service, VIEW("smtps")) ? 465 : 0;
}

struct view intake_transport(const struct writer *writer)
{
    struct view before, service = intake_service(writer);

    return service.n > 0 ? service : last_part(writer->tag, &before);
}
