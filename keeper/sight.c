#include "keeper/sight.h"

#include <stdlib.h>

#include "shared/hash.h"

struct session {
    uint64_t key;
    bool tls;
};

struct message {
    uint64_t key;
    bool tls, authenticated, recorded;
};

struct sight {
    uint64_t seed;
    int64_t last_record; /* ms; 0: none */
    bool recorded;       /* the next line holds a record */
    bool plaintext;      /* which says tls=none */
    struct session sessions[SIGHT_SESSIONS];
    struct message messages[SIGHT_MESSAGES];
};

struct sight *sight_new(uint64_t seed)
{
    struct sight *sight = calloc(1, sizeof(*sight));

    if (sight != NULL)
        sight->seed = seed;
    return sight;
}

void sight_free(struct sight *sight)
{
    free(sight);
}

void sight_record(struct sight *sight, const struct record *record)
{
    const struct fact *tls = &record->sub.facts[FACT_TLS];

    sight->recorded = record->queue_id.n > 0;
    sight->plaintext = tls->state == FACT_KNOWN && tls->number == TLS_NONE;
}

static struct session *session_of(struct sight *sight, const struct log_line *line)
{
    uint64_t key = hash_mix(hash_mix(sight->seed, line->writer->number), line->pid) | 1;
    struct session *session = &sight->sessions[key % SIGHT_SESSIONS];

    if (session->key != key)
        *session = (struct session){ .key = key };
    return session;
}

static uint64_t message_key(const struct sight *sight, const struct log_line *line, struct view queue_id)
{
    return hash_mix(hash_mix(sight->seed, line->writer->host_number), view_hash(queue_id, sight->seed)) | 1;
}

/* The message of a queue ID; NULL where it is not known. */
static struct message *find_message(struct sight *sight, const struct log_line *line, struct view queue_id)
{
    uint64_t key = message_key(sight, line, queue_id);
    struct message *message = &sight->messages[key % SIGHT_MESSAGES];

    return message->key == key ? message : NULL;
}

/* "Anonymous TLS connection established from ...", "Trusted ...", and so on. */
static bool is_tls_line(struct view text)
{
    ptrdiff_t at = view_find(text, VIEW("TLS connection established from "));

    return at >= 0 && at <= 16;
}

/* "4B1C2D: client=mail.example.org[192.0.2.7], sasl_method=PLAIN, ..." */
static void smtpd_said(struct sight *sight, const struct log_line *line)
{
    struct view text = line->text, queue_id;
    uint64_t key;

    if (view_starts(text, VIEW("connect from ")))
        session_of(sight, line)->tls = false;
    else if (is_tls_line(text))
        session_of(sight, line)->tls = true;
    if (!view_cut(&text, VIEW(": client="), &queue_id) || view_find_char(queue_id, ' ') >= 0)
        return;
    key = message_key(sight, line, queue_id);
    sight->messages[key % SIGHT_MESSAGES] = (struct message){
        .key = key, .tls = session_of(sight, line)->tls, .authenticated = view_find(text, VIEW(", sasl_method=")) >= 0
    };
}

static enum sight_finding gate_said(struct sight *sight, const struct log_line *line)
{
    struct view text = line->text, queue_id;
    struct message *message;

    sight->last_record = line->time;
    if (!view_cut(&text, VIEW(": "), &queue_id) || (message = find_message(sight, line, queue_id)) == NULL)
        return SIGHT_FINE;
    message->recorded = true;
    return message->tls && sight->plaintext ? SIGHT_NO_MACROS : SIGHT_FINE;
}

/* "4B1C2D: removed" */
static enum sight_finding queue_said(struct sight *sight, const struct log_line *line)
{
    struct view text = line->text, queue_id;
    const struct message *message;

    if (!view_cut(&text, VIEW(": "), &queue_id) || !view_eq(text, VIEW("removed")) ||
        (message = find_message(sight, line, queue_id)) == NULL)
        return SIGHT_FINE;
    return message->authenticated && !message->recorded && sight->last_record != 0 &&
                   line->time - sight->last_record < SIGHT_GATE_MS
               ? SIGHT_NO_RECORD
               : SIGHT_FINE;
}

enum sight_finding sight_line(struct sight *sight, const struct log_line *line)
{
    bool recorded = sight->recorded;

    sight->recorded = false;
    if (recorded)
        return gate_said(sight, line);
    if (line->writer->program == PROGRAM_SMTPD)
        smtpd_said(sight, line);
    return line->writer->program == PROGRAM_QMGR ? queue_said(sight, line) : SIGHT_FINE;
}
