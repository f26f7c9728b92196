#include "milter/header_facts.h"

#include <string.h>

#include "milter/fold.h"

enum { FAULT_LIST_MAX = 256 }; /* octets of all names in format_fault_table, with commas */

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

/* Where the name stands, or the end of the list. */
static struct header_domain **find_name(struct header_domains *domains, struct view name)
{
    struct header_domain **at = &domains->first;

    while (*at != NULL && !view_eq((*at)->name, name))
        at = &(*at)->next;
    return at;
}

/* Up to limit distinct names. */
static void keep_name(struct header_facts *facts, struct header_domains *domains, unsigned limit, struct view name)
{
    struct header_domain **at = find_name(domains, name), *kept;

    if (*at != NULL)
        return;
    if (domains->count == limit) {
        domains->more = true;
        return;
    }
    kept = arena_alloc(facts->arena, sizeof(*kept));
    if (kept != NULL)
        kept->name = arena_copy(facts->arena, name);
    if (kept == NULL || kept->name.p == NULL) {
        facts->out_of_memory = true;
        return;
    }
    *at = kept;
    domains->count++;
}

static void keep_signer(struct header_facts *facts, struct view body)
{
    char unfolded_storage[DOMAIN_MAX], storage[DOMAIN_MAX];
    struct buf unfolded = BUF(unfolded_storage), domain = BUF(storage);
    struct view signer;

    if (!find_signer(body, &signer))
        return;
    add_unfolded(&unfolded, signer);
    if (!unfolded.full && domain_normalize(buf_view(&unfolded), &domain) && !view_eq(buf_view(&domain), LIST_UNKNOWN))
        keep_name(facts, &facts->signers, HEADER_SIGNERS_MAX, buf_view(&domain));
}

static void keep_author(void *context, struct view domain)
{
    struct header_facts *facts = context;

    if (view_eq(domain, LIST_UNKNOWN))
        facts->from.broken = true;
    else
        keep_name(facts, &facts->authors, HEADER_FROM_MAX, domain);
}

/* Every From counts: which of several a receiver shows is not ours to say. */
static void keep_from(struct header_facts *facts, struct view body)
{
    const struct mailbox_sink sink = { keep_author, facts };
    struct mailbox_list list;

    mailbox_list_parse(body, &sink, &list);
    facts->from.count += list.count;
    facts->from.broken |= list.broken || list.count == 0;
    facts->from.address_in_name |= list.address_in_name;
    facts->from.encoded_address |= list.encoded_address;
}

static void look_into(struct header_facts *facts, enum header_field field, struct view body)
{
    if (field == FIELD_FROM)
        keep_from(facts, body);
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
        if (name.n == fields[i].name.n && view_eq_nocase(name, fields[i].name)) {
            if (facts->counts[i] < UINT8_MAX)
                facts->counts[i]++;
            look_into(facts, (enum header_field)i, body);
            return;
        }
    }
}

/* A word behind those of a list, with a comma between them. */
static void add_word(struct buf *list, struct view word)
{
    if (list->len > 0)
        buf_add_char(list, ',');
    buf_add(list, word);
}

static bool keep_list(const struct header_facts *facts, const struct buf *list, struct submission *sub, enum fact_id id)
{
    struct view kept = arena_copy(facts->arena, buf_view(list));

    if (kept.p == NULL)
        return false;
    fact_set_text(sub, id, kept);
    return true;
}

static bool has_repeated_field(const struct header_facts *facts)
{
    for (size_t i = 0; i < FIELD_COUNT; i++) {
        if (fields[i].once && facts->counts[i] > 1)
            return true;
    }
    return false;
}

/* In the order of format_fault_table; the unit test finds each fault by its name. */
static bool fill_faults(const struct header_facts *facts, struct submission *sub)
{
    const bool found[] = {
        facts->counts[FIELD_FROM] == 0,
        facts->counts[FIELD_FROM] > 1 || facts->from.count > 1,
        facts->from.broken,
        facts->counts[FIELD_DATE] == 0,
        facts->counts[FIELD_MESSAGE_ID] == 0,
        facts->counts[FIELD_MESSAGE_ID] > 0 && !facts->message_id_fine,
        has_repeated_field(facts),
        facts->from.address_in_name,
        facts->from.encoded_address,
        facts->octets > HEADER_OCTETS_MAX,
    };
    char storage[FAULT_LIST_MAX];
    struct buf list = BUF(storage);

    for (size_t i = 0; i < sizeof(found) / sizeof(found[0]); i++) {
        if (found[i])
            add_word(&list, format_fault_table[i].name);
    }
    return keep_list(facts, &list, sub, FACT_FORMAT_FAULTS);
}

/* Few messages have several: their list's storage stays off the usual stack, of which there are hundreds. */
static __attribute__((noinline)) bool fill_names(const struct header_facts *facts, const struct header_domains *domains,
                                                 bool more, struct submission *sub, enum fact_id id)
{
    char storage[(HEADER_SIGNERS_MAX + 1) * (DOMAIN_MAX + 1)];
    struct buf list = BUF(storage);

    for (const struct header_domain *domain = domains->first; domain != NULL; domain = domain->next)
        add_word(&list, domain->name);
    if (more)
        add_word(&list, LIST_UNKNOWN);
    return keep_list(facts, &list, sub, id);
}

/* more: what the domains do not say goes into the list as unknown. */
static bool fill_domains(const struct header_facts *facts, const struct header_domains *domains, bool more,
                         struct submission *sub, enum fact_id id)
{
    if (domains->count > 1 || more)
        return fill_names(facts, domains, more, sub, id);
    fact_set_text(sub, id, domains->first != NULL ? domains->first->name : (struct view){ NULL, 0 });
    return true;
}

/* Is there a From address whose domain is not among the authors? */
static bool has_unknown_author(const struct header_facts *facts)
{
    return facts->from.broken || facts->authors.more || facts->out_of_memory;
}

/* The owner of a From address: its registrable domain is looked up when first asked for, mostly never. */
struct owner {
    struct view from, part;
    bool looked_up;
};

struct owners {
    struct public_suffix *list;
    struct owner each[HEADER_FROM_MAX];
    unsigned count; /* 0: not all are known, so nothing is everyone's */
};

static void find_owners(const struct header_facts *facts, struct owners *owners)
{
    const struct header_domain *author = has_unknown_author(facts) ? NULL : facts->authors.first;

    owners->count = 0;
    for (; author != NULL; author = author->next)
        owners->each[owners->count++] = (struct owner){ .from = author->name };
}

/*
 * Does another domain belong to the same owner?  Equal ones do; of the others
 * only those that end in the From's registrable domain are worth a look-up.
 */
static bool is_owners(struct public_suffix *list, struct owner *owner, struct view domain)
{
    if (view_eq(domain, owner->from))
        return true;
    if (!owner->looked_up)
        owner->part = public_suffix_registrable(list, owner->from);
    owner->looked_up = true;
    return owner->part.n > 0 && view_ends(domain, owner->part) &&
           view_eq(public_suffix_registrable(list, domain), owner->part);
}

static bool is_every_owners(struct owners *owners, struct view domain)
{
    for (size_t i = 0; i < owners->count; i++) {
        if (!is_owners(owners->list, &owners->each[i], domain))
            return false;
    }
    return owners->count > 0;
}

/* An address fact: sender or login. */
static bool agrees(struct owners *owners, const struct fact *fact)
{
    char storage[DOMAIN_MAX];
    struct buf domain = BUF(storage);

    return fact->state == FACT_KNOWN && domain_normalize(domain_of_address(fact->text), &domain) &&
           is_every_owners(owners, buf_view(&domain));
}

static void fill_agreement(struct owners *owners, struct submission *sub)
{
    static const struct view lists[] = { VIEW_INIT(""), VIEW_INIT("sender"), VIEW_INIT("login"),
                                         VIEW_INIT("sender,login") };
    unsigned sender = agrees(owners, &sub->facts[FACT_SENDER]), login = agrees(owners, &sub->facts[FACT_LOGIN]);

    fact_set_text(sub, FACT_FROM_AGREES, lists[sender + 2 * login]);
}

static bool has_signature_of(const struct header_facts *facts, struct public_suffix *list, struct owner *owner)
{
    for (const struct header_domain *signer = facts->signers.first; signer != NULL; signer = signer->next) {
        if (is_owners(list, owner, signer->name))
            return true;
    }
    return false;
}

/* As RFC 7489 section 6.6.1 asks it of a From with several domains: of each. */
static bool is_aligned(const struct header_facts *facts, struct owners *owners)
{
    for (size_t i = 0; i < owners->count; i++) {
        if (!has_signature_of(facts, owners->list, &owners->each[i]))
            return false;
    }
    return owners->count > 0;
}

static bool fill_from(const struct header_facts *facts, struct submission *sub)
{
    if (facts->counts[FIELD_FROM] > 0)
        return fill_domains(facts, &facts->authors, has_unknown_author(facts), sub, FACT_HEADER_FROM);
    fact_set_absent(sub, FACT_HEADER_FROM);
    return true;
}

static bool is_one_click(const struct header_facts *facts)
{
    return facts->counts[FIELD_LIST_UNSUBSCRIBE] == 1 && facts->counts[FIELD_LIST_UNSUBSCRIBE_POST] == 1 &&
           facts->unsubscribe_fine && facts->unsubscribe_post_fine;
}

bool header_facts_fill(const struct header_facts *facts, struct public_suffix *list, struct submission *sub)
{
    struct owners owners = { .list = list };
    bool whole = !facts->out_of_memory;

    find_owners(facts, &owners);
    whole = fill_from(facts, sub) && whole;
    fill_agreement(&owners, sub);
    whole = fill_domains(facts, &facts->signers, facts->signers.more || facts->out_of_memory, sub, FACT_DKIM) && whole;
    whole = fill_faults(facts, sub) && whole;
    fact_set_flag(sub, FACT_DKIM_ALIGNED, is_aligned(facts, &owners));
    fact_set_flag(sub, FACT_ONE_CLICK, is_one_click(facts));
    fact_set_flag(sub, FACT_TLS_REQUIRED_NO, facts->counts[FIELD_TLS_REQUIRED] == 1 && facts->tls_required_no);
    return whole;
}
