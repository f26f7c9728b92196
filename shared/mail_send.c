#include "shared/mail_send.h"

#include <stdio.h>
#include <string.h>

#include <curl/curl.h>

#include "shared/network.h"

/* libcurl hands out the server's lines as headers. */
static size_t keep_reply(char *text, size_t size, size_t count, void *context)
{
    char *reply = context;
    struct view line = view_trim((struct view){ text, size * count });

    while (line.n > 0 && (line.p[line.n - 1] == '\r' || line.p[line.n - 1] == '\n'))
        line.n--;
    line = view_slice(line, 0, MAIL_REPLY_MAX - 1);
    /* A refusal stays, and so does what is said before the answer to QUIT. */
    if (line.n > 0 && reply[0] != '4' && reply[0] != '5' && (reply[0] == '\0' || !view_starts(line, VIEW("221")))) {
        memcpy(reply, line.p, line.n);
        reply[line.n] = '\0';
    }
    return size * count;
}

static size_t give_message(char *out, size_t size, size_t count, void *context)
{
    struct view *rest = context;
    struct view piece = view_slice(*rest, 0, size * count);

    if (piece.n > 0)
        memcpy(out, piece.p, piece.n);
    *rest = view_slice(*rest, piece.n, rest->n);
    return piece.n;
}

static bool is_loopback(const char *host)
{
    struct address address;

    return strcmp(host, "localhost") == 0 || (address_parse(view_of(host), &address) && address_is_loopback(&address));
}

static CURLcode set_server(CURL *curl, const struct mail_to_send *mail)
{
    bool loopback = is_loopback(mail->host), literal = strchr(mail->host, ':') != NULL;
    char url[512];
    CURLcode code;

    if (snprintf(url, sizeof(url), "%s://%s%s%s:%u", mail->implicit_tls ? "smtps" : "smtp", literal ? "[" : "",
                 mail->host, literal ? "]" : "", mail->port) >= (int)sizeof(url))
        return CURLE_URL_MALFORMAT;
    code = curl_easy_setopt(curl, CURLOPT_URL, url);
    if (code == CURLE_OK)
        code = curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    if (code == CURLE_OK)
        code = curl_easy_setopt(curl, CURLOPT_PROXY, "");
    if (code == CURLE_OK)
        code = curl_easy_setopt(curl, CURLOPT_USE_SSL,
                                mail->may_be_plaintext ? (long)CURLUSESSL_TRY : (long)CURLUSESSL_ALL);
    /* This host's certificate bears its name, not localhost's; nobody stands between us and ourselves. */
    if (code == CURLE_OK)
        code = curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, loopback || mail->may_be_plaintext ? 0L : 2L);
    if (code == CURLE_OK)
        code = curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER,
                                mail->may_be_plaintext || (loopback && mail->authorities == NULL) ? 0L : 1L);
    if (code == CURLE_OK && mail->authorities != NULL)
        code = curl_easy_setopt(curl, CURLOPT_CAINFO, mail->authorities);
    return code;
}

static CURLcode set_login(CURL *curl, const struct mail_to_send *mail)
{
    CURLcode code = CURLE_OK;

    if (mail->login == NULL)
        return code;
    code = curl_easy_setopt(curl, CURLOPT_USERNAME, mail->login);
    return code == CURLE_OK ? curl_easy_setopt(curl, CURLOPT_PASSWORD, mail->password) : code;
}

static CURLcode set_message(CURL *curl, const struct mail_to_send *mail, struct view *rest, struct curl_slist *to)
{
    CURLcode code = curl_easy_setopt(curl, CURLOPT_MAIL_FROM, mail->from);

    if (code == CURLE_OK)
        code = curl_easy_setopt(curl, CURLOPT_MAIL_RCPT, to);
    if (code == CURLE_OK)
        code = curl_easy_setopt(curl, CURLOPT_READFUNCTION, give_message);
    if (code == CURLE_OK)
        code = curl_easy_setopt(curl, CURLOPT_READDATA, rest);
    return code == CURLE_OK ? curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L) : code;
}

static CURLcode set_rest(CURL *curl, const struct mail_to_send *mail, char *reply)
{
    CURLcode code = curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, keep_reply);

    if (code == CURLE_OK)
        code = curl_easy_setopt(curl, CURLOPT_HEADERDATA, reply);
    if (code == CURLE_OK)
        code = curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    return code == CURLE_OK ? curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long)mail->timeout) : code;
}

static CURLcode perform(CURL *curl, const struct mail_to_send *mail, struct curl_slist *to, char *reply)
{
    struct view rest = mail->message;
    CURLcode code = set_server(curl, mail);

    if (code == CURLE_OK)
        code = set_login(curl, mail);
    if (code == CURLE_OK)
        code = set_message(curl, mail, &rest, to);
    if (code == CURLE_OK)
        code = set_rest(curl, mail, reply);
    return code == CURLE_OK ? curl_easy_perform(curl) : code;
}

int mail_send(const struct mail_to_send *mail, char reply[MAIL_REPLY_MAX], struct error *error)
{
    struct curl_slist *to = NULL;
    CURLcode code = curl_global_init(CURL_GLOBAL_DEFAULT);
    CURL *curl = code == CURLE_OK ? curl_easy_init() : NULL;

    reply[0] = '\0';
    if (curl != NULL)
        to = curl_slist_append(NULL, mail->to);
    code = to == NULL ? CURLE_OUT_OF_MEMORY : perform(curl, mail, to, reply);
    curl_slist_free_all(to);
    curl_easy_cleanup(curl);
    curl_global_cleanup();
    if (code == CURLE_OK)
        return 0;
    return error_set(error, ERROR_SYSTEM, "%s port %u: %s%s%s", mail->host, mail->port, curl_easy_strerror(code),
                     reply[0] != '\0' ? "; the server's last line: " : "", reply);
}
