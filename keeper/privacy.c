#include "keeper/privacy.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>

enum { HASH_SHOWN = 8 }; /* octets */

static int make_key(const char *path, unsigned char *key, struct error *error)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);

    if (fd == -1)
        return error_set(error, ERROR_SYSTEM, "%s: %s", path, strerror(errno));
    if (getrandom(key, PRIVACY_KEY, 0) != PRIVACY_KEY || write(fd, key, PRIVACY_KEY) != PRIVACY_KEY ||
        fsync(fd) == -1) {
        error_set(error, ERROR_SYSTEM, "%s: %s", path, strerror(errno));
        close(fd);
        unlink(path);
        return -1;
    }
    close(fd);
    return 0;
}

static int read_key(int fd, const char *path, unsigned char *key, struct error *error)
{
    struct stat stat;

    if (fstat(fd, &stat) == -1)
        return error_set(error, ERROR_SYSTEM, "%s: %s", path, strerror(errno));
    if (!S_ISREG(stat.st_mode) || (stat.st_mode & 077) != 0)
        return error_set(error, ERROR_SYSTEM, "%s: must be a file that only its owner may read", path);
    if (stat.st_size != PRIVACY_KEY || read(fd, key, PRIVACY_KEY) != PRIVACY_KEY)
        return error_set(error, ERROR_SYSTEM, "%s: is no key of %d octets", path, PRIVACY_KEY);
    return 0;
}

int privacy_load(struct privacy *privacy, enum addresses addresses, const char *key_path, struct error *error)
{
    int fd, result;

    *privacy = (struct privacy){ .addresses = addresses };
    if (addresses != ADDRESSES_HASHED)
        return 0;
    fd = open(key_path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd == -1 && errno == ENOENT)
        return make_key(key_path, privacy->key, error);
    if (fd == -1)
        return error_set(error, ERROR_SYSTEM, "%s: %s", key_path, strerror(errno));
    result = read_key(fd, key_path, privacy->key, error);
    close(fd);
    return result;
}

static void add_hash(const struct privacy *privacy, struct view address, struct buf *out)
{
    unsigned char hash[EVP_MAX_MD_SIZE];
    unsigned length = 0;

    if (HMAC(EVP_sha256(), privacy->key, PRIVACY_KEY, (const unsigned char *)address.p, address.n, hash, &length) ==
        NULL)
        length = 0;
    for (unsigned i = 0; i < HASH_SHOWN && i < length; i++)
        buf_addf(out, "%02x", hash[i]);
}

void privacy_address(const struct privacy *privacy, struct view address, struct buf *out)
{
    ptrdiff_t at = view_find_last_char(address, '@');

    if (privacy->addresses == ADDRESSES_YES || address.n == 0 || view_eq(address, VIEW("none"))) {
        buf_add(out, view_slice(address, 0, PRIVACY_ADDRESS_MAX));
        return;
    }
    if (privacy->addresses == ADDRESSES_HASHED)
        add_hash(privacy, address, out);
    else
        buf_add_char(out, '*');
    if (at >= 0)
        buf_add(out, view_slice(address, (size_t)at, (size_t)at + PRIVACY_ADDRESS_MAX / 2));
}

/* ---- addresses within a text ---- */

/* Neither a blank, nor a control character, nor what may surround an address. */
static bool is_of_address(char c)
{
    return (unsigned char)c > ' ' && strchr("<>()[],;:\"@", c) == NULL;
}

/* The quotation mark that ends what begins with one; the text's end without. */
static size_t closing_quote(struct view text, size_t open)
{
    for (size_t i = open + 1; i < text.n; i++) {
        if (text.p[i] == '\\')
            i++;
        else if (text.p[i] == '"')
            return i;
    }
    return text.n;
}

/* The next @ that a local part, perhaps an empty one, stands before. */
static bool find_address(struct view text, size_t *begin, size_t *at)
{
    *begin = 0;
    for (*at = 0; *at < text.n && text.p[*at] != '@'; ++*at) {
        size_t close = text.p[*at] == '"' ? closing_quote(text, *at) : text.n;

        if (close + 1 < text.n && text.p[close + 1] == '@') {
            *begin = *at;
            *at = close + 1;
            return true;
        }
        if (!is_of_address(text.p[*at]))
            *begin = *at + 1;
    }
    return *at < text.n;
}

static size_t domain_end(struct view text, size_t at)
{
    size_t end = at + 1;

    while (end < text.n && is_of_address(text.p[end]))
        end++;
    return end;
}

void privacy_text(const struct privacy *privacy, struct view text, struct buf *out)
{
    size_t begin, at;

    if (privacy->addresses == ADDRESSES_YES) {
        buf_add(out, view_slice(text, 0, out->cap - out->len));
        return;
    }
    while (find_address(text, &begin, &at)) {
        size_t end = domain_end(text, at);

        buf_add(out, view_slice(text, 0, begin));
        if (begin < at)
            privacy_address(privacy, view_slice(text, begin, end), out);
        else
            buf_add(out, view_slice(text, begin, end));
        text = view_slice(text, end, text.n);
    }
    buf_add(out, text);
}
