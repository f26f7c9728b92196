#include "dns/dkim_key.h"

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "dns/tag_list.h"

struct tags {
    struct view version, type, key, flags, services, hashes;
    bool has_key;
};

static struct view *tag_place(struct tags *tags, struct view name)
{
    const struct {
        struct view name;
        struct view *place;
    } rows[] = {
        { VIEW("v"), &tags->version }, { VIEW("k"), &tags->type },     { VIEW("p"), &tags->key },
        { VIEW("t"), &tags->flags },   { VIEW("s"), &tags->services }, { VIEW("h"), &tags->hashes },
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (view_eq(name, rows[i].name))
            return rows[i].place;
    }
    return NULL;
}

static bool read_tags(struct view text, struct tags *out)
{
    struct tag_value tag;
    unsigned at = 0;
    int found;

    *out = (struct tags){ .type = VIEW("rsa"), .services = VIEW("*"), .hashes = VIEW("sha256") };
    for (; (found = tag_list_next(&text, &tag)) == 1; at++) {
        struct view *place = tag_place(out, tag.name);

        if (place == &out->version && (at > 0 || !view_eq(tag.value, VIEW("DKIM1"))))
            return false; /* section 3.6.1: the first tag, and this value */
        if (place == &out->key && out->has_key)
            return false;
        out->has_key = out->has_key || place == &out->key;
        if (place != NULL)
            *place = tag.value;
    }
    return found == 0 && out->has_key;
}

/* Base64 with white space anywhere: section 2.10.  -1 when it is none. */
static int decode(struct view text, unsigned char *out)
{
    char storage[DKIM_KEY_OCTETS_MAX];
    struct buf solid = BUF(storage);
    size_t padding = 0;
    int length;

    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == ' ' || text.p[i] == '\t' || text.p[i] == '\r' || text.p[i] == '\n')
            continue;
        padding = text.p[i] == '=' ? padding + 1 : 0;
        buf_add_char(&solid, text.p[i]);
    }
    if (solid.full || solid.len == 0 || solid.len % 4 != 0 || padding > 2)
        return -1;
    length = EVP_DecodeBlock(out, (const unsigned char *)solid.p, (int)solid.len);
    return length < 0 ? -1 : length - (int)padding;
}

/* SubjectPublicKeyInfo as signers publish it, or the bare RSAPublicKey that the RFC's text speaks of.  0: neither. */
static unsigned rsa_bits(const unsigned char *octets, int length)
{
    const unsigned char *at = octets;
    EVP_PKEY *key = d2i_PUBKEY(NULL, &at, length);
    unsigned bits = 0;

    if (key == NULL) {
        at = octets;
        key = d2i_PublicKey(EVP_PKEY_RSA, NULL, &at, length);
    }
    if (key != NULL && EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA && at == octets + length)
        bits = (unsigned)EVP_PKEY_get_bits(key);
    EVP_PKEY_free(key);
    return bits;
}

static void read_key(struct view text, struct dkim_key *key)
{
    unsigned char octets[DKIM_KEY_OCTETS_MAX];
    int length = decode(text, octets);

    if (length <= 0)
        return;
    if (key->type == DKIM_ED25519)
        key->bits = length == 32 ? 256 : 0; /* RFC 8463 section 4.2: the bare key */
    else
        key->bits = rsa_bits(octets, length);
    if (key->bits > 0)
        key->state = DKIM_KEY_FOUND;
}

struct dkim_key dkim_key_parse(struct view text)
{
    struct dkim_key key = { .state = DKIM_KEY_BROKEN, .record = text };
    struct tags tags;

    if (!read_tags(text, &tags))
        return key;
    key.testing = tag_words_have(tags.flags, VIEW("y"));
    key.strict = tag_words_have(tags.flags, VIEW("s"));
    if (tags.key.n == 0) {
        key.state = DKIM_KEY_REVOKED;
    } else if ((!view_eq(tags.type, VIEW("rsa")) && !view_eq(tags.type, VIEW("ed25519"))) ||
               !tag_words_have(tags.hashes, VIEW("sha256")) ||
               !(tag_words_have(tags.services, VIEW("*")) || tag_words_have(tags.services, VIEW("email")))) {
        key.state = DKIM_KEY_OTHER;
    } else {
        key.type = view_eq(tags.type, VIEW("ed25519")) ? DKIM_ED25519 : DKIM_RSA;
        read_key(tags.key, &key);
    }
    return key;
}

static struct dkim_key key_of(const struct dns_answer *answer)
{
    struct dkim_key key = { .state = DKIM_KEY_ABSENT };

    if (answer->state == DNS_ANSWER_PENDING)
        key.state = DKIM_KEY_PENDING;
    else if (answer->state == DNS_ANSWER_FAULT)
        key = (struct dkim_key){ .state = DKIM_KEY_UNKNOWN, .fault = answer->fault };
    else if (answer->count > 1)
        key = (struct dkim_key){ .state = DKIM_KEY_SEVERAL, .record = answer->records[0].text };
    else if (answer->count == 1)
        key = dkim_key_parse(answer->records[0].text);
    key.secure = answer->secure;
    return key;
}

struct dkim_key dkim_key_find(struct dns_answers *answers, struct view selector, struct view domain)
{
    char storage[DNS_NAME_MAX + 1];
    struct buf name = BUF(storage);

    buf_addf(&name, "%.*s._domainkey.%.*s", VIEW_ARG(selector), VIEW_ARG(domain));
    if (name.full || !dns_name_is_valid(buf_view(&name)))
        return (struct dkim_key){ .state = DKIM_KEY_ABSENT };
    return key_of(dns_ask(answers, buf_view(&name), DNS_TYPE_TXT));
}

bool dkim_key_is_good(const struct dkim_key *key)
{
    return key->state == DKIM_KEY_FOUND && (key->type == DKIM_ED25519 || key->bits >= DKIM_BITS_MIN);
}

static const struct {
    struct view name, text;
} states[] = {
    [DKIM_KEY_PENDING] = { VIEW_INIT("pending"), VIEW_INIT("pending") },
    [DKIM_KEY_UNKNOWN] = { VIEW_INIT("unknown"), VIEW_INIT("DNS gives no answer") },
    [DKIM_KEY_ABSENT] = { VIEW_INIT("absent"), VIEW_INIT("no such record") },
    [DKIM_KEY_SEVERAL] = { VIEW_INIT("several"), VIEW_INIT("several records, of which only one may be") },
    [DKIM_KEY_BROKEN] = { VIEW_INIT("broken"), VIEW_INIT("no key that can be read") },
    [DKIM_KEY_REVOKED] = { VIEW_INIT("revoked"), VIEW_INIT("revoked") },
    [DKIM_KEY_OTHER] = { VIEW_INIT("other"), VIEW_INIT("not for signatures of mail with SHA-256") },
    [DKIM_KEY_FOUND] = { VIEW_INIT("found"), VIEW_INIT("key") },
};

struct view dkim_key_state_text(enum dkim_key_state state)
{
    return states[state].text;
}

struct view dkim_key_state_name(enum dkim_key_state state)
{
    return states[state].name;
}

struct view dkim_key_type_name(enum dkim_key_type type)
{
    return type == DKIM_ED25519 ? VIEW("ed25519") : VIEW("rsa");
}
