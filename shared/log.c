#include "shared/log.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

enum { PREFIX_MAX = 400, HOST_MAX = 255, TAG_MAX = 64, MS_A_SECOND = 1000, NS_A_MS = 1000000 };

static_assert(PREFIX_MAX + LOG_LINE_MAX + 1 < PIPE_BUF, "a FIFO takes a line whole or not at all");

struct log {
    char tag[TAG_MAX];      /* "outward-milter[812]: " */
    enum log_target target; /* never the default one */
    const char *path;
    struct sockaddr_un syslog; /* sent to by name each time: a restarted syslogd is found again */
    int fd;
    bool socket;      /* of stderr: under a service manager it is a stream socket */
    bool stamped;     /* lines begin with time and host */
    atomic_bool torn; /* the last line was written in part */
    atomic_ullong lost;
    atomic_llong since;   /* ms of CLOCK_MONOTONIC: when the write to the file that is watched began; 0: none is */
    pthread_mutex_t lock; /* for stderr, and to mend a torn line; whole lines of a file do without */
    char host[HOST_MAX + 1];
};

static int open_file(const char *path, struct error *error)
{
    int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0640);

    if (fd == -1)
        return error_set(error, ERROR_SYSTEM, "%s: %s", path, strerror(errno));
    return fd;
}

static int open_target(struct log *log, struct error *error)
{
    struct stat status;

    if (log->target == LOG_TARGET_FILE) {
        log->fd = open_file(log->path, error);
    } else if (log->target == LOG_TARGET_SYSLOG) {
        log->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (log->fd == -1)
            error_set(error, ERROR_SYSTEM, "syslog socket: %s", strerror(errno));
    } else {
        log->fd = STDERR_FILENO;
        log->socket = fstat(log->fd, &status) == 0 && S_ISSOCK(status.st_mode);
    }
    log->stamped = log->target == LOG_TARGET_FILE ||
                   (log->target == LOG_TARGET_STDERR && !log->socket && isatty(STDERR_FILENO) == 0);
    return log->fd == -1 ? -1 : 0;
}

static enum log_target real_target(enum log_target target)
{
    if (target != LOG_TARGET_DEFAULT)
        return target;
    return isatty(STDERR_FILENO) ? LOG_TARGET_STDERR : LOG_TARGET_SYSLOG;
}

static void set_host(struct log *log)
{
    if (gethostname(log->host, sizeof(log->host)) == -1)
        log->host[0] = '\0';
    log->host[HOST_MAX] = '\0';
    log->host[strcspn(log->host, ".")] = '\0'; /* as syslogd and postlogd do */
    if (log->host[0] == '\0')
        memcpy(log->host, "localhost", sizeof("localhost"));
}

int log_open(const char *tag, enum log_target target, const char *path, const char *socket_path, struct log **out,
             struct error *error)
{
    struct log *log = calloc(1, sizeof(*log));

    if (log == NULL)
        return error_set(error, ERROR_MEMORY, "log: out of memory");
    snprintf(log->tag, sizeof(log->tag), "%s[%ld]: ", tag, (long)getpid());
    log->target = real_target(target);
    log->path = path;
    log->syslog.sun_family = AF_UNIX;
    if (socket_path == NULL)
        socket_path = "/dev/log";
    pthread_mutex_init(&log->lock, NULL);
    set_host(log);
    log->fd = -1;
    if (strlen(socket_path) >= sizeof(log->syslog.sun_path)) {
        error_set(error, ERROR_LIMIT, "%s: too long for a socket's path", socket_path);
        goto fail;
    }
    memcpy(log->syslog.sun_path, socket_path, strlen(socket_path) + 1);
    if (open_target(log, error) == -1)
        goto fail;
    *out = log;
    return 0;
fail:
    log_close(log);
    return -1;
}

void log_close(struct log *log)
{
    if (log == NULL)
        return;
    if (log->fd != -1 && log->fd != STDERR_FILENO)
        close(log->fd);
    pthread_mutex_destroy(&log->lock);
    free(log);
}

/* digits of a number, with leading zeros: printf would be a good part of a record's cost. */
static void add_digits(struct buf *line, long number, unsigned digits)
{
    char text[12];

    for (unsigned i = digits; i-- > 0; number /= 10)
        text[i] = (char)('0' + number % 10);
    buf_add(line, (struct view){ text, digits });
}

static void add_fields(struct buf *line, char mark, const int *fields, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            buf_add_char(line, mark);
        add_digits(line, fields[i], 2);
    }
}

static void add_clock(struct buf *line, const struct tm *local)
{
    const int fields[] = { local->tm_hour, local->tm_min, local->tm_sec };

    add_fields(line, ':', fields, 3);
}

/* "<22>Mar  1 06:25:01 " */
static void add_syslog_prefix(struct buf *line, enum log_level level, const struct tm *local)
{
    static const int severities[] = { LOG_ERR, LOG_WARNING, LOG_INFO };
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

    buf_add_char(line, '<');
    add_digits(line, LOG_MAIL | severities[level], 2);
    buf_add_char(line, '>');
    buf_add(line, (struct view){ months + 3 * (local->tm_mon % 12), 3 });
    buf_add(line, local->tm_mday < 10 ? VIEW("  ") : VIEW(" "));
    add_digits(line, local->tm_mday, local->tm_mday < 10 ? 1 : 2);
    buf_add_char(line, ' ');
    add_clock(line, local);
    buf_add_char(line, ' ');
}

/* "2027-03-31T06:25:01.123456+02:00 host " */
static void add_file_prefix(struct buf *line, const struct log *log, const struct tm *local, long nanoseconds)
{
    const int date[] = { local->tm_mon + 1, local->tm_mday };
    long offset = local->tm_gmtoff / 60;
    const int zone[] = { (int)(labs(offset) / 60), (int)(labs(offset) % 60) };

    add_digits(line, local->tm_year + 1900, 4);
    buf_add_char(line, '-');
    add_fields(line, '-', date, 2);
    buf_add_char(line, 'T');
    add_clock(line, local);
    buf_add_char(line, '.');
    add_digits(line, nanoseconds / 1000, 6);
    buf_add_char(line, offset < 0 ? '-' : '+');
    add_fields(line, ':', zone, 2);
    buf_add_char(line, ' ');
    buf_add(line, view_of(log->host));
    buf_add_char(line, ' ');
}

static void add_prefix(struct buf *line, const struct log *log, enum log_level level)
{
    struct timespec now;
    struct tm local;

    if (log->stamped || log->target == LOG_TARGET_SYSLOG) {
        clock_gettime(CLOCK_REALTIME, &now);
        localtime_r(&now.tv_sec, &local);
        if (log->stamped)
            add_file_prefix(line, log, &local, now.tv_nsec);
        else
            add_syslog_prefix(line, level, &local);
    }
    buf_add(line, view_of(log->tag));
}

static void replace(struct view text, char octet)
{
    char *at;

    while (text.n > 0 && (at = memchr(text.p, octet, text.n)) != NULL) {
        *at = '?';
        text = view_slice(text, (size_t)(at - text.p), text.n);
    }
}

static void add_text(struct buf *line, struct view text)
{
    const char *start = line->p + line->len;

    text = view_slice(text, 0, LOG_LINE_MAX);
    buf_add(line, text);
    replace((struct view){ start, text.n }, '\n');
    replace((struct view){ start, text.n }, '\0');
}

static bool send_datagram(struct log *log, struct view line)
{
    ssize_t sent;

    do
        sent = sendto(log->fd, line.p, line.n, MSG_DONTWAIT | MSG_NOSIGNAL, (const struct sockaddr *)&log->syslog,
                      sizeof(log->syslog));
    while (sent == -1 && errno == EINTR);
    return sent != -1;
}

/* write(2) to a pipe or terminal that has no room would wait: ask first. */
static ssize_t write_some(const struct log *log, struct view line)
{
    struct pollfd room = { .fd = log->fd, .events = POLLOUT };

    if (log->socket)
        return send(log->fd, line.p, line.n, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (log->target == LOG_TARGET_STDERR && (poll(&room, 1, 0) != 1 || (room.revents & POLLOUT) == 0))
        return -1;
    return write(log->fd, line.p, line.n);
}

/* What is left of a torn line ends before the next one begins. */
static bool mend(struct log *log)
{
    if (log->torn && write_some(log, VIEW("\n")) == 1)
        log->torn = false;
    return !log->torn;
}

static bool write_whole(struct log *log, struct view line)
{
    ssize_t written = write_some(log, line);

    if (written > 0 && (size_t)written < line.n)
        log->torn = true;
    return written > 0 && (size_t)written == line.n;
}

static bool write_alone(struct log *log, struct view line)
{
    bool done;

    pthread_mutex_lock(&log->lock);
    done = mend(log) && write_whole(log, line);
    pthread_mutex_unlock(&log->lock);
    return done;
}

static long long monotonic_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (long long)now.tv_sec * MS_A_SECOND + now.tv_nsec / NS_A_MS;
}

/* A disk that hangs holds whoever writes: once it is known, nobody else is sent there. */
static bool write_watched(struct log *log, struct view line)
{
    long long now = monotonic_ms(), began = 0;
    bool mine = atomic_compare_exchange_strong(&log->since, &began, now), done;

    if (!mine && now - began > LOG_STUCK_MS)
        return false;
    done = log->torn ? write_alone(log, line) : write_whole(log, line);
    if (mine)
        atomic_store(&log->since, 0);
    return done;
}

/*
 * The kernel keeps appended lines apart (O_APPEND), and those in a FIFO: no lock for them, on which hundreds of sessions would queue.  Other streams may take any part of a line.
 */
static bool write_line(struct log *log, struct view line)
{
    return log->target == LOG_TARGET_FILE ? write_watched(log, line) : write_alone(log, line);
}

bool log_write(struct log *log, enum log_level level, struct view text)
{
    char storage[PREFIX_MAX + LOG_LINE_MAX + 1];
    struct buf line = BUF(storage);
    bool done;

    add_prefix(&line, log, level);
    add_text(&line, text);
    if (log->target == LOG_TARGET_SYSLOG) {
        done = send_datagram(log, buf_view(&line));
    } else {
        buf_add_char(&line, '\n');
        done = write_line(log, buf_view(&line));
    }
    if (!done)
        atomic_fetch_add(&log->lost, 1);
    return done;
}

bool log_writef(struct log *log, enum log_level level, const char *format, ...)
{
    char text[LOG_LINE_MAX];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    return log_write(log, level, view_of(text));
}

uint64_t log_take_lost(struct log *log)
{
    return atomic_exchange(&log->lost, 0);
}

void log_give_back_lost(struct log *log, uint64_t lost)
{
    atomic_fetch_add(&log->lost, lost);
}

int log_reopen(struct log *log, struct error *error)
{
    int fd;

    if (log->target != LOG_TARGET_FILE)
        return 0;
    fd = open_file(log->path, error);
    if (fd == -1)
        return -1;
    /* The number stays: who is writing writes into one file or the other. */
    if (dup3(fd, log->fd, O_CLOEXEC) == -1) {
        error_set(error, ERROR_SYSTEM, "%s: %s", log->path, strerror(errno));
        close(fd);
        return -1;
    }
    log->torn = false;
    close(fd);
    return 0;
}
