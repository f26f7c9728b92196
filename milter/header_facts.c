#include "milter/header_facts.h"

#include <string.h>

#include "milter/fold.h"

static const struct {
    struct view name;
    bool once; /* RFC 5322 section 3.6 */
} fields[FIELD_COUNT] = {
    [FIELD_FROM] = { VIEW_INIT("From"), true },
    [FIELD_SENDER] = { VIEW_INIT("Sender"), true },
    [FIELD_REPLY_TO] = { VIEW_INIT("Reply-To"), true },
    [FIELD_TO] = { VIEW_INIT("To"), true },
    [FIELD_CC] = { VIEW_INIT("Cc"), true },
    [FIELD_BCC] = { VIEW_INIT("Bcc"), true },
    [FIELD_MESSAGE_ID] = { VIEW_INIT("Message-ID"), true },
    [FIELD_IN_REPLY_TO] = { VIEW_INIT("In-Reply-To"), true },
    [FIELD_REFERENCES] = { VIEW_INIT("References"), true },
    [FIELD_SUBJECT] = { VIEW_INIT("Subject"), true },
    [FIELD_DATE] = { VIEW_INIT("Date"), true },
    [FIELD_DKIM_SIGNATURE] = { VIEW_INIT("DKIM-Signature"), false },
    [FIELD_LIST_UNSUBSCRIBE] = { VIEW_INIT("List-Unsubscribe"), false },
    [FIELD_LIST_UNSUBSCRIBE_POST] = { VIEW_INIT("List-Unsubscribe-Post"), false },
    [FIELD_TLS_REQUIRED] = { VIEW_INIT("TLS-Required"), false },
};

/* Append text without its folding white space: tag values and URIs may be folded anywhere. */
static void add_unfolded(struct buf *out, struct view text)
{
    for (size_t i = 0; i < text.n; i++) {
        if (!is_fold(text.p[i]))
            buf_add_char(out, text.p[i]);
    }
}

/* <left@right>, RFC 5322 3.6.4; any comment makes it one that receivers stumble over. */
static bool is_message_id(struct view body)
{
    struct view id = unfold_ends(body);
    ptrdiff_t at;

    if (id.n < 2 || id.p[0] != '<' || id.p[id.n - 1] != '>')
        return false;
    id = view_slice(id, 1, id.n - 1);
    for (size_t i = 0; i < id.n; i++) {
        if (is_fold(id.p[i]) || id.p[i] == '<' || id.p[i] == '>')
            return false;
    }
    at = view_find_last_char(id, '@');
    return at > 0 && (size_t)at + 1 < id.n;
}

static bool is_https(struct view uri)
{
    char storage[16];
    struct buf start = BUF(storage);

    for (size_t i = 0; i < uri.n && start.len < sizeof("https:") - 1; i++)
        add_unfolded(&start, view_slice(uri, i, i + 1));
    return view_eq_nocase(buf_view(&start), VIEW("https:"));
}

/* RFC 8058 section 3.1: one HTTPS URI among what may be several. */
static bool has_one_https_uri(struct view body)
{
    struct view before, uri;
    unsigned count = 0;

    while (view_cut(&body, VIEW("<"), &before) && view_cut(&body, VIEW(">"), &uri))
        count += is_https(uri);
    return count == 1;
}

/* The d= tag of a DKIM-Signature, RFC 6376 section 3.2; a tag that stands twice makes the signature void. */
static bool find_signer(struct view body, struct view *out)
{
    unsigned count = 0;
    bool more = true;

    while (more) {
        struct view tag = body, name;

        more = view_cut(&body, VIEW(";"), &tag);
        if (view_cut(&tag, VIEW("="), &name) && view_eq(unfold_ends(name), VIEW("d"))) {
            *out = unfold_ends(tag);
            count++;
        }
    }
    return count == 1;
}

static void keep_signer(struct header_facts *facts, struct view body)
{
    char unfolded_storage[DOMAIN_MAX], storage[DOMAIN_MAX];
    struct buf unfolded = BUF(unfolded_storage), domain = BUF(storage);
    struct view signer;

    if (!find_signer(body, &signer))
        return;
    add_unfolded(&unfolded, signer);
    if (unfolded.full || !domain_normalize(buf_view(&unfolded), &domain))
        return;
    for (size_t i = 0; i < facts->signer_count; i++) {
        if (view_eq(facts->signers[i], buf_view(&domain)))
            return;
    }
    signer = facts->signer_count < HEADER_SIGNERS_MAX ? arena_copy(facts->arena, buf_view(&domain))
                                                      : (struct view){ NULL, 0 };
    if (signer.p == NULL)
        facts->out_of_room = true;
    else
        facts->signers[facts->signer_count++] = signer;
}

static void look_into(struct header_facts *facts, enum header_field field, struct view body)
{
    if (field == FIELD_FROM)
        mailbox_list_parse(body, &facts->from);
    else if (field == FIELD_MESSAGE_ID)
        facts->message_id_fine = is_message_id(body);
    else if (field == FIELD_DKIM_SIGNATURE)
        keep_signer(facts, body);
    else if (field == FIELD_LIST_UNSUBSCRIBE)
        facts->unsubscribe_fine = has_one_https_uri(body);
    else if (field == FIELD_LIST_UNSUBSCRIBE_POST)
        facts->unsubscribe_post_fine = view_eq(unfold_ends(body), VIEW("List-Unsubscribe=One-Click"));
    else if (field == FIELD_TLS_REQUIRED)
        facts->tls_required_no = view_eq_nocase(unfold_ends(body), VIEW("no"));
}

void header_facts_init(struct header_facts *facts, struct arena *arena)
{
    *facts = (struct header_facts){ .arena = arena };
}

void header_facts_add(struct header_facts *facts, struct view name, struct view body)
{
    facts->octets += name.n + body.n;
    for (size_t i = 0; i < FIELD_COUNT; i++) {
        if (view_eq_nocase(name, fields[i].name)) {
            facts->counts[i]++;
            look_into(facts, (enum header_field)i, body);
            return;
        }
    }
}

/* A list in the making: words with commas between them. */
struct words {
    struct arena *arena;
    char storage[HEADER_SIGNERS_MAX * (DOMAIN_MAX + 1)];
    struct buf text;
};

static void words_init(struct words *words, struct arena *arena)
{
    words->arena = arena;
    words->text = buf_over(words->storage, sizeof(words->storage));
}

static void words_add(struct words *words, struct view word)
{
    if (words->text.len > 0)
        buf_add_char(&words->text, ',');
    buf_add(&words->text, word);
}

static bool words_keep(const struct words *words, struct submission *sub, enum fact_id id)
{
    struct view kept = arena_copy(words->arena, buf_view(&words->text));

    if (kept.p == NULL)
        return false;
    fact_set_text(sub, id, kept);
    return true;
}

/* One From field with one address that every receiver reads alike. */
static bool has_one_from(const struct header_facts *facts)
{
    return facts->counts[FIELD_FROM] == 1 && facts->from.count == 1 && !facts->from.broken;
}

static bool has_repeated_field(const struct header_facts *facts)
{
    for (size_t i = 0; i < FIELD_COUNT; i++) {
        if (fields[i].once && facts->counts[i] > 1)
            return true;
    }
    return false;
}

/* Indexed as format_fault_table names them; the unit test holds both together. */
static bool has_fault(const struct header_facts *facts, struct view name)
{
    const struct {
        struct view name;
        bool found;
    } found[] = {
        { VIEW("no-from"), facts->counts[FIELD_FROM] == 0 },
        { VIEW("several-from"), facts->counts[FIELD_FROM] > 1 || facts->from.count > 1 },
        { VIEW("bad-from"), facts->counts[FIELD_FROM] > 0 && (facts->from.broken || facts->from.count == 0) },
        { VIEW("no-date"), facts->counts[FIELD_DATE] == 0 },
        { VIEW("no-message-id"), facts->counts[FIELD_MESSAGE_ID] == 0 },
        { VIEW("bad-message-id"), facts->counts[FIELD_MESSAGE_ID] > 0 && !facts->message_id_fine },
        { VIEW("repeated-field"), has_repeated_field(facts) },
        { VIEW("address-in-name"), facts->from.address_in_name },
        { VIEW("encoded-address"), facts->from.encoded_address },
        { VIEW("header-too-large"), facts->octets > HEADER_OCTETS_MAX },
    };

    for (size_t i = 0; i < sizeof(found) / sizeof(found[0]); i++) {
        if (view_eq(found[i].name, name))
            return found[i].found;
    }
    return false;
}

static bool fill_faults(const struct header_facts *facts, struct submission *sub)
{
    struct words words;

    words_init(&words, facts->arena);
    for (size_t i = 0; i < format_fault_count; i++) {
        if (has_fault(facts, format_fault_table[i].name))
            words_add(&words, format_fault_table[i].name);
    }
    return words_keep(&words, sub, FACT_FORMAT_FAULTS);
}

static bool fill_signers(const struct header_facts *facts, struct submission *sub)
{
    struct words words;

    words_init(&words, facts->arena);
    for (size_t i = 0; i < facts->signer_count; i++)
        words_add(&words, facts->signers[i]);
    return words_keep(&words, sub, FACT_DKIM);
}

/* Does the domain of an address fact (sender, login) share the From's registrable domain? */
static bool agrees(const struct public_suffix *list, const struct fact *fact, struct view from)
{
    char storage[DOMAIN_MAX];
    struct buf domain = BUF(storage);

    return fact->state == FACT_KNOWN && domain_normalize(domain_of_address(fact->text), &domain) &&
           public_suffix_shared(list, buf_view(&domain), from);
}

static bool fill_agreement(const struct header_facts *facts, const struct public_suffix *list, struct view from,
                           struct submission *sub)
{
    struct words words;

    words_init(&words, facts->arena);
    if (agrees(list, &sub->facts[FACT_SENDER], from))
        words_add(&words, VIEW("sender"));
    if (agrees(list, &sub->facts[FACT_LOGIN], from))
        words_add(&words, VIEW("login"));
    return words_keep(&words, sub, FACT_FROM_AGREES);
}

static bool is_aligned(const struct header_facts *facts, const struct public_suffix *list, struct view from)
{
    for (size_t i = 0; i < facts->signer_count; i++) {
        if (public_suffix_shared(list, facts->signers[i], from))
            return true;
    }
    return false;
}

bool header_facts_fill(struct header_facts *facts, const struct public_suffix *list, struct submission *sub)
{
    struct view from = { NULL, 0 };
    bool whole = !facts->out_of_room;

    if (has_one_from(facts)) {
        from = arena_copy(facts->arena, (struct view){ facts->from.domain, facts->from.domain_size });
        whole = whole && from.p != NULL;
    }
    if (from.n > 0)
        fact_set_text(sub, FACT_HEADER_FROM, from);
    else
        fact_set_absent(sub, FACT_HEADER_FROM);
    whole = fill_agreement(facts, list, from, sub) && whole;
    whole = fill_signers(facts, sub) && whole;
    whole = fill_faults(facts, sub) && whole;
    fact_set_flag(sub, FACT_DKIM_ALIGNED, is_aligned(facts, list, from));
    fact_set_flag(sub, FACT_ONE_CLICK,
                  facts->counts[FIELD_LIST_UNSUBSCRIBE] == 1 && facts->counts[FIELD_LIST_UNSUBSCRIBE_POST] == 1 &&
                      facts->unsubscribe_fine && facts->unsubscribe_post_fine);
    fact_set_flag(sub, FACT_TLS_REQUIRED_NO, facts->counts[FIELD_TLS_REQUIRED] == 1 && facts->tls_required_no);
    return whole;
}
