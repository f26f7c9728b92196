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
