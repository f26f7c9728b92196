#include <bsd/string.h>
#include <curl/curl.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "alert/carry.h"

enum { TEXT_MAX = 256, SECRET_MAX = 4096, DIGEST_MAX = 32, HEADER_MAX = 1024 };

/* What the server says is not for us. */
static size_t ignore(char *text, size_t size, size_t count, void *context)
{
    (void)text;
    (void)context;
    return size * count;
}

/* The secret as it stands in its file, without the line end; -1 with the reason in text. */
static ssize_t read_secret(const char *path, char secret[SECRET_MAX], char text[TEXT_MAX])
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    struct stat stat;
    ssize_t got = -1;

    if (fd != -1 && fstat(fd, &stat) == 0 && (stat.st_mode & (S_IWGRP | S_IRWXO)) != 0)
        snprintf(text, TEXT_MAX, "%s: others may read it or its group write it; chmod 640 it", path);
    else if (fd == -1 || (got = read(fd, secret, SECRET_MAX)) == -1)
        snprintf(text, TEXT_MAX, "%s: %m", path);
    if (fd != -1)
        close(fd);
    while (got > 0 && (secret[got - 1] == '\n' || secret[got - 1] == '\r'))
        got--;
    if (got == 0)
        snprintf(text, TEXT_MAX, "%s: is empty", path);
    return got == 0 ? -1 : got;
}

/* "X-Outward-Signature: sha256=..." over the body; false with the reason in text. */
static bool sign(const char *path, struct view body, char header[HEADER_MAX], char text[TEXT_MAX])
{
    char secret[SECRET_MAX];
    unsigned char digest[EVP_MAX_MD_SIZE];
    ssize_t length = read_secret(path, secret, text);
    struct buf out = buf_over(header, HEADER_MAX);

    if (length == -1)
        return false;
    if (HMAC(EVP_sha256(), secret, (int)length, (const unsigned char *)body.p, body.n, digest, NULL) == NULL) {
        strlcpy(text, "the signature cannot be made", TEXT_MAX);
        return false;
    }
    explicit_bzero(secret, sizeof(secret));
    buf_add(&out, VIEW("X-Outward-Signature: sha256="));
    for (int i = 0; i < DIGEST_MAX; i++)
        buf_addf(&out, "%02x", digest[i]);
    (void)buf_text(&out);
    return true;
}

static bool add_header(struct curl_slist **list, const char *header)
{
    struct curl_slist *longer = curl_slist_append(*list, header);

    if (longer != NULL)
        *list = longer;
    return longer != NULL;
}

static bool add_headers(struct curl_slist **list, const struct channel *channel, const json_t *notice, struct view body,
                        char text[TEXT_MAX])
{
    char header[HEADER_MAX];
    struct buf out = BUF(header);

    buf_add(&out, VIEW("X-Outward-Notice: "));
    notice_id(notice, &out);
    strlcpy(text, "out of memory", TEXT_MAX);
    if (!add_header(list, "Content-Type: application/json") || !add_header(list, buf_text(&out)))
        return false;
    if (channel->secret_file.n == 0)
        return true;
    return sign(channel->secret_file.p, body, header, text) && add_header(list, header);
}

static CURLcode set_options(CURL *curl, const struct channel *channel, struct curl_slist *headers, struct view body)
{
    CURLcode code = curl_easy_setopt(curl, CURLOPT_URL, channel->target.p);

    if (code == CURLE_OK)
        code = curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, channel->insecure ? "https,http" : "https");
    if (code == CURLE_OK)
        code = curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
    if (code == CURLE_OK)
        code = curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    if (code == CURLE_OK)
        code = curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, (long)body.n);
    if (code == CURLE_OK)
        code = curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body.p);
    if (code == CURLE_OK)
        code = curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, ignore);
    if (code == CURLE_OK)
        code = curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    if (code == CURLE_OK)
        code = curl_easy_setopt(curl, CURLOPT_USERAGENT, "outward/" OUTWARD_VERSION);
    return code == CURLE_OK ? curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long)COURIER_TIMEOUT_SECONDS) : code;
}

/* Only what may come right later is tried again: RFC 9110 section 15.5, but for 408 and 429. */
static enum courier_result judge(long status, char text[TEXT_MAX])
{
    if (status >= 200 && status < 300)
        return COURIER_DELIVERED;
    snprintf(text, TEXT_MAX, "HTTP status %ld", status);
    if (status >= 300 && status < 500 && status != 408 && status != 425 && status != 429)
        return COURIER_REFUSED;
    return COURIER_TROUBLE;
}

static enum courier_result post(CURL *curl, const struct channel *channel, struct curl_slist *headers, struct view body,
                                char text[TEXT_MAX])
{
    CURLcode code = set_options(curl, channel, headers, body);
    long status = 0;

    if (code == CURLE_OK)
        code = curl_easy_perform(curl);
    if (code == CURLE_OK)
        code = curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    if (code == CURLE_OK)
        return judge(status, text);
    strlcpy(text, curl_easy_strerror(code), TEXT_MAX);
    return COURIER_TROUBLE;
}

enum courier_result carry_webhook(const struct courier_settings *settings, const json_t *notice, struct view body,
                                  char text[256])
{
    char *own = settings->channel->form == WEBHOOK_OUTWARD ? NULL : notice_webhook(notice, settings->channel->form);
    struct view sent = own == NULL ? body : view_of(own);
    enum courier_result result = COURIER_TROUBLE;
    struct curl_slist *headers = NULL;
    CURL *curl;

    strlcpy(text, "libcurl does not start", TEXT_MAX);
    if (curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK && (curl = curl_easy_init()) != NULL) {
        if (add_headers(&headers, settings->channel, notice, sent, text))
            result = post(curl, settings->channel, headers, sent, text);
        curl_slist_free_all(headers);
        curl_easy_cleanup(curl);
    }
    free(own);
    return result;
}
