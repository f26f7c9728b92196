#include "audit/milters.h"

#include <string.h>

#include "audit/words.h"

/* Where the package and its tmpfiles.d(5) file put the socket. */
#define PACKAGED_SOCKET "unix:/var/spool/postfix/outward/milter.sock"

static void read_options(struct view options, struct milter *milter)
{
    struct view word, name, value;

    while (words_next(&options, &word)) {
        if (!words_assignment(words_unbrace(word), &name, &value))
            continue;
        if (view_eq(name, VIEW("default_action")))
            milter->action = value;
        else if (view_eq(name, VIEW("protocol")))
            milter->protocol = value;
    }
}

bool milters_next(struct view *list, struct milter *milter)
{
    struct view word;

    *milter = (struct milter){ .endpoint = { NULL, 0 } };
    if (!words_next(list, &word))
        return false;
    word = words_unbrace(word);
    if (words_next(&word, &milter->endpoint))
        read_options(word, milter);
    return true;
}

static bool set_path(struct endpoint *endpoint, struct view folder, struct view path)
{
    struct buf text = BUF(endpoint->path);

    buf_add(&text, folder);
    if (folder.n > 0 && !view_starts(path, VIEW("/")))
        buf_add_char(&text, '/');
    buf_add(&text, path);
    (void)buf_text(&text);
    endpoint->local = true;
    return !text.full && path.n > 0;
}

static bool set_host(struct endpoint *endpoint, struct view host, struct view port)
{
    uint64_t number;

    if (!view_number(port, 65535, &number))
        return false;
    endpoint->port = (unsigned)number;
    if (host.n >= 2 && host.p[0] == '[')
        host = view_slice(host, 1, host.n - 1);
    endpoint->host = host;
    return true;
}

bool endpoint_of_milter(struct view text, struct view queue_directory, bool chrooted, struct endpoint *out)
{
    struct endpoint got = { .local = false };
    ptrdiff_t colon;

    if (view_skip(&text, VIEW("unix:")) || view_skip(&text, VIEW("local:"))) {
        bool inside = chrooted || !view_starts(text, VIEW("/"));

        if (!set_path(&got, inside ? queue_directory : VIEW(""), text))
            return false;
    } else {
        if (!view_skip(&text, VIEW("inet:")) || (colon = view_find_last_char(text, ':')) == -1 ||
            !set_host(&got, view_slice(text, 0, (size_t)colon), view_slice(text, (size_t)colon + 1, text.n)))
            return false;
    }
    *out = got;
    return true;
}

bool endpoint_of_gate(struct view text, struct endpoint *out)
{
    struct endpoint got = { .local = false };
    struct view port, host = { "", 0 };
    bool fine;

    if (view_skip(&text, VIEW("unix:")) || view_skip(&text, VIEW("local:")) || view_starts(text, VIEW("/"))) {
        fine = set_path(&got, VIEW(""), text);
    } else {
        ptrdiff_t at;

        if (!view_skip(&text, VIEW("inet6:")) && !view_skip(&text, VIEW("inet:")))
            return false;
        at = view_find_char(text, '@');
        port = at == -1 ? text : view_slice(text, 0, (size_t)at);
        host = at == -1 ? host : view_slice(text, (size_t)at + 1, text.n);
        fine = set_host(&got, host, port);
    }
    if (fine)
        *out = got;
    return fine;
}

static bool is_loopback_name(struct view host)
{
    struct address address;

    return view_eq_nocase(host, VIEW("localhost")) || (address_parse(host, &address) && address_is_loopback(&address));
}

bool endpoint_same(const struct endpoint *a, const struct endpoint *b)
{
    if (a->local != b->local)
        return false;
    if (a->local)
        return strcmp(a->path, b->path) == 0;
    if (a->port != b->port)
        return false;
    return view_eq_nocase(a->host, b->host) || a->host.n == 0 || b->host.n == 0 ||
           (is_loopback_name(a->host) && is_loopback_name(b->host));
}

bool gate_endpoint(const struct settings *settings, struct endpoint *out)
{
    if (settings == NULL || settings->listen.address.n == 0)
        return endpoint_of_gate(VIEW(PACKAGED_SOCKET), out);
    return endpoint_of_gate(settings->listen.address, out);
}

static enum gate_place place_of(const struct postfix_config *config, const struct milter *milter, bool chrooted,
                                const struct endpoint *gate)
{
    struct view queue = config_value(config, NULL, VIEW("queue_directory"));
    struct endpoint seen;

    if (endpoint_of_milter(milter->endpoint, queue, chrooted, &seen) && endpoint_same(&seen, gate))
        return GATE_THERE;
    /* The path of the rule file, copied: right outside a chroot only.  And the other way round. */
    if (endpoint_of_milter(milter->endpoint, queue, !chrooted, &seen) && endpoint_same(&seen, gate))
        return GATE_BEHIND_CHROOT;
    return GATE_MISSING;
}

struct gate_in_list gate_find(const struct postfix_config *config, struct view list, bool chrooted,
                              const struct endpoint *gate)
{
    struct gate_in_list found = { .place = GATE_MISSING };
    struct milter milter;

    while (milters_next(&list, &milter)) {
        enum gate_place place = place_of(config, &milter, chrooted, gate);

        if (found.place != GATE_MISSING) {
            found.after++;
        } else if (place != GATE_MISSING) {
            found.place = place;
            found.milter = milter;
        }
    }
    return found;
}
