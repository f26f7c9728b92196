/*
 * courier - the process that carries notices to one channel
 *
 * Each channel has one, so that a dead channel delays neither another nor the
 * counting, and so that no code that parses hostile lines speaks to the network.
 * It takes notices in order, tries again with growing pauses, and writes down
 * what it has delivered before it says so: when the follower is killed in
 * between, the next courier of this channel knows.
 * Not pure.  One thread at a time.
 */
#ifndef ALERT_COURIER_H
#define ALERT_COURIER_H

#include <sys/types.h>

#include "alert/notice.h"
#include "shared/error.h"

enum {
    COURIER_KEY_MAX = 2200,           /* octets of a channel's key, with its NUL */
    COURIER_QUEUE_MAX = 64,           /* notices it has at once; more wait in the ledger */
    COURIER_TIMEOUT_SECONDS = 20,     /* for one attempt */
    COURIER_PAUSE_MAX_MS = 600 * 1000 /* between attempts */
};

/* What stays the same of a channel when the file is read again: "webhook https://hooks.example.com/x". */
void courier_key(const struct channel *channel, struct buf *out);

/* ms to wait after so many failed attempts, from 1. */
int64_t courier_pause(unsigned attempts);

struct courier_settings {
    const struct channel *channel; /* outlives the courier, as do these */
    struct view relay;             /* HOST:PORT for mail */
    const char *sent_path;         /* of the file of what was delivered */
    const char *host;              /* of this machine */
    int64_t seed;                  /* of the ledger: ids of another one mean nothing here */
    int64_t lowest;                /* notices below this id are known to be delivered */
};

struct courier {
    pid_t pid; /* 0: not running */
    int fd;    /* poll it for POLLIN; -1: not running */
};

/*
 * Fork the process of a channel.  It waits for a predecessor that is still at its last notice.  0, or -1 with the
 * reason and *courier not running.  Call it with one thread only: fork(2) copies no other.
 */
int courier_start(struct courier *courier, const struct courier_settings *settings, struct error *error);

/* It finishes what it is at and ends; nobody waits for it. */
void courier_stop(struct courier *courier);

/* False: it has enough now, or is gone; give it again later. */
bool courier_give(struct courier *courier, int64_t id, struct view body);

enum courier_result {
    COURIER_DELIVERED,
    COURIER_TAKEN, /* it is delivered, and will be written down next: what follows from it may be in the log already */
    COURIER_REFUSED, /* it will never take it */
    COURIER_TROUBLE  /* not delivered yet, but tried again */
};
struct courier_answer {
    int64_t id;
    enum courier_result result;
    char text[256]; /* why not; of mail that was delivered, the server's answer */
};

/* 1: an answer; 0: none now; -1: it is gone, courier_stop() it. */
int courier_take(struct courier *courier, struct courier_answer *answer);

/* Try one notice once, in this process: for `outward alert test`.  text: as in struct courier_answer. */
enum courier_result courier_try(const struct courier_settings *settings, struct view body, char text[256]);

#endif
