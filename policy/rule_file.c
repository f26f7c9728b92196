#include "policy/rule_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "shared/daemon.h"
#include "shared/file.h"

enum { TOLD_MAX = 512 };

struct policy *rule_file_load(const char *path, struct faults *faults)
{
    struct files files;
    struct reader reader;
    struct policy *policy;

    files_init(&files);
    reader = files_reader(&files);
    policy = policy_parse(path, &reader, faults);
    files_done(&files);
    return policy;
}

/* The first error, which pushes warnings out: see faults_add(). */
static const struct fault *first_error(const struct faults *faults)
{
    for (size_t i = 0; i < faults->count; i++) {
        if (faults->shown[i].severity == SEVERITY_ERROR)
            return &faults->shown[i];
    }
    return NULL;
}

/* In the child: what the user is told when it reads the file; nothing when all is well. */
static void try_as(const char *path, const char *user, struct buf *told)
{
    struct faults *faults = calloc(1, sizeof(*faults));
    const struct fault *fault;
    struct error error;

    if (faults == NULL) {
        buf_add(told, VIEW("out of memory"));
    } else if (daemon_drop_to(user, &error) == -1) {
        buf_add(told, view_of(error.text));
    } else {
        policy_free(rule_file_load(path, faults));
        fault = first_error(faults);
        if (fault != NULL)
            buf_addf(told, "%s: %s", fault->file, fault->text);
    }
    free(faults);
}

static _Noreturn void run_child(int to, const char *path, const char *user)
{
    char storage[TOLD_MAX];
    struct buf told = BUF(storage);
    size_t sent = 0;

    try_as(path, user, &told);
    while (sent < told.len) {
        ssize_t wrote = write(to, told.p + sent, told.len - sent);

        if (wrote <= 0)
            _exit(EXIT_FAILURE);
        sent += (size_t)wrote;
    }
    _exit(EXIT_SUCCESS);
}

static void take_told(int from, struct buf *told)
{
    ssize_t got = -1;

    do {
        got = read(from, told->p + told->len, told->cap - told->len);
        if (got > 0)
            told->len += (size_t)got;
    } while ((got > 0 && told->len < told->cap) || (got == -1 && errno == EINTR));
}

/* Run the trial and wait for it.  False when there could be none. */
static bool try_in_child(const char *path, const char *user, struct buf *told)
{
    int ends[2], status = 0;
    pid_t child;

    if (pipe(ends) == -1)
        return false;
    child = fork();
    if (child == 0) {
        (void)close(ends[0]);
        run_child(ends[1], path, user);
    }
    (void)close(ends[1]);
    if (child != -1)
        take_told(ends[0], told);
    (void)close(ends[0]);
    while (child != -1 && waitpid(child, &status, 0) == -1 && errno == EINTR) {
    }
    return child != -1 && status == 0;
}

void rule_file_check_user(const char *path, const struct policy *policy, struct faults *faults)
{
    struct view user = policy_settings(policy)->user;
    char storage[TOLD_MAX];
    struct buf told = BUF(storage);
    struct error error;
    uid_t uid;
    gid_t gid;

    if (geteuid() != 0 || user.n == 0 || daemon_find_user(user.p, &uid, &gid, &error) == -1 || uid == 0)
        return;
    if (!try_in_child(path, user.p, &told))
        faults_add(faults, SEVERITY_WARNING, view_of(path), 0, 0, "cannot try if user %s can read it", user.p);
    else if (told.len > 0)
        faults_add(faults, SEVERITY_WARNING, view_of(path), 0, 0,
                   "user %s cannot read it, so no reload will work: %.*s", user.p, VIEW_ARG(buf_view(&told)));
}
