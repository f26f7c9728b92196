#include "follow/ahead.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

struct block {
    ssize_t filled; /* octets; 0: the end; -1: error */
    char octets[AHEAD_BLOCK];
};

struct ahead {
    struct inflate *inflate;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    unsigned written, taken; /* blocks so far; written - taken of them wait */
    bool stopped;
    size_t used; /* octets of the block at hand that were given away */
    struct error error;
    struct block blocks[AHEAD_BLOCKS];
};

/* A block to fill; NULL when the reader has gone. */
static struct block *wait_for_room(struct ahead *ahead)
{
    struct block *block;

    pthread_mutex_lock(&ahead->lock);
    while (!ahead->stopped && ahead->written - ahead->taken == AHEAD_BLOCKS)
        pthread_cond_wait(&ahead->changed, &ahead->lock);
    block = ahead->stopped ? NULL : &ahead->blocks[ahead->written % AHEAD_BLOCKS];
    pthread_mutex_unlock(&ahead->lock);
    return block;
}

static void *unpack(void *argument)
{
    struct ahead *ahead = argument;
    struct block *block;
    bool more = true;

    while (more && (block = wait_for_room(ahead)) != NULL) {
        block->filled = inflate_read(ahead->inflate, block->octets, sizeof(block->octets), &ahead->error);
        more = block->filled > 0;
        pthread_mutex_lock(&ahead->lock);
        ahead->written++;
        pthread_cond_signal(&ahead->changed);
        pthread_mutex_unlock(&ahead->lock);
    }
    return NULL;
}

/* Signals are for the threads that expect them. */
static int start_thread(struct ahead *ahead)
{
    sigset_t all, before;
    int result;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    result = pthread_create(&ahead->thread, NULL, unpack, ahead);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return result;
}

struct ahead *ahead_start(struct inflate *inflate)
{
    struct ahead *ahead = calloc(1, sizeof(*ahead));

    if (ahead == NULL)
        return NULL;
    ahead->inflate = inflate;
    pthread_mutex_init(&ahead->lock, NULL);
    pthread_cond_init(&ahead->changed, NULL);
    if (start_thread(ahead) == 0)
        return ahead;
    pthread_cond_destroy(&ahead->changed);
    pthread_mutex_destroy(&ahead->lock);
    free(ahead);
    return NULL;
}

void ahead_stop(struct ahead *ahead)
{
    if (ahead == NULL)
        return;
    pthread_mutex_lock(&ahead->lock);
    ahead->stopped = true;
    pthread_cond_signal(&ahead->changed);
    pthread_mutex_unlock(&ahead->lock);
    pthread_join(ahead->thread, NULL);
    pthread_cond_destroy(&ahead->changed);
    pthread_mutex_destroy(&ahead->lock);
    free(ahead);
}

static struct block *wait_for_block(struct ahead *ahead)
{
    pthread_mutex_lock(&ahead->lock);
    while (ahead->written == ahead->taken)
        pthread_cond_wait(&ahead->changed, &ahead->lock);
    pthread_mutex_unlock(&ahead->lock);
    return &ahead->blocks[ahead->taken % AHEAD_BLOCKS];
}

static void give_back(struct ahead *ahead)
{
    pthread_mutex_lock(&ahead->lock);
    ahead->taken++;
    ahead->used = 0;
    pthread_cond_signal(&ahead->changed);
    pthread_mutex_unlock(&ahead->lock);
}

ssize_t ahead_read(struct ahead *ahead, char *p, size_t size, struct error *error)
{
    struct block *block = wait_for_block(ahead);
    size_t left;

    /* The last block stays: whoever asks again hears the same. */
    if (block->filled <= 0) {
        if (block->filled < 0)
            *error = ahead->error;
        return block->filled;
    }
    left = (size_t)block->filled - ahead->used;
    if (size > left)
        size = left;
    memcpy(p, block->octets + ahead->used, size);
    ahead->used += size;
    if (size == left)
        give_back(ahead);
    return (ssize_t)size;
}
