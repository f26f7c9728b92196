#include "shared/child.h"

#include <bsd/unistd.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

enum { STREAM_OUT, STREAM_ERR, STREAM_COUNT };

/* Where the child's exec(2) tells its errno; closed by a successful one. */
enum { REPORT_FD = 3 };

struct stream {
    int fd; /* -1: at its end */
    char *text;
    size_t used, room;
};

struct running {
    pid_t pid;
    int report; /* reads the child's errno */
    struct stream streams[STREAM_COUNT];
};

/* Who to become; uid 0 means: stay. */
struct identity {
    uid_t uid;
    gid_t gid;
};

static int64_t now_ms(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int find_identity(const struct child_command *command, struct identity *who, struct error *error)
{
    const struct passwd *nobody;

    *who = (struct identity){ 0, 0 };
    if (geteuid() != 0 || command->keep_rights)
        return 0;
    nobody = getpwnam("nobody");
    if (nobody == NULL || nobody->pw_uid == 0)
        return error_set(error, ERROR_SYSTEM, "%s is not run: there is no user nobody to run it as", command->argv[0]);
    *who = (struct identity){ nobody->pw_uid, nobody->pw_gid };
    return 0;
}

static bool set_limits(void)
{
    static const struct {
        __rlimit_resource_t resource;
        rlim_t most;
    } limits[] = {
        { RLIMIT_CORE, 0 },
        { RLIMIT_CPU, 30 },
        { RLIMIT_AS, (rlim_t)1 << 30 },
        { RLIMIT_NOFILE, 256 },
        { RLIMIT_FSIZE, (rlim_t)16 << 20 },
    };

    for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
        struct rlimit limit = { limits[i].most, limits[i].most };

        if (setrlimit(limits[i].resource, &limit) == -1)
            return false;
    }
    return true;
}

static bool become(struct identity who)
{
    if (who.uid == 0)
        return true;
    return setgroups(0, NULL) == 0 && setresgid(who.gid, who.gid, who.gid) == 0 &&
           setresuid(who.uid, who.uid, who.uid) == 0 && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
}

/* What the program reads: no pipe, so nobody waits for one that does not. */
static int open_input(struct view input)
{
    int fd;

    if (input.n == 0)
        return open("/dev/null", O_RDONLY);
    fd = memfd_create("input", MFD_CLOEXEC);
    if (fd == -1 || write(fd, input.p, input.n) != (ssize_t)input.n || lseek(fd, 0, SEEK_SET) == -1)
        return -1;
    return fd;
}

/* The descriptors may overlap with 0 to 3 where ours were closed: move them up first. */
static bool place_descriptors(struct view input, const int pipes[STREAM_COUNT], int report)
{
    int sources[4] = { open_input(input), pipes[STREAM_OUT], pipes[STREAM_ERR], report };

    for (int i = 0; i < 4; i++) {
        sources[i] = fcntl(sources[i], F_DUPFD, 10);
        if (sources[i] == -1)
            return false;
    }
    for (int i = 0; i < 4; i++) {
        if (dup2(sources[i], i) == -1)
            return false;
    }
    closefrom(REPORT_FD + 1);
    return fcntl(REPORT_FD, F_SETFD, FD_CLOEXEC) == 0;
}

static _Noreturn void be_child(const struct child_command *command, struct identity who, const int pipes[STREAM_COUNT],
                               int report)
{
    static char *const no_environment[] = { NULL };
    char path[] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin";
    char *const own_environment[] = { path, NULL };
    sigset_t none;
    int failure;

    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    (void)signal(SIGPIPE, SIG_DFL);
    (void)setpgid(0, 0);
    (void)umask(077);
    if (place_descriptors(command->input, pipes, report) && chdir("/") == 0 && (command->keep_rights || set_limits()) &&
        become(who))
        (void)execve(command->argv[0], (char *const *)command->argv,
                     command->keep_rights ? own_environment : no_environment);
    failure = errno;
    if (write(REPORT_FD, &failure, sizeof(failure)) == -1)
        _exit(126);
    _exit(127);
}

static void close_fd(int *fd)
{
    if (*fd != -1)
        (void)close(*fd);
    *fd = -1;
}

static int start(const struct child_command *command, struct identity who, struct running *run)
{
    int ends[3][2] = { { -1, -1 }, { -1, -1 }, { -1, -1 } };

    run->pid = -1;
    for (int i = 0; i < 3; i++) {
        if (pipe2(ends[i], O_CLOEXEC) == -1)
            goto done;
    }
    run->pid = fork();
    if (run->pid == 0)
        be_child(command, who, (const int[]){ ends[STREAM_OUT][1], ends[STREAM_ERR][1] }, ends[2][1]);
done:
    for (int i = 0; i < 3; i++) {
        close_fd(&ends[i][1]);
        if (run->pid == -1)
            close_fd(&ends[i][0]);
    }
    run->streams[STREAM_OUT].fd = ends[STREAM_OUT][0];
    run->streams[STREAM_ERR].fd = ends[STREAM_ERR][0];
    run->report = ends[2][0];
    return run->pid == -1 ? -1 : 0;
}

/* Grows to CHILD_OUTPUT_MAX; false when that is reached or memory is out. */
static bool make_room(struct stream *stream)
{
    size_t room = stream->room == 0 ? 65536 : stream->room * 2;
    char *text;

    if (stream->used < stream->room)
        return true;
    if (room > CHILD_OUTPUT_MAX)
        return false;
    text = realloc(stream->text, room);
    if (text == NULL)
        return false;
    stream->text = text;
    stream->room = room;
    return true;
}

static bool take(struct stream *stream)
{
    ssize_t got;

    if (!make_room(stream))
        return false;
    got = read(stream->fd, stream->text + stream->used, stream->room - stream->used);
    if (got > 0)
        stream->used += (size_t)got;
    else if (got == 0 || errno != EINTR)
        close_fd(&stream->fd);
    return true;
}

/* Read until both streams end; NULL, or why it was given up. */
static const char *collect(struct running *run, int64_t until)
{
    while (run->streams[STREAM_OUT].fd != -1 || run->streams[STREAM_ERR].fd != -1) {
        struct pollfd polled[STREAM_COUNT];
        int64_t left = until - now_ms();

        for (int i = 0; i < STREAM_COUNT; i++)
            polled[i] = (struct pollfd){ .fd = run->streams[i].fd, .events = POLLIN };
        if (left <= 0)
            return "took too long";
        if (poll(polled, STREAM_COUNT, (int)left) == -1 && errno != EINTR)
            return strerror(errno);
        for (int i = 0; i < STREAM_COUNT; i++) {
            if (polled[i].fd != -1 && polled[i].revents != 0 && !take(&run->streams[i]))
                return "said more than we take";
        }
    }
    return NULL;
}

/* Wait for its exit, at most until then; kill what is left of the group and give the exit status. */
static int end(struct running *run, int64_t until)
{
    const struct timespec pause = { 0, 2000000 };
    int status = 0;

    /* It may have closed its streams and live on: not worth a signal handler. */
    while (waitpid(run->pid, &status, WNOHANG) == 0 && now_ms() < until)
        (void)nanosleep(&pause, NULL);
    (void)kill(-run->pid, SIGKILL);
    if (waitpid(run->pid, &status, 0) == -1 && errno != ECHILD)
        return 127;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int told_errno(struct running *run)
{
    int failure = 0;
    ssize_t got = read(run->report, &failure, sizeof(failure));

    close_fd(&run->report);
    return got == (ssize_t)sizeof(failure) ? failure : 0;
}

static int keep(struct arena *arena, struct running *run, struct child_result *result)
{
    struct view *texts[STREAM_COUNT] = { &result->out, &result->err };
    int kept = 0;

    for (int i = 0; i < STREAM_COUNT; i++) {
        *texts[i] = arena_copy(arena, (struct view){ run->streams[i].text, run->streams[i].used });
        if (texts[i]->p == NULL)
            kept = -1;
    }
    return kept;
}

int child_run(struct arena *arena, const struct child_command *command, struct child_result *result,
              struct error *error)
{
    struct running run = { .streams = { { .fd = -1 }, { .fd = -1 } }, .report = -1 };
    struct child_result got = { 0 };
    struct identity who;
    const char *trouble;
    int64_t until;
    int failure, kept;

    if (find_identity(command, &who, error) == -1)
        return -1;
    if (start(command, who, &run) == -1)
        return error_set(error, ERROR_SYSTEM, "%s: %s", command->argv[0], strerror(errno));
    until = now_ms() + (command->timeout_ms == 0 ? CHILD_TIMEOUT_MS : command->timeout_ms);
    trouble = collect(&run, until);
    got.status = end(&run, trouble == NULL ? until : 0);
    failure = told_errno(&run);
    kept = keep(arena, &run, &got);
    for (int i = 0; i < STREAM_COUNT; i++) {
        close_fd(&run.streams[i].fd);
        free(run.streams[i].text);
    }
    if (failure != 0)
        return error_set(error, ERROR_SYSTEM, "%s: %s", command->argv[0], strerror(failure));
    if (trouble != NULL)
        return error_set(error, ERROR_LIMIT, "%s %s", command->argv[0], trouble);
    if (kept == -1)
        return error_set(error, ERROR_MEMORY, "%s: out of memory", command->argv[0]);
    *result = got;
    return 0;
}
