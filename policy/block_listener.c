#include "policy/draft.h"
#include "policy/takes.h"

enum { COMMON_NAME_MAX = 256 };

void take_listener_port(struct cursor *cursor, void *to)
{
    struct listener_draft *draft = to;
    unsigned port;

    if (take_port(cursor, &port))
        *(unsigned *)vector_add(cursor->build, &draft->ports, sizeof(port)) = port;
}

void take_listener_address(struct cursor *cursor, void *to)
{
    struct listener_draft *draft = to;
    struct address address;

    if (take_address(cursor, &address))
        *(struct address *)vector_add(cursor->build, &draft->addresses, sizeof(address)) = address;
}

void take_listener_name(struct cursor *cursor, void *to)
{
    struct listener_draft *draft = to;
    struct view name;

    if (take_text(cursor, "a daemon name", NAME_TEXT_MAX, &name))
        *(struct view *)vector_add(cursor->build, &draft->names, sizeof(name)) = name;
}

void take_listener_tls_by_proxy(struct cursor *cursor, void *to)
{
    (void)cursor;
    ((struct listener_draft *)to)->listener.tls_by_proxy = true;
}

void take_listener_wrapper(struct cursor *cursor, void *to)
{
    (void)cursor;
    ((struct listener_draft *)to)->listener.wrapper = true;
}

void take_certificate_subject(struct cursor *cursor, void *to)
{
    (void)take_text(cursor, "a common name", COMMON_NAME_MAX, &((struct certificate *)to)->subject);
}

void take_certificate_issuer(struct cursor *cursor, void *to)
{
    (void)take_text(cursor, "a common name", COMMON_NAME_MAX, &((struct certificate *)to)->issuer);
}
