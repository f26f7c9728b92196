#include "tally/cells.h"

#include <stdlib.h>

enum { ROOM_FIRST = 32 };

void cells_done(struct cells *cells)
{
    free(cells->waiting);
    free(cells->stretches);
    *cells = (struct cells){ 0 };
}

/* Room for one more in a growing list; NULL, the list unchanged, without memory. */
static void *grow(void *list, uint32_t count, uint32_t *room, size_t size)
{
    uint32_t more = *room < ROOM_FIRST ? ROOM_FIRST : *room + *room / 2;
    void *grown;

    if (count < *room)
        return list;
    grown = realloc(list, more * size);
    if (grown != NULL)
        *room = more;
    return grown;
}

static struct stretch_list *find_stretch(const struct cells *cells, uint32_t stretch)
{
    for (uint32_t i = cells->stretch_count; i > 0; i--) {
        if (cells->stretches[i - 1].stretch == stretch)
            return &cells->stretches[i - 1];
    }
    return NULL;
}

static struct stretch_list *add_stretch(struct cells *cells, uint32_t stretch)
{
    struct stretch_list *found = find_stretch(cells, stretch), *list;

    if (found != NULL)
        return found;
    list = grow(cells->stretches, cells->stretch_count, &cells->stretch_room, sizeof(*list));
    if (list == NULL)
        return NULL;
    cells->stretches = list;
    list[cells->stretch_count] = (struct stretch_list){ .stretch = stretch };
    return &list[cells->stretch_count++];
}

static uint32_t free_place(struct cells *cells)
{
    uint32_t place = cells->unused;
    struct waiting *list;

    if (place != 0) {
        cells->unused = cells->waiting[place].next_of_stretch;
        return place;
    }
    list = grow(cells->waiting, cells->waiting_count + 1, &cells->waiting_room, sizeof(*list));
    if (list == NULL)
        return 0;
    cells->waiting = list;
    return ++cells->waiting_count;
}

/* What waits in a cell for a stretch. */
static struct waiting *wait_for(struct cells *cells, struct cell *cell, uint32_t stretch)
{
    struct stretch_list *list;
    uint32_t place;

    for (place = cell->waiting; place != 0; place = cells->waiting[place].next_of_cell) {
        if (cells->waiting[place].stretch == stretch)
            return &cells->waiting[place];
    }
    list = add_stretch(cells, stretch);
    if (list == NULL || (place = free_place(cells)) == 0)
        return NULL;
    cells->waiting[place] = (struct waiting){
        .stretch = stretch, .cell = cell, .next_of_cell = cell->waiting, .next_of_stretch = list->head
    };
    cell->waiting = place;
    list->head = place;
    return &cells->waiting[place];
}

static void later(int64_t *last, int64_t time)
{
    if (time > *last)
        *last = time;
}

static void count_protection(struct cell *cell, const struct delivery *delivery, enum protection protection)
{
    bool sent = delivery->status == DELIVERY_SENT;

    if (protection == PROTECTION_ENCRYPTED) {
        cell->encrypted += sent;
        later(&cell->last_encrypted, delivery->time);
    } else if (protection == PROTECTION_PLAINTEXT) {
        cell->plaintext += sent;
        cell->plaintext_attempts += !sent && delivery->began;
        if (sent)
            later(&cell->last_plaintext, delivery->time);
    } else {
        cell->unknown += sent;
    }
}

bool cells_count(struct cells *cells, struct cell *cell, const struct delivery *delivery)
{
    struct waiting *waiting;
    bool sent = delivery->status == DELIVERY_SENT;

    cell->sent += sent;
    cell->deferred += delivery->status == DELIVERY_DEFERRED;
    cell->bounced += delivery->status == DELIVERY_BOUNCED;
    if (delivery->protection != PROTECTION_UNDECIDED) {
        count_protection(cell, delivery, delivery->protection);
        return true;
    }
    if (!sent && !delivery->began)
        return true;
    waiting = wait_for(cells, cell, delivery->stretch);
    if (waiting == NULL) {
        count_protection(cell, delivery, PROTECTION_UNKNOWN);
        return false;
    }
    waiting->sent += sent;
    waiting->attempts += !sent;
    if (sent)
        later(&waiting->last, delivery->time);
    return true;
}

static void unlink_from_cell(struct cells *cells, uint32_t place)
{
    uint32_t *link = &cells->waiting[place].cell->waiting;

    while (*link != place)
        link = &cells->waiting[*link].next_of_cell;
    *link = cells->waiting[place].next_of_cell;
}

static void settle_one(struct cell *cell, const struct waiting *waiting, bool proven)
{
    if (!proven) {
        cell->unknown += waiting->sent;
        return;
    }
    cell->plaintext += waiting->sent;
    cell->plaintext_attempts += waiting->attempts;
    later(&cell->last_plaintext, waiting->last);
}

uint64_t cells_settle(struct cells *cells, uint32_t stretch, bool proven, const struct cell *watched)
{
    struct stretch_list *list = find_stretch(cells, stretch);
    uint64_t sent = 0;

    if (list == NULL)
        return 0;
    for (uint32_t place = list->head, next; place != 0; place = next) {
        struct waiting *waiting = &cells->waiting[place];

        next = waiting->next_of_stretch;
        unlink_from_cell(cells, place);
        settle_one(waiting->cell, waiting, proven);
        sent += waiting->cell == watched ? waiting->sent : 0;
        waiting->next_of_stretch = cells->unused;
        cells->unused = place;
    }
    *list = cells->stretches[--cells->stretch_count];
    return sent;
}

void cell_add(struct cell *into, const struct cell *from)
{
    into->sent += from->sent;
    into->encrypted += from->encrypted;
    into->plaintext += from->plaintext;
    into->unknown += from->unknown;
    into->deferred += from->deferred;
    into->bounced += from->bounced;
    into->plaintext_attempts += from->plaintext_attempts;
    later(&into->last_plaintext, from->last_plaintext);
    later(&into->last_encrypted, from->last_encrypted);
}
