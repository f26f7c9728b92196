/*
 * process - what one smtp(8) or lmtp(8) process did last: which session its deliveries went over
 *
 * Such a process handles one message at a time over one connection at a time.
 * It logs the TLS session first and then one line for each recipient, so a
 * delivery belongs to the session line before it, if server and queue ID fit
 * and nothing between the two said that the session is over.
 * Pure.  Ages by the time of the events.
 */
#ifndef FOLLOW_PROCESS_H
#define FOLLOW_PROCESS_H

#include "follow/aging.h"
#include "follow/stretch.h"
#include "shared/names.h"

enum {
    PROCESSES_MAX = 65536,        /* followed at once; the one silent for longest is given up */
    PROCESS_AGE_MAX = 3600 * 1000 /* ms of silence after which a process ID is another process */
};

struct process {
    struct aging_entry entry;
    int64_t time; /* ms, of its last line */
    uint32_t pid, stretch;
    bool fresh;      /* this is the first line seen of it */
    bool named_only; /* before 2.5 the session's line has no address */
    bool tls, reused, bound, offered, handshake_failed;
    enum peer_level level;
    uint64_t handshake_relay; /* hash of the server that took the message after the failure; 0: none yet */
    uint64_t server;          /* hash of the session's server; of its name alone if named_only or offered */
    uint64_t message;         /* hash of the message the session is bound to */
    uint32_t version, cipher, key_exchange; /* words */
};

struct processes {
    struct aging table;
    struct names *words; /* protocol versions, ciphers, key exchanges */
    uint64_t seed;
    int64_t previous; /* ms, of the line before of the process found last; of use where that is not fresh */
    int64_t
        blind_until; /* ms: a process that may have had a session was given up, or there was no memory for one; until
                        then a missing line proves nothing */
};

/* False: out of memory.  seed: see shared/hash.h.  processes_done() takes a zeroed struct, too. */
bool processes_init(struct processes *processes, uint64_t seed);
void processes_done(struct processes *processes);

/*
 * The process that wrote a line of a service at a time; fresh or aged ones start empty.  NULL: out of memory.
 * Past PROCESSES_MAX the one goes whose last line is oldest, to the minute.
 */
struct process *process_find(struct processes *processes, const struct service *service, uint64_t pid, int64_t time);

/* A TLS session was set up; the server offered STARTTLS, so an older session is over; it is over. */
void process_session(struct processes *processes, struct process *process, const struct tls_line *line);
void process_offer(struct processes *processes, struct process *process, struct view server_name);
void process_session_over(struct process *process);

/* A line about a message, by its message_hash(): sessions of another message are over. */
void process_message(struct process *process, uint64_t message);

/* The relay of a delivery, and the hash of its whole text. */
struct relay {
    const struct server *server;
    uint64_t hash;
};
struct relay relay_of(const struct processes *processes, const struct server *server);

/*
 * Did the request that a delivery of the process found last belongs to begin, at `began` ms, after all its other lines?
 * A message that is tried again may come to the same process: what that logged before is of another session.
 */
bool process_began_anew(const struct processes *processes, const struct process *process, int64_t began);

/* Did this delivery go over the session?  A delivery by another server ends it. */
bool process_used_session(const struct processes *processes, struct process *process, const struct relay *relay);

/* A handshake failed; the message goes on without TLS. */
void process_handshake_failed(struct process *process);

/* Did the handshake fail before this delivery?  Another server of the same message is another session. */
bool process_fell_back(struct process *process, const struct relay *relay);

/* Did the server of this delivery offer STARTTLS to a process that does not want it? */
bool process_saw_offer(const struct processes *processes, const struct process *process, const struct relay *relay);

#endif
