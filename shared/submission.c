#include "shared/submission.h"

#include "shared/decision.h"

#define ROW(fact, word, kind, known_at, text)                                                                          \
    [fact] = {                                                                                                         \
        .id = fact,                                                                                                    \
        .key = VIEW_INIT(word),                                                                                        \
        .mark = KEY_MARK_INIT(word),                                                                                   \
        .type = kind,                                                                                                  \
        .stage = known_at,                                                                                             \
        .help = text,                                                                                                  \
    }

const struct fact_row fact_table[FACT_COUNT] = {
    ROW(FACT_LOCAL, "local", FACT_TYPE_FLAG, STAGE_MAIL, "came by sendmail(1), not by SMTP: yes or no"),
    ROW(FACT_LISTENER, "listener", FACT_TYPE_TEXT, STAGE_CONNECT, "name of the declared listener it came in on"),
    ROW(FACT_PORT, "port", FACT_TYPE_NUMBER, STAGE_CONNECT, "local port of the connection"),
    ROW(FACT_LISTEN_ADDRESS, "address", FACT_TYPE_ADDRESS, STAGE_CONNECT, "local address of the connection"),
    ROW(FACT_CLIENT, "client", FACT_TYPE_CLIENT, STAGE_CONNECT, "who connected: name[address]"),
    ROW(FACT_TLS, "tls", FACT_TYPE_TLS, STAGE_MAIL, "TLS version, none for plaintext, proxied behind a TLS proxy"),
    ROW(FACT_CIPHER, "cipher", FACT_TYPE_TEXT, STAGE_MAIL, "cipher suite, by OpenSSL's name"),
    ROW(FACT_BITS, "bits", FACT_TYPE_NUMBER, STAGE_MAIL, "key bits of the cipher in use"),
    ROW(FACT_FORWARD_SECRECY, "forward_secrecy", FACT_TYPE_FLAG, STAGE_MAIL,
        "the key exchange is ephemeral: yes or no"),
    ROW(FACT_CERT_SUBJECT, "cert_subject", FACT_TYPE_TEXT, STAGE_MAIL, "common name of a trusted client certificate"),
    ROW(FACT_CERT_ISSUER, "cert_issuer", FACT_TYPE_TEXT, STAGE_MAIL, "common name of its issuer"),
    ROW(FACT_MECHANISM, "auth", FACT_TYPE_TEXT, STAGE_MAIL, "SASL mechanism, none without AUTH"),
    ROW(FACT_LOGIN, "login", FACT_TYPE_TEXT, STAGE_MAIL, "SASL login name"),
    ROW(FACT_SENDER, "from", FACT_TYPE_PATH, STAGE_MAIL, "envelope sender: <address>, <> for the null sender"),
    ROW(FACT_HEADER_FROM, "header_from", FACT_TYPE_LIST, STAGE_HEADERS,
        "domains of the addresses in the From; ? for one that cannot be read"),
    ROW(FACT_FROM_AGREES, "from_agrees", FACT_TYPE_LIST, STAGE_HEADERS,
        "what shares the registrable domain of all From addresses: sender, login"),
    ROW(FACT_DKIM, "dkim", FACT_TYPE_LIST, STAGE_HEADERS, "d= domains of the DKIM-Signature fields; ? for more"),
    ROW(FACT_DKIM_ALIGNED, "dkim_aligned", FACT_TYPE_FLAG, STAGE_HEADERS,
        "one of them shares it with each From address: yes or no"),
    ROW(FACT_ONE_CLICK, "one_click", FACT_TYPE_FLAG, STAGE_HEADERS,
        "one-click unsubscribe fields are whole: yes or no"),
    ROW(FACT_FORMAT_FAULTS, "format_faults", FACT_TYPE_LIST, STAGE_HEADERS, "faults of message format"),
    ROW(FACT_TLS_REQUIRED_NO, "tls_required_no", FACT_TYPE_FLAG, STAGE_HEADERS,
        "the sender asked for delivery even without TLS: yes or no"),
    ROW(FACT_VOLUME, "volume", FACT_TYPE_NUMBER, STAGE_HEADERS, "recipients at Gmail in the last 24 hours"),
    ROW(FACT_BULK, "bulk", FACT_TYPE_FLAG, STAGE_HEADERS, "a bulk sender by Gmail's guidelines: yes or no"),
    ROW(FACT_TRANSACTIONAL, "transactional", FACT_TYPE_FLAG, STAGE_HEADERS,
        "of the class that needs no one-click unsubscribe: yes or no"),
};

/* The parser takes the row with the most words that stand there, so the order is that of the manual alone. */
const struct condition_row condition_table[] = {
    { VIEW_INIT("local"), SUBJECT_FACT, FACT_LOCAL, TEST_FLAG, OPERAND_NONE,
      "submitted by sendmail(1), cron or mail(1)" },
    { VIEW_INIT("listener"), SUBJECT_FACT, FACT_LISTENER, TEST_EQUAL, OPERAND_LISTENER, "came in on this listener" },
    { VIEW_INIT("port"), SUBJECT_FACT, FACT_PORT, TEST_EQUAL, OPERAND_NUMBER, "came in on this local port" },
    { VIEW_INIT("address"), SUBJECT_FACT, FACT_LISTEN_ADDRESS, TEST_IN, OPERAND_NETWORK,
      "came in on a local address that lies there" },
    { VIEW_INIT("client network"), SUBJECT_FACT, FACT_CLIENT, TEST_IN, OPERAND_NETWORK,
      "the client's address lies there" },
    { VIEW_INIT("client name"), SUBJECT_CLIENT_NAME, FACT_CLIENT, TEST_IN, OPERAND_DOMAIN,
      "the client's verified name lies there" },
    { VIEW_INIT("plaintext"), SUBJECT_FACT, FACT_TLS, TEST_PLAINTEXT, OPERAND_NONE, "submitted without TLS" },
    { VIEW_INIT("encrypted"), SUBJECT_FACT, FACT_TLS, TEST_ENCRYPTED, OPERAND_NONE, "submitted under TLS" },
    { VIEW_INIT("tls-by-proxy"), SUBJECT_FACT, FACT_TLS, TEST_PROXIED, OPERAND_NONE,
      "under TLS that a proxy took off" },
    { VIEW_INIT("tls below"), SUBJECT_FACT, FACT_TLS, TEST_BELOW, OPERAND_TLS_VERSION,
      "encrypted, with an older version" },
    { VIEW_INIT("tls at-least"), SUBJECT_FACT, FACT_TLS, TEST_AT_LEAST, OPERAND_TLS_VERSION,
      "encrypted, this version or newer" },
    { VIEW_INIT("cipher"), SUBJECT_FACT, FACT_CIPHER, TEST_EQUAL, OPERAND_WORD, "cipher suite by OpenSSL's name" },
    { VIEW_INIT("cipher-bits below"), SUBJECT_FACT, FACT_BITS, TEST_BELOW, OPERAND_NUMBER, "fewer key bits than this" },
    { VIEW_INIT("forward-secrecy"), SUBJECT_FACT, FACT_FORWARD_SECRECY, TEST_FLAG, OPERAND_NONE,
      "the key exchange is ephemeral" },
    { VIEW_INIT("certificate"), SUBJECT_FACT, FACT_CERT_SUBJECT, TEST_PINNED, OPERAND_CERTIFICATE,
      "client certificate with this subject and issuer" },
    { VIEW_INIT("authenticated"), SUBJECT_FACT, FACT_MECHANISM, TEST_AUTHENTICATED, OPERAND_NONE,
      "SASL login or a pinned certificate" },
    { VIEW_INIT("unauthenticated"), SUBJECT_FACT, FACT_MECHANISM, TEST_UNAUTHENTICATED, OPERAND_NONE,
      "no SASL login and no pinned certificate; never true for local mail" },
    { VIEW_INIT("mechanism"), SUBJECT_FACT, FACT_MECHANISM, TEST_EQUAL, OPERAND_WORD, "SASL mechanism" },
    { VIEW_INIT("login"), SUBJECT_FACT, FACT_LOGIN, TEST_IN, OPERAND_LOGIN, "SASL login name" },
    { VIEW_INIT("sender domain"), SUBJECT_SENDER_DOMAIN, FACT_SENDER, TEST_IN, OPERAND_DOMAIN,
      "the envelope sender's domain lies there" },
    { VIEW_INIT("null-sender"), SUBJECT_FACT, FACT_SENDER, TEST_NULL, OPERAND_NONE, "envelope sender is <>" },
    { VIEW_INIT("to domain"), SUBJECT_RECIPIENT_DOMAIN, FACT_COUNT, TEST_IN, OPERAND_DOMAIN,
      "this recipient's domain lies there" },
    { VIEW_INIT("transport"), SUBJECT_TRANSPORT, FACT_COUNT, TEST_EQUAL, OPERAND_WORD,
      "Postfix's transport for this recipient" },
    { VIEW_INIT("header-from domain"), SUBJECT_FACT, FACT_HEADER_FROM, TEST_IN, OPERAND_DOMAIN,
      "a domain of the From lies there" },
    { VIEW_INIT("header-from agrees"), SUBJECT_FACT, FACT_FROM_AGREES, TEST_LISTS, OPERAND_AGREEMENT,
      "all From addresses share their registrable domain with this" },
    { VIEW_INIT("dkim present"), SUBJECT_FACT, FACT_DKIM, TEST_PRESENT, OPERAND_NONE, "a DKIM-Signature is there" },
    { VIEW_INIT("missing dkim"), SUBJECT_FACT, FACT_DKIM, TEST_MISSING, OPERAND_NONE, "no DKIM-Signature is there" },
    { VIEW_INIT("dkim aligned"), SUBJECT_FACT, FACT_DKIM_ALIGNED, TEST_FLAG, OPERAND_NONE,
      "a signature of the registrable domain of each From address" },
    { VIEW_INIT("one-click"), SUBJECT_FACT, FACT_ONE_CLICK, TEST_FLAG, OPERAND_NONE,
      "one-click unsubscribe fields are whole" },
    { VIEW_INIT("missing one-click"), SUBJECT_FACT, FACT_ONE_CLICK, TEST_MISSING, OPERAND_NONE,
      "one-click unsubscribe fields are missing or broken" },
    { VIEW_INIT("format-fault"), SUBJECT_FACT, FACT_FORMAT_FAULTS, TEST_LISTS, OPERAND_FAULT,
      "this fault of message format, or any" },
    { VIEW_INIT("tls-required-no"), SUBJECT_FACT, FACT_TLS_REQUIRED_NO, TEST_FLAG, OPERAND_NONE,
      "asks for delivery even without TLS" },
    { VIEW_INIT("volume over"), SUBJECT_FACT, FACT_VOLUME, TEST_OVER, OPERAND_NUMBER,
      "recipients at Gmail in the last 24 hours" },
    { VIEW_INIT("bulk-sender"), SUBJECT_FACT, FACT_BULK, TEST_FLAG, OPERAND_NONE,
      "the From's registrable domain is a bulk sender by Gmail's guidelines, now or once" },
    { VIEW_INIT("transactional"), SUBJECT_FACT, FACT_TRANSACTIONAL, TEST_FLAG, OPERAND_NONE,
      "of a class that guidelines { } names as transactional" },
};
const size_t condition_count = sizeof(condition_table) / sizeof(condition_table[0]);

const struct format_fault_row format_fault_table[] = {
    { VIEW_INIT("no-from"), "no From field" },
    { VIEW_INIT("several-from"), "more than one From field, or more than one address in it" },
    { VIEW_INIT("bad-from"), "the From field holds no address that can be read" },
    { VIEW_INIT("no-date"), "no Date field" },
    { VIEW_INIT("no-message-id"), "no Message-ID field" },
    { VIEW_INIT("bad-message-id"), "the Message-ID is not <left@right>" },
    { VIEW_INIT("repeated-field"), "a field that may stand once stands twice (RFC 5322 section 3.6)" },
    { VIEW_INIT("address-in-name"), "the From's display name looks like another address" },
    { VIEW_INIT("encoded-address"), "an encoded word stands inside an address (RFC 2047 section 5)" },
    { VIEW_INIT("header-too-large"), "the header is larger than receivers take" },
};
const size_t format_fault_count = sizeof(format_fault_table) / sizeof(format_fault_table[0]);

static const struct view stages[STAGE_COUNT] = {
    [STAGE_CONNECT] = VIEW_INIT("connect"), [STAGE_MAIL] = VIEW_INIT("mail"),   [STAGE_RCPT] = VIEW_INIT("rcpt"),
    [STAGE_DATA] = VIEW_INIT("data"),       [STAGE_HEADERS] = VIEW_INIT("eoh"), [STAGE_MESSAGE] = VIEW_INIT("eom"),
};

struct view stage_name(enum stage stage)
{
    return stages[stage];
}

bool stage_parse(struct view text, enum stage *out)
{
    int index = name_index(stages, STAGE_COUNT, text);

    if (index >= 0)
        *out = (enum stage)index;
    return index >= 0;
}

static const struct {
    struct view name;
    enum tls_version version;
} old_versions[] = {
    { VIEW_INIT("none"), TLS_NONE },   { VIEW_INIT("proxied"), TLS_PROXIED }, { VIEW_INIT("SSLv2"), TLS_SSL_2 },
    { VIEW_INIT("SSLv3"), TLS_SSL_3 }, { VIEW_INIT("TLSv1"), TLS_1_0 },
};

bool tls_version_parse(struct view text, enum tls_version *out)
{
    uint64_t minor;

    for (size_t i = 0; i < sizeof(old_versions) / sizeof(old_versions[0]); i++) {
        if (view_eq(text, old_versions[i].name)) {
            *out = old_versions[i].version;
            return true;
        }
    }
    /* A version newer than any we know is still TLS, and newer. */
    if (!view_skip(&text, VIEW("TLSv1.")) || !view_number(text, 9, &minor))
        return false;
    *out = (enum tls_version)(TLS_1_0 + minor);
    return true;
}

void tls_version_add(struct buf *out, enum tls_version version)
{
    for (size_t i = 0; version <= TLS_1_0 && i < sizeof(old_versions) / sizeof(old_versions[0]); i++) {
        if (version == old_versions[i].version) {
            buf_add(out, old_versions[i].name);
            return;
        }
    }
    buf_add(out, VIEW("TLSv1."));
    buf_add_number(out, (uint64_t)version - TLS_1_0);
}

void fact_set_number(struct submission *sub, enum fact_id id, uint64_t number)
{
    sub->facts[id] = (struct fact){ .state = FACT_KNOWN, .number = number };
}

void fact_set_flag(struct submission *sub, enum fact_id id, bool flag)
{
    fact_set_number(sub, id, flag);
}

void fact_set_text(struct submission *sub, enum fact_id id, struct view text)
{
    sub->facts[id] = (struct fact){ .state = FACT_KNOWN, .text = text };
}

void fact_set_absent(struct submission *sub, enum fact_id id)
{
    sub->facts[id] = (struct fact){ .state = FACT_ABSENT };
}

void submission_init(struct submission *sub)
{
    *sub = (struct submission){ .stage = STAGE_CONNECT };
}

void submission_reach(struct submission *sub, enum stage stage)
{
    sub->stage = stage;
    for (size_t i = 0; i < FACT_COUNT; i++) {
        if (fact_table[i].stage <= stage && sub->facts[i].state == FACT_PENDING)
            sub->facts[i].state = FACT_ABSENT;
    }
}

bool list_next(struct view *list, struct view *word)
{
    while (view_next(list, ',', word)) {
        if (word->n > 0)
            return true;
    }
    return false;
}

struct view submission_from_domain(const struct submission *sub)
{
    const struct fact *from = &sub->facts[FACT_HEADER_FROM];
    const struct view none = { NULL, 0 };
    struct view list = from->text, domain;

    if (from->state != FACT_KNOWN || from->cut || !list_next(&list, &domain) || list.n > 0)
        return none;
    return view_eq(domain, LIST_UNKNOWN) ? none : domain;
}

const struct fact_row *fact_by_key(struct view key)
{
    for (size_t i = 0; i < FACT_COUNT; i++) {
        if (view_eq(fact_table[i].key, key))
            return &fact_table[i];
    }
    return NULL;
}

/* What a fact is, from its text; false when it is not of the type. */
static bool read_flag(struct view text, uint64_t *number)
{
    *number = view_eq(text, VIEW("yes"));
    return *number == 1 || view_eq(text, VIEW("no"));
}

static bool read_path(struct view *text)
{
    if (text->n < 2 || text->p[0] != '<' || text->p[text->n - 1] != '>')
        return false;
    *text = view_slice(*text, 1, text->n - 1);
    return true;
}

/* "name[address]": what stands in the brackets goes to *inner, and the name stays. */
static bool cut_client(struct view *text, struct view *inner)
{
    ptrdiff_t open = view_find_last_char(*text, '[');

    if (open < 0 || text->p[text->n - 1] != ']')
        return false;
    *inner = view_slice(*text, (size_t)open + 1, text->n - 1);
    text->n = (size_t)open;
    return true;
}

static bool read_tls(struct view text, uint64_t *number)
{
    enum tls_version version = TLS_NONE;

    if (!tls_version_parse(text, &version))
        return false;
    *number = version;
    return true;
}

static bool read_number(enum fact_type type, struct view text, uint64_t *number)
{
    if (type == FACT_TYPE_FLAG)
        return read_flag(text, number);
    return type == FACT_TYPE_TLS ? read_tls(text, number) : view_number(text, UINT64_MAX, number);
}

static bool read_address(struct fact *fact, struct view name, struct view text)
{
    if (!address_parse(text, &fact->address))
        return false;
    fact_put_name(fact, name);
    return true;
}

static bool read_client(struct fact *fact, struct view text)
{
    struct view inner;
    uint32_t number;

    if (!cut_client(&text, &inner))
        return false;
    /* Nearly every one, which its bracket ends. */
    if (address_read_ipv4(inner.p, &number) != inner.p + inner.n)
        return read_address(fact, text, inner);
    address_set_ipv4(&fact->address, number);
    fact_put_name(fact, text);
    return true;
}

bool fact_read(struct submission *sub, const struct fact_row *row, struct view text)
{
    struct fact *fact = &sub->facts[row->id];
    uint64_t number;

    switch (row->type) {
    case FACT_TYPE_FLAG:
    case FACT_TYPE_NUMBER:
    case FACT_TYPE_TLS:
        if (!read_number(row->type, text, &number))
            return false;
        fact_put(fact, (struct view){ NULL, 0 }, number);
        return true;
    case FACT_TYPE_TEXT:
    case FACT_TYPE_LIST:
        fact_put(fact, fact_text_of_word(text), 0);
        return true;
    case FACT_TYPE_PATH:
        if (!read_path(&text))
            return false;
        fact_put(fact, text, 0);
        return true;
    case FACT_TYPE_CLIENT:
        return read_client(fact, text);
    case FACT_TYPE_ADDRESS:
        return read_address(fact, (struct view){ NULL, 0 }, text);
    }
    return false;
}

static void print_client(struct buf *out, const struct fact *fact)
{
    buf_add(out, fact->text);
    buf_add_char(out, '[');
    address_add(out, &fact->address);
    buf_add_char(out, ']');
}

static void print_path(struct buf *out, struct view path)
{
    buf_add_char(out, '<');
    buf_add(out, path);
    buf_add_char(out, '>');
}

void fact_print(struct buf *out, const struct fact_row *row, const struct fact *fact)
{
    if (fact->state != FACT_KNOWN)
        return;
    switch (row->type) {
    case FACT_TYPE_FLAG:
        buf_add(out, fact->number != 0 ? VIEW("yes") : VIEW("no"));
        break;
    case FACT_TYPE_NUMBER:
        buf_add_number(out, fact->number);
        break;
    case FACT_TYPE_TEXT:
    case FACT_TYPE_LIST:
        buf_add(out, fact_word_of_text(fact->text));
        break;
    case FACT_TYPE_PATH:
        print_path(out, fact->text);
        break;
    case FACT_TYPE_CLIENT:
        print_client(out, fact);
        break;
    case FACT_TYPE_ADDRESS:
        address_add(out, &fact->address);
        break;
    case FACT_TYPE_TLS:
        tls_version_add(out, (enum tls_version)fact->number);
        break;
    }
}
