#include "keeper/inlet.h"

#include <stdio.h>
#include <string.h>

#include "store/position.h"

int inlet_open_file(struct inlet *inlet, const char *path, struct positions *positions,
                    const struct prefix_settings *prefix, uint64_t seed, struct error *error)
{
    *inlet = (struct inlet){ .tail = tail_new(path, seed, positions) };
    if (inlet->tail == NULL)
        return error_set(error, ERROR_MEMORY, "%s: out of memory", path);
    snprintf(inlet->name, sizeof(inlet->name), "%s", path);
    prefix_init(&inlet->prefix, prefix);
    return 0;
}

int inlet_open_journal(struct inlet *inlet, const struct journal_settings *settings, struct ledger *ledger,
                       struct error *error)
{
    struct view place;
    int result;

    *inlet = (struct inlet){ .name = "journal" };
    if (journal_open(settings, &inlet->journal, error) == -1 ||
        ledger_get_text(ledger, LEDGER_JOURNAL, &place, error) == -1)
        return -1;
    result = journal_go(inlet->journal, place, error);
    inlet->gaps = result == 0;
    return result == -1 ? -1 : 0;
}

void inlet_close(struct inlet *inlet)
{
    if (inlet->tail != NULL)
        prefix_done(&inlet->prefix);
    tail_free(inlet->tail);
    journal_close(inlet->journal);
    *inlet = (struct inlet){ .tail = NULL };
}

void inlet_wake(struct inlet *inlet, int64_t now)
{
    if (inlet->journal != NULL) {
        journal_wake(inlet->journal);
        return;
    }
    inlet->prefix.settings.newest = now;
    tail_wake(inlet->tail);
}

bool inlet_register(struct inlet *inlet, int64_t now)
{
    return inlet->tail != NULL && tail_register(inlet->tail, now);
}

static bool next_entry(struct inlet *inlet)
{
    struct error error;
    int result = journal_line(inlet->journal, &inlet->line, &error);

    snprintf(inlet->trouble, sizeof(inlet->trouble), "%s", result == -1 ? error.text : "");
    inlet->waiting = result == 1;
    inlet->given |= inlet->waiting;
    return inlet->waiting;
}

static bool next_line(struct inlet *inlet)
{
    struct view text;

    while (tail_line(inlet->tail, &text) == 1) {
        enum prefix_result result = prefix_parse(&inlet->prefix, text, &inlet->line);

        inlet->strange += result == PREFIX_STRANGE;
        inlet->waiting = result == PREFIX_FOUND;
        if (inlet->waiting)
            break;
    }
    inlet->gaps += tail_take_gaps(inlet->tail);
    inlet->cut += tail_take_cut(inlet->tail);
    return inlet->waiting;
}

bool inlet_next(struct inlet *inlet)
{
    if (inlet->waiting)
        return true;
    return inlet->journal != NULL ? next_entry(inlet) : next_line(inlet);
}

static int note_journal(struct inlet *inlet, struct ledger *ledger, struct error *error)
{
    char text[JOURNAL_CURSOR_MAX];
    struct buf place = BUF(text);

    if (!inlet->given)
        return 0;
    if (journal_place(inlet->journal, inlet->waiting, &place, error) == -1)
        return -1;
    return ledger_set_text(ledger, LEDGER_JOURNAL, buf_view(&place), error);
}

int inlet_note(struct inlet *inlet, struct ledger *ledger, struct error *error)
{
    return inlet->journal != NULL ? note_journal(inlet, ledger, error) : tail_note(inlet->tail, inlet->waiting, error);
}

const char *inlet_news(struct inlet *inlet)
{
    if (inlet->tail != NULL)
        snprintf(inlet->trouble, sizeof(inlet->trouble), "%s", tail_trouble(inlet->tail));
    if (strcmp(inlet->trouble, inlet->told) == 0)
        return NULL;
    memcpy(inlet->told, inlet->trouble, sizeof(inlet->told));
    inlet->kept = false;
    return inlet->told;
}

int inlet_keep_news(struct inlet *inlet, struct ledger *ledger, struct error *error)
{
    if (inlet->kept)
        return 0;
    if (ledger_begin(ledger, error) == -1)
        return -1;
    if (ledger_set_trouble(ledger, view_of(inlet->name), view_of(inlet->told), error) == -1 ||
        ledger_commit(ledger, error) == -1) {
        ledger_rollback(ledger);
        return -1;
    }
    inlet->kept = true;
    return 0;
}

int inlet_fd(const struct inlet *inlet)
{
    return inlet->journal == NULL ? -1 : journal_fd(inlet->journal);
}

bool inlet_watch(struct inlet *inlet, int inotify_fd)
{
    return inlet->tail == NULL || tail_watch(inlet->tail, inotify_fd);
}
