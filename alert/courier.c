#include "alert/courier.h"

#include <bsd/unistd.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#include "alert/carry.h"

enum { TEXT_MAX = 256, SENT_KEPT_MAX = 65536 };

/* One packet to the courier. */
struct packet {
    int64_t id;
    char body[NOTICE_MAX];
};

/* The process itself. */
struct carrying {
    const struct courier_settings *settings;
    int fd, sent_fd;
    struct packet *queue[COURIER_QUEUE_MAX];
    size_t first, count;
    size_t sizes[COURIER_QUEUE_MAX];
    unsigned attempts; /* failed ones of the first */
    int64_t next;      /* ms: when it is tried again */
    int64_t *sent;     /* ids known to be delivered */
    size_t sent_count;
};

/* The head of the file, before the ids. */
struct sent_head {
    int64_t seed;
};

void courier_key(const struct channel *channel, struct buf *out)
{
    static const char *const kinds[] = {
        [CHANNEL_EXEC] = "exec", [CHANNEL_MAIL] = "mail", [CHANNEL_WEBHOOK] = "webhook", [CHANNEL_SYSLOG] = "syslog"
    };

    buf_addf(out, "%s", kinds[channel->kind]);
    if (channel->target.n > 0)
        buf_addf(out, " %.*s", VIEW_ARG(channel->target));
}

int64_t courier_pause(unsigned attempts)
{
    int64_t pause = 1000;

    for (unsigned i = 1; i < attempts && pause < COURIER_PAUSE_MAX_MS; i++)
        pause *= 2;
    return pause < COURIER_PAUSE_MAX_MS ? pause : COURIER_PAUSE_MAX_MS;
}

static carrier *const carriers[] = { [CHANNEL_EXEC] = carry_exec,
                                     [CHANNEL_MAIL] = carry_mail,
                                     [CHANNEL_WEBHOOK] = carry_webhook,
                                     [CHANNEL_SYSLOG] = carry_syslog };

enum courier_result courier_try(const struct courier_settings *settings, struct view body, char text[256])
{
    json_t *notice = notice_read(body);
    enum courier_result result;

    text[0] = '\0';
    if (notice == NULL) {
        snprintf(text, TEXT_MAX, "is no notice");
        return COURIER_REFUSED;
    }
    result = carriers[settings->channel->kind](settings, notice, body, text);
    json_decref(notice);
    return result;
}

/* ---- the process ---- */

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Only what is not below `lowest`, of this ledger, is worth remembering. */
static void load_sent(struct carrying *carrying)
{
    struct sent_head head;
    int64_t id;

    carrying->sent = calloc(SENT_KEPT_MAX, sizeof(*carrying->sent));
    if (carrying->sent == NULL || read(carrying->sent_fd, &head, sizeof(head)) != (ssize_t)sizeof(head) ||
        head.seed != carrying->settings->seed)
        return;
    while (carrying->sent_count < SENT_KEPT_MAX && read(carrying->sent_fd, &id, sizeof(id)) == (ssize_t)sizeof(id)) {
        if (id >= carrying->settings->lowest)
            carrying->sent[carrying->sent_count++] = id;
    }
}

/* The file anew, with what was kept.  A rename keeps the old one until the new one is whole. */
static bool rewrite_sent(struct carrying *carrying)
{
    const struct sent_head head = { carrying->settings->seed };
    size_t octets = carrying->sent_count * sizeof(*carrying->sent);

    if (lseek(carrying->sent_fd, 0, SEEK_SET) != 0 ||
        write(carrying->sent_fd, &head, sizeof(head)) != (ssize_t)sizeof(head) ||
        (octets > 0 && write(carrying->sent_fd, carrying->sent, octets) != (ssize_t)octets))
        return false;
    return ftruncate(carrying->sent_fd, (off_t)(sizeof(head) + octets)) == 0 && fdatasync(carrying->sent_fd) == 0;
}

/* Waits for a predecessor that is still at its last notice. */
static bool open_sent(struct carrying *carrying)
{
    carrying->sent_fd = open(carrying->settings->sent_path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (carrying->sent_fd == -1 || flock(carrying->sent_fd, LOCK_EX) == -1)
        return false;
    load_sent(carrying);
    return carrying->sent != NULL && rewrite_sent(carrying);
}

static void remember(struct carrying *carrying, int64_t id)
{
    if (write(carrying->sent_fd, &id, sizeof(id)) == (ssize_t)sizeof(id))
        (void)fdatasync(carrying->sent_fd);
    if (carrying->sent_count < SENT_KEPT_MAX)
        carrying->sent[carrying->sent_count++] = id;
}

static bool was_sent(const struct carrying *carrying, int64_t id)
{
    for (size_t i = 0; i < carrying->sent_count; i++) {
        if (carrying->sent[i] == id)
            return true;
    }
    return false;
}

static void answer(const struct carrying *carrying, int64_t id, enum courier_result result, const char *text)
{
    struct courier_answer answer = { .id = id, .result = result };

    snprintf(answer.text, sizeof(answer.text), "%s", text);
    (void)send(carrying->fd, &answer, sizeof(answer), MSG_NOSIGNAL);
}

static void drop_first(struct carrying *carrying)
{
    free(carrying->queue[carrying->first]);
    carrying->first = (carrying->first + 1) % COURIER_QUEUE_MAX;
    carrying->count--;
    carrying->attempts = 0;
    carrying->next = 0;
}

static void try_first(struct carrying *carrying)
{
    const struct packet *packet = carrying->queue[carrying->first];
    struct view body = { packet->body, carrying->sizes[carrying->first] };
    enum courier_result result = COURIER_DELIVERED;
    char text[TEXT_MAX] = "";

    if (!was_sent(carrying, packet->id)) {
        result = courier_try(carrying->settings, body, text);
        if (result == COURIER_DELIVERED) {
            answer(carrying, packet->id, COURIER_TAKEN, text);
            remember(carrying, packet->id);
        }
    }
    answer(carrying, packet->id, result, text);
    if (result != COURIER_TROUBLE) {
        drop_first(carrying);
        return;
    }
    carrying->attempts++;
    carrying->next = now_ms() + courier_pause(carrying->attempts);
}

/* False: the follower is gone. */
static bool take_packet(struct carrying *carrying)
{
    struct packet *packet = malloc(sizeof(*packet));
    size_t place = (carrying->first + carrying->count) % COURIER_QUEUE_MAX;
    ssize_t got = packet == NULL ? -1 : recv(carrying->fd, packet, sizeof(*packet), 0);

    if (got < (ssize_t)sizeof(packet->id)) {
        free(packet);
        return false;
    }
    carrying->queue[place] = packet;
    carrying->sizes[place] = (size_t)got - sizeof(packet->id);
    carrying->count++;
    return true;
}

static int wait_ms(const struct carrying *carrying)
{
    int64_t left = carrying->next - now_ms();

    if (carrying->count == 0)
        return -1;
    return left < 0 ? 0 : (int)left;
}

static void carry(struct carrying *carrying)
{
    for (;;) {
        struct pollfd polled = { .fd = carrying->fd, .events = POLLIN };
        int ready;

        /* A full queue leaves the rest in the socket, but the follower's end is still heard. */
        if (carrying->count == COURIER_QUEUE_MAX)
            polled.events = POLLRDHUP;
        ready = poll(&polled, 1, wait_ms(carrying));
        if (ready == -1 && errno != EINTR)
            return;
        if (ready > 0 && (carrying->count == COURIER_QUEUE_MAX || !take_packet(carrying)))
            return;
        if (carrying->count > 0 && now_ms() >= carrying->next)
            try_first(carrying);
    }
}

static _Noreturn void be_courier(const struct courier_settings *settings, int fd)
{
    struct carrying carrying = { .settings = settings, .fd = fd, .sent_fd = -1 };
    sigset_t none;

    /* What is under way is finished; the end of the follower ends us. */
    (void)signal(SIGTERM, SIG_IGN);
    (void)signal(SIGINT, SIG_IGN);
    (void)signal(SIGHUP, SIG_IGN);
    (void)signal(SIGUSR1, SIG_IGN);
    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    if (dup2(fd, STDERR_FILENO + 1) == -1)
        _exit(EXIT_FAILURE);
    carrying.fd = STDERR_FILENO + 1;
    (void)fcntl(carrying.fd, F_SETFD, FD_CLOEXEC);
    closefrom(carrying.fd + 1);
    if (open_sent(&carrying))
        carry(&carrying);
    else
        answer(&carrying, 0, COURIER_TROUBLE, strerror(errno));
    _exit(EXIT_SUCCESS);
}

/* ---- the follower's side ---- */

int courier_start(struct courier *courier, const struct courier_settings *settings, struct error *error)
{
    int ends[2];

    *courier = (struct courier){ .fd = -1 };
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == -1)
        return error_set(error, ERROR_SYSTEM, "socketpair: %s", strerror(errno));
    courier->pid = fork();
    if (courier->pid == 0)
        be_courier(settings, ends[1]);
    close(ends[1]);
    if (courier->pid == -1) {
        courier->pid = 0;
        close(ends[0]);
        return error_set(error, ERROR_SYSTEM, "fork: %s", strerror(errno));
    }
    courier->fd = ends[0];
    return 0;
}

void courier_stop(struct courier *courier)
{
    if (courier->fd != -1)
        close(courier->fd);
    courier->fd = -1;
    if (courier->pid != 0)
        (void)waitpid(courier->pid, NULL, WNOHANG);
    courier->pid = 0;
}

bool courier_give(struct courier *courier, int64_t id, struct view body)
{
    struct packet packet = { .id = id };

    if (courier->fd == -1 || body.n > sizeof(packet.body))
        return false;
    memcpy(packet.body, body.p, body.n);
    return send(courier->fd, &packet, offsetof(struct packet, body) + body.n, MSG_DONTWAIT | MSG_NOSIGNAL) != -1;
}

int courier_take(struct courier *courier, struct courier_answer *answer)
{
    ssize_t got = courier->fd == -1 ? 0 : recv(courier->fd, answer, sizeof(*answer), MSG_DONTWAIT);

    if (got == (ssize_t)sizeof(*answer)) {
        answer->text[sizeof(answer->text) - 1] = '\0';
        return 1;
    }
    return got == -1 && (errno == EAGAIN || errno == EINTR) ? 0 : -1;
}
