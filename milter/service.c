#include "milter/service.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <bsd/stdlib.h>

#include "milter/gate.h"
#include "milter/listen.h"
#include "milter/volume_source.h"
#include "policy/rule_file.h"
#include "shared/daemon.h"

enum { POLL_MILLISECONDS = 50 };

struct service {
    struct reload *reload;
    struct log *log;
    struct public_suffix *suffixes;
    struct volume_table *volumes;
    const struct generation *first; /* its socket and log are in use whatever is loaded later */
    const struct settings *settings;
    struct faults faults;
    struct listen_socket socket;
    sem_t reload_asked;
    atomic_bool stopping;
    atomic_bool ended; /* gate_run() has returned */
    sigset_t signals;
    int result; /* of gate_run() */
};

/* ---- telling ---- */

static void say(const struct error *error)
{
    fprintf(stderr, "outward-milter: %s\n", error->text);
}

/* Faults go where to() sends a line: stderr before there is a log. */
static void tell_faults(struct service *service, void (*to)(struct service *, enum severity, struct view))
{
    char storage[1024];

    for (size_t i = 0; i < service->faults.count; i++) {
        struct buf line = BUF(storage);

        fault_print(&line, &service->faults.shown[i]);
        to(service, service->faults.shown[i].severity, buf_view(&line));
    }
    if (service->faults.errors + service->faults.warnings > service->faults.count) {
        struct buf line = BUF(storage);

        buf_addf(&line, "... and %zu more", service->faults.errors + service->faults.warnings - service->faults.count);
        to(service, SEVERITY_WARNING, buf_view(&line));
    }
}

static void to_stderr(struct service *service, enum severity severity, struct view line)
{
    (void)service;
    (void)severity;
    fprintf(stderr, "%.*s\n", VIEW_ARG(line));
}

static void to_log(struct service *service, enum severity severity, struct view line)
{
    log_write(service->log, severity == SEVERITY_ERROR ? LOG_LEVEL_ERROR : LOG_LEVEL_WARNING, line);
}

/* ---- signals ---- */

/*
 * A reload that is asked for while the gate starts waits until it is ready; a stop then ends the process at once, until
 * there is a socket to leave behind.
 */
static void block_reload(struct service *service)
{
    sigemptyset(&service->signals);
    sigaddset(&service->signals, SIGUSR1);
    pthread_sigmask(SIG_BLOCK, &service->signals, NULL);
    signal(SIGPIPE, SIG_IGN);
}

/* Blocked here, so in every thread to come; only the main thread waits for them. */
static void block_stop(struct service *service)
{
    sigaddset(&service->signals, SIGTERM);
    sigaddset(&service->signals, SIGINT);
    sigaddset(&service->signals, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &service->signals, NULL);
}

/* ---- volumes ---- */

static void load_volumes(struct service *service, const struct settings *settings, bool with_counts)
{
    uint64_t lost = volume_table_take_lost(service->volumes);

    if (lost > 0)
        log_writef(service->log, LOG_LEVEL_WARNING,
                   "warning: volume: %llu recipients were not counted: more than %d sender domains",
                   (unsigned long long)lost, VOLUME_FILE_DOMAINS_MAX);
    volume_source_load(service->volumes, settings->ledger.path, with_counts, (int64_t)time(NULL) * 1000, service->log);
}

/* ---- start ---- */

static bool read_file_first(struct service *service, const char *path)
{
    service->reload = reload_new(path);
    if (service->reload == NULL) {
        fprintf(stderr, "outward-milter: out of memory\n");
        return false;
    }
    if (reload_load(service->reload, &service->faults)) {
        service->first = reload_hold(service->reload);
        service->settings = policy_settings(service->first->policy);
        rule_file_check_user(path, service->first->policy, &service->faults);
    }
    tell_faults(service, to_stderr);
    return service->first != NULL;
}

static int open_socket(struct service *service, struct error *error)
{
    const struct listen_settings *listen = &service->settings->listen;
    mode_t mask;
    int result;

    if (listen->address.n == 0)
        return error_set(error, ERROR_USAGE, "the rule file has no `listen` statement");
    if (listen_prepare(listen, &service->socket, error) == -1)
        return -1;
    mask = umask(0177);
    result = gate_open(listen_address(listen, &service->socket), error);
    umask(mask);
    return result == -1 ? -1 : listen_finish(listen, service->settings->user, &service->socket, error);
}

/* The log is opened with the rights that will open it anew after a rotation. */
static int drop_rights_and_open_log(struct service *service, struct error *error)
{
    const struct settings *settings = service->settings;

    if (settings->user.n > 0 && daemon_drop_to(settings->user.p, error) == -1)
        return -1;
    if (log_open("outward-milter", settings->log, settings->log_path.p, NULL, &service->log, error) == -1)
        return -1;
    if (geteuid() == 0)
        log_write(service->log, LOG_LEVEL_WARNING,
                  VIEW("warning: running as root; `user NAME` in the rule file gives the rights up"));
    return 0;
}

static int open_all(struct service *service, struct error *error)
{
    service->suffixes = public_suffix_open();
    if (service->suffixes == NULL)
        return error_set(error, ERROR_SYSTEM, "no Public Suffix List: install publicsuffix");
    service->volumes = volume_table_new(((uint64_t)arc4random() << 32) | arc4random());
    if (service->volumes == NULL)
        return error_set(error, ERROR_MEMORY, "out of memory");
    block_stop(service);
    if (open_socket(service, error) == -1)
        return -1;
    if (drop_rights_and_open_log(service, error) == 0) {
        load_volumes(service, service->settings, true);
        return 0;
    }
    listen_remove(&service->settings->listen, &service->socket);
    return -1;
}

/* ---- reload ---- */

static bool same_listen(const struct settings *a, const struct settings *b)
{
    return view_eq(a->listen.address, b->listen.address) && view_eq(a->user, b->user) && a->log == b->log &&
           view_eq(a->log_path, b->log_path);
}

static void reload_now(struct service *service)
{
    const struct generation *now;
    struct error error;

    daemon_notify_reloading();
    if (log_reopen(service->log, &error) == -1)
        log_writef(service->log, LOG_LEVEL_WARNING, "warning: %s", error.text);
    service->faults = (struct faults){ .count = 0 };
    if (!reload_load(service->reload, &service->faults)) {
        tell_faults(service, to_log);
        log_write(service->log, LOG_LEVEL_ERROR, VIEW("error: reload: the rules before it stay in force"));
    } else {
        tell_faults(service, to_log);
        now = reload_hold(service->reload);
        log_writef(service->log, LOG_LEVEL_INFO, "reload: rules of generation %u in force for new connections",
                   now->number);
        if (!same_listen(service->settings, policy_settings(now->policy)))
            log_write(service->log, LOG_LEVEL_WARNING,
                      VIEW("warning: reload: `listen`, `user` and `log` change at the next start only"));
        load_volumes(service, policy_settings(now->policy), false);
        reload_release(service->reload, now);
    }
    daemon_notify("READY=1");
}

/* Reading a long list takes a while, in which the main thread must go on waiting for signals. */
static void *reload_when_asked(void *argument)
{
    struct service *service = argument;

    for (;;) {
        while (sem_wait(&service->reload_asked) == -1 && errno == EINTR) {
        }
        /* Those asked for while the last one took its time are one. */
        while (sem_trywait(&service->reload_asked) == 0) {
        }
        if (atomic_load(&service->stopping))
            return NULL;
        reload_now(service);
    }
}

/* ---- serve and stop ---- */

static void *serve(void *argument)
{
    struct service *service = argument;
    const struct gate_setup setup = {
        .reload = service->reload, .log = service->log, .suffixes = service->suffixes, .volumes = service->volumes
    };

    service->result = gate_run(&setup);
    atomic_store(&service->ended, true);
    /* If libmilter gave up by itself, the main thread must hear of it. */
    kill(getpid(), SIGTERM);
    return NULL;
}

/* The next signal; the watchdog is fed meanwhile. */
static int next_signal(const struct service *service, uint64_t interval)
{
    const struct timespec wait = { .tv_sec = (time_t)(interval / 1000000),
                                   .tv_nsec = (long)(interval % 1000000) * 1000 };

    for (;;) {
        int got = interval == 0 ? sigwaitinfo(&service->signals, NULL) : sigtimedwait(&service->signals, NULL, &wait);

        if (got > 0)
            return got;
        if (interval != 0)
            daemon_notify("WATCHDOG=1");
    }
}

static void wait_for_stop(struct service *service)
{
    uint64_t interval = daemon_watchdog_interval();

    for (;;) {
        int got = next_signal(service, interval);

        if (got != SIGUSR1)
            return;
        sem_post(&service->reload_asked);
    }
}

/* A signal that asks for a stop came within one step; a reload is no matter any more. */
static bool asked_again(const struct service *service)
{
    const struct timespec step = { .tv_nsec = POLL_MILLISECONDS * 1000000L };
    sigset_t stops = service->signals;

    sigdelset(&stops, SIGUSR1);
    return sigtimedwait(&stops, NULL, &step) > 0;
}

/* Messages in flight come to their end, up to DRAIN_SECONDS; a second signal to stop cuts that short. */
static void drain(struct service *service)
{
    unsigned steps = DRAIN_SECONDS * 1000 / POLL_MILLISECONDS;

    daemon_notify("STOPPING=1");
    listen_remove(&service->settings->listen, &service->socket);
    gate_drain();
    while (!atomic_load(&service->ended) && gate_busy() > 0 && steps-- > 0) {
        if (asked_again(service))
            break;
    }
    log_writef(service->log, LOG_LEVEL_INFO, "stopping: messages cut off: %u", gate_busy());
    /* libmilter that has come to its end by itself has no lock any more to stop it with. */
    if (!atomic_load(&service->ended))
        gate_stop();
}

static int serve_until_stopped(struct service *service)
{
    pthread_t gate_thread, reload_thread;

    sem_init(&service->reload_asked, 0, 0);
    service->result = -1;
    if (pthread_create(&reload_thread, NULL, reload_when_asked, service) != 0 ||
        pthread_create(&gate_thread, NULL, serve, service) != 0) {
        fprintf(stderr, "outward-milter: no thread can be started\n");
        return EXIT_FAILURE;
    }
    log_writef(service->log, LOG_LEVEL_INFO, "ready: version=%s listen=%.*s mode=%.*s", OUTWARD_VERSION,
               VIEW_ARG(service->settings->listen.address), VIEW_ARG(mode_name(service->settings->mode)));
    daemon_notify("READY=1");
    wait_for_stop(service);
    drain(service);
    pthread_join(gate_thread, NULL);
    atomic_store(&service->stopping, true);
    sem_post(&service->reload_asked);
    pthread_join(reload_thread, NULL);
    return service->result == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

static void close_all(struct service *service, bool served)
{
    if (service->reload != NULL)
        reload_release(service->reload, service->first);
    /* Some thread of libmilter's may still be inside a callback: the process ends before its memory does. */
    if (served)
        return;
    reload_free(service->reload);
    public_suffix_close(service->suffixes);
    volume_table_free(service->volumes);
    log_close(service->log);
}

int service_run(const char *path, bool check_only)
{
    struct service service = { .result = 0 };
    struct error error;
    int code = EXIT_FAILURE;
    bool served = false;

    block_reload(&service);
    daemon_begin();
    if (read_file_first(&service, path)) {
        if (check_only) {
            code = EXIT_SUCCESS;
        } else if (open_all(&service, &error) == -1) {
            say(&error);
        } else {
            served = true;
            code = serve_until_stopped(&service);
        }
    }
    close_all(&service, served);
    return code;
}
