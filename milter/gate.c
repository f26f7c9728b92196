#include "milter/gate.h"

#include <limits.h>
#include <netinet/in.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>

#include <bsd/stdlib.h>
#include <libmilter/mfapi.h>

#include "milter/session.h"

enum {
    CONNECTION_BACKLOG = 1024,
    PACKET_MAX = 1024 * 1024 - 1, /* libmilter's own limit of 64 KiB is below Postfix's header_size_limit */
    DESCRIPTORS_KEPT = 64         /* for log, lists and libmilter itself: connections get the others */
};

/* libmilter hands its callbacks the connection and nothing else: this is the one thing they can share. */
static struct {
    struct gate_setup setup;
    uint64_t seed;
    atomic_bool draining;
    atomic_uint busy;
    atomic_uint connections;
    unsigned connections_max;
    int64_t started_ms;               /* since 1970, less CLOCK_BOOTTIME */
    _Atomic uint64_t minute_and_date; /* since the epoch; as 20270331 */
} gate;

/* What a connection keeps: the session, the policy it negotiated with, and the flags that were agreed. */
struct client {
    struct session *session;
    const struct generation *generation;
    unsigned long protocol;
};

/* ---- libmilter's world behind the session's interfaces ---- */

static const char *get_macro(void *context, const char *name)
{
    return smfi_getsymval(context, (char *)name);
}

static struct macro_source macros_of(SMFICTX *ctx)
{
    return (struct macro_source){ .get = get_macro, .context = ctx };
}

static bool hold_message(void *context, const char *reason)
{
    return smfi_quarantine(context, (char *)reason) == MI_SUCCESS;
}

static bool remove_header(void *context, const char *name, unsigned copy)
{
    return smfi_chgheader(context, (char *)name, (int)copy, NULL) == MI_SUCCESS;
}

/* Index 0 lies above Postfix's own Received, so above what any earlier milter signed. */
static bool add_header(void *context, const char *name, const char *value)
{
    return smfi_insheader(context, 0, (char *)name, (char *)value) == MI_SUCCESS;
}

/* A record that the log does not take must not lose the count it carried. */
static void write_record(void *context, struct record *record)
{
    struct log *log = context;
    char storage[RECORD_MAX + 1];
    struct buf line = BUF(storage);

    record->lost = log_take_lost(log);
    record_format(&line, record);
    if (!log_write(log, LOG_LEVEL_INFO, buf_view(&line)))
        log_give_back_lost(log, record->lost);
}

static void complain(void *context, struct view queue_id, const char *text)
{
    if (queue_id.n == 0)
        queue_id = VIEW("NOQUEUE");
    log_writef(context, LOG_LEVEL_WARNING, "%.*s: warning: %s", VIEW_ARG(queue_id), text);
}

/* The local date changes with the minute at most: one look at the time zone serves all messages of one. */
static unsigned today(void)
{
    time_t now = time(NULL);
    uint64_t known = atomic_load(&gate.minute_and_date), minute = (uint64_t)now / 60;
    struct tm local;
    unsigned date;

    if (known >> 32 == (minute & UINT32_MAX) && known != 0)
        return (unsigned)(known & UINT32_MAX);
    if (localtime_r(&now, &local) == NULL)
        return 0;
    date = (unsigned)(local.tm_year + 1900) * 10000 + (unsigned)(local.tm_mon + 1) * 100 + (unsigned)local.tm_mday;
    atomic_store(&gate.minute_and_date, (minute & UINT32_MAX) << 32 | date);
    return date;
}

static int64_t clock_ms(clockid_t clock)
{
    struct timespec now;

    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* For windows of time: goes on evenly from the start, whatever the clock is set to meanwhile. */
static int64_t now_ms(void)
{
    return gate.started_ms + clock_ms(CLOCK_BOOTTIME);
}

/* ---- answers ---- */

/* For the stages without answer: silence where that was agreed on. */
static sfsistat go_on(const struct client *client, unsigned long no_reply)
{
    return client != NULL && (client->protocol & no_reply) != 0 ? SMFIS_NOREPLY : SMFIS_CONTINUE;
}

static sfsistat send_answer(SMFICTX *ctx, struct answer *answer)
{
    if (answer->verdict < VERDICT_TEMPFAIL)
        return SMFIS_CONTINUE;
    /* Without it libmilter sends a bare refusal: the code is Postfix's then, the verdict is still ours. */
    (void)smfi_setreply(ctx, answer->reply.code, answer->reply.dsn, answer->reply.text);
    return answer->verdict == VERDICT_REJECT ? SMFIS_REJECT : SMFIS_TEMPFAIL;
}

static void count_busy(bool before, bool after)
{
    if (after && !before)
        atomic_fetch_add(&gate.busy, 1);
    else if (before && !after)
        atomic_fetch_sub(&gate.busy, 1);
}

/* ---- negotiation ---- */

/* libmilter that finds no descriptor for a connection waits, and ends itself the 16th time: it must not come to that. */
static unsigned connections_max(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) == -1 || limit.rlim_cur >= UINT_MAX)
        return UINT_MAX;
    return limit.rlim_cur > DESCRIPTORS_KEPT ? (unsigned)limit.rlim_cur - DESCRIPTORS_KEPT : 1;
}

static bool count_connection(void)
{
    if (atomic_fetch_add(&gate.connections, 1) < gate.connections_max)
        return true;
    atomic_fetch_sub(&gate.connections, 1);
    return false;
}

static const int macro_stages[MACRO_STAGE_COUNT] = {
    [MACRO_STAGE_CONNECT] = SMFIM_CONNECT, [MACRO_STAGE_HELO] = SMFIM_HELO, [MACRO_STAGE_MAIL] = SMFIM_ENVFROM,
    [MACRO_STAGE_RCPT] = SMFIM_ENVRCPT,    [MACRO_STAGE_DATA] = SMFIM_DATA, [MACRO_STAGE_HEADERS] = SMFIM_EOH,
    [MACRO_STAGE_MESSAGE] = SMFIM_EOM,
};

static void ask_for_macros(SMFICTX *ctx)
{
    for (size_t stage = 0; stage < MACRO_STAGE_COUNT; stage++) {
        char storage[MACRO_LIST_MAX];
        struct buf list = BUF(storage);

        macro_list((enum macro_stage)stage, &list);
        smfi_setsymlist(ctx, macro_stages[stage], (char *)buf_text(&list));
    }
}

/* The actions some loaded rule may take.  Local mail that must wait is held: so hold whenever verdicts are meant. */
static unsigned long wanted_actions(const struct policy *policy)
{
    struct policy_needs needs = policy_needs(policy);
    unsigned long actions = SMFIF_SETSYMLIST;

    if (policy_settings(policy)->mode == MODE_MONITOR)
        return actions;
    actions |= SMFIF_QUARANTINE;
    if (needs.change_headers)
        actions |= SMFIF_ADDHDRS | SMFIF_CHGHDRS;
    return actions;
}

static bool wants_headers(const struct policy *policy)
{
    struct policy_needs needs = policy_needs(policy);

    return policy_settings(policy)->record == RECORD_FULL || needs.headers || needs.change_headers;
}

/*
 * Every event and every reply that cannot matter is negotiated away, but for
 * the end of headers: without it libmilter takes the end of a message that has
 * no header field for a command out of order, and never answers it.
 */
static unsigned long wanted_protocol(const struct policy *policy)
{
    unsigned long flags =
        SMFIP_NOHELO | SMFIP_NOUNKNOWN | SMFIP_NOBODY | SMFIP_NR_CONN | SMFIP_NR_DATA | SMFIP_NR_HDR | SMFIP_NR_EOH;

    if (!policy_needs(policy).rcpt_reply)
        flags |= SMFIP_NR_RCPT;
    if (!wants_headers(policy))
        flags |= SMFIP_NOHDRS;
    return flags;
}

static void client_free(struct client *client)
{
    if (client == NULL)
        return;
    session_free(client->session);
    reload_release(gate.setup.reload, client->generation);
    free(client);
    atomic_fetch_sub(&gate.connections, 1);
}

/* The connection is counted already; NULL, and it is not any more, when out of memory. */
static struct client *client_new(unsigned long actions, unsigned long protocol)
{
    struct client *client = calloc(1, sizeof(*client));
    const unsigned long changes = SMFIF_ADDHDRS | SMFIF_CHGHDRS;
    struct session_setup setup;

    if (client == NULL) {
        atomic_fetch_sub(&gate.connections, 1);
        return NULL;
    }
    client->generation = reload_hold(gate.setup.reload);
    client->protocol = wanted_protocol(client->generation->policy) & protocol;
    setup = (struct session_setup){
        .policy = client->generation->policy,
        .generation = client->generation->number,
        .answers_rcpt = (client->protocol & SMFIP_NR_RCPT) == 0,
        .sees_headers = wants_headers(client->generation->policy),
        .may_hold = (actions & wanted_actions(client->generation->policy) & SMFIF_QUARANTINE) != 0,
        .may_change_headers = (actions & wanted_actions(client->generation->policy) & changes) == changes,
        .suffixes = gate.setup.suffixes,
        .volumes = gate.setup.volumes,
        .now = now_ms,
        .seed = gate.seed,
        .outlet = { .record = write_record, .complain = complain, .context = gate.setup.log },
    };
    client->session = session_new(&setup);
    if (client->session != NULL)
        return client;
    client_free(client);
    return NULL;
}

/* A connection that is turned away here is, to Postfix, a gate that is not there: milter_default_action answers. */
static sfsistat on_negotiate(SMFICTX *ctx, unsigned long actions, unsigned long protocol, unsigned long unused2,
                             unsigned long unused3, unsigned long *agreed_actions, unsigned long *agreed_protocol,
                             unsigned long *agreed2, unsigned long *agreed3)
{
    struct client *client;

    (void)unused2;
    (void)unused3;
    if (atomic_load(&gate.draining))
        return SMFIS_REJECT;
    if (!count_connection()) {
        complain(gate.setup.log, (struct view){ NULL, 0 }, "too many connections for the limit of open files");
        return SMFIS_REJECT;
    }
    client = client_new(actions, protocol);
    if (client == NULL) {
        complain(gate.setup.log, (struct view){ NULL, 0 }, "out of memory for a connection");
        return SMFIS_REJECT;
    }
    smfi_setpriv(ctx, client);
    *agreed_actions = wanted_actions(client->generation->policy) & actions;
    *agreed_protocol = client->protocol;
    *agreed2 = 0;
    *agreed3 = 0;
    if ((*agreed_actions & SMFIF_SETSYMLIST) != 0)
        ask_for_macros(ctx);
    return SMFIS_CONTINUE;
}

/* ---- events ---- */

static bool take_address(const struct sockaddr *from, struct address *out)
{
    static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

    if (from != NULL && from->sa_family == AF_INET) {
        memcpy(out->octets, mapped, sizeof(mapped));
        memcpy(out->octets + sizeof(mapped), &((const struct sockaddr_in *)(const void *)from)->sin_addr, 4);
        return true;
    }
    if (from != NULL && from->sa_family == AF_INET6) {
        memcpy(out->octets, &((const struct sockaddr_in6 *)(const void *)from)->sin6_addr, 16);
        return true;
    }
    return false;
}

static sfsistat on_connect(SMFICTX *ctx, char *host, struct sockaddr *from)
{
    struct client *client = smfi_getpriv(ctx);
    struct macro_source macros = macros_of(ctx);
    struct address address;

    (void)host; /* {client_name} tells if it was verified */
    if (client != NULL)
        session_connect(client->session, &macros, take_address(from, &address) ? &address : NULL);
    return go_on(client, SMFIP_NR_CONN);
}

/* A connection without session was never negotiated: no MTA does that, and no mail passes by it. */
static sfsistat on_mail(SMFICTX *ctx, char **arguments)
{
    struct client *client = smfi_getpriv(ctx);
    struct macro_source macros = macros_of(ctx);
    struct answer answer;
    bool before;

    if (client == NULL)
        return SMFIS_TEMPFAIL;
    before = session_is_busy(client->session);
    session_mail(client->session, &macros, view_of(arguments[0]), today(), &answer);
    count_busy(before, session_is_busy(client->session));
    return send_answer(ctx, &answer);
}

static sfsistat on_rcpt(SMFICTX *ctx, char **arguments)
{
    struct client *client = smfi_getpriv(ctx);
    struct macro_source macros = macros_of(ctx);
    struct answer answer;

    if (client == NULL)
        return SMFIS_TEMPFAIL;
    session_rcpt(client->session, &macros, view_of(arguments[0]), &answer);
    /* The session knows that it may not answer here; go_on() has no verdict to be swallowed. */
    return (client->protocol & SMFIP_NR_RCPT) != 0 ? go_on(client, SMFIP_NR_RCPT) : send_answer(ctx, &answer);
}

static sfsistat on_data(SMFICTX *ctx)
{
    struct client *client = smfi_getpriv(ctx);
    struct macro_source macros = macros_of(ctx);

    if (client != NULL)
        session_data(client->session, &macros);
    return go_on(client, SMFIP_NR_DATA);
}

static sfsistat on_header(SMFICTX *ctx, char *name, char *body)
{
    struct client *client = smfi_getpriv(ctx);

    if (client != NULL)
        session_header(client->session, view_of(name), view_of(body));
    return go_on(client, SMFIP_NR_HDR);
}

static sfsistat on_end_of_headers(SMFICTX *ctx)
{
    return go_on(smfi_getpriv(ctx), SMFIP_NR_EOH);
}

static sfsistat on_message(SMFICTX *ctx)
{
    struct client *client = smfi_getpriv(ctx);
    struct macro_source macros = macros_of(ctx);
    struct message_editor editor = {
        .hold = hold_message, .remove_header = remove_header, .add_header = add_header, .context = ctx
    };
    struct answer answer;
    bool before;

    if (client == NULL)
        return SMFIS_TEMPFAIL;
    before = session_is_busy(client->session);
    session_message(client->session, &macros, &editor, &answer);
    count_busy(before, session_is_busy(client->session));
    return send_answer(ctx, &answer);
}

static sfsistat on_abort(SMFICTX *ctx)
{
    struct client *client = smfi_getpriv(ctx);

    if (client != NULL) {
        count_busy(session_is_busy(client->session), false);
        session_abort(client->session);
    }
    return SMFIS_CONTINUE;
}

static sfsistat on_close(SMFICTX *ctx)
{
    struct client *client = smfi_getpriv(ctx);

    if (client != NULL)
        count_busy(session_is_busy(client->session), false);
    smfi_setpriv(ctx, NULL);
    client_free(client);
    return SMFIS_CONTINUE;
}

/* ---- the gate's life ---- */

int gate_open(const char *address, struct error *error)
{
    struct smfiDesc description = {
        .xxfi_name = "outward",
        .xxfi_version = SMFI_VERSION,
        .xxfi_flags = SMFIF_ADDHDRS | SMFIF_CHGHDRS | SMFIF_QUARANTINE | SMFIF_SETSYMLIST,
        .xxfi_connect = on_connect,
        .xxfi_envfrom = on_mail,
        .xxfi_envrcpt = on_rcpt,
        .xxfi_data = on_data,
        .xxfi_header = on_header,
        .xxfi_eoh = on_end_of_headers,
        .xxfi_eom = on_message,
        .xxfi_abort = on_abort,
        .xxfi_close = on_close,
        .xxfi_negotiate = on_negotiate,
    };

    if (smfi_register(description) != MI_SUCCESS || smfi_setbacklog(CONNECTION_BACKLOG) != MI_SUCCESS)
        return error_set(error, ERROR_SYSTEM, "libmilter took no registration");
    smfi_setmaxdatasize(PACKET_MAX);
    if (smfi_setconn((char *)address) != MI_SUCCESS)
        return error_set(error, ERROR_SYNTAX, "%s: no address that libmilter can listen on", address);
    if (smfi_opensocket(false) != MI_SUCCESS)
        return error_set(error, ERROR_SYSTEM, "%s: cannot listen there (in use, or no right to)", address);
    return 0;
}

int gate_run(const struct gate_setup *setup)
{
    gate.setup = *setup;
    gate.connections_max = connections_max();
    gate.started_ms = clock_ms(CLOCK_REALTIME) - clock_ms(CLOCK_BOOTTIME);
    arc4random_buf(&gate.seed, sizeof(gate.seed));
    return smfi_main() == MI_SUCCESS ? 0 : -1;
}

void gate_drain(void)
{
    atomic_store(&gate.draining, true);
}

unsigned gate_busy(void)
{
    return atomic_load(&gate.busy);
}

void gate_stop(void)
{
    smfi_stop();
}
