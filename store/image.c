#include "store/image.h"

#include <stdlib.h>
#include <string.h>

#include "shared/hash.h"
#include "store/database.h"

/* What the pieces of one part looked like when they were last written. */
struct image_shadow {
    struct image_shadow *next;
    uint32_t stream, part;
    size_t count, room;
    uint64_t *hashes;
    bool known; /* false: pieces behind count may be in the ledger */
};

void image_forget(struct ledger *ledger)
{
    for (struct image_shadow *shadow = ledger->shadows, *next; shadow != NULL; shadow = next) {
        next = shadow->next;
        free(shadow->hashes);
        free(shadow);
    }
    ledger->shadows = NULL;
}

static struct image_shadow *find_shadow(struct ledger *ledger, uint32_t stream, uint32_t part)
{
    struct image_shadow *shadow = ledger->shadows;

    while (shadow != NULL && (shadow->stream != stream || shadow->part != part))
        shadow = shadow->next;
    if (shadow != NULL)
        return shadow;
    shadow = calloc(1, sizeof(*shadow));
    if (shadow == NULL)
        return NULL;
    shadow->stream = stream;
    shadow->part = part;
    shadow->next = ledger->shadows;
    ledger->shadows = shadow;
    return shadow;
}

static bool make_room(struct image_shadow *shadow, size_t count)
{
    uint64_t *hashes;

    if (count <= shadow->room)
        return true;
    hashes = realloc(shadow->hashes, count * 2 * sizeof(*hashes));
    if (hashes == NULL)
        return false;
    shadow->hashes = hashes;
    shadow->room = count * 2;
    return true;
}

static int write_chunk(struct ledger *ledger, const struct image_shadow *shadow, size_t chunk, struct view data,
                       struct error *error)
{
    sqlite3_stmt *statement = database_statement(ledger, STATEMENT_IMAGE_SET,
                                                 "INSERT INTO images (stream, part, chunk, data) VALUES (?, ?, ?, ?) "
                                                 "ON CONFLICT (stream, part, chunk) DO UPDATE SET data = excluded.data",
                                                 error);

    if (statement == NULL)
        return -1;
    sqlite3_bind_int64(statement, 1, shadow->stream);
    sqlite3_bind_int64(statement, 2, shadow->part);
    sqlite3_bind_int64(statement, 3, (int64_t)chunk);
    sqlite3_bind_blob64(statement, 4, data.p, data.n, SQLITE_STATIC);
    return database_run(ledger, statement, error);
}

static int remove_chunks(struct ledger *ledger, uint32_t stream, int64_t part, size_t from, struct error *error)
{
    sqlite3_stmt *statement = database_prepare(
        ledger, "DELETE FROM images WHERE stream = ?1 AND (?2 = -1 OR part = ?2) AND chunk >= ?3", error);
    int result;

    if (statement == NULL)
        return -1;
    sqlite3_bind_int64(statement, 1, stream);
    sqlite3_bind_int64(statement, 2, part);
    sqlite3_bind_int64(statement, 3, (int64_t)from);
    result = database_run(ledger, statement, error);
    sqlite3_finalize(statement);
    return result;
}

int ledger_save_image(struct ledger *ledger, uint32_t stream, uint32_t part, struct view image, struct error *error)
{
    struct image_shadow *shadow = find_shadow(ledger, stream, part);
    size_t count = (image.n + IMAGE_CHUNK - 1) / IMAGE_CHUNK;

    if (shadow == NULL || !make_room(shadow, count))
        return error_set(error, ERROR_MEMORY, "%s: out of memory", ledger->path);
    if (image.n > IMAGE_MAX)
        return error_set(error, ERROR_SYSTEM, "%s: %zu octets are too many to keep", ledger->path, image.n);
    for (size_t i = 0; i < count; i++) {
        struct view data = view_slice(image, i * IMAGE_CHUNK, (i + 1) * IMAGE_CHUNK);
        uint64_t hash = hash_view(data, 0);

        if (i < shadow->count && shadow->hashes[i] == hash)
            continue;
        if (write_chunk(ledger, shadow, i, data, error) == -1)
            return -1;
        shadow->hashes[i] = hash;
    }
    if ((!shadow->known || count < shadow->count) && remove_chunks(ledger, stream, part, count, error) == -1)
        return -1;
    shadow->count = count;
    shadow->known = true;
    return 0;
}

static int append(struct ledger *ledger, struct view data, char **image, size_t *size, struct error *error)
{
    char *grown;

    if (*size + data.n > IMAGE_MAX)
        return error_set(error, ERROR_SYNTAX, "%s: an image is too large", ledger->path);
    grown = realloc(*image, *size + data.n + 1);
    if (grown == NULL)
        return error_set(error, ERROR_MEMORY, "%s: out of memory", ledger->path);
    if (data.n > 0)
        memcpy(grown + *size, data.p, data.n);
    *image = grown;
    *size += data.n;
    return 0;
}

int ledger_load_image(struct ledger *ledger, uint32_t stream, uint32_t part, char **image, size_t *size,
                      struct error *error)
{
    sqlite3_stmt *statement =
        database_prepare(ledger, "SELECT data FROM images WHERE stream = ? AND part = ? ORDER BY chunk", error);
    int got;

    *image = NULL;
    *size = 0;
    if (statement == NULL)
        return -1;
    sqlite3_bind_int64(statement, 1, stream);
    sqlite3_bind_int64(statement, 2, part);
    while ((got = database_step(ledger, statement, error)) == 1) {
        if (append(ledger, database_text(statement, 0), image, size, error) == -1) {
            got = -1;
            break;
        }
    }
    sqlite3_finalize(statement);
    if (got == -1) {
        free(*image);
        *image = NULL;
    }
    return got;
}

int ledger_drop_images(struct ledger *ledger, uint32_t stream, struct error *error)
{
    for (struct image_shadow *shadow = ledger->shadows; shadow != NULL; shadow = shadow->next) {
        if (shadow->stream == stream)
            shadow->count = 0;
    }
    return remove_chunks(ledger, stream, -1, 0, error);
}
