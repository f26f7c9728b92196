#include "tests/bench/log_generator/truth.h"

#include <err.h>
#include <stdlib.h>
#include <time.h>

const char *const tls_levels[LEVEL_COUNT] = { "", "Anonymous", "Untrusted", "Trusted", "Verified" };
const char *const tls_versions[VERSION_COUNT] = { "", "TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3" };

#define EC_TAIL " server-signature ECDSA (prime256v1) server-digest SHA256"
#define RSA_TAIL " server-signature RSA-PSS (2048 bits) server-digest SHA256"
const struct tls_suite tls_suites[TLS_SUITES] = {
    { VERSION_1_3, "TLS_AES_256_GCM_SHA384", "256/256", " key-exchange X25519" EC_TAIL },
    { VERSION_1_3, "TLS_AES_128_GCM_SHA256", "128/128", " key-exchange x25519" RSA_TAIL },
    { VERSION_1_3, "TLS_CHACHA20_POLY1305_SHA256", "256/256", " key-exchange ECDHE (prime256v1)" RSA_TAIL },
    { VERSION_1_3, "TLS_AES_256_GCM_SHA384", "256/256", " key-exchange X25519MLKEM768" EC_TAIL },
    { VERSION_1_2, "ECDHE-RSA-AES256-GCM-SHA384", "256/256", "" },
    { VERSION_1_2, "DHE-RSA-AES128-GCM-SHA256", "128/128", "" },
    { VERSION_1_1, "ECDHE-RSA-AES256-SHA", "256/256", "" },
    { VERSION_1_0, "AES128-SHA", "128/128", "" },
};

static const char *const level_keys[LEVEL_COUNT] = { "", "anonymous", "untrusted", "trusted", "verified" };
static const char *const failure_keys[FAILURE_COUNT] = { "",          "not-offered", "refused",
                                                         "handshake", "certificate", "demanded" };
static const char *const origin_keys[ORIGIN_COUNT] = { "submitted", "unknown", "forwarded", "bounce" };

struct counts {
    uint64_t sent, encrypted, plaintext, unknown, deferred, bounced, plaintext_attempts;
};

struct destination_truth {
    struct counts counts;
    uint64_t levels[LEVEL_COUNT], versions[VERSION_COUNT], failures[FAILURE_COUNT];
    int64_t last_plaintext, last_encrypted; /* microseconds since 1970; 0: never; the latter also of attempts */
};

struct sender_truth {
    uint64_t sent, encrypted, plaintext, unknown; /* direct */
    uint64_t via_smarthost, gmail, demands;       /* gmail: direct or by smarthost; demands: its 4.7.29 */
};

struct submission_truth {
    uint64_t accepted, rejected, would;
    int64_t last;
};

/* A delivery without a TLS line waits here until its stretch is proven, or over. */
struct waiting {
    int64_t time;
    struct note note;
};

struct stretch {
    bool proven;
    struct waiting *waiting;
    size_t count, room;
};

struct truth {
    const struct destinations *destinations;
    struct destination_truth *by_destination;
    struct sender_truth *by_sender; /* [sender * ORIGIN_COUNT + origin] */
    struct stretch *stretches;      /* [instance * SERVICE_COUNT + service] */
    struct submission_truth *by_submission;
    struct truth_sizes sizes;
    struct counts totals, lmtp, smarthost;
    uint64_t internal, expired, lines, unproven;
    int64_t from, until, resolution;
};

static void *zeroed(size_t count, size_t size)
{
    void *memory = calloc(count, size);

    if (memory == NULL)
        err(1, "truth");
    return memory;
}

struct truth *truth_new(const struct destinations *destinations, const struct truth_sizes *sizes, int64_t resolution)
{
    struct truth *truth = zeroed(1, sizeof(*truth));

    truth->destinations = destinations;
    truth->sizes = *sizes;
    truth->resolution = resolution;
    truth->by_destination = zeroed(destinations->count, sizeof(*truth->by_destination));
    truth->by_sender = zeroed((size_t)sizes->senders * ORIGIN_COUNT, sizeof(*truth->by_sender));
    truth->by_submission = zeroed(sizes->submissions, sizeof(*truth->by_submission));
    truth->stretches = zeroed((size_t)sizes->instances * SERVICE_COUNT, sizeof(*truth->stretches));
    return truth;
}

void truth_free(struct truth *truth)
{
    for (size_t i = 0; i < (size_t)truth->sizes.instances * SERVICE_COUNT; i++)
        free(truth->stretches[i].waiting);
    free(truth->stretches);
    free(truth->by_submission);
    free(truth->by_sender);
    free(truth->by_destination);
    free(truth);
}

static struct counts *counts_of(struct truth *truth, enum route route)
{
    return route == ROUTE_LMTP ? &truth->lmtp : route == ROUTE_SMARTHOST ? &truth->smarthost : &truth->totals;
}

static void count_session(struct counts *counts, enum status status, enum session_kind session)
{
    if (status == STATUS_SENT && session == SESSION_ENCRYPTED)
        counts->encrypted++;
    else if (status == STATUS_SENT && session == SESSION_PLAINTEXT)
        counts->plaintext++;
    else if (status == STATUS_SENT)
        counts->unknown++;
    else if (session == SESSION_PLAINTEXT)
        counts->plaintext_attempts++;
}

static struct sender_truth *sender_of(struct truth *truth, const struct note *note)
{
    return &truth->by_sender[note->sender * ORIGIN_COUNT + note->origin];
}

static void settle_sender(struct truth *truth, const struct note *note, enum session_kind session)
{
    struct sender_truth *sender = sender_of(truth, note);

    if (note->status != STATUS_SENT || note->route != ROUTE_DIRECT)
        return;
    if (session == SESSION_ENCRYPTED)
        sender->encrypted++;
    else if (session == SESSION_PLAINTEXT)
        sender->plaintext++;
    else
        sender->unknown++;
}

static void count_sender(struct truth *truth, const struct note *note)
{
    struct sender_truth *sender = sender_of(truth, note);

    sender->demands += note->failure == FAILURE_DEMANDED;
    if (note->status != STATUS_SENT || note->route == ROUTE_LMTP)
        return;
    sender->sent += note->route == ROUTE_DIRECT;
    sender->via_smarthost += note->route == ROUTE_SMARTHOST;
    sender->gmail += note->destination <= DESTINATION_GOOGLEMAIL;
}

/* The verdict is known: PLAINTEXT, ENCRYPTED, or NO_LINE for what stays unknown. */
static void settle(struct truth *truth, int64_t time, const struct note *note, enum session_kind session)
{
    struct destination_truth *destination = &truth->by_destination[note->destination];

    if (note->status != STATUS_SENT && !note->transfer)
        return;
    count_session(counts_of(truth, note->route), note->status, session);
    settle_sender(truth, note, session);
    if (note->route != ROUTE_DIRECT)
        return;
    if (note->status == STATUS_SENT && session == SESSION_NO_LINE)
        truth->unproven++;
    count_session(&destination->counts, note->status, session);
    if (note->status == STATUS_SENT && session == SESSION_PLAINTEXT && time > destination->last_plaintext)
        destination->last_plaintext = time;
}

static void settle_waiting(struct truth *truth, struct stretch *stretch)
{
    for (size_t i = 0; i < stretch->count; i++)
        settle(truth, stretch->waiting[i].time, &stretch->waiting[i].note,
               stretch->proven ? SESSION_PLAINTEXT : SESSION_NO_LINE);
    stretch->count = 0;
}

static void prove(struct truth *truth, struct stretch *stretch)
{
    if (stretch->proven)
        return;
    stretch->proven = true;
    settle_waiting(truth, stretch);
}

static void wait_for_proof(struct stretch *stretch, int64_t time, const struct note *note)
{
    if (stretch->count == stretch->room) {
        stretch->room = stretch->room == 0 ? 64 : stretch->room * 2;
        stretch->waiting = reallocarray(stretch->waiting, stretch->room, sizeof(*stretch->waiting));
        if (stretch->waiting == NULL)
            err(1, "truth");
    }
    stretch->waiting[stretch->count++] = (struct waiting){ time, *note };
}

static void count_status(struct counts *counts, enum status status)
{
    if (status == STATUS_SENT)
        counts->sent++;
    else if (status == STATUS_DEFERRED)
        counts->deferred++;
    else
        counts->bounced++;
}

static void count_delivery(struct truth *truth, int64_t time, const struct note *note)
{
    struct destination_truth *destination = &truth->by_destination[note->destination];
    struct stretch *stretch = &truth->stretches[note->instance * SERVICE_COUNT + note->service];

    count_status(counts_of(truth, note->route), note->status);
    count_sender(truth, note);
    if (note->route == ROUTE_DIRECT) {
        count_status(&destination->counts, note->status);
        destination->failures[note->failure]++;
        if (note->session == SESSION_ENCRYPTED)
            destination->last_encrypted = time;
        if (note->status == STATUS_SENT && note->session == SESSION_ENCRYPTED) {
            destination->levels[note->level]++;
            destination->versions[note->version]++;
        }
    }
    if (note->proves)
        prove(truth, stretch);
    if (note->session == SESSION_NO_LINE && !stretch->proven)
        wait_for_proof(stretch, time, note);
    else
        settle(truth, time, note, note->session == SESSION_NO_LINE ? SESSION_PLAINTEXT : note->session);
}

static void end_stretches(struct truth *truth, uint32_t instance)
{
    for (unsigned service = 0; service < SERVICE_COUNT; service++) {
        struct stretch *stretch = &truth->stretches[instance * SERVICE_COUNT + service];

        settle_waiting(truth, stretch);
        stretch->proven = false;
    }
}

static void count_record(struct truth *truth, int64_t time, const struct note *note)
{
    struct submission_truth *submission = &truth->by_submission[note->submission];

    submission->accepted += note->status == STATUS_SENT;
    submission->rejected += note->status == STATUS_BOUNCED;
    submission->would += note->would;
    submission->last = time;
}

void truth_line(struct truth *truth, int64_t time, const struct note *note)
{
    time -= time % truth->resolution;
    if (truth->lines++ == 0)
        truth->from = time;
    truth->until = time;
    if (note == NULL || note->kind == NOTE_NOTHING)
        return;
    if (note->kind == NOTE_TLS_LINE)
        prove(truth, &truth->stretches[note->instance * SERVICE_COUNT + note->service]);
    else if (note->kind == NOTE_EXPIRED)
        truth->expired++;
    else if (note->kind == NOTE_RECORD)
        count_record(truth, time, note);
    else if (note->kind == NOTE_BOUNDARY)
        end_stretches(truth, note->instance);
    else if (note->route == ROUTE_INTERNAL)
        truth->internal++;
    else
        count_delivery(truth, time, note);
}

void truth_end(struct truth *truth)
{
    for (uint32_t i = 0; i < truth->sizes.instances; i++)
        end_stretches(truth, i);
}

static void print_time(FILE *out, int64_t time)
{
    time_t second = (time_t)(time / 1000000);
    char stamp[40];
    struct tm civil;

    gmtime_r(&second, &civil);
    strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%SZ", &civil);
    fprintf(out, "\"%s\"", stamp);
}

static void print_counts(FILE *out, const struct counts *counts)
{
    fprintf(out,
            "\"sent\": %ju, \"encrypted\": %ju, \"plaintext\": %ju, \"unknown\": %ju, \"deferred\": %ju, "
            "\"bounced\": %ju",
            (uintmax_t)counts->sent, (uintmax_t)counts->encrypted, (uintmax_t)counts->plaintext,
            (uintmax_t)counts->unknown, (uintmax_t)counts->deferred, (uintmax_t)counts->bounced);
}

static void print_totals(FILE *out, const char *separator, const char *name, const struct counts *counts)
{
    fprintf(out, "%s \"%s\": {", separator, name);
    print_counts(out, counts);
    fprintf(out, ", \"plaintext_attempts\": %ju", (uintmax_t)counts->plaintext_attempts);
}

static void print_named(FILE *out, const char *name, const char *const *keys, const uint64_t *values, unsigned count)
{
    const char *separator = "";

    fprintf(out, ", \"%s\": {", name);
    for (unsigned i = 1; i < count; i++) {
        if (values[i] == 0)
            continue;
        fprintf(out, "%s\"%s\": %ju", separator, keys[i], (uintmax_t)values[i]);
        separator = ", ";
    }
    fputs("}", out);
}

static bool destination_seen(const struct destination_truth *destination)
{
    return destination->counts.sent + destination->counts.deferred + destination->counts.bounced > 0;
}

/* TLS worked there once, and the last message went without. */
static bool destination_downgraded(const struct destination_truth *destination)
{
    return destination->last_encrypted != 0 && destination->last_plaintext > destination->last_encrypted;
}

static void print_destination(FILE *out, uint32_t index, const struct destination_truth *destination)
{
    char name[DESTINATION_NAME_MAX];

    destination_name(index, name);
    fprintf(out, "  {\"domain\": \"%s\", ", name);
    print_counts(out, &destination->counts);
    print_named(out, "levels", level_keys, destination->levels, LEVEL_COUNT);
    print_named(out, "versions", tls_versions, destination->versions, VERSION_COUNT);
    print_named(out, "failures", failure_keys, destination->failures, FAILURE_COUNT);
    fputs(", \"last_plaintext\": ", out);
    if (destination->last_plaintext == 0)
        fputs("null", out);
    else
        print_time(out, destination->last_plaintext);
    fprintf(out, ", \"downgraded\": %s}", destination_downgraded(destination) ? "true" : "false");
}

static void print_destinations(const struct truth *truth, FILE *out)
{
    const char *separator = "";

    fputs(" \"destinations\": [\n", out);
    for (uint32_t i = 0; i < truth->destinations->count; i++) {
        if (!destination_seen(&truth->by_destination[i]))
            continue;
        fputs(separator, out);
        print_destination(out, i, &truth->by_destination[i]);
        separator = ",\n";
    }
    fputs("\n ],\n", out);
}

static void print_sender(FILE *out, const struct sender_truth *sender)
{
    fprintf(out,
            "\"sent\": %ju, \"encrypted\": %ju, \"plaintext\": %ju, \"unknown\": %ju, \"via_smarthost\": %ju, "
            "\"gmail\": %ju, \"refusals\": {",
            (uintmax_t)sender->sent, (uintmax_t)sender->encrypted, (uintmax_t)sender->plaintext,
            (uintmax_t)sender->unknown, (uintmax_t)sender->via_smarthost, (uintmax_t)sender->gmail);
    if (sender->demands > 0)
        fprintf(out, "\"gmail 4.7.29\": %ju", (uintmax_t)sender->demands);
    fputs("}}", out);
}

static void print_senders(const struct truth *truth, FILE *out, const struct truth_names *names)
{
    const char *separator = "";
    char name[DESTINATION_NAME_MAX];

    fputs(" \"senders\": [\n", out);
    for (uint32_t i = 0; i < truth->sizes.senders * ORIGIN_COUNT; i++) {
        const struct sender_truth *sender = &truth->by_sender[i];

        if (sender->sent + sender->via_smarthost + sender->demands == 0)
            continue;
        names->sender(i / ORIGIN_COUNT, name, sizeof(name));
        fprintf(out, "%s  {\"domain\": \"%s\", \"origin\": \"%s\", ", separator, name, origin_keys[i % ORIGIN_COUNT]);
        print_sender(out, sender);
        separator = ",\n";
    }
    fputs("\n ],\n", out);
}

static void print_submissions(const struct truth *truth, FILE *out, const struct truth_names *names)
{
    const char *separator = "";

    fputs(" \"submission\": [\n", out);
    for (uint32_t i = 0; i < truth->sizes.submissions; i++) {
        const struct submission_truth *submission = &truth->by_submission[i];

        if (submission->accepted + submission->rejected == 0)
            continue;
        fprintf(out, "%s  {", separator);
        names->submission(i, out);
        fprintf(out,
                ", \"accepted\": %ju, \"rejected\": %ju, \"would\": %ju, \"last\": ", (uintmax_t)submission->accepted,
                (uintmax_t)submission->rejected, (uintmax_t)submission->would);
        print_time(out, submission->last);
        fputs("}", out);
        separator = ",\n";
    }
    fputs("\n ]\n", out);
}

void truth_print(const struct truth *truth, FILE *out, const struct truth_names *names)
{
    fputs("{\n \"schema\": 1,\n \"period\": {\"from\": ", out);
    print_time(out, truth->from);
    fputs(", \"until\": ", out);
    print_time(out, truth->until);
    fprintf(out,
            "},\n \"completeness\": {\"lines\": %ju, \"deliveries\": %ju, \"unknown\": %ju, \"reasons\": "
            "{\"tls-logging-unproven\": %ju}},\n",
            (uintmax_t)truth->lines, (uintmax_t)(truth->totals.sent + truth->totals.deferred + truth->totals.bounced),
            (uintmax_t)truth->unproven, (uintmax_t)truth->unproven);
    print_totals(out, "", "totals", &truth->totals);
    fprintf(out, ", \"expired\": %ju}", (uintmax_t)truth->expired);
    print_totals(out, ",\n", "lmtp", &truth->lmtp);
    print_totals(out, "},\n", "via_smarthost", &truth->smarthost);
    fprintf(out, "},\n \"internal\": %ju,\n", (uintmax_t)truth->internal);
    print_destinations(truth, out);
    print_senders(truth, out, names);
    print_submissions(truth, out, names);
    fputs("}\n", out);
}
