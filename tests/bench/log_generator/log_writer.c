#include "tests/bench/log_generator/log_writer.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

struct log_writer {
    void (*write)(struct log_writer *writer, int64_t time, const struct origin_of_line *origin, const char *text,
                  size_t n);
    size_t (*stamp_text)(char *stamp, size_t size, const struct tm *civil);
    FILE *out;
    int64_t second; /* of the stamp */
    char stamp[40];
    size_t stamp_length;
};

static void put(struct log_writer *writer, const char *text)
{
    fputs_unlocked(text, writer->out);
}

static void put_number(struct log_writer *writer, uint64_t number, unsigned width)
{
    char digits[20];
    size_t at = sizeof(digits);

    do {
        digits[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0 || sizeof(digits) - at < width);
    fwrite_unlocked(digits + at, 1, sizeof(digits) - at, writer->out);
}

static size_t stamp_traditional(char *stamp, size_t size, const struct tm *civil)
{
    return strftime(stamp, size, "%b %e %H:%M:%S", civil);
}

static size_t stamp_two_digits(char *stamp, size_t size, const struct tm *civil)
{
    return strftime(stamp, size, "%b %d %H:%M:%S", civil);
}

static size_t stamp_iso(char *stamp, size_t size, const struct tm *civil)
{
    return strftime(stamp, size, "%Y-%m-%dT%H:%M:%S", civil);
}

static size_t stamp_iso_zone(char *stamp, size_t size, const struct tm *civil)
{
    return strftime(stamp, size, "%Y-%m-%dT%H:%M:%S+0000", civil);
}

static void put_stamp(struct log_writer *writer, int64_t time)
{
    time_t second = (time_t)(time / 1000000);
    struct tm civil;

    if (second != writer->second || writer->stamp_length == 0) {
        gmtime_r(&second, &civil);
        writer->stamp_length = writer->stamp_text(writer->stamp, sizeof(writer->stamp), &civil);
        writer->second = second;
    }
    fwrite_unlocked(writer->stamp, 1, writer->stamp_length, writer->out);
}

static void put_tail(struct log_writer *writer, const struct origin_of_line *origin, const char *text, size_t n)
{
    put(writer, " ");
    put(writer, origin->host);
    put(writer, " ");
    put(writer, origin->tag);
    if (origin->pid != 0) {
        put(writer, "[");
        put_number(writer, origin->pid, 1);
        put(writer, "]");
    }
    put(writer, ": ");
    fwrite_unlocked(text, 1, n, writer->out);
    put(writer, "\n");
}

static void write_seconds(struct log_writer *writer, int64_t time, const struct origin_of_line *origin,
                          const char *text, size_t n)
{
    put_stamp(writer, time);
    put_tail(writer, origin, text, n);
}

static void write_rfc3339(struct log_writer *writer, int64_t time, const struct origin_of_line *origin,
                          const char *text, size_t n)
{
    put_stamp(writer, time);
    put(writer, ".");
    put_number(writer, (uint64_t)(time % 1000000), 6);
    put(writer, "+00:00");
    put_tail(writer, origin, text, n);
}

static void write_rfc5424(struct log_writer *writer, int64_t time, const struct origin_of_line *origin,
                          const char *text, size_t n)
{
    put(writer, "<22>1 ");
    put_stamp(writer, time);
    put(writer, ".");
    put_number(writer, (uint64_t)(time % 1000000), 6);
    put(writer, "Z ");
    put(writer, origin->host);
    put(writer, " ");
    put(writer, origin->tag);
    put(writer, " ");
    if (origin->pid != 0)
        put_number(writer, origin->pid, 1);
    else
        put(writer, "-");
    put(writer, " - - ");
    fwrite_unlocked(text, 1, n, writer->out);
    put(writer, "\n");
}

/* Octets of a well-formed UTF-8 sequence at p, 0 for none: RFC 3629 section 4, without its rarer exclusions. */
static size_t utf8_length(const char *p, size_t n)
{
    unsigned char first = (unsigned char)*p;
    size_t length = first < 0x80 ? 1 : first >= 0xC2 && first < 0xE0 ? 2 : first >= 0xE0 && first < 0xF0 ? 3 : 0;

    if (length == 0 || length > n)
        return 0;
    for (size_t i = 1; i < length; i++)
        if (((unsigned char)p[i] & 0xC0) != 0x80)
            return 0;
    return length;
}

static void put_json_string(struct log_writer *writer, const char *text, size_t n)
{
    put(writer, "\"");
    for (size_t i = 0; i < n; i++) {
        if (text[i] == '"' || text[i] == '\\')
            put(writer, "\\");
        putc_unlocked(text[i], writer->out);
    }
    put(writer, "\"");
}

/* journald gives what is not UTF-8 as an array of octets. */
static void put_json_message(struct log_writer *writer, const char *text, size_t n)
{
    size_t at = 0, step = 1;

    while (at < n && (step = utf8_length(text + at, n - at)) != 0)
        at += step;
    if (at >= n) {
        put_json_string(writer, text, n);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        put(writer, i == 0 ? "[" : ",");
        put_number(writer, (unsigned char)text[i], 1);
    }
    put(writer, "]");
}

static void write_json(struct log_writer *writer, int64_t time, const struct origin_of_line *origin, const char *text,
                       size_t n)
{
    put(writer, "{\"__REALTIME_TIMESTAMP\":\"");
    put_number(writer, (uint64_t)time, 1);
    put(writer, "\",\"_TRANSPORT\":\"syslog\",\"PRIORITY\":\"6\",\"SYSLOG_FACILITY\":\"2\",\"_HOSTNAME\":");
    put_json_string(writer, origin->host, strlen(origin->host));
    put(writer, ",\"MESSAGE\":");
    put_json_message(writer, text, n);
    put(writer, ",\"SYSLOG_IDENTIFIER\":");
    put_json_string(writer, origin->tag, strlen(origin->tag));
    if (origin->pid != 0) {
        put(writer, ",\"SYSLOG_PID\":\"");
        put_number(writer, origin->pid, 1);
        put(writer, "\"");
    }
    put(writer, ",\"_UID\":\"0\",\"_SYSTEMD_UNIT\":\"postfix@-.service\"}\n");
}

static const struct {
    const char *name;
    size_t (*stamp_text)(char *stamp, size_t size, const struct tm *civil);
    void (*write)(struct log_writer *writer, int64_t time, const struct origin_of_line *origin, const char *text,
                  size_t n);
} prefixes[] = {
    { "traditional", stamp_traditional, write_seconds },
    { "postlogd", stamp_two_digits, write_seconds },
    { "journal-short", stamp_two_digits, write_seconds },
    { "short-iso", stamp_iso_zone, write_seconds },
    { "rfc3339", stamp_iso, write_rfc3339 },
    { "rfc5424", stamp_iso, write_rfc5424 },
    { "json", stamp_iso, write_json },
};
const char *const log_writer_prefixes = "traditional|postlogd|journal-short|short-iso|rfc3339|rfc5424|json";

struct log_writer *log_writer_new(const char *prefix, FILE *out)
{
    struct log_writer *writer;
    size_t row = 0;

    while (row < sizeof(prefixes) / sizeof(*prefixes) && strcmp(prefixes[row].name, prefix) != 0)
        row++;
    if (row == sizeof(prefixes) / sizeof(*prefixes))
        return NULL;
    writer = calloc(1, sizeof(*writer));
    if (writer == NULL)
        return NULL;
    writer->write = prefixes[row].write;
    writer->stamp_text = prefixes[row].stamp_text;
    writer->out = out;
    return writer;
}

void log_writer_free(struct log_writer *writer)
{
    free(writer);
}

int64_t log_writer_resolution(const struct log_writer *writer)
{
    return writer->write == write_seconds ? 1000000 : 1000;
}

void log_writer_line(struct log_writer *writer, int64_t time, const struct origin_of_line *origin, const char *text,
                     size_t n)
{
    writer->write(writer, time, origin, text, n);
}
