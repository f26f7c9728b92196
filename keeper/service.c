#include "keeper/service.h"

#include <errno.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "keeper/audience.h"
#include "keeper/import.h"
#include "keeper/review.h"
#include "metrics/server.h"
#include "policy/rule_file.h"
#include "shared/daemon.h"
#include "shared/file.h"
#include "shared/log.h"
#include "shared/plural.h"
#include "store/retention.h"
#include "store/upkeep.h"

enum { USERS_MAX = 3, PATH_ROOM = 4096 };

struct service {
    const struct service_options *options;
    struct policy *policy;
    const struct settings *settings;
    char ledger_path[PATH_ROOM];
    struct log *log;
    struct privacy privacy;
    struct ledger *ledger;
    struct live live;
    struct alarm *alarm;
    struct audience audience;
    struct metrics_server metrics;
    time_t next_metrics;
    char host[256];
    struct live_settings live_settings;
    struct arena facts; /* holds what is promised */
    struct promises promises;
    uid_t users[USERS_MAX];
    size_t user_count;
    int epoll, signals, inotify;
    struct public_suffix *suffixes;
    bool stopping, blocked, uncounted; /* uncounted: written since the last review */
    bool unwatched;                    /* not all that brings lines wakes */
    time_t next_upkeep, next_review;
    int64_t retention; /* what upkeep takes for now; 0: to be asked for */
    bool ahead;        /* the clock went too far ahead to be believed, which was told */
};

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static time_t monotonic(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec;
}

/* ---- settings ---- */

static void print_faults(const struct faults *faults)
{
    char storage[1024];

    for (size_t i = 0; i < faults->count; i++) {
        struct buf line = BUF(storage);

        fault_print(&line, &faults->shown[i]);
        fprintf(stderr, "%.*s\n", VIEW_ARG(buf_view(&line)));
    }
    if (faults->errors + faults->warnings > faults->count)
        fprintf(stderr, "... and %zu more\n", faults->errors + faults->warnings - faults->count);
}

static int load_settings(struct service *service, struct error *error)
{
    struct faults *faults = calloc(1, sizeof(*faults));

    if (faults == NULL) {
        error_set(error, ERROR_MEMORY, "out of memory");
        return -1;
    }
    service->policy = rule_file_load(service->options->path, faults);
    print_faults(faults);
    free(faults);
    if (service->policy == NULL) {
        error_set(error, ERROR_USAGE, "%s: cannot be used", service->options->path);
        return -1;
    }
    service->settings = policy_settings(service->policy);
    return 0;
}

static int check_settings(struct service *service, struct error *error)
{
    struct view zone = service->settings->follow.time_zone, path = service->settings->ledger.path;

    if (zone.n > 0 && !service->options->set_zone(zone.p))
        return error_set(error, ERROR_USAGE, "%s: there is no time zone \"%.*s\"", service->options->path,
                         VIEW_ARG(zone));
    if (path.n >= sizeof(service->ledger_path))
        return error_set(error, ERROR_USAGE, "%s: the ledger's path is too long", service->options->path);
    memcpy(service->ledger_path, path.p, path.n);
    service->ledger_path[path.n] = '\0';
    return 0;
}

static int load_facts(struct service *service, struct error *error)
{
    const char *path = service->options->facts;
    struct files files;
    struct view text;
    int result;

    if (path == NULL)
        return 0;
    files_init(&files);
    result = files_read(&files, path, PROMISES_FILE_MAX, &text, error);
    if (result == 0)
        result = promises_parse(&service->facts, path, text, &service->promises, error);
    files_done(&files);
    return result;
}

/* Whose journal entries count: root, under which master(8) writes, Postfix's user and the gate's. */
static void find_users(struct service *service)
{
    const char *const names[] = { "postfix", service->settings->user.n > 0 ? service->settings->user.p : "outward" };

    service->users[service->user_count++] = 0;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        const struct passwd *user = getpwnam(names[i]);

        if (user != NULL)
            service->users[service->user_count++] = user->pw_uid;
    }
}

/* ---- the ledger and the sources ---- */

static int load_privacy(struct service *service, struct error *error)
{
    char path[PATH_ROOM];
    const char *slash = strrchr(service->ledger_path, '/');
    int folder = slash == NULL ? 0 : (int)(slash + 1 - service->ledger_path);

    if (snprintf(path, sizeof(path), "%.*skey", folder, service->ledger_path) >= PATH_ROOM)
        return error_set(error, ERROR_USAGE, "the ledger's path is too long");
    return privacy_load(&service->privacy, service->settings->ledger.addresses, path, error);
}

/* A damaged ledger is kept for whoever can read it, and counting begins anew. */
static int set_aside(struct service *service, const struct error *why, struct error *error)
{
    char name[PATH_ROOM];

    log_writef(service->log, LOG_LEVEL_ERROR, "error: %s", why->text);
    if (ledger_set_aside(service->ledger_path, time(NULL), name, sizeof(name), error) == -1)
        return -1;
    log_writef(service->log, LOG_LEVEL_ERROR, "error: the ledger was damaged and is now %s; a new one is begun", name);
    return ledger_open(service->ledger_path, &service->ledger, error);
}

static int open_ledger(struct service *service, struct error *error)
{
    struct error why;

    if (ledger_open(service->ledger_path, &service->ledger, &why) == 0)
        return 0;
    if (why.kind == ERROR_SYNTAX)
        return set_aside(service, &why, error);
    *error = why;
    return -1;
}

static void set_live_settings(struct service *service)
{
    const struct follow_settings *follow = &service->settings->follow;

    service->live_settings = (struct live_settings){
        .ledger = service->ledger,
        .correlate = { .internal = follow->internal,
                       .internal_names = follow->internal_names,
                       .smarthosts = follow->smarthosts,
                       .smarthost_names = follow->smarthost_names,
                       .promises = &service->promises },
        .privacy = &service->privacy,
        .rules = { service->settings->delivery_rules, service->settings->delivery_rule_count },
        .follow = follow,
        .journal_directory = service->options->journal_directory,
        .users = service->users,
        .user_count = service->user_count,
        .utc = service->options->utc,
        .imports_only = service->options->file_count > 0,
        .observer = &audience_observer,
        .observer_context = &service->audience,
    };
}

/* Nobody is told of what an import finds. */
static int open_alarm(struct service *service, struct error *error)
{
    const struct alarm_settings settings = { .settings = service->settings,
                                             .ledger = service->ledger,
                                             .log = service->log,
                                             .host = service->host,
                                             .offset = service->options->offset };

    if (service->options->once)
        return 0;
    if (gethostname(service->host, sizeof(service->host) - 1) == -1)
        strcpy(service->host, "localhost");
    return alarm_open(&settings, now_ms(), &service->alarm, error);
}

static int open_audience(struct service *service, struct error *error)
{
    struct meter_settings settings = { .settings = service->settings };
    int64_t seed = 0;

    if (open_alarm(service, error) == -1 || ledger_get(service->ledger, LEDGER_SEED, &seed, error) == -1)
        return -1;
    settings.seed = (uint64_t)seed;
    service->audience =
        (struct audience){ .ledger = service->ledger, .alarm = service->alarm, .meter = meter_new(&settings) };
    return service->audience.meter == NULL ? error_set(error, ERROR_MEMORY, "out of memory") : 0;
}

static void close_audience(struct service *service)
{
    alarm_close(service->alarm);
    service->alarm = NULL;
    meter_free(service->audience.meter);
    service->audience.meter = NULL;
}

/* What waited for verdicts that never come stays unknown. */
static int begin_meters_anew(struct service *service, struct error *error)
{
    if (ledger_begin(service->ledger, error) == -1)
        return -1;
    if (ledger_settle_all_meters(service->ledger, "unknown", error) == 0 && ledger_commit(service->ledger, error) == 0)
        return 0;
    ledger_rollback(service->ledger);
    return -1;
}

static int open_live(struct service *service, struct error *error)
{
    bool anew;

    if (open_audience(service, error) == -1)
        return -1;
    set_live_settings(service);
    if (live_open(&service->live, &service->live_settings, &anew, error) == -1 ||
        live_register(&service->live, time(NULL), error) == -1)
        return -1;
    live_wake(&service->live, time(NULL));
    if (anew && begin_meters_anew(service, error) == -1)
        return -1;
    if (anew)
        log_write(service->log, LOG_LEVEL_WARNING,
                  VIEW("warning: the open correlation cannot be taken up; what was under way counts as behind a gap"));
    return 0;
}

static int open_log(struct service *service, struct error *error)
{
    const struct settings *settings = service->settings;

    if (settings->user.n > 0 && geteuid() == 0 && daemon_drop_to(settings->user.p, error) == -1)
        return -1;
    return log_open("outward-follow", settings->log == LOG_TARGET_FILE ? LOG_TARGET_DEFAULT : settings->log, NULL, NULL,
                    &service->log, error);
}

/* Rights are given up before the first octet of a log is read. */
static int open_all(struct service *service, struct error *error)
{
    find_users(service);
    if (open_log(service, error) == -1 || load_privacy(service, error) == -1 || open_ledger(service, error) == -1)
        return -1;
    return open_live(service, error);
}

static void close_all(struct service *service)
{
    metrics_server_stop(&service->metrics);
    live_close(&service->live);
    close_audience(service);
    ledger_close(service->ledger);
    service->ledger = NULL;
    public_suffix_close(service->suffixes);
    log_close(service->log);
    policy_free(service->policy);
    arena_done(&service->facts);
}

/* ---- writing ---- */

static void tell_blocked(struct service *service, const struct error *error)
{
    if (!service->blocked)
        log_writef(service->log, LOG_LEVEL_ERROR, "error: %s; counting waits and tries again every %d seconds",
                   error->text, SERVICE_RETRY_SECONDS);
    service->blocked = true;
}

static void tell_unblocked(struct service *service)
{
    if (service->blocked)
        log_write(service->log, LOG_LEVEL_INFO, VIEW("the ledger can be written again, counting goes on"));
    service->blocked = false;
}

static int add_to_epoll(const struct service *service, int fd, struct error *error)
{
    struct epoll_event event = { .events = EPOLLIN, .data.fd = fd };

    if (fd == -1 || epoll_ctl(service->epoll, EPOLL_CTL_ADD, fd, &event) == -1)
        return error_set(error, ERROR_SYSTEM, "epoll: %s", strerror(errno));
    return 0;
}

/* The counts since the last commit are lost with the damaged file; the sources are read again from where logs begin. */
static int begin_anew(struct service *service, const struct error *why, struct error *error)
{
    live_close(&service->live);
    close_audience(service);
    ledger_close(service->ledger);
    service->ledger = NULL;
    if (set_aside(service, why, error) == -1 || open_live(service, error) == -1)
        return -1;
    return service->alarm == NULL ? 0 : add_to_epoll(service, alarm_fd(service->alarm), error);
}

/* 0: written; 1: not now; -1: cannot go on. */
static int commit(struct service *service, struct error *error)
{
    struct error why;

    if (!alarm_is_due(service->alarm, now_ms()) && live_is_kept(&service->live)) {
        tell_unblocked(service);
        return 0;
    }
    if (live_commit(&service->live, now_ms(), &why) == 0) {
        service->uncounted = true;
        tell_unblocked(service);
        return 0;
    }
    if (why.kind == ERROR_SYNTAX)
        return begin_anew(service, &why, error);
    tell_blocked(service, &why);
    return 1;
}

/* A clock that went far ahead at once removes nothing until it has stood there for a day. */
static int find_retention(struct service *service, struct error *error)
{
    int64_t now = time(NULL);
    int ahead = retention_now(service->ledger, now, &service->retention, error);

    if (ahead == 1 && !service->ahead)
        log_writef(service->log, LOG_LEVEL_WARNING,
                   "warning: upkeep: the clock is %lld days ahead of the last look: if it stays there, old rows are "
                   "removed by it in %d hours",
                   (long long)((now - service->retention) / 86400), RETENTION_JUMP_SECONDS / 3600);
    service->ahead = ahead == 1;
    return ahead == -1 ? -1 : 0;
}

/* As ledger_expire(). */
static int expire(struct service *service, struct error *error)
{
    if (service->retention == 0 && find_retention(service, error) == -1)
        return -1;
    return ledger_expire(service->ledger, service->retention, &service->settings->ledger, error);
}

/* One step of what keeps the ledger small.  While there is more to do, waiting for lines ends at once. */
static void upkeep(struct service *service)
{
    struct error error;
    int result;

    if (monotonic() < service->next_upkeep)
        return;
    result = expire(service, &error);
    if (result == 1)
        return;
    if (result == -1)
        log_writef(service->log, LOG_LEVEL_WARNING, "warning: upkeep: %s", error.text);
    service->retention = 0;
    service->next_upkeep = monotonic() + SERVICE_UPKEEP_SECONDS;
}

static void on_bulk_sender(void *context, struct view domain, int64_t since)
{
    const struct service *service = context;
    time_t seconds = (time_t)(since / 1000);
    char stamp[40] = "?";
    struct tm tm;

    if (gmtime_r(&seconds, &tm) != NULL)
        (void)strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%MZ", &tm);
    log_writef(service->log, LOG_LEVEL_INFO,
               "%.*s is a bulk sender at Gmail since %s: 5,000 recipients within 24 hours", VIEW_ARG(domain), stamp);
}

static void on_share(void *context, struct view name, unsigned percent)
{
    alarm_volume(((const struct service *)context)->alarm, name, percent);
}

/* all: of everything that was ever counted, after old logs were read. */
static int look_again(struct service *service, bool all, struct error *error)
{
    struct review_settings settings = {
        .ledger = service->ledger, .became = on_bulk_sender, .volume = on_share, .context = service
    };

    if (service->suffixes == NULL && (service->suffixes = public_suffix_open()) == NULL)
        return error_set(error, ERROR_SYSTEM, "no Public Suffix List can be read");
    settings.list = service->suffixes;
    return review_run(&settings, all, now_ms(), error);
}

/* At most once a minute, and only when something was counted. */
static void review(struct service *service)
{
    struct error error;

    if (!service->uncounted || monotonic() < service->next_review)
        return;
    if (look_again(service, false, &error) == -1)
        log_writef(service->log, LOG_LEVEL_WARNING, "warning: volumes: %s", error.text);
    service->uncounted = false;
    service->next_review = monotonic() + SERVICE_REVIEW_SECONDS;
}

/* ---- waiting ---- */

static int open_waiting(struct service *service, struct error *error)
{
    sigset_t signals;

    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGHUP);
    sigaddset(&signals, SIGUSR1);
    sigprocmask(SIG_BLOCK, &signals, NULL);
    signal(SIGPIPE, SIG_IGN);
    service->epoll = epoll_create1(EPOLL_CLOEXEC);
    service->signals = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
    service->inotify = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    if (service->epoll == -1 || add_to_epoll(service, service->signals, error) == -1 ||
        add_to_epoll(service, service->inotify, error) == -1)
        return -1;
    for (size_t i = 0; i < service->live.count; i++) {
        int fd = inlet_fd(&service->live.inlets[i]);

        if (fd != -1 && add_to_epoll(service, fd, error) == -1)
            return -1;
    }
    return service->alarm == NULL ? 0 : add_to_epoll(service, alarm_fd(service->alarm), error);
}

static void close_waiting(struct service *service)
{
    const int fds[] = { service->epoll, service->signals, service->inotify };

    for (size_t i = 0; i < sizeof(fds) / sizeof(fds[0]); i++) {
        if (fds[i] != -1)
            close(fds[i]);
    }
}

static void take_signals(struct service *service)
{
    struct signalfd_siginfo info;
    struct error error;

    while (read(service->signals, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
        if (info.ssi_signo == SIGTERM || info.ssi_signo == SIGINT)
            service->stopping = true;
        else if (log_reopen(service->log, &error) == -1)
            log_writef(service->log, LOG_LEVEL_WARNING, "warning: %s", error.text);
        alarm_requests(service->alarm);
        service->uncounted = true; /* a flag may have been set by hand */
        service->next_review = 0;
    }
}

static void take_inotify(const struct service *service)
{
    char events[4096] __attribute__((aligned(8)));

    while (read(service->inotify, events, sizeof(events)) > 0) {
    }
}

/* Only a signal ends this early. */
static void pause_for(struct service *service, int milliseconds)
{
    struct pollfd signals = { .fd = service->signals, .events = POLLIN };

    if (poll(&signals, 1, milliseconds) > 0)
        take_signals(service);
}

static int wait_limit(const struct service *service, enum live_state state)
{
    int64_t limit = (int64_t)(service->next_upkeep - monotonic()) * 1000;
    int64_t watchdog = (int64_t)(daemon_watchdog_interval() / 1000);

    if (service->uncounted && limit > (int64_t)(service->next_review - monotonic()) * 1000)
        limit = (int64_t)(service->next_review - monotonic()) * 1000;
    if (service->unwatched && limit > (int64_t)SERVICE_LOOK_SECONDS * 1000)
        limit = (int64_t)SERVICE_LOOK_SECONDS * 1000;
    if (state == LIVE_HELD && limit > LIVE_MERGE_MS / 4)
        limit = LIVE_MERGE_MS / 4;
    if (alarm_next(service->alarm) != INT64_MAX && limit > alarm_next(service->alarm) - now_ms())
        limit = alarm_next(service->alarm) - now_ms();
    if (watchdog != 0 && limit > watchdog)
        limit = watchdog;
    return limit < 0 ? 0 : (int)limit;
}

/* Until something may have happened.  True when a source has something. */
static bool wait_for_more(struct service *service, enum live_state state)
{
    struct epoll_event events[8];
    int count = epoll_wait(service->epoll, events, 8, wait_limit(service, state));
    bool sources = state == LIVE_HELD || service->unwatched;

    daemon_notify("WATCHDOG=1");
    for (int i = 0; i < count; i++) {
        if (events[i].data.fd == service->signals)
            take_signals(service);
        else
            sources = true;
    }
    return sources;
}

/* ---- metrics ---- */

/* Also again after it died, but not at once. */
static void keep_metrics(struct service *service)
{
    struct view listen = service->settings->metrics.listen;
    struct error error;

    if (listen.n == 0 || metrics_server_runs(&service->metrics) || monotonic() < service->next_metrics)
        return;
    service->next_metrics = monotonic() + SERVICE_METRICS_SECONDS;
    if (metrics_server_start(&service->metrics, listen, service->ledger_path, &error) == -1)
        log_writef(service->log, LOG_LEVEL_ERROR, "error: %s; tried again in %d seconds", error.text,
                   SERVICE_METRICS_SECONDS);
}

/* ---- the loop ---- */

static void tell_news(struct service *service)
{
    for (size_t i = 0; i < service->live.count; i++) {
        struct inlet *inlet = &service->live.inlets[i];
        const char *news = inlet_news(inlet);
        struct error ignored; /* tried again; a ledger that cannot be written is told by whoever writes counts */

        if (news != NULL)
            alarm_source(service->alarm, view_of(inlet->name), news);
        if (news != NULL && news[0] != '\0')
            log_writef(service->log, LOG_LEVEL_WARNING, "warning: %s", news);
        else if (news != NULL)
            log_writef(service->log, LOG_LEVEL_INFO, "%s can be read again", inlet->name);
        (void)inlet_keep_news(inlet, service->ledger, &ignored);
    }
}

/* All that can be read now is counted and written; what came while it was read, too.  -1: cannot go on. */
static int catch_up(struct service *service, enum live_state *state, struct error *error)
{
    bool watched = false;

    while (!service->stopping) {
        int written;

        /* What cannot be written is not read either: it stays where it is safe. */
        if (!service->blocked)
            alarm_clock(service->alarm, now_ms());
        if (!service->blocked)
            *state = live_drain(&service->live, now_ms());
        tell_news(service);
        written = commit(service, error);
        if (written == -1)
            return -1;
        if (written == 1) {
            pause_for(service, SERVICE_RETRY_SECONDS * 1000);
        } else if (*state == LIVE_MORE) {
            pause_for(service, 0);
        } else if (watched) {
            return 0;
        } else {
            take_inotify(service);
            service->unwatched = !live_watch(&service->live, service->inotify);
            live_wake(&service->live, time(NULL));
            watched = true;
        }
        daemon_notify("WATCHDOG=1");
    }
    return 0;
}

static int follow(struct service *service, struct error *error)
{
    enum live_state state = LIVE_DRY;

    while (!service->stopping) {
        if (catch_up(service, &state, error) == -1)
            return -1;
        keep_metrics(service);
        upkeep(service);
        review(service);
        if (!service->stopping && wait_for_more(service, state)) {
            pause_for(service, SERVICE_PAUSE_MS);
            live_wake(&service->live, time(NULL));
        }
    }
    /* What was read and could not be written yet is read again at the next start. */
    if (commit(service, error) == -1)
        return -1;
    service->next_review = 0;
    review(service);
    return 0;
}

static int run_daemon(struct service *service, struct error *error)
{
    int result;

    log_writef(service->log, LOG_LEVEL_INFO, "ready: version=%s ledger=%s sources=%zu", OUTWARD_VERSION,
               service->ledger_path, service->live.count);
    daemon_notify("READY=1");
    result = follow(service, error);
    daemon_notify("STOPPING=1");
    log_write(service->log, LOG_LEVEL_INFO, VIEW("stopping"));
    return result;
}

/* ---- once ---- */

static int read_sources_once(struct service *service, struct error *error)
{
    while (live_drain(&service->live, INT64_MAX) == LIVE_MORE) {
        if (live_commit(&service->live, now_ms(), error) == -1)
            return -1;
    }
    tell_news(service);
    return live_is_kept(&service->live) ? 0 : live_commit(&service->live, now_ms(), error);
}

/* All of the upkeep: who counts by --once alone has no daemon that would do it. */
static int tidy(struct service *service, struct error *error)
{
    int result;

    do {
        result = expire(service, error);
    } while (result == 1);
    return result;
}

static int import(struct service *service, struct error *error)
{
    struct import_counts counts;

    if (import_files(&service->live, &service->live_settings, service->options->files, service->options->file_count,
                     &counts, error) == -1)
        return -1;
    printf("%llu %s of %llu %s counted", (unsigned long long)counts.lines, plural(counts.lines, "line", "lines"),
           (unsigned long long)counts.files, plural(counts.files, "file", "files"));
    if (counts.known > 0)
        printf(", %llu of them known before", (unsigned long long)counts.known);
    puts("");
    return 0;
}

static int run_once(struct service *service, struct error *error)
{
    int result = service->options->file_count == 0 ? read_sources_once(service, error) : import(service, error);

    if (result == -1 || look_again(service, true, error) == -1)
        return -1;
    return tidy(service, error);
}

static int run(struct service *service, struct error *error)
{
    if (load_settings(service, error) == -1 || check_settings(service, error) == -1 || load_facts(service, error) == -1)
        return -1;
    if (service->options->check_only)
        return 0;
    if (open_all(service, error) == -1)
        return -1;
    if (service->options->once)
        return run_once(service, error);
    if (open_waiting(service, error) == -1)
        return -1;
    return run_daemon(service, error);
}

int service_run(const struct service_options *options)
{
    struct service service = {
        .options = options, .epoll = -1, .signals = -1, .inotify = -1, .metrics = { .life = -1 }
    };
    struct error error = { ERROR_NONE, "" };
    int result;

    daemon_begin();
    result = run(&service, &error);
    if (result == -1)
        fprintf(stderr, "outward-follow: %s\n", error.text);
    if (result == -1 && service.log != NULL && !options->once)
        log_writef(service.log, LOG_LEVEL_ERROR, "error: %s", error.text);
    close_waiting(&service);
    close_all(&service);
    return result == -1 ? EXIT_FAILURE : EXIT_SUCCESS;
}
