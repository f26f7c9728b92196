/* outward selftest: send a message through the listener and find both its ends in the logs. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "programs/command_line.h"
#include "programs/log_choice.h"
#include "programs/selftest_answer.h"
#include "programs/selftest_log.h"
#include "shared/mail_send.h"

enum {
    LOGS_MAX = 16,
    PASSWORD_MAX = 1024,
    ADDRESS_TEXT_MAX = 254, /* RFC 5321 4.5.3.1.3, without brackets */
    TIMEOUT_DEFAULT = 60,
    TIMEOUT_MAX = 3600, /* seconds */
    POLL_MS = 100,
    SUBMISSION_PORT = 587,
    SUBMISSIONS_PORT = 465,
    RANDOM_WORDS = 2
};

struct options {
    struct log_options log;
    struct mail_to_send mail;
    const char *password_file;
    char password[PASSWORD_MAX];
    bool json;
};

/* The message, and what its Message-ID is. */
struct letter {
    char id[2 * ADDRESS_TEXT_MAX], text[4 * ADDRESS_TEXT_MAX + 1024];
    struct view message_id, message;
};

/* A plain address: what needs quotes could also smuggle commands or header fields. */
static bool is_address(const char *text)
{
    ptrdiff_t at = view_find_char(view_of(text), '@');

    if (at <= 0 || text[at + 1] == '\0' || strlen(text) > ADDRESS_TEXT_MAX)
        return false;
    for (; *text != '\0'; text++) {
        if ((unsigned char)*text <= ' ' || *text == 0x7f || strchr("<>(),;:\\\"", *text) != NULL)
            return false;
    }
    return true;
}

static int take_address(void *field, const struct option_row *row, const char *value, struct error *error)
{
    if (!is_address(value))
        return error_set(error, ERROR_USAGE, "--%s is an address such as postmaster@example.net, not \"%.100s\"",
                         row->name, value);
    *(const char **)field = value;
    return 0;
}

static const char *const log_names[] = { "tz", "tls-logging", "internal", NULL };

static const struct option_row rows[] = {
    { .name = "to",
      .argument = "ADDRESS",
      .help = "who gets the message: somebody at another host who expects it",
      .take = take_address,
      .at = offsetof(struct options, mail.to) },
    { .name = "from",
      .argument = "ADDRESS",
      .help = "the sender (--user, if that is an address)",
      .take = take_address,
      .at = offsetof(struct options, mail.from) },
    { .name = "host",
      .argument = "HOST",
      .help = "the server (127.0.0.1)",
      .take = option_text,
      .at = offsetof(struct options, mail.host) },
    { .name = "port",
      .argument = "N",
      .help = "its port (the first of the rule file's first listener, else 587)",
      .take = option_number,
      .at = offsetof(struct options, mail.port),
      .least = 1,
      .most = UINT16_MAX },
    { .name = "implicit-tls",
      .help = "TLS from the first octet, instead of STARTTLS (port 465)",
      .take = option_flag,
      .at = offsetof(struct options, mail.implicit_tls) },
    { .name = "user",
      .argument = "LOGIN",
      .help = "for authentication",
      .take = option_text,
      .at = offsetof(struct options, mail.login) },
    { .name = "password-file",
      .argument = "FILE",
      .help = "its first line is the password; nobody else may read it",
      .take = option_text,
      .at = offsetof(struct options, password_file) },
    { .name = "ca",
      .argument = "FILE",
      .help = "authorities for the server's certificate, as PEM (the system's; on loopback any certificate is taken)",
      .take = option_text,
      .at = offsetof(struct options, mail.authorities) },
    { .name = "timeout",
      .argument = "SECONDS",
      .help = "for each of sending and looking (60)",
      .take = option_number,
      .at = offsetof(struct options, mail.timeout),
      .least = 1,
      .most = TIMEOUT_MAX },
    OPTION_ROW_LOG("a log that grows, Postfix's or the gate's", offsetof(struct options, log)),
    OPTION_ROW_CONFIG(offsetof(struct options, log.config)),
    OPTION_ROW_FORMAT(offsetof(struct options, json)),
};

static const struct option_group groups[] = {
    OPTION_GROUP(rows, NULL, 0),
    OPTION_GROUP(log_option_table, log_names, offsetof(struct options, log)),
};

static const struct command_line command = {
    .name = "outward selftest",
    .usage = "outward selftest [-c FILE] --to ADDRESS [OPTION]...",
    .about = "Send a message through the submission listener to an address that you give, then find in the logs\n"
             "how it came in (the gate's record) and how it went out (Postfix's delivery line, with its evidence).",
    .exits = "0 both ends were found and encrypted; 1 not; 2 usage",
    .groups = groups,
    .group_count = sizeof(groups) / sizeof(groups[0]),
    .example = "outward selftest --to postmaster@example.net --user alice@example.org --password-file ./secret",
};

static bool read_password(struct options *options, int fd)
{
    ssize_t got = read(fd, options->password, sizeof(options->password) - 1);

    if (got == -1) {
        (void)command_line_fail(&command, "%s: %s", options->password_file, strerror(errno));
        return false;
    }
    options->password[got] = '\0';
    options->password[strcspn(options->password, "\r\n")] = '\0';
    options->mail.password = options->password;
    if (options->password[0] == '\0')
        (void)command_line_fail(&command, "%s: its first line is empty", options->password_file);
    return options->password[0] != '\0';
}

static bool open_password(struct options *options)
{
    int fd = open(options->password_file, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    struct stat status;
    bool fine = false;

    if (fd == -1 || fstat(fd, &status) == -1)
        (void)command_line_fail(&command, "%s: %s", options->password_file, strerror(errno));
    else if (!S_ISREG(status.st_mode) || (status.st_mode & (S_IRWXG | S_IRWXO)) != 0)
        (void)command_line_fail(&command, "%s: must be a regular file that only its owner can read (mode 600)",
                                options->password_file);
    else
        fine = read_password(options, fd);
    if (fd != -1)
        (void)close(fd);
    return fine;
}

static int find_login(struct options *options)
{
    struct mail_to_send *mail = &options->mail;

    if ((mail->login == NULL) != (options->password_file == NULL))
        return command_line_refuse(&command, "--user and --password-file go together");
    if (mail->from == NULL && mail->login != NULL && is_address(mail->login))
        mail->from = mail->login;
    if (mail->from == NULL)
        return command_line_refuse(&command, "name the sender with --from ADDRESS");
    return options->password_file == NULL || open_password(options) ? COMMAND_LINE_FINE : COMMAND_ERRORS;
}

/* The first port of the first listener that has one. */
static void find_port(struct options *options)
{
    const struct settings *settings = options->log.policy == NULL ? NULL : policy_settings(options->log.policy);
    struct mail_to_send *mail = &options->mail;

    for (size_t i = 0; mail->port == 0 && settings != NULL && i < settings->listener_count; i++) {
        const struct listener *listener = &settings->listeners[i];

        if (listener->port_count == 0)
            continue;
        mail->port = listener->ports[0];
        mail->implicit_tls |= listener->wrapper;
    }
    if (mail->port == 0)
        mail->port = mail->implicit_tls ? SUBMISSIONS_PORT : SUBMISSION_PORT;
    mail->implicit_tls |= mail->port == SUBMISSIONS_PORT;
}

static int find_logs(struct options *options)
{
    log_choice_default(&options->log);
    if (options->log.path_count == 0)
        return command_line_fail(&command, "no log can be read; name those of Postfix and of the gate with --log FILE");
    if (options->log.path_count > LOGS_MAX)
        return command_line_refuse(&command, "more than %d logs", LOGS_MAX);
    return COMMAND_LINE_FINE;
}

static int parse_options(int argc, char **argv, struct options *options)
{
    int code = command_line_parse(&command, argc, argv, options, NULL);

    if (code == COMMAND_LINE_FINE && options->mail.to == NULL)
        code = command_line_refuse(&command, "name the recipient with --to ADDRESS");
    if (code == COMMAND_LINE_FINE)
        code = log_options_finish(&options->log, &command);
    if (code == COMMAND_LINE_FINE)
        code = find_login(options);
    if (code == COMMAND_LINE_FINE)
        code = find_logs(options);
    if (code == COMMAND_LINE_FINE)
        find_port(options);
    return code;
}

/* RFC 5322 3.3, in UTC. */
static void add_date(struct buf *out, int64_t now)
{
    static const char days[] = "SunMonTueWedThuFriSat";
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    const time_t moment = (time_t)now;
    struct tm utc;

    if (gmtime_r(&moment, &utc) == NULL)
        return;
    buf_addf(out, "%.3s, %02d %.3s %d %02d:%02d:%02d +0000", days + (ptrdiff_t)utc.tm_wday * 3, utc.tm_mday,
             months + (ptrdiff_t)utc.tm_mon * 3, utc.tm_year + 1900, utc.tm_hour, utc.tm_min, utc.tm_sec);
}

/* False without random numbers or room. */
static bool write_letter(const struct options *options, struct letter *letter)
{
    struct buf id = BUF(letter->id), text = BUF(letter->text);
    uint64_t random[RANDOM_WORDS];

    if (getrandom(random, sizeof(random), 0) != (ssize_t)sizeof(random))
        return false;
    buf_addf(&id, "<outward-selftest.%016" PRIx64 "%016" PRIx64 "%s>", random[0], random[1],
             strchr(options->mail.from, '@'));
    buf_add(&text, VIEW("Date: "));
    add_date(&text, options->log.now);
    buf_addf(&text,
             "\r\nFrom: <%s>\r\nTo: <%s>\r\nMessage-ID: %.*s\r\nSubject: outward selftest\r\n"
             "Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\n"
             "A test of this mail server's encryption, sent by its operator.  Nothing is asked of you.\r\n",
             options->mail.from, options->mail.to, VIEW_ARG(buf_view(&id)));
    letter->message_id = buf_view(&id);
    letter->message = buf_view(&text);
    return !id.full && !text.full;
}

/* One log with its prefixes. */
struct source {
    struct growing *growing;
    struct prefix prefix;
};

struct sources {
    struct source rows[LOGS_MAX];
    size_t count;
};

static int open_sources(const struct log_options *log, struct sources *sources, struct error *error)
{
    struct prefix_settings settings = log_options_prefix(log);

    for (; sources->count < log->path_count; sources->count++) {
        struct source *source = &sources->rows[sources->count];

        source->growing = growing_open(log->paths[sources->count], error);
        if (source->growing == NULL)
            return -1;
        prefix_init(&source->prefix, &settings);
    }
    return 0;
}

static void close_sources(struct sources *sources)
{
    for (size_t i = 0; i < sources->count; i++) {
        growing_close(sources->rows[i].growing);
        prefix_done(&sources->rows[i].prefix);
    }
}

/* Everything that is there now. */
static int read_sources(struct sources *sources, struct watch *watch, struct error *error)
{
    int result = 0;

    for (size_t i = 0; i < sources->count && result == 0; i++) {
        struct source *source = &sources->rows[i];
        struct log_line line;
        struct view text;

        while ((result = growing_line(source->growing, &text, error)) == 1) {
            if (prefix_parse(&source->prefix, text, &line) == PREFIX_FOUND)
                watch_line(watch, &line);
        }
    }
    return result;
}

static int64_t now_ms(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int look(const struct options *options, struct sources *sources, struct watch *watch, struct error *error)
{
    static const struct timespec pause = { 0, POLL_MS * 1000000L };
    int64_t until = now_ms() + (int64_t)options->mail.timeout * 1000;
    int result;

    while ((result = read_sources(sources, watch, error)) == 0 && !watch_is_over(watch) && now_ms() < until)
        (void)nanosleep(&pause, NULL);
    watch_end(watch);
    return result;
}

static int answer(const struct options *options, const struct selftest_answer *answered)
{
    if (!options->json) {
        selftest_text(answered, stdout);
    } else if (!selftest_json(answered, stdout)) {
        return command_line_fail(&command, "out of memory");
    }
    if (fflush(stdout) == EOF) {
        return command_line_fail(&command, "standard output: %s", strerror(errno));
    }
    return selftest_verdict(answered) == SELFTEST_ENCRYPTED ? COMMAND_FINE : COMMAND_ERRORS;
}

/* The lines from before the test are read first: what they prove of TLS logging counts. */
static int test(struct options *options, const struct letter *letter, struct sources *sources, struct watch *watch)
{
    char reply[MAIL_REPLY_MAX];
    struct error error = { 0 };
    struct selftest_answer answered = { .host = options->mail.host,
                                        .port = options->mail.port,
                                        .timeout = options->mail.timeout,
                                        .implicit_tls = options->mail.implicit_tls,
                                        .message_id = letter->message_id,
                                        .reply = reply,
                                        .trouble = error.text,
                                        .in = watch_in(watch),
                                        .out = watch_out(watch) };

    if (open_sources(&options->log, sources, &error) == -1 || read_sources(sources, watch, &error) == -1) {
        return command_line_fail(&command, "%s", error.text);
    }
    options->mail.message = letter->message;
    answered.sent = mail_send(&options->mail, reply, &error) == 0;
    explicit_bzero(options->password, sizeof(options->password));
    if (answered.sent && look(options, sources, watch, &error) == -1) {
        return command_line_fail(&command, "%s", error.text);
    }
    return answer(options, &answered);
}

static int run(struct options *options)
{
    struct sources *sources = calloc(1, sizeof(*sources));
    struct watch *watch = NULL;
    struct letter letter;
    int code = COMMAND_ERRORS;

    if (!write_letter(options, &letter)) {
        (void)command_line_fail(&command, "no message can be made: no random numbers");
    } else {
        watch = watch_new(letter.message_id, &options->log.correlate);
        if (sources == NULL || watch == NULL)
            (void)command_line_fail(&command, "out of memory");
        else
            code = test(options, &letter, sources, watch);
    }
    if (sources != NULL)
        close_sources(sources);
    free(sources);
    watch_free(watch);
    return code;
}

int command_selftest(int argc, char **argv)
{
    struct options *options = calloc(1, sizeof(*options));
    int code;

    if (options == NULL) {
        return command_line_fail(&command, "out of memory");
    }
    log_options_init(&options->log);
    options->mail.host = "127.0.0.1";
    options->mail.timeout = TIMEOUT_DEFAULT;
    code = parse_options(argc, argv, options);
    if (code == COMMAND_LINE_FINE)
        code = run(options);
    log_options_done(&options->log);
    explicit_bzero(options->password, sizeof(options->password));
    free(options);
    return code;
}
