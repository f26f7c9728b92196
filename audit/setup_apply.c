/* Running a plan: save, change, check, and put back when anything fails. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "audit/milters.h"
#include "audit/setup.h"
#include "shared/child.h"

enum { FILES = 2, PATH_TEXT_MAX = 1024, ARGUMENTS_MAX = 6 };

static const char *const files[FILES] = { "main.cf", "master.cf" };

struct saving {
    const char *directory;
    char stamp[40];
};

static bool make_path(const struct saving *saving, const char *file, bool copy, char *out)
{
    return snprintf(out, PATH_TEXT_MAX, "%s/%s%s%s", saving->directory, file, copy ? "." : "",
                    copy ? saving->stamp : "") < PATH_TEXT_MAX;
}

static bool copy_octets(int from, int to)
{
    char octets[16384];
    ssize_t got;

    while ((got = read(from, octets, sizeof(octets))) > 0) {
        for (ssize_t done = 0; done < got;) {
            ssize_t put = write(to, octets + done, (size_t)(got - done));

            if (put <= 0)
                return false;
            done += put;
        }
    }
    return got == 0 && fsync(to) == 0;
}

/* A new file with the same contents, owner and mode. */
static bool copy_file(const char *from, const char *to)
{
    int source = open(from, O_RDONLY | O_CLOEXEC);
    int target = source == -1 ? -1 : open(to, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    struct stat found;
    bool fine = target != -1 && fstat(source, &found) == 0 && fchown(target, found.st_uid, found.st_gid) == 0 &&
                fchmod(target, found.st_mode & 07777) == 0 && copy_octets(source, target);
    int failure = errno;

    if (source != -1)
        (void)close(source);
    if (target != -1 && close(target) == -1)
        fine = false;
    errno = failure;
    return fine;
}

static int save(const struct saving *saving, struct error *error)
{
    for (size_t i = 0; i < FILES; i++) {
        char from[PATH_TEXT_MAX], to[PATH_TEXT_MAX];

        if (!make_path(saving, files[i], false, from) || !make_path(saving, files[i], true, to))
            return error_set(error, ERROR_LIMIT, "%s: the name is too long", saving->directory);
        if (!copy_file(from, to))
            return error_set(error, ERROR_SYSTEM, "%s: cannot be saved as %s: %s", from, to, strerror(errno));
    }
    return 0;
}

/* The copies stay beside the files, as evidence. */
static bool put_back(const struct saving *saving)
{
    bool fine = true;

    for (size_t i = 0; i < FILES; i++) {
        char from[PATH_TEXT_MAX], to[PATH_TEXT_MAX], beside[PATH_TEXT_MAX + 8];

        if (!make_path(saving, files[i], true, from) || !make_path(saving, files[i], false, to))
            return false;
        (void)snprintf(beside, sizeof(beside), "%s.back", from);
        (void)unlink(beside);
        fine = copy_file(from, beside) && rename(beside, to) == 0 && fine;
    }
    return fine;
}

static struct view last_line(struct view text)
{
    ptrdiff_t end;

    while (text.n > 0 && text.p[text.n - 1] == '\n')
        text.n--;
    end = view_find_last_char(text, '\n');
    return view_slice(text, (size_t)(end + 1), text.n);
}

static int start(struct arena *arena, const struct setup_run *how, const char *program, const char *option,
                 const char *argument, struct error *error)
{
    const char *argv[ARGUMENTS_MAX] = { program };
    struct child_result result;
    size_t count = 1;

    if (!how->default_instance) {
        argv[count++] = "-c";
        argv[count++] = how->directory;
    }
    argv[count++] = option;
    argv[count++] = argument;
    if (child_run(arena, &(struct child_command){ .argv = argv, .keep_rights = true }, &result, error) == -1)
        return -1;
    if (result.status == 0)
        return 0;
    return error_set(error, ERROR_SYSTEM, "%s %s %s: exit %d: %.*s", program, option, argument == NULL ? "" : argument,
                     result.status, VIEW_ARG(last_line(result.err.n > 0 ? result.err : result.out)));
}

static int run_steps(struct arena *arena, const struct setup_run *how, const struct setup_plan *plan,
                     struct error *error)
{
    for (size_t i = 0; i < plan->step_count; i++) {
        if (start(arena, how, how->postconf, plan->steps[i].option, plan->steps[i].argument, error) == -1)
            return -1;
    }
    return start(arena, how, how->postfix, "check", NULL, error);
}

bool setup_gate_is_down(struct inspector *inspector, const struct settings *settings)
{
    struct endpoint gate;
    struct stat found;

    return gate_endpoint(settings, &gate) && gate.local &&
           inspect_stat(inspector, view_of(gate.path), &found) != INSPECT_FINE;
}

int setup_apply(struct arena *arena, const struct setup_run *run, const struct setup_plan *plan, int64_t now,
                struct buf *saved, struct error *error)
{
    struct saving saving = { .directory = run->directory };
    struct error ignored;
    time_t seconds = (time_t)now;
    struct tm broken;

    if (gmtime_r(&seconds, &broken) == NULL ||
        strftime(saving.stamp, sizeof(saving.stamp), "before-outward-%Y%m%dT%H%M%SZ", &broken) == 0)
        return error_set(error, ERROR_SYSTEM, "the time cannot be told");
    if (save(&saving, error) == -1)
        return -1;
    buf_add(saved, view_of(saving.stamp));
    if (run_steps(arena, run, plan, error) == -1) {
        char what[sizeof(error->text)];

        memcpy(what, error->text, sizeof(what));
        return error_set(error, ERROR_SYSTEM, "%.180s; %s", what,
                         put_back(&saving) ? "both files are as they were" : "and the files could not be put back");
    }
    /* A Postfix that does not run needs no reload. */
    if (start(arena, run, run->postfix, "status", NULL, &ignored) == 0)
        return start(arena, run, run->postfix, "reload", NULL, error);
    return 0;
}
