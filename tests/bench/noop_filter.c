/*
 * noop_filter - a libmilter filter that does nothing, to measure others against
 *
 * It negotiates what the gate negotiates with its default rules, takes the same
 * events, and by option asks for the same macros, reads them, and writes a line
 * of a given length the way the gate writes its record.
 */
#include <bsd/stdlib.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <libmilter/mfapi.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { LINE_MAX_HERE = 4096 };

/* libmilter gives its callbacks no room for a pointer of ours before the first one: as the gate has it, one struct. */
static struct {
    unsigned long protocol;
    bool macros;     /* ask for lists of our own, and read them */
    bool everything; /* negotiate nothing away */
    int log;         /* -1: none */
    bool file;       /* the log is a file, else a datagram socket */
    size_t line;
} filter = { .log = -1, .line = 600 };

/* The same names at the same stages as the gate's table in milter/macros.c. */
#define TLS_NAMES "{tls_version} {cipher} {cipher_bits} {cert_subject} {cert_issuer}"
static const struct {
    int stage;
    const char *names;
} lists[] = {
    { SMFIM_CONNECT, "{daemon_name} {daemon_addr} {daemon_port} {client_addr} {client_name} {client_port}" },
    { SMFIM_HELO, "i" },
    { SMFIM_ENVFROM, TLS_NAMES " {auth_type} {auth_authen} {mail_addr} i" },
    { SMFIM_ENVRCPT, "{rcpt_addr} {rcpt_mailer} i" },
    { SMFIM_DATA, "i" },
    { SMFIM_EOH, "i" },
    { SMFIM_EOM, "i" },
};

static sfsistat on_negotiate(SMFICTX *ctx, unsigned long actions, unsigned long protocol, unsigned long unused2,
                             unsigned long unused3, unsigned long *agreed_actions, unsigned long *agreed_protocol,
                             unsigned long *agreed2, unsigned long *agreed3)
{
    (void)unused2;
    (void)unused3;
    *agreed_actions = SMFIF_SETSYMLIST & actions;
    *agreed_protocol = filter.protocol & protocol;
    *agreed2 = *agreed3 = 0;
    for (size_t i = 0; filter.macros && i < sizeof(lists) / sizeof(*lists); i++)
        smfi_setsymlist(ctx, lists[i].stage, (char *)lists[i].names);
    return SMFIS_CONTINUE;
}

static sfsistat answer(unsigned long no_reply)
{
    return (filter.protocol & no_reply) != 0 ? SMFIS_NOREPLY : SMFIS_CONTINUE;
}

static sfsistat on_connect(SMFICTX *ctx, char *host, struct sockaddr *from)
{
    (void)ctx;
    (void)host;
    (void)from;
    return answer(SMFIP_NR_CONN);
}

static sfsistat on_helo(SMFICTX *ctx, char *name)
{
    (void)ctx;
    (void)name;
    return answer(SMFIP_NR_HELO);
}

static sfsistat on_mail(SMFICTX *ctx, char **arguments)
{
    (void)ctx;
    (void)arguments;
    return answer(SMFIP_NR_MAIL);
}

static sfsistat on_rcpt(SMFICTX *ctx, char **arguments)
{
    (void)ctx;
    (void)arguments;
    return answer(SMFIP_NR_RCPT);
}

static sfsistat on_data(SMFICTX *ctx)
{
    (void)ctx;
    return answer(SMFIP_NR_DATA);
}

static sfsistat on_header(SMFICTX *ctx, char *name, char *value)
{
    (void)ctx;
    (void)name;
    (void)value;
    return answer(SMFIP_NR_HDR);
}

static sfsistat on_eoh(SMFICTX *ctx)
{
    (void)ctx;
    return answer(SMFIP_NR_EOH);
}

static sfsistat on_body(SMFICTX *ctx, unsigned char *chunk, size_t n)
{
    (void)ctx;
    (void)chunk;
    (void)n;
    return answer(SMFIP_NR_BODY);
}

/* Each macro is looked up once and printed, as a record would; the rest of the line is filling. */
static size_t format_line(SMFICTX *ctx, char line[LINE_MAX_HERE])
{
    static const char *const names[] = {
        "i",           "{client_name}", "{client_addr}", "{client_port}", "{tls_version}",
        "{cipher}",    "{cipher_bits}", "{auth_type}",   "{auth_authen}", "{mail_addr}",
        "{rcpt_addr}", "{rcpt_mailer}", "{daemon_name}", "{daemon_port}", "{daemon_addr}"
    };
    size_t n = (size_t)snprintf(line, LINE_MAX_HERE, "<22>Nov 21 19:16:49 noop-filter[%d]:", (int)getpid());

    for (size_t i = 0; i < sizeof(names) / sizeof(*names) && n < LINE_MAX_HERE / 2; i++) {
        const char *value = smfi_getsymval(ctx, (char *)names[i]);

        n += (size_t)snprintf(line + n, LINE_MAX_HERE - n, " %s=%.200s", names[i], value == NULL ? "none" : value);
    }
    if (n < filter.line)
        memset(line + n, 'x', filter.line - n);
    return filter.line;
}

static sfsistat on_message(SMFICTX *ctx)
{
    char line[LINE_MAX_HERE];
    size_t n;

    if (filter.log == -1)
        return SMFIS_CONTINUE;
    n = format_line(ctx, line);
    if (filter.file) {
        line[n++] = '\n';
        if (write(filter.log, line, n) == -1)
            warn("log");
    } else if (send(filter.log, line, n, MSG_DONTWAIT | MSG_NOSIGNAL) == -1 && errno != EAGAIN) {
        warn("log");
    }
    return SMFIS_CONTINUE;
}

static void open_log(const char *target)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };

    if (strncmp(target, "file:", 5) == 0) {
        filter.file = true;
        filter.log = open(target + 5, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
        if (filter.log == -1)
            err(1, "%s", target);
        return;
    }
    if (strncmp(target, "unix:", 5) != 0 || strlen(target + 5) >= sizeof(address.sun_path))
        errx(2, "--log %s: file:PATH or unix:PATH", target);
    memcpy(address.sun_path, target + 5, strlen(target + 5));
    filter.log = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (filter.log == -1 || connect(filter.log, (struct sockaddr *)&address, sizeof(address)) == -1)
        err(1, "%s", target);
}

static const struct option long_options[] = {
    { "listen", required_argument, NULL, 'p' }, { "macros", no_argument, NULL, 'm' },
    { "log", required_argument, NULL, 'l' },    { "line", required_argument, NULL, 'n' },
    { "no-headers", no_argument, NULL, 'H' },   { "rcpt-reply", no_argument, NULL, 'r' },
    { "everything", no_argument, NULL, 'e' },   { NULL, 0, NULL, 0 },
};

static void usage(void)
{
    fputs(
        "usage: noop_filter --listen unix:PATH|inet:PORT@HOST [--macros] [--log unix:PATH|file:PATH [--line OCTETS]]\n"
        "                   [--no-headers] [--rcpt-reply] [--everything]\n",
        stderr);
    exit(2);
}

static const char *parse_options(int argc, char **argv)
{
    const char *listen_at = NULL, *fault = NULL;
    int letter;

    while ((letter = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
        if (letter == 'p')
            listen_at = optarg;
        else if (letter == 'm')
            filter.macros = true;
        else if (letter == 'l')
            open_log(optarg);
        else if (letter == 'n')
            filter.line = (size_t)strtonum(optarg, 1, LINE_MAX_HERE - 1, &fault);
        else if (letter == 'H')
            filter.protocol |= SMFIP_NOHDRS;
        else if (letter == 'r')
            filter.protocol &= ~(unsigned long)SMFIP_NR_RCPT;
        else if (letter == 'e')
            filter.everything = true;
        else
            usage();
    }
    if (listen_at == NULL || optind != argc || fault != NULL)
        usage();
    if (filter.everything)
        filter.protocol = 0;
    return listen_at;
}

int main(int argc, char **argv)
{
    struct smfiDesc description = {
        .xxfi_name = "noop",
        .xxfi_version = SMFI_VERSION,
        .xxfi_flags = SMFIF_SETSYMLIST,
        .xxfi_connect = on_connect,
        .xxfi_helo = on_helo,
        .xxfi_envfrom = on_mail,
        .xxfi_envrcpt = on_rcpt,
        .xxfi_data = on_data,
        .xxfi_header = on_header,
        .xxfi_eoh = on_eoh,
        .xxfi_body = on_body,
        .xxfi_eom = on_message,
        .xxfi_negotiate = on_negotiate,
    };
    const char *listen_at;

    filter.protocol = SMFIP_NOHELO | SMFIP_NOUNKNOWN | SMFIP_NOBODY | SMFIP_NR_CONN | SMFIP_NR_DATA | SMFIP_NR_HDR |
                      SMFIP_NR_EOH | SMFIP_NR_RCPT;
    listen_at = parse_options(argc, argv);
    umask(0177);
    if (smfi_register(description) != MI_SUCCESS || smfi_setbacklog(1024) != MI_SUCCESS ||
        smfi_setconn((char *)listen_at) != MI_SUCCESS || smfi_opensocket(true) != MI_SUCCESS)
        errx(1, "%s: cannot listen there", listen_at);
    return smfi_main() == MI_SUCCESS ? 0 : 1;
}
