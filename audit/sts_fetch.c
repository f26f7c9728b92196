#include "audit/sts_fetch.h"

#include <stdio.h>
#include <string.h>

#include <curl/curl.h>

#include "audit/mta_sts.h"
#include "shared/buf.h"

enum { URL_MAX = DOMAIN_MAX + 64, RESOLVE_MAX = 2048 };

/* curl's own limit does not stop a body of unknown length before 8.4. */
static size_t take_octets(char *octets, size_t size, size_t count, void *to)
{
    struct buf *text = to;

    buf_add(text, (struct view){ octets, size * count });
    return text->full ? 0 : size * count;
}

/* "mta-sts.example.com:443:192.0.2.1,[2001:db8::1]": curl asks no resolver of its own. */
static bool write_addresses(const struct sts_request *request, struct buf *out)
{
    buf_addf(out, "mta-sts.%s:%u:", request->domain, request->port);
    for (size_t i = 0; i < request->address_count; i++) {
        char storage[64];
        struct buf address = BUF(storage);
        bool six;

        address_add(&address, &request->addresses[i]);
        six = view_find_char(buf_view(&address), ':') != -1;
        buf_addf(out, "%s%s%s%s", i > 0 ? "," : "", six ? "[" : "", buf_text(&address), six ? "]" : "");
    }
    (void)buf_text(out);
    return !out->full && request->address_count > 0;
}

/* All or nothing: an option that this libcurl lacks must not be missing silently. */
static bool set_options(CURL *curl, const struct sts_request *request, const char *url, struct curl_slist *addresses,
                        struct buf *text, char *why)
{
    return curl_easy_setopt(curl, CURLOPT_URL, url) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "https") == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_PROXY, "") == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 1L) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 2L) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)request->timeout_ms) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_RESOLVE, addresses) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, why) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_octets) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_WRITEDATA, text) == CURLE_OK &&
           (request->authorities == NULL || curl_easy_setopt(curl, CURLOPT_CAINFO, request->authorities) == CURLE_OK);
}

static int perform(CURL *curl, const struct buf *text, const char *why, struct error *error)
{
    CURLcode result = curl_easy_perform(curl);
    long code = 0;

    (void)curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &code);
    if (text->full)
        return error_set(error, ERROR_LIMIT, "the policy is longer than %d octets", STS_POLICY_MAX);
    if (result != CURLE_OK)
        return error_set(error, ERROR_SYSTEM, "%s", why[0] != '\0' ? why : curl_easy_strerror(result));
    if (code != 200)
        return error_set(error, ERROR_SYSTEM, "the server answers %ld; only 200 counts", code);
    return 0;
}

int sts_fetch(struct arena *arena, const struct sts_request *request, struct view *text, struct error *error)
{
    char url[URL_MAX], resolve[RESOLVE_MAX], why[CURL_ERROR_SIZE] = "";
    struct buf addresses = BUF(resolve), body = buf_over(arena_alloc(arena, STS_POLICY_MAX), STS_POLICY_MAX);
    struct curl_slist *list = NULL;
    CURL *curl = NULL;
    int result = -1;

    (void)snprintf(url, sizeof(url), "https://mta-sts.%s:%u/.well-known/mta-sts.txt", request->domain, request->port);
    if (!write_addresses(request, &addresses))
        return error_set(error, ERROR_SYSTEM, "mta-sts.%s: no address", request->domain);
    if (body.p == NULL || (list = curl_slist_append(NULL, resolve)) == NULL || (curl = curl_easy_init()) == NULL)
        error_set(error, ERROR_MEMORY, "out of memory");
    else if (!set_options(curl, request, url, list, &body, why))
        error_set(error, ERROR_SYSTEM, "libcurl lacks what is needed");
    else
        result = perform(curl, &body, why, error);
    curl_easy_cleanup(curl);
    curl_slist_free_all(list);
    if (result == 0)
        *text = buf_view(&body);
    return result;
}
