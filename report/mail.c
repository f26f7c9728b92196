#include "report/mail.h"

#include <ctype.h>

#include "guidelines/compliance.h"
#include "report/words.h"
#include "shared/printable.h"

/* Begins no line of quoted-printable or base64.  The line end before it is its own: RFC 2046 section 5.1.1. */
#define BOUNDARY "=_outward_report"

enum {
    LINE_MAX_OCTETS = 76,
    WORD_OCTETS = 39, /* of UTF-8 in one encoded word: its base64 fits behind "Subject:" */
    BASE64_LINE = 57, /* octets that make 76 of base64 */
    ADDRESS_MAX = 254,
    SUBJECT_MAX = 1024,
    DOMAIN_SHOWN = 255,
    GMAIL_CLOSE = 4000 /* recipients in 24 hours: 80 % of what makes a bulk sender */
};

bool report_is_address(const char *address)
{
    size_t length = strlen(address);

    for (size_t i = 0; i < length; i++) {
        if ((unsigned char)address[i] <= ' ' || (unsigned char)address[i] >= 0x7f ||
            strchr("<>,;:\"()[]\\", address[i]))
            return false;
    }
    return length > 0 && length <= ADDRESS_MAX && address[0] != '-';
}

static bool has_bad_submissions(const struct tally *tally)
{
    struct tally_submission row;

    for (size_t i = 0; tally_submission(tally, i, &row); i++) {
        if (submission_is_bad(&row))
            return true;
    }
    return false;
}

static bool has_downgrades(const struct tally *tally)
{
    struct tally_destination row;

    for (size_t i = 0; tally_destination(tally, i, &row); i++) {
        if (row.downgraded)
            return true;
    }
    return false;
}

static bool has_close_senders(const struct tally *tally)
{
    struct tally_sender row;

    for (size_t i = 0; tally_sender(tally, i, &row); i++) {
        if (row.gmail >= GMAIL_CLOSE && tally_gmail_peak(tally, i).recipients >= GMAIL_CLOSE)
            return true;
    }
    return false;
}

static bool has_violations(const struct violations *violations)
{
    struct violation row;

    for (size_t i = 0; violations != NULL && violation_at(violations, i, &row); i++) {
        if (row.count > 0)
            return true;
    }
    return false;
}

/* What a receiver refused for its guidelines, and the like. */
static bool has_work(const struct compliance *compliance)
{
    struct compliance_row rows[REQUIREMENT_COUNT];
    const struct compliance_sender *sender;

    for (size_t i = 0; compliance != NULL && (sender = compliance_at(compliance, i)) != NULL; i++) {
        for (size_t profile = 0; profile < PROFILE_COUNT; profile++) {
            size_t count = compliance_rows(compliance, sender, profile_table[profile].receiver, rows);

            if (compliance_worst(rows, count) == COMPLIANCE_NEEDS_WORK)
                return true;
        }
    }
    return false;
}

bool report_has_news(const struct report *report)
{
    const struct cell *totals = tally_totals(report->tally, HOP_DIRECT);

    return report_summary(report) >= SUMMARY_UNKNOWN || totals->plaintext_attempts > 0 || report->gaps > 0 ||
           has_violations(report->violations) || has_downgrades(report->tally) || has_failures(report->tally) ||
           has_bad_submissions(report->tally) || has_close_senders(report->tally) || has_work(report->compliance);
}

/* Three octets or the rest become four characters. */
static void put_base64(FILE *out, struct view octets)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    for (size_t i = 0; i < octets.n; i += 3) {
        size_t left = octets.n - i;
        uint32_t bits = (uint32_t)(unsigned char)octets.p[i] << 16;

        bits |= left > 1 ? (uint32_t)(unsigned char)octets.p[i + 1] << 8 : 0;
        bits |= left > 2 ? (uint32_t)(unsigned char)octets.p[i + 2] : 0;
        fputc(digits[bits >> 18], out);
        fputc(digits[bits >> 12 & 63], out);
        fputc(left > 1 ? digits[bits >> 6 & 63] : '=', out);
        fputc(left > 2 ? digits[bits & 63] : '=', out);
    }
}

static void put_base64_lines(FILE *out, struct view octets)
{
    for (size_t i = 0; i < octets.n; i += BASE64_LINE) {
        put_base64(out, view_slice(octets, i, i + BASE64_LINE));
        fputs("\r\n", out);
    }
}

/* An octet that may stand for itself: RFC 2045 section 6.7.  Blanks are no trouble where no line ends. */
static bool is_literal(struct view text, size_t i)
{
    unsigned char c = (unsigned char)text.p[i];

    if (c == ' ')
        return i + 1 < text.n && text.p[i + 1] != '\n';
    return c > ' ' && c < 0x7f && c != '=';
}

static void put_quoted_printable(FILE *out, struct view text)
{
    size_t used = 0;

    for (size_t i = 0; i < text.n; i++) {
        size_t needed = is_literal(text, i) ? 1 : 3;

        if (text.p[i] == '\n') {
            fputs("\r\n", out);
            used = 0;
            continue;
        }
        if (used + needed > LINE_MAX_OCTETS - 1) {
            fputs("=\r\n", out);
            used = 0;
        }
        if (needed == 1)
            fputc(text.p[i], out);
        else
            fprintf(out, "=%02X", (unsigned char)text.p[i]);
        used += needed;
    }
}

static bool is_ascii(struct view text)
{
    for (size_t i = 0; i < text.n; i++) {
        if (!isascii((unsigned char)text.p[i]))
            return false;
    }
    return true;
}

/* Encoded words of whole characters, one a line. */
static void put_encoded_words(FILE *out, struct view text)
{
    while (text.n > 0) {
        size_t length = 0;

        while (length < text.n) {
            uint32_t point;
            size_t n = utf8_decode(view_slice(text, length, text.n), &point);

            if (length + n > WORD_OCTETS)
                break;
            length += n > 0 ? n : 1;
        }
        fputs("=?UTF-8?B?", out);
        put_base64(out, view_slice(text, 0, length));
        text = view_slice(text, length, text.n);
        fputs(text.n > 0 ? "?=\r\n " : "?=", out);
    }
}

/* Folded at blanks. */
static void put_folded(FILE *out, struct view text, size_t used)
{
    struct view word;

    while (view_next(&text, ' ', &word)) {
        if (used + word.n + 1 > LINE_MAX_OCTETS) {
            fputs("\r\n", out);
            used = 0;
        }
        fputc(' ', out);
        (void)fwrite(word.p, 1, word.n, out);
        used += word.n + 1;
    }
}

/* "mx.example.com: PLAINTEXT: 2 of 6 messages ..." */
static void put_subject(const struct report *report, FILE *out)
{
    static const char name[] = "Subject:";
    char storage[SUBJECT_MAX];
    struct buf subject = BUF(storage);
    struct summary_words words;

    summary_say(report, number_grouped, &words);
    if (report->host_count > 0) {
        printable_add(&subject, view_slice(report->hosts[0], 0, DOMAIN_SHOWN));
        buf_add(&subject, VIEW(": "));
    }
    buf_addf(&subject, say(report, "%1$s: %2$s"), words.word, words.sentence);
    fputs(name, out);
    if (is_ascii(buf_view(&subject))) {
        put_folded(out, buf_view(&subject), sizeof(name) - 1);
    } else {
        fputc(' ', out);
        put_encoded_words(out, buf_view(&subject));
    }
    fputs("\r\n", out);
}

static void put_head(const struct report *report, const struct report_envelope *envelope, FILE *out)
{
    fprintf(out, "From: outward <%s>\r\nTo: <%s>\r\n", envelope->from, envelope->to);
    put_subject(report, out);
    fprintf(out,
            "Date: %s\r\nMessage-ID: <%s>\r\nMIME-Version: 1.0\r\n"
            "Content-Type: multipart/mixed; boundary=\"" BOUNDARY "\"\r\n"
            "Content-Language: %s\r\nAuto-Submitted: auto-generated\r\n\r\n",
            envelope->date, envelope->message_id, say(report, "en"));
}

void report_mail(const struct report *report, const struct report_envelope *envelope, FILE *out)
{
    put_head(report, envelope, out);
    fputs("--" BOUNDARY "\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n"
          "Content-Disposition: inline\r\n\r\n",
          out);
    put_quoted_printable(out, envelope->text);
    fprintf(out,
            "\r\n--" BOUNDARY "\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n"
            "Content-Disposition: attachment; filename=\"%s\"\r\n\r\n",
            envelope->page_name);
    put_base64_lines(out, envelope->page);
    fputs("\r\n--" BOUNDARY "--\r\n", out);
}
