#include "milter/trouble.h"

static const struct {
    struct view word;
    const char *text;
} troubles[TROUBLE_COUNT] = {
    [TROUBLE_NONE] = { VIEW_INIT(""), "" },
    [TROUBLE_MEMORY] = { VIEW_INIT("memory"),
                         "cannot decide: out of memory, or the message's addresses and macros take too much" },
    [TROUBLE_CLIENT] = { VIEW_INIT("client"),
                         "cannot decide: neither the connection nor {client_addr} tells the client's address" },
    [TROUBLE_PORT] = { VIEW_INIT("port"), "cannot decide: Postfix did not send {daemon_port} (it does since 3.2): "
                                          "give the listener a name" },
    [TROUBLE_TLS_VERSION] = { VIEW_INIT("tls-version"),
                              "cannot decide: {tls_version} says something that is no TLS version" },
    [TROUBLE_RECIPIENTS] = { VIEW_INIT("recipients"),
                             "cannot decide: too many different recipient domains for one message" },
    [TROUBLE_NO_RECIPIENT] = { VIEW_INIT("no-recipient"),
                               "cannot decide: the message came to its end without a recipient" },
    [TROUBLE_HEADER] = { VIEW_INIT("header"), "cannot decide: out of memory for what the header says" },
    [TROUBLE_UNDECIDED] = { VIEW_INIT("undecided"), "cannot decide: the rules are still undecided at end of message" },
    [TROUBLE_EDIT] = { VIEW_INIT("edit"), "cannot decide: Postfix did not take a hold or a header change" },
    [TROUBLE_FORGED_TAGS] = { VIEW_INIT("forged-tags"),
                              "refused: the header has more copies of the tag header than are removed" },
};

struct view trouble_word(enum trouble trouble)
{
    return troubles[trouble].word;
}

const char *trouble_text(enum trouble trouble)
{
    return troubles[trouble].text;
}
