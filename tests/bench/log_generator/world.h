/*
 * world - some hosts with Postfix on them, their mail, and the log they write together
 *
 * One struct world per run.  Whatever is to reach the log is put into the event
 * queue as a line with its time; so the lines of all processes interleave as
 * they do in life, and each file here tells one story at a time.
 */
#ifndef LOG_GENERATOR_WORLD_H
#define LOG_GENERATOR_WORLD_H

#include "tests/bench/log_generator/event_queue.h"
#include "tests/bench/log_generator/log_writer.h"
#include "tests/bench/log_generator/random.h"
#include "tests/bench/log_generator/text.h"
#include "tests/bench/log_generator/truth.h"

enum {
    SECOND = 1000000, /* microseconds */
    QUEUE_ID_MAX = 24,
    PROCESSES_MAX = 40,   /* of one program of one instance */
    CONNECTIONS_MAX = 64, /* cached, of one instance */
    INODES_MAX = 4096,
    HOST_NAME_MAX_HERE = 24,
    TAG_MAX = 40
};

/* The programs of an instance that write lines. */
enum program {
    PROGRAM_SMTPD,
    PROGRAM_SUBMISSION,
    PROGRAM_SMTPS,
    PROGRAM_CLEANUP,
    PROGRAM_QMGR,
    PROGRAM_PICKUP,
    PROGRAM_SMTP,
    PROGRAM_BULK_SMTP,
    PROGRAM_LMTP,
    PROGRAM_BOUNCE,
    PROGRAM_LOCAL,
    PROGRAM_VIRTUAL,
    PROGRAM_PIPE,
    PROGRAM_ERROR,
    PROGRAM_TLSPROXY,
    PROGRAM_SCACHE,
    PROGRAM_ANVIL,
    PROGRAM_POSTSUPER,
    PROGRAM_MASTER,
    PROGRAM_SCRIPT,
    PROGRAM_GATE, /* outward-milter: no part of Postfix, but of the instance that asks it */
    PROGRAM_COUNT
};

struct host {
    char name[HOST_NAME_MAX_HERE];
    uint32_t next_pid;
};

/* How an instance is set up. */
struct model {
    const char *name; /* syslog_name */
    unsigned version; /* 210 is Postfix 2.10 */
    const char *version_name;
    bool new_host;        /* else a second instance on the host before */
    bool logs_tls;        /* smtp_tls_loglevel = 1 */
    bool changes_logging; /* somebody switches it on and off */
    bool reuses_tls;      /* smtp_tls_connection_reuse = yes */
    bool level_none;      /* smtp_tls_security_level = none, offers are noted */
    bool filters;         /* content_filter on loopback, handing mail back */
    bool relays;          /* relayhost: a smarthost */
    bool long_queue_ids;
    bool stores; /* lmtp(8) to mail stores, which logs TLS */
    bool gate;   /* its submissions pass outward-milter */
    bool bulk;   /* has a transport of its own, with smtp_tls_loglevel = 0 */
};

struct process {
    uint32_t pid;
    unsigned uses;
    int64_t busy_until;
};

struct pool {
    struct process processes[PROCESSES_MAX];
    unsigned count;
};

/* A connection that waits for the next message to the same domain. */
struct connection {
    uint32_t destination;
    unsigned uses; /* 0: no connection */
    int64_t free_at, expires;
    bool tls;
};

struct instance {
    const struct model *model;
    struct host *host;
    uint32_t number;
    unsigned generation;  /* counts restarts: lines of a killed generation never reach the log */
    bool logs_tls;        /* just now */
    int64_t paused_until; /* no new mail: a reload that changes the logging is due */
    char tags[PROGRAM_COUNT][TAG_MAX];
    struct pool pools[PROGRAM_COUNT];
    struct connection connections[CONNECTIONS_MAX];
    uint16_t inodes[INODES_MAX]; /* free ones, a stack: the last one freed is taken again first */
    unsigned inode_count;
};

struct world {
    struct random random;
    struct event_queue queue;
    struct log_writer *writer;
    struct truth *truth;
    struct destinations destinations;
    struct host *hosts;
    struct instance *instances;
    uint32_t host_count, instance_count, sender_count;
    uint64_t lines_wanted, lines_written;
    int64_t now;
    int64_t arrival_gap; /* mean microseconds between two messages of one instance */
    int64_t noise_gap;
};

/* Put a line of an instance's program into the queue.  note NULL: it means nothing. */
void say(struct world *world, struct instance *instance, enum program program, uint32_t pid, int64_t time,
         const struct text *text, const struct note *note);

/* The same for any other program of a host. */
void say_foreign(struct world *world, const struct host *host, const char *tag, uint32_t pid, int64_t time,
                 const struct text *text);

/* Write a line whose time has come. */
void line_written(struct world *world, int64_t time, void *subject);
void line_dropped(void *subject);

/* A process of the program that is idle at this time. */
struct process *process_for(struct world *world, struct instance *instance, enum program program, int64_t time);

/* The one process of a program that runs once. */
struct process *daemon_of(struct instance *instance, enum program program);

/* Hosts and instances as host_count asks for. */
void world_found(struct world *world, uint32_t host_count);
void world_free(struct world *world);

/* A queue ID that no message of the instance has now; the inode is to be given back, unless it is INODES_MAX. */
unsigned queue_id_take(struct world *world, struct instance *instance, int64_t time, char out[QUEUE_ID_MAX]);
void queue_id_give_back(struct instance *instance, unsigned inode);

/* A sender number's domain; the last number is the null sender. */
enum { SENDERS_OWN = 200, SENDERS_OUTSIDE = 300, SENDER_NULL = SENDERS_OWN + SENDERS_OUTSIDE, SENDERS_ALL };
void sender_domain(uint32_t sender, char *out, size_t size);

/* A duration around the mean, in microseconds. */
int64_t jitter(struct world *world, int64_t mean);

#endif
