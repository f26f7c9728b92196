/*
 * dialogue - one milter connection, spoken as Postfix speaks it
 *
 * Offers protocol 6 with all actions and flags, takes the filter's choice and
 * its macro lists, sends macros by name at every stage, also for events that
 * were switched off, and does not wait where no reply was agreed on.  Postfix
 * src/milter/milter8.c.  Bytes in, bytes out: sockets are milter_load's.
 */
#ifndef MILTER_LOAD_DIALOGUE_H
#define MILTER_LOAD_DIALOGUE_H

#include <stdio.h>

#include "tests/bench/milter_load/macro_values.h"
#include "tests/bench/milter_load/packet.h"

/* What all dialogues of a run have in common. */
struct dialogue_plan {
    struct macro_values macros;
    unsigned messages;   /* of one connection */
    unsigned recipients; /* of one message */
    unsigned domains;    /* different ones among all recipients */
    size_t body;         /* octets */
    FILE *trace;         /* each packet in words; NULL: none */
};

struct dialogue_counts {
    uint64_t mails, refused_mails, refused_recipients, held, changes, replies_awaited;
    uint64_t queue_number, recipient_number; /* to make new ones */
};

enum dialogue_state {
    DIALOGUE_WAITS,     /* for the filter's reply */
    DIALOGUE_CONNECTED, /* greeted; waits for dialogue_go() before the first message */
    DIALOGUE_OVER,      /* all said: send what is left and close */
    DIALOGUE_BROKEN     /* the filter broke the protocol: see fault */
};

enum step {
    STEP_NEGOTIATE,
    STEP_CONNECT,
    STEP_HELO,
    STEP_HELO_AGAIN,
    STEP_READY,
    STEP_MAIL,
    STEP_RCPT,
    STEP_DATA,
    STEP_HEADER,
    STEP_EOH,
    STEP_BODY,
    STEP_EOM,
    STEP_ABORT,
    STEP_QUIT
};

struct dialogue {
    const struct dialogue_plan *plan;
    struct dialogue_counts *counts;
    struct octets in, out;
    enum dialogue_state state;
    enum step step;
    uint32_t protocol; /* as agreed */
    struct macro_list lists[STAGE_COUNT];
    unsigned messages, recipient, header, accepted; /* of this connection; of this message */
    size_t body_sent;
    bool tls, queued, body_skipped;
    char queue_id[24], recipient_address[64], recipient_host[32], client_port[8];
    const char *fault;
};

/* Plan and counts must outlive the dialogue. */
void dialogue_init(struct dialogue *dialogue, const struct dialogue_plan *plan, struct dialogue_counts *counts);
void dialogue_done(struct dialogue *dialogue);

/* Begin: the offer lies in out. */
void dialogue_start(struct dialogue *dialogue);

/* Go on from DIALOGUE_CONNECTED to the messages. */
void dialogue_go(struct dialogue *dialogue);

/* Take what the filter sent into account (it lies in in) and put what follows into out. */
void dialogue_receive(struct dialogue *dialogue);

#endif
