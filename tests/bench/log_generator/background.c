#include "tests/bench/log_generator/background.h"

#include <string.h>

/* Foreign programs, some of whose lines look like ours. */
static const struct {
    const char *tag;
    uint32_t pid;
    const char *text;
} foreign[] = {
    { "sshd", 811, "Failed password for invalid user status=sent from 203.0.113.77 port 40122 ssh2" },
    { "sshd", 811, "Connection closed by authenticating user root 203.0.113.77 port 40122 [preauth]" },
    { "CRON", 902, "(root) CMD (test -x /usr/sbin/anacron || run-parts /etc/cron.daily)" },
    { "dovecot", 0, "imap-login: Login: user=<alice>, method=PLAIN, rip=203.0.113.9, lip=192.0.2.1, TLS" },
    { "dovecot", 0, "lmtp(alice)<4711><abc>: sieve: msgid=<1@example.com>: stored mail into mailbox 'INBOX'" },
    { "kernel", 0, "[123456.789012] TCP: request_sock_TCP: Possible SYN flooding on port 25. Sending cookies." },
    { "systemd", 1, "Started Session 77 of user root." },
    { "opendkim", 640, "4F1AB2AB8001: DKIM-Signature field added (s=mail, d=example.org)" },
    { "rspamd", 641,
      "<abcdef>; proxy; rspamd_task_write_log: id: <1@example.com>, qid: <4F1AB2AB8001>, from: <a@example.org>" },
    { "webapp", 655,
      "4F1AB2AB8001: to=<x@d7.example>, relay=mx1.d7.example[192.0.2.1]:25, delay=1, dsn=2.0.0, status=sent (250 ok)" },
    { "webapp/smtp", 655, "4F1AB2AB8001: queued by the web application, status=sent" },
};

/* Postfix's own that change nothing. */
static const struct {
    enum program program;
    const char *text;
} own[] = {
    { PROGRAM_ANVIL, "statistics: max connection rate 3/60s for (submission:203.0.113.5) at Nov 21 19:17:35" },
    { PROGRAM_SCACHE, "statistics: domain lookup hits=4 miss=2 success=66%" },
    { PROGRAM_SMTPD,
      "NOQUEUE: reject: RCPT from unknown[203.0.113.66]: 554 5.7.1 <x@example.net>: Relay access denied; "
      "from=<a@example.net> to=<x@example.net> proto=ESMTP helo=<[203.0.113.66]>" },
    { PROGRAM_SMTPD, "warning: hostname forged.example.com does not resolve to address 203.0.113.6" },
    { PROGRAM_SUBMISSION, "warning: unknown[203.0.113.67]: SASL LOGIN authentication failed: authentication failure, "
                          "sasl_username=to=<x>, status=sent" },
    { PROGRAM_SMTPD, "lost connection after STARTTLS from unknown[203.0.113.68]" },
    { PROGRAM_LOCAL, "4F1AB2AB8001: to=<root@mail.example.org>, orig_to=<root>, relay=local, delay=0.01, "
                     "delays=0.01/0/0/0, dsn=2.0.0, status=sent (delivered to mailbox)" },
    { PROGRAM_VIRTUAL, "4F1AB2AB8002: to=<bob@example.org>, relay=virtual, delay=0.01, delays=0.01/0/0/0, dsn=2.0.0, "
                       "status=sent (delivered to maildir)" },
    { PROGRAM_PIPE, "4F1AB2AB8003: to=<list@lists.example.org>, relay=mailman, delay=0.1, delays=0.01/0/0/0.09, "
                    "dsn=2.0.0, status=sent (delivered via mailman service)" },
    { PROGRAM_ERROR, "4F1AB2AB8004: to=<x@d9.example.com>, relay=none, delay=10, delays=9/1/0/0, dsn=4.4.1, "
                     "status=deferred (delivery temporarily suspended: connect to mx1.d9.example.com[192.0.2.9]:25: "
                     "Connection refused)" },
    { PROGRAM_POSTSUPER, "Deleted: 1 message" },
};

static void own_noise(struct world *world)
{
    struct instance *instance = &world->instances[random_below(&world->random, world->instance_count)];
    uint32_t row = random_below(&world->random, sizeof(own) / sizeof(*own));
    struct text text;

    text_clear(&text);
    text_add(&text, own[row].text);
    say(world, instance, own[row].program, daemon_of(instance, own[row].program)->pid, world->now, &text, NULL);
}

void background_noise(struct world *world)
{
    uint32_t row = random_below(&world->random, sizeof(foreign) / sizeof(*foreign));
    struct text text;

    if (random_chance(&world->random, 300)) {
        own_noise(world);
    } else {
        text_clear(&text);
        text_add(&text, foreign[row].text);
        say_foreign(world, &world->hosts[random_below(&world->random, world->host_count)], foreign[row].tag,
                    foreign[row].pid, world->now, &text);
    }
    event_queue_add(&world->queue, world->now + jitter(world, world->noise_gap), HAPPENS_NOISE, NULL);
}

static void say_as(struct world *world, struct instance *instance, enum program program, int64_t time,
                   const char *before, const char *after)
{
    struct note note = { .kind = program == PROGRAM_MASTER ? NOTE_BOUNDARY : NOTE_NOTHING,
                         .instance = instance->number };
    struct text text;

    text_clear(&text);
    text_add(&text, before, after);
    say(world, instance, program, daemon_of(instance, program)->pid, time, &text, &note);
}

/*
 * A change of the logging gets a quiet moment first: what a process of the old
 * configuration writes after the reload would be told by no reader from the new one's.
 */
void background_maintenance(struct world *world, struct instance *instance)
{
    int64_t quiet = 60 * (int64_t)SECOND;

    if (instance->model->changes_logging || instance->model->stores || instance->model->bulk) {
        instance->paused_until = world->now + quiet + 5 * (int64_t)SECOND;
        event_queue_add(&world->queue, world->now + quiet,
                        random_chance(&world->random, 500) ? HAPPENS_RELOAD : HAPPENS_STOP, instance);
    } else {
        event_queue_add(&world->queue, world->now, random_chance(&world->random, 700) ? HAPPENS_RELOAD : HAPPENS_STOP,
                        instance);
    }
}

static void begin_anew(struct world *world, struct instance *instance)
{
    for (unsigned i = 0; i < PROGRAM_COUNT; i++)
        if (i != PROGRAM_MASTER)
            instance->pools[i].count = 0;
    memset(instance->connections, 0, sizeof(instance->connections));
    if (instance->model->changes_logging)
        instance->logs_tls = random_chance(&world->random, 500);
    event_queue_add(&world->queue, world->now + jitter(world, 900 * (int64_t)SECOND), HAPPENS_MAINTENANCE, instance);
}

void background_reload(struct world *world, struct instance *instance)
{
    say_as(world, instance, PROGRAM_MASTER, world->now, "reload -- version ", instance->model->version_name);
    begin_anew(world, instance);
}

/* Not everybody is let finish: what the killed ones would have written is lost. */
void background_stop(struct world *world, struct instance *instance)
{
    int64_t start = world->now + jitter(world, SECOND);

    instance->generation++;
    say_as(world, instance, PROGRAM_SCRIPT, world->now, "stopping the Postfix mail system", "");
    event_queue_add(&world->queue, start, HAPPENS_START, instance);
    if (instance->paused_until <= start)
        instance->paused_until = start + SECOND;
}

static bool alone_on_host(const struct world *world, const struct instance *instance)
{
    unsigned count = 0;

    for (uint32_t i = 0; i < world->instance_count; i++)
        count += world->instances[i].host == instance->host;
    return count == 1;
}

/* After a reboot process IDs come again. */
void background_start(struct world *world, struct instance *instance)
{
    instance->pools[PROGRAM_MASTER].count = 0;
    if (alone_on_host(world, instance))
        instance->host->next_pid = 300;
    say_as(world, instance, PROGRAM_SCRIPT, world->now, "starting the Postfix mail system", "");
    say_as(world, instance, PROGRAM_MASTER, world->now + 100, "daemon started -- version ",
           instance->model->version_name);
    begin_anew(world, instance);
}
