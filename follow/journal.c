#include "follow/journal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <systemd/sd-journal.h>

/* SD_MESSAGE_JOURNAL_DROPPED: messages of a service were suppressed. */
#define DROPPED "MESSAGE_ID=a596d6fe7bfa4994828e72309e95d61e"

struct journal {
    sd_journal *sd;
    struct writers *writers;
    int fd;
    bool given; /* a line; the place is that of its entry */
    bool at;    /* the present entry is the next line */
};

static int fail(struct error *error, const char *what, int code)
{
    return error_set(error, ERROR_SYSTEM, "journal: %s: %s", what, strerror(-code));
}

/* (_UID=a or _UID=b) and facility mail, or the note of a loss. */
static int set_matches(sd_journal *sd, const struct journal_settings *settings)
{
    int result = 0;

    for (size_t i = 0; i < settings->user_count && result >= 0; i++) {
        char match[32];

        snprintf(match, sizeof(match), "_UID=%lu", (unsigned long)settings->users[i]);
        result = sd_journal_add_match(sd, match, 0);
    }
    if (result >= 0)
        result = sd_journal_add_match(sd, "SYSLOG_FACILITY=2", 0);
    if (result >= 0)
        result = sd_journal_add_disjunction(sd);
    return result < 0 ? result : sd_journal_add_match(sd, DROPPED, 0);
}

static int open_sd(struct journal *journal, const struct journal_settings *settings, struct error *error)
{
    int result = settings->directory != NULL ? sd_journal_open_directory(&journal->sd, settings->directory, 0)
                                             : sd_journal_open(&journal->sd, SD_JOURNAL_LOCAL_ONLY);

    if (result < 0)
        return fail(error, settings->directory != NULL ? settings->directory : "open", result);
    result = set_matches(journal->sd, settings);
    if (result < 0)
        return fail(error, "matches", result);
    journal->fd = sd_journal_get_fd(journal->sd);
    return 0;
}

int journal_open(const struct journal_settings *settings, struct journal **out, struct error *error)
{
    struct journal *journal = calloc(1, sizeof(*journal));

    if (journal == NULL)
        return error_set(error, ERROR_MEMORY, "journal: out of memory");
    journal->writers = settings->writers;
    if (open_sd(journal, settings, error) == -1) {
        journal_close(journal);
        return -1;
    }
    *out = journal;
    return 0;
}

void journal_close(struct journal *journal)
{
    if (journal == NULL)
        return;
    if (journal->sd != NULL)
        sd_journal_close(journal->sd);
    free(journal);
}

/* "at:CURSOR" is the entry itself, "behind:CURSOR" what comes after it. */
static int go_to(struct journal *journal, const char *cursor, bool behind, struct error *error)
{
    int result = sd_journal_seek_cursor(journal->sd, cursor), same;

    if (result >= 0)
        result = sd_journal_next(journal->sd);
    if (result < 0)
        return fail(error, "cursor", result);
    if (result == 0)
        return 1; /* nothing behind it, and it is gone or the last: the next one that comes is the next line */
    same = sd_journal_test_cursor(journal->sd, cursor);
    journal->at = same <= 0 || !behind;
    return same > 0;
}

int journal_go(struct journal *journal, struct view place, struct error *error)
{
    char cursor[JOURNAL_CURSOR_MAX];
    struct buf buf = BUF(cursor);
    bool behind = view_skip(&place, VIEW("behind:"));
    int result;

    journal->at = journal->given = false;
    if (place.n == 0) {
        result = sd_journal_seek_head(journal->sd);
        return result < 0 ? fail(error, "head", result) : 1;
    }
    if (!behind)
        view_skip(&place, VIEW("at:"));
    buf_add(&buf, place);
    return go_to(journal, buf_text(&buf), behind, error);
}

int journal_go_to_time(struct journal *journal, int64_t time, struct error *error)
{
    int result = sd_journal_seek_realtime_usec(journal->sd, (uint64_t)time * 1000);

    journal->at = journal->given = false;
    return result < 0 ? fail(error, "time", result) : 1;
}

static struct view field(const struct journal *journal, const char *name)
{
    const void *data;
    size_t size, length = strlen(name) + 1;

    if (sd_journal_get_data(journal->sd, name, &data, &size) < 0 || size < length)
        return (struct view){ "", 0 };
    return (struct view){ (const char *)data + length, size - length };
}

static uint64_t number_field(const struct journal *journal, const char *name)
{
    uint64_t number;

    return view_number(field(journal, name), UINT32_MAX, &number) ? number : 0;
}

/* The message last: each call for a field may end the life of the one before. */
static int read_entry(struct journal *journal, struct log_line *line, struct error *error)
{
    char name[WRITER_TEXT_MAX];
    struct buf tag = BUF(name);
    struct view host;
    uint64_t time;
    int result = sd_journal_get_realtime_usec(journal->sd, &time);

    if (result < 0)
        return fail(error, "time", result);
    line->time = (int64_t)(time / 1000);
    line->pid = number_field(journal, "SYSLOG_PID");
    if (line->pid == 0)
        line->pid = number_field(journal, "_PID");
    buf_add(&tag, field(journal, "SYSLOG_IDENTIFIER"));
    host = field(journal, "_HOSTNAME");
    line->writer = writers_find(journal->writers, host, buf_view(&tag));
    line->text = field(journal, "MESSAGE");
    return 1;
}

int journal_line(struct journal *journal, struct log_line *line, struct error *error)
{
    int result = journal->at ? 1 : sd_journal_next(journal->sd);

    if (result < 0)
        return fail(error, "next", result);
    journal->at = false;
    if (result == 0)
        return 0;
    journal->given = true;
    return read_entry(journal, line, error);
}

int journal_place(struct journal *journal, bool before_last, struct buf *out, struct error *error)
{
    char *cursor = NULL;
    int result;

    if (!journal->given)
        return 0;
    result = sd_journal_get_cursor(journal->sd, &cursor);
    if (result < 0)
        return fail(error, "cursor", result);
    buf_add(out, before_last ? VIEW("at:") : VIEW("behind:"));
    buf_add(out, view_of(cursor));
    free(cursor);
    return out->full ? error_set(error, ERROR_LIMIT, "journal: a cursor is longer than %d octets", JOURNAL_CURSOR_MAX)
                     : 0;
}

int journal_fd(const struct journal *journal)
{
    return journal->fd < 0 ? -1 : journal->fd;
}

void journal_wake(struct journal *journal)
{
    (void)sd_journal_process(journal->sd);
}
