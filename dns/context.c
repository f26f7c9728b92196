#include "dns/context.h"

#include <stddef.h>

#include <unbound.h>
#include <unistd.h>

static const char *const anchors[] = { "/usr/share/dns/root.key", "/var/lib/unbound/root.key",
                                       "/etc/unbound/root.key" };

const char *context_anchor(const struct resolver_options *options)
{
    if (options->anchor != NULL)
        return options->anchor;
    for (size_t i = 0; i < sizeof(anchors) / sizeof(anchors[0]); i++) {
        if (access(anchors[i], R_OK) == 0)
            return anchors[i];
    }
    return NULL;
}

static bool set_servers(struct ub_ctx *context, const struct resolver_options *options)
{
    /* A resolver on loopback is the usual one, and one inside knows the reverse names of private networks. */
    if (ub_ctx_set_option(context, "do-not-query-localhost:", "no") != 0 ||
        ub_ctx_set_option(context, "unblock-lan-zones:", "yes") != 0 ||
        ub_ctx_set_option(context, "insecure-lan-zones:", "yes") != 0)
        return false;
    if (options->server != NULL)
        return ub_ctx_set_fwd(context, options->server) == 0;
    return ub_ctx_resolvconf(context, NULL) == 0 && ub_ctx_hosts(context, NULL) == 0;
}

struct ub_ctx *context_new(const struct resolver_options *options, const char *anchor)
{
    struct ub_ctx *context = ub_ctx_create();

    if (context == NULL)
        return NULL;
    (void)ub_ctx_debuglevel(context, 0);
    (void)ub_ctx_debugout(context, NULL);
    if (!set_servers(context, options) || ub_ctx_async(context, 1) != 0 ||
        (anchor != NULL && ub_ctx_add_ta_file(context, anchor) != 0)) {
        ub_ctx_delete(context);
        return NULL;
    }
    return context;
}
