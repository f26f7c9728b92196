#include "follow/prefix.h"

#include <stdlib.h>
#include <string.h>

#include "follow/prefix_json.h"
#include "follow/prefix_quick.h"
#include "shared/ascii.h"
#include "shared/civil.h"
#include "shared/hash.h"

enum { MINUTE = 60, HOUR = 3600, DAY = 86400, MONTH_LEAP = 6 /* a step of so many months back is a new year */ };

int64_t log_line_due(const struct log_line *line)
{
    return line->writer->program == PROGRAM_GATE ? line->time - line->time % 1000 : line->time;
}

bool log_line_is_before(const struct log_line *line, const struct log_line *other)
{
    int64_t mine = log_line_due(line), theirs = log_line_due(other);

    if (mine != theirs)
        return mine < theirs;
    return line->writer->program == PROGRAM_GATE && other->writer->program != PROGRAM_GATE;
}

/* Two digits, or -1. */
static int two(const char *p)
{
    return ascii_is_digit(p[0]) && ascii_is_digit(p[1]) ? (p[0] - '0') * 10 + (p[1] - '0') : -1;
}

/* "19:17" at p, as seconds of the day; -1 for anything else. */
static int64_t clock_minutes(const char *p)
{
    int hour = two(p), minute = two(p + 3);

    if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || p[2] != ':')
        return -1;
    return hour * HOUR + minute * MINUTE;
}

/* ".123456" or ",123" in front of rest, as milliseconds; other octets stay. */
static int64_t cut_fraction(struct view *rest)
{
    int64_t millis = 0, weight = 100;

    if (rest->n < 2 || (rest->p[0] != '.' && rest->p[0] != ',') || !ascii_is_digit(rest->p[1]))
        return 0;
    *rest = view_slice(*rest, 1, rest->n);
    while (rest->n > 0 && ascii_is_digit(rest->p[0])) {
        millis += (rest->p[0] - '0') * weight;
        weight /= 10;
        *rest = view_slice(*rest, 1, rest->n);
    }
    return millis;
}

/* What stands before the first blank; false when it is empty or there is no blank. */
static bool cut_word(struct view *rest, struct view *word)
{
    size_t i = 0;

    while (i < rest->n && rest->p[i] != ' ')
        i++;
    if (i == 0 || i == rest->n)
        return false;
    *word = (struct view){ rest->p, i };
    *rest = (struct view){ rest->p + i + 1, rest->n - i - 1 };
    return true;
}

/* "[429]: " or ": " behind a tag. */
static bool cut_pid(struct view *rest, uint64_t *pid)
{
    const char *p = rest->p, *end = rest->p + rest->n;
    uint64_t number = 0;

    if (p < end && *p == '[') {
        const char *digits = ++p, *most = end - p > 11 ? p + 11 : end;
        unsigned digit;

        for (; p < most && (digit = (unsigned char)*p - (unsigned)'0') <= 9; p++)
            number = number * 10 + digit;
        if (p == digits || p == most || *p++ != ']')
            return false;
    }
    if (p == end || *p++ != ':')
        return false;
    while (p < end && *p == ' ')
        p++;
    *pid = number;
    *rest = (struct view){ p, (size_t)(end - p) };
    return true;
}

/* A few writers take turns: they are remembered by their names. */
static const struct writer *find_recent(struct prefix *prefix, struct view joined)
{
    struct prefix_recent *recent;
    const struct writer *writer;

    if (joined.n == 0)
        return NULL;
    if (prefix->recent == NULL && (prefix->recent = calloc(PREFIX_RECENT, sizeof(*prefix->recent))) == NULL)
        return writers_known(prefix->settings.writers, joined);
    recent = &prefix->recent[prefix_recent_slot(joined)];
    if (recent->writer != NULL && hash_same((struct view){ recent->text, recent->n }, joined))
        return recent->writer;
    writer = writers_known(prefix->settings.writers, joined);
    if (writer != NULL && joined.n <= PREFIX_RECENT_NAME) {
        recent->writer = writer;
        recent->n = (uint32_t)joined.n;
        memcpy(recent->text, joined.p, joined.n);
    }
    return writer;
}

/* A host and a tag up to here, as seen before. */
static bool cut_known_name(struct prefix *prefix, struct view rest, const char *end, struct log_line *out)
{
    struct view joined = { rest.p, (size_t)(end - rest.p) };

    out->writer = find_recent(prefix, joined);
    out->text = (struct view){ end, rest.n - joined.n };
    return out->writer != NULL && cut_pid(&out->text, &out->pid);
}

/* The most frequent case, and the quickest: "host tag[pid]: " or, seldom, "host tag: ", of a known writer. */
static bool cut_known_writer(struct prefix *prefix, struct view rest, struct log_line *out)
{
    size_t most = rest.n < WRITER_TEXT_MAX ? rest.n : WRITER_TEXT_MAX;
    const char *end = memchr(rest.p, '[', most);

    if (end != NULL && cut_known_name(prefix, rest, end, out))
        return true;
    end = memchr(rest.p, ':', most);
    return end != NULL && cut_known_name(prefix, rest, end, out);
}

/* "<mail.info>", which syslogd -v of FreeBSD writes in front of the host. */
static bool is_facility(struct view word)
{
    return word.n > 2 && word.p[0] == '<' && word.p[word.n - 1] == '>';
}

/* "mail.info", which the syslogd of busybox (Alpine Linux) writes behind the host. */
static bool is_priority(struct view word)
{
    static const struct view severities[] = { VIEW_INIT("emerg"),  VIEW_INIT("alert"), VIEW_INIT("crit"),
                                              VIEW_INIT("err"),    VIEW_INIT("warn"),  VIEW_INIT("warning"),
                                              VIEW_INIT("notice"), VIEW_INIT("info"),  VIEW_INIT("debug") };
    struct view facility;

    if (!view_cut_char(&word, '.', &facility) || facility.n == 0)
        return false;
    for (size_t i = 0; i < sizeof(severities) / sizeof(severities[0]); i++) {
        if (view_eq(word, severities[i]))
            return true;
    }
    return false;
}

/* "tag[pid]: " or "tag: " in front of text. */
static bool cut_tag(struct view *text, struct view *tag, uint64_t *pid)
{
    struct view rest = *text;
    size_t i = 0;

    while (i < rest.n && rest.p[i] != '[' && rest.p[i] != ':' && rest.p[i] != ' ')
        i++;
    *tag = (struct view){ rest.p, i };
    rest = (struct view){ rest.p + i, rest.n - i };
    if (i == 0 || !cut_pid(&rest, pid))
        return false;
    *text = rest;
    return true;
}

static bool cut_tag_behind_priority(struct view *text, struct view *tag, uint64_t *pid)
{
    struct view rest = *text, word;

    if (!cut_word(&rest, &word) || !is_priority(word) || !cut_tag(&rest, tag, pid))
        return false;
    *text = rest;
    return true;
}

/* "[ID 197553 mail.info] ", which the syslogd of Solaris writes behind the tag. */
static void skip_message_id(struct view *text)
{
    struct view rest = *text, id;

    if (view_skip(&rest, VIEW("[ID ")) && view_cut(&rest, VIEW("] "), &id))
        *text = rest;
}

static void skip_blanks(struct view *rest)
{
    while (rest->n > 0 && rest->p[0] == ' ')
        *rest = (struct view){ rest->p + 1, rest->n - 1 };
}

/* "host tag[pid]: text", the same in all formats but RFC 5424. */
static bool cut_writer(struct prefix *prefix, struct view rest, struct log_line *out)
{
    struct view host, tag;

    skip_blanks(&rest);
    if (rest.n == 0 || !cut_known_writer(prefix, rest, out)) {
        if (!cut_word(&rest, &host) || (is_facility(host) && !cut_word(&rest, &host)))
            return false;
        skip_blanks(&rest);
        out->text = rest;
        if (!cut_tag(&out->text, &tag, &out->pid) && !cut_tag_behind_priority(&out->text, &tag, &out->pid)) {
            /* "last message repeated 3 times" has no tag, kernels and others write what they like. */
            tag.n = 0;
            out->pid = 0;
        }
        out->writer = writers_find(prefix->settings.writers, host, tag);
    }
    skip_message_id(&out->text);
    return true;
}

/* "<22>" */
static void skip_priority(struct view *line)
{
    size_t i = 1;

    if (line->n == 0 || line->p[0] != '<')
        return;
    while (i < line->n && i < 4 && ascii_is_digit(line->p[i]))
        i++;
    if (i > 1 && i < line->n && line->p[i] == '>')
        *line = view_slice(*line, i + 1, line->n);
}

static int month_of(const char *p)
{
    static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

    for (int month = 0; month < 12; month++) {
        if (memcmp(names + month * 3, p, 3) == 0)
            return month + 1;
    }
    return 0;
}

/* The year of the first stamp: the last one in which it is not younger than the log. */
static int first_year(const struct prefix *prefix, unsigned month, unsigned day)
{
    int64_t newest = prefix->settings.newest / DAY + 1;
    int year = (int)(1970 + newest / 365);

    if (prefix->settings.year != 0)
        return prefix->settings.year;
    for (int tries = 0; tries < 12; tries++, year--) {
        if (civil_valid(year, month, day) && civil_days(year, month, day) <= newest)
            break;
    }
    return year;
}

static int year_of(struct prefix *prefix, int month, unsigned day)
{
    if (prefix->year == 0)
        prefix->year = first_year(prefix, (unsigned)month, day);
    else if (month + MONTH_LEAP <= prefix->month)
        prefix->year++;
    else if (month >= prefix->month + MONTH_LEAP)
        return prefix->year - 1; /* a late line of last year */
    prefix->month = month;
    return prefix->year;
}

/* A stamp without zone is the logging host's local time. */
static int64_t utc_of(struct prefix *prefix, int64_t civil)
{
    enum { LATE = 600 }; /* no line is written so many seconds late */
    int64_t (*utc)(void *, int64_t) = prefix->settings.utc;
    void *context = prefix->settings.context;
    int64_t time = civil;

    if (utc != NULL) {
        int64_t again;

        time = utc(context, civil);
        /* More than an hour lies between this hour and the next where the clock was put back. */
        again = prefix->latest - time > LATE ? utc(context, civil + HOUR) - time - HOUR : 0;
        time += again > 0 ? again : 0;
    }
    if (time > prefix->latest)
        prefix->latest = time;
    return time;
}

/* "Nov 21 19:17" or "Nov  1 19:17" at p, as seconds since 1970 UTC. */
static bool traditional_minute(struct prefix *prefix, const char *p, int64_t *out)
{
    int month = month_of(p), year;
    int day = p[4] == ' ' && ascii_is_digit(p[5]) ? p[5] - '0' : two(p + 4);
    int64_t minutes = clock_minutes(p + 7), civil;

    if (month == 0 || day < 1 || day > 31 || minutes < 0 || p[3] != ' ' || p[6] != ' ')
        return false;
    year = year_of(prefix, month, (unsigned)day);
    civil = civil_days(year, (unsigned)month, (unsigned)day) * DAY + minutes;
    *out = utc_of(prefix, civil);
    return true;
}

static void keep_stamp(struct prefix *prefix, const char *p, size_t n, int64_t time)
{
    memcpy(prefix->stamp, p, n);
    prefix->stamp_length = n;
    prefix->stamp_time = time;
    prefix->second_known = false;
}

/* n is a constant where it is called: the comparison is two loads. */
static inline bool is_kept_stamp(const struct prefix *prefix, const char *p, size_t n)
{
    return prefix->stamp_length == n && memcmp(prefix->stamp, p, n) == 0;
}

/* ":35" at p, or -1; 60 is a leap second. */
static int seconds_at(const char *p)
{
    int seconds = p[0] == ':' ? two(p + 1) : -1;

    return seconds > 60 ? -1 : seconds;
}

enum { TRADITIONAL_STAMP = 12 /* octets of "Nov 21 19:17" */ };

bool prefix_read_second(struct prefix *prefix, const char *p)
{
    int seconds = seconds_at(p + TRADITIONAL_STAMP);

    if (prefix->recent == NULL || prefix->format != PREFIX_TRADITIONAL ||
        !is_kept_stamp(prefix, p, TRADITIONAL_STAMP) || seconds < 0 || p[PREFIX_SECOND - 1] != ' ')
        return false;
    prefix->second_known = true;
    memcpy(prefix->second, p, PREFIX_SECOND);
    prefix->second_time = (prefix->stamp_time + seconds) * 1000;
    return true;
}

static bool parse_traditional(struct prefix *prefix, struct view line, struct log_line *out)
{
    struct view rest;
    int64_t millis;
    int seconds;

    if (line.n > 0 && line.p[0] == '<')
        skip_priority(&line);
    if (line.n < TRADITIONAL_STAMP + 4)
        return false;
    if (!is_kept_stamp(prefix, line.p, TRADITIONAL_STAMP)) {
        int64_t time;

        if (!traditional_minute(prefix, line.p, &time))
            return false;
        keep_stamp(prefix, line.p, TRADITIONAL_STAMP, time);
    }
    seconds = seconds_at(line.p + TRADITIONAL_STAMP);
    rest = (struct view){ line.p + TRADITIONAL_STAMP + 3, line.n - TRADITIONAL_STAMP - 3 };
    millis = rest.n > 0 && rest.p[0] != ' ' ? cut_fraction(&rest) : 0;
    if (seconds < 0 || rest.n == 0 || rest.p[0] != ' ')
        return false;
    out->time = (prefix->stamp_time + seconds) * 1000 + millis;
    return cut_writer(prefix, (struct view){ rest.p + 1, rest.n - 1 }, out);
}

/* "Z", "+00:00", "+0000", "+00": seconds east of UTC. */
static bool cut_zone(struct view *rest, int64_t *offset)
{
    int hours, minutes = 0;
    size_t n = 3;

    if (rest->n > 0 && (rest->p[0] == 'Z' || rest->p[0] == 'z')) {
        *rest = view_slice(*rest, 1, rest->n);
        *offset = 0;
        return true;
    }
    if (rest->n < n || (rest->p[0] != '+' && rest->p[0] != '-') || (hours = two(rest->p + 1)) < 0)
        return false;
    if (rest->n >= 6 && rest->p[3] == ':' && two(rest->p + 4) >= 0) {
        minutes = two(rest->p + 4);
        n = 6;
    } else if (rest->n >= 5 && two(rest->p + 3) >= 0) {
        minutes = two(rest->p + 3);
        n = 5;
    }
    *offset = (hours * HOUR + minutes * MINUTE) * (rest->p[0] == '-' ? -1 : 1);
    *rest = view_slice(*rest, n, rest->n);
    return true;
}

/* The zone behind a stamp, or the local one: syslog-ng, metalog and templates of rsyslog's users write none. */
static bool find_zone(struct prefix *prefix, struct view *rest, int64_t *offset)
{
    if (rest->n == 0 || rest->p[0] != ' ')
        return cut_zone(rest, offset);
    if (!prefix->local_known || prefix->local_civil != prefix->stamp_time) {
        prefix->local_known = true;
        prefix->local_civil = prefix->stamp_time;
        prefix->local_offset = prefix->stamp_time - utc_of(prefix, prefix->stamp_time);
    }
    *offset = prefix->local_offset;
    return true;
}

/* "2025-11-21T19:17" at p (16 octets), as seconds since 1970 without zone. */
static bool iso_minute(const char *p, int64_t *out)
{
    int century = two(p), year = two(p + 2), month = two(p + 5), day = two(p + 8);
    int64_t minutes = clock_minutes(p + 11);

    if (century < 0 || year < 0 || month < 1 || month > 12 || day < 1 || p[4] != '-' || p[7] != '-' ||
        (p[10] != 'T' && p[10] != 't' && p[10] != ' ') || minutes < 0)
        return false;
    year += century * 100;
    if (!civil_valid(year, (unsigned)month, (unsigned)day))
        return false;
    *out = civil_days(year, (unsigned)month, (unsigned)day) * DAY + minutes;
    return true;
}

/* "2025-11-21T19:17:35.123456+00:00" or "2025-11-21 19:17:35" in front of rest. */
static bool cut_iso_stamp(struct prefix *prefix, struct view *rest, int64_t *out)
{
    enum { STAMP = 16 };
    int64_t time, millis, offset;
    int seconds;

    if (rest->n < STAMP + 3 || rest->p[4] != '-')
        return false;
    if (!is_kept_stamp(prefix, rest->p, STAMP)) {
        if (!iso_minute(rest->p, &time))
            return false;
        keep_stamp(prefix, rest->p, STAMP, time);
    }
    seconds = seconds_at(rest->p + STAMP);
    *rest = (struct view){ rest->p + STAMP + 3, rest->n - STAMP - 3 };
    millis = cut_fraction(rest);
    if (seconds < 0 || !find_zone(prefix, rest, &offset))
        return false;
    *out = (prefix->stamp_time + seconds - offset) * 1000 + millis;
    return true;
}

/* "Nov 21 19:17:35 " */
static bool begins_traditional(struct view text)
{
    const char *p = text.p;

    return text.n > 16 && p[3] == ' ' && p[6] == ' ' && p[9] == ':' && p[12] == ':' && month_of(p) != 0;
}

/* "2025-11-21T19:17:35" */
static bool begins_iso(struct view text)
{
    int64_t civil;

    return text.n > 19 && text.p[4] == '-' && text.p[16] == ':' && iso_minute(text.p, &civil);
}

/*
 * What containers leave between their stamp and the writer of a line: "stdout F " (containerd), and the stamp that
 * postlogd wrote, which says less.
 */
static void skip_container(struct view *rest)
{
    struct view stamp, inner = *rest;

    if (view_skip(&inner, VIEW("stdout ")) || view_skip(&inner, VIEW("stderr "))) {
        if (!view_skip(&inner, VIEW("F ")))
            view_skip(&inner, VIEW("P "));
        *rest = inner;
    }
    if (begins_traditional(inner)) {
        inner = view_slice(inner, 15, inner.n);
        cut_fraction(&inner);
        *rest = inner;
    } else if (begins_iso(inner) && cut_word(&inner, &stamp)) {
        *rest = inner;
    }
}

static bool parse_iso(struct prefix *prefix, struct view line, struct log_line *out)
{
    skip_priority(&line);
    if (!cut_iso_stamp(prefix, &line, &out->time) || line.n == 0 || line.p[0] != ' ')
        return false;
    line = view_slice(line, 1, line.n);
    skip_container(&line);
    return cut_writer(prefix, line, out);
}

static bool skip_weekday(struct view *line)
{
    static const char names[] = "SunMonTueWedThuFriSat";

    for (size_t day = 0; day < 7; day++) {
        if (view_skip(line, (struct view){ names + day * 3, 3 }))
            return view_skip(line, VIEW(" "));
    }
    return false;
}

/* "CET", "+03": what the local zone is called. */
static bool is_zone_name(struct view word)
{
    for (size_t i = 0; i < word.n; i++) {
        char c = word.p[i];

        if (!ascii_is_digit(c) && !(c >= 'A' && c <= 'Z') && c != '+' && c != '-')
            return false;
    }
    return true;
}

/* "Sat 2025-11-21 19:17:35 CET host ...", journalctl -o short-full */
static bool parse_full(struct prefix *prefix, struct view line, struct log_line *out)
{
    struct view zone;

    if (!skip_weekday(&line) || !cut_iso_stamp(prefix, &line, &out->time) || !view_skip(&line, VIEW(" ")) ||
        !cut_word(&line, &zone) || !is_zone_name(zone))
        return false;
    if (view_eq(zone, VIEW("UTC")))
        out->time += prefix->local_offset * 1000;
    return cut_writer(prefix, line, out);
}

/* "1795288655.123456 host ...", journalctl -o short-unix */
static bool parse_unix(struct prefix *prefix, struct view line, struct log_line *out)
{
    struct view seconds = line, digits;
    uint64_t time;

    if (!view_cut_char(&seconds, '.', &digits) || digits.n > 11 || !view_number(digits, INT64_MAX, &time))
        return false;
    line = view_slice(line, digits.n, line.n);
    out->time = (int64_t)time * 1000 + cut_fraction(&line);
    return view_skip(&line, VIEW(" ")) && cut_writer(prefix, line, out);
}

/* "-" or one or more "[...]" elements, in which '\' quotes an octet: RFC 5424 section 6.3. */
static bool skip_structured_data(struct view *rest)
{
    bool quoted = false;
    size_t i = 0;

    if (view_skip(rest, VIEW("-")))
        return true;
    while (i < rest->n && rest->p[i] == '[') {
        for (i++; i < rest->n && (quoted || rest->p[i] != ']'); i++) {
            if (rest->p[i] == '\\')
                i++;
            else if (rest->p[i] == '"')
                quoted = !quoted;
        }
        i++;
    }
    if (i == 0 || i > rest->n)
        return false;
    *rest = view_slice(*rest, i, rest->n);
    return true;
}

/* "<22>1 2025-11-21T19:17:35Z host postfix/smtp 429 - - text" */
static bool parse_rfc5424(struct prefix *prefix, struct view line, struct log_line *out)
{
    struct view host, tag, pid, id;

    skip_priority(&line);
    if (!view_skip(&line, VIEW("1 ")) || !cut_iso_stamp(prefix, &line, &out->time) || !view_skip(&line, VIEW(" ")) ||
        !cut_word(&line, &host) || !cut_word(&line, &tag) || !cut_word(&line, &pid) || !cut_word(&line, &id) ||
        !skip_structured_data(&line))
        return false;
    skip_blanks(&line); /* rsyslog writes a second one in front of what came to it without a BOM */
    view_skip(&line, VIEW("\xef\xbb\xbf"));
    if (!view_number(pid, UINT32_MAX, &out->pid))
        out->pid = 0;
    out->writer = writers_find(prefix->settings.writers, host, tag);
    out->text = line;
    return true;
}

static bool parse_json(struct prefix *prefix, struct view line, struct log_line *out)
{
    struct json_entry entry;

    if (line.n == 0 || line.p[0] != '{')
        return false;
    if (prefix->json == NULL && (prefix->json = malloc(PREFIX_JSON_MAX)) == NULL)
        return false;
    if (!prefix_json_parse(line, (struct buf){ .p = prefix->json, .cap = PREFIX_JSON_MAX }, &entry))
        return false;
    if (entry.container)
        return parse_iso(prefix, entry.text, out);
    *out = (struct log_line){ .time = entry.time,
                              .writer = writers_find(prefix->settings.writers, entry.host, entry.tag),
                              .pid = entry.pid,
                              .text = entry.text };
    return true;
}

static bool (*const formats[])(struct prefix *, struct view, struct log_line *) = {
    [PREFIX_TRADITIONAL] = parse_traditional, parse_iso, parse_rfc5424, parse_json, parse_full, parse_unix,
};

void prefix_init(struct prefix *prefix, const struct prefix_settings *settings)
{
    *prefix = (struct prefix){ .settings = *settings };
}

void prefix_done(struct prefix *prefix)
{
    free(prefix->json);
    free(prefix->recent);
    prefix->json = NULL;
    prefix->recent = NULL;
    prefix->second_known = false;
}

/* "-- Boot 0123... --" is journalctl's remark. */
static bool is_blank_line(struct view line)
{
    return line.n == 0 || line.p[0] == '#' || view_starts(line, VIEW("-- ")) || view_trim(line).n == 0;
}

/* "postfix-1  | " of docker compose, "[pod/postfix-0/postfix] " of kubectl, "data: " of journalctl -o json-sse. */
static bool skip_source_name(struct view *line)
{
    struct view rest = *line, name;

    if (!view_skip(&rest, VIEW("data: ")) &&
        !(view_starts(rest, VIEW("[pod/")) && view_cut(&rest, VIEW("] "), &name)) &&
        !(view_cut(&rest, VIEW(" | "), &name) && view_find_char(view_trim(name), ' ') < 0))
        return false;
    *line = rest;
    return true;
}

/* Another format than the last line's, unless that is to be tried again. */
static bool try_formats(struct prefix *prefix, struct view line, bool again, struct log_line *out)
{
    for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
        if ((again || i != prefix->format) && formats[i](prefix, line, out)) {
            prefix->format = i;
            return true;
        }
    }
    return false;
}

/* What another format fits, or what stands behind the mark that some editors leave in front of a file. */
static enum prefix_result try_all(struct prefix *prefix, struct view line, struct log_line *out)
{
    bool marked = view_skip(&line, VIEW("\xef\xbb\xbf"));

    if (is_blank_line(line))
        return PREFIX_BLANK;
    if (try_formats(prefix, line, marked, out) || (skip_source_name(&line) && try_formats(prefix, line, true, out)))
        return PREFIX_FOUND;
    return PREFIX_STRANGE;
}

enum prefix_result prefix_parse(struct prefix *prefix, struct view line, struct log_line *out)
{
    return formats[prefix->format](prefix, line, out) ? PREFIX_FOUND : try_all(prefix, line, out);
}
