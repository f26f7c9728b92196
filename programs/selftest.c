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

#include "programs/commands.h"
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

enum {
    OPTION_TO = 1,
    OPTION_FROM,
    OPTION_HOST,
    OPTION_PORT,
    OPTION_IMPLICIT,
    OPTION_USER,
    OPTION_PASSWORD,
    OPTION_CA,
    OPTION_TIMEOUT,
    OPTION_FORMAT
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

static void print_help(void)
{
    fputs("usage: outward selftest [-c FILE] --to ADDRESS [OPTION]...\n\n"
          "Send a message through the submission listener to an address that you give, then find in the logs\n"
          "how it came in (the gate's record) and how it went out (Postfix's delivery line, with its evidence).\n"
          "Exit code: 0 both ends were found and encrypted; 1 not; 2 usage.\n\n"
          "      --to ADDRESS         who gets the message: somebody at another host who expects it\n"
          "      --from ADDRESS       the sender (--user, if that is an address)\n"
          "      --host HOST          the server (127.0.0.1)\n"
          "      --port N             its port (the first of the rule file's first listener, else 587)\n"
          "      --implicit-tls       TLS from the first octet, instead of STARTTLS (port 465)\n"
          "      --user LOGIN         for authentication\n"
          "      --password-file FILE its first line is the password; nobody else may read it\n"
          "      --ca FILE            authorities for the server's certificate, as PEM (the system's; on\n"
          "                           loopback any certificate is taken)\n"
          "      --timeout SECONDS    for each of sending and looking (60)\n"
          "      --log FILE           a log that grows, Postfix's or the gate's; may be given again\n"
          "                           (those of the rule file, else " DEFAULT_LOG ")\n"
          "      --tz ZONE            zone of stamps without one; else this machine's\n"
          "      --tls-logging on|off what smtp_tls_loglevel is, where the log cannot prove it\n"
          "      --internal LIST      networks and names of relays that are hosts of your own (loopback); none\n"
          "  -c, --config FILE        the rule file (" DEFAULT_CONFIGURATION ", if it is there)\n"
          "      --format text|json   how to answer\n"
          "  -h, --help               this text\n\n"
          "example: outward selftest --to postmaster@example.net --user alice@example.org --password-file ./secret\n",
          stdout);
}

static bool wrong(const char *option, const char *value, const char *wanted)
{
    fprintf(stderr, "outward selftest: --%s is %s, not \"%s\"\n", option, wanted, value);
    return false;
}

static bool take_number(const char *option, const char *value, uint64_t most, unsigned *out)
{
    uint64_t number;

    if (!view_number(view_of(value), most, &number) || number == 0) {
        fprintf(stderr, "outward selftest: --%s is a number from 1 to %" PRIu64 ", not \"%s\"\n", option, most, value);
        return false;
    }
    *out = (unsigned)number;
    return true;
}

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

static bool take_address(const char *option, const char *value, const char **out)
{
    *out = value;
    return is_address(value) || wrong(option, value, "an address such as postmaster@example.net");
}

/* False after a message. */
static bool take_option(struct options *options, int option, const char *value)
{
    struct mail_to_send *mail = &options->mail;

    switch (option) {
    case OPTION_TO:
        return take_address("to", value, &mail->to);
    case OPTION_FROM:
        return take_address("from", value, &mail->from);
    case OPTION_HOST:
        mail->host = value;
        return true;
    case OPTION_PORT:
        return take_number("port", value, UINT16_MAX, &mail->port);
    case OPTION_IMPLICIT:
        mail->implicit_tls = true;
        return true;
    case OPTION_USER:
        mail->login = value;
        return true;
    case OPTION_PASSWORD:
        options->password_file = value;
        return true;
    case OPTION_CA:
        mail->authorities = value;
        return true;
    case OPTION_TIMEOUT:
        return take_number("timeout", value, TIMEOUT_MAX, &mail->timeout);
    case OPTION_FORMAT:
        options->json = strcmp(value, "json") == 0;
        return options->json || strcmp(value, "text") == 0 || wrong("format", value, "text or json");
    case 'c':
        options->log.config = value;
        return true;
    default:
        return log_options_take(&options->log, "selftest", option, value);
    }
}

static bool read_password(struct options *options, int fd)
{
    ssize_t got = read(fd, options->password, sizeof(options->password) - 1);

    if (got == -1) {
        fprintf(stderr, "outward selftest: %s: %s\n", options->password_file, strerror(errno));
        return false;
    }
    options->password[got] = '\0';
    options->password[strcspn(options->password, "\r\n")] = '\0';
    options->mail.password = options->password;
    if (options->password[0] == '\0')
        fprintf(stderr, "outward selftest: %s: its first line is empty\n", options->password_file);
    return options->password[0] != '\0';
}

static bool open_password(struct options *options)
{
    int fd = open(options->password_file, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    struct stat status;
    bool fine = false;

    if (fd == -1 || fstat(fd, &status) == -1)
        fprintf(stderr, "outward selftest: %s: %s\n", options->password_file, strerror(errno));
    else if (!S_ISREG(status.st_mode) || (status.st_mode & (S_IRWXG | S_IRWXO)) != 0)
        fprintf(stderr, "outward selftest: %s: must be a regular file that only its owner can read (mode 600)\n",
                options->password_file);
    else
        fine = read_password(options, fd);
    if (fd != -1)
        (void)close(fd);
    return fine;
}

static bool find_login(struct options *options)
{
    struct mail_to_send *mail = &options->mail;

    if ((mail->login == NULL) != (options->password_file == NULL)) {
        fprintf(stderr, "outward selftest: --user and --password-file go together\n");
        return false;
    }
    if (mail->from == NULL && mail->login != NULL && is_address(mail->login))
        mail->from = mail->login;
    if (mail->from == NULL) {
        fprintf(stderr, "outward selftest: name the sender with --from ADDRESS\n");
        return false;
    }
    return options->password_file == NULL || open_password(options);
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

static bool find_logs(struct options *options)
{
    log_choice_default(&options->log);
    if (options->log.path_count == 0)
        fprintf(stderr,
                "outward selftest: no log can be read; name those of Postfix and of the gate with --log FILE\n");
    else if (options->log.path_count > LOGS_MAX)
        fprintf(stderr, "outward selftest: more than %d logs\n", LOGS_MAX);
    return options->log.path_count > 0 && options->log.path_count <= LOGS_MAX;
}

/* -1 to go on; else the exit code. */
static int finish_options(struct options *options)
{
    if (options->mail.to == NULL) {
        fprintf(stderr, "outward selftest: name the recipient with --to ADDRESS\n");
        return COMMAND_USAGE;
    }
    if (!log_options_finish(&options->log, "selftest") || !find_login(options) || !find_logs(options))
        return COMMAND_USAGE;
    find_port(options);
    return -1;
}

static int parse_options(int argc, char **argv, struct options *options)
{
    static const struct option own[] = { { "to", required_argument, NULL, OPTION_TO },
                                         { "from", required_argument, NULL, OPTION_FROM },
                                         { "host", required_argument, NULL, OPTION_HOST },
                                         { "port", required_argument, NULL, OPTION_PORT },
                                         { "implicit-tls", no_argument, NULL, OPTION_IMPLICIT },
                                         { "user", required_argument, NULL, OPTION_USER },
                                         { "password-file", required_argument, NULL, OPTION_PASSWORD },
                                         { "ca", required_argument, NULL, OPTION_CA },
                                         { "timeout", required_argument, NULL, OPTION_TIMEOUT },
                                         { "format", required_argument, NULL, OPTION_FORMAT },
                                         { "config", required_argument, NULL, 'c' },
                                         { "help", no_argument, NULL, 'h' } };
    static const char *const wanted[] = { "log", "tz", "tls-logging", "internal", NULL };
    struct option names[sizeof(own) / sizeof(own[0]) + LOG_OPTIONS + 1] = { 0 };
    int option;

    memcpy(names, own, sizeof(own));
    log_choice_copy(wanted, names + sizeof(own) / sizeof(own[0]));
    optind = 1;
    while ((option = getopt_long(argc, argv, "c:h", names, NULL)) != -1) {
        if (option == 'h') {
            print_help();
            return COMMAND_FINE;
        }
        if (option == '?' || !take_option(options, option, optarg))
            return COMMAND_USAGE;
    }
    if (optind < argc) {
        fprintf(stderr, "outward selftest: unexpected \"%s\"\n", argv[optind]);
        return COMMAND_USAGE;
    }
    return finish_options(options);
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
        fprintf(stderr, "outward selftest: out of memory\n");
        return COMMAND_ERRORS;
    }
    if (fflush(stdout) == EOF) {
        perror("outward selftest: standard output");
        return COMMAND_ERRORS;
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
        fprintf(stderr, "outward selftest: %s\n", error.text);
        return COMMAND_ERRORS;
    }
    options->mail.message = letter->message;
    answered.sent = mail_send(&options->mail, reply, &error) == 0;
    explicit_bzero(options->password, sizeof(options->password));
    if (answered.sent && look(options, sources, watch, &error) == -1) {
        fprintf(stderr, "outward selftest: %s\n", error.text);
        return COMMAND_ERRORS;
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
        fprintf(stderr, "outward selftest: no message can be made: no random numbers\n");
    } else {
        watch = watch_new(letter.message_id, &options->log.correlate);
        if (sources == NULL || watch == NULL)
            fprintf(stderr, "outward selftest: out of memory\n");
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
        fprintf(stderr, "outward selftest: out of memory\n");
        return COMMAND_ERRORS;
    }
    log_options_init(&options->log);
    options->mail.host = "127.0.0.1";
    options->mail.timeout = TIMEOUT_DEFAULT;
    code = parse_options(argc, argv, options);
    if (code == -1)
        code = run(options);
    log_options_done(&options->log);
    explicit_bzero(options->password, sizeof(options->password));
    free(options);
    return code;
}
