/*
 * mail - a message's way from whoever hands it in to its last recipient
 */
#ifndef LOG_GENERATOR_MAIL_H
#define LOG_GENERATOR_MAIL_H

#include "tests/bench/log_generator/world.h"

enum { RECIPIENTS_MAX = 50 };

enum recipient_state { RECIPIENT_WAITING, RECIPIENT_SENT, RECIPIENT_BOUNCED };

struct recipient {
    uint32_t destination;
    uint32_t number; /* makes the local part */
    enum recipient_state state;
    bool unknown_user;                /* the server will say so */
    bool greylisted;                  /* and this, at the first attempt */
    bool alias;                       /* logged with orig_to= */
    char address[160], original[160]; /* as logged */
};

struct message {
    struct instance *instance;
    unsigned generation; /* of the instance, while something is under way */
    char queue_id[QUEUE_ID_MAX];
    unsigned inode;
    int64_t arrived;
    unsigned attempts;
    uint32_t sender;
    enum origin origin;
    bool filtered;     /* has been through the content filter */
    bool probe;        /* an address probe of verify(8): no mail */
    bool wants_notice; /* NOTIFY=SUCCESS */
    bool bulk;
    bool forwards;            /* to a local address that leads outside */
    char sender_address[128]; /* "" is the null sender */
    unsigned recipient_count;
    struct recipient recipients[]; /* RECIPIENTS_MAX at most */
};

/* A new message arrives at an instance; the next arrival is planned. */
void mail_arrives(struct world *world, struct instance *instance);

/* qmgr takes a message up: its attempts are made. */
void mail_delivers(struct world *world, struct message *message);

/* The attempts are over: remove the message, bounce it, or wait. */
void mail_settles(struct world *world, struct message *message);

/*
 * Back from the content filter: the same message under a new queue ID.  Returns that ID's message;
 * *time is when the filter hands it back, and then when it is queued.
 */
struct message *mail_returns(struct world *world, const struct message *message, int64_t *time);

#endif
