#include "policy/list.h"
#include "policy/takes.h"

enum { TARGET_MAX = 2048 }; /* octets of a command or URL */

/* What a condition takes behind its name. */
enum threshold { THRESHOLD_NONE, THRESHOLD_DOMAIN, THRESHOLD_PERCENT, THRESHOLD_RATE };

static const enum threshold thresholds[] = {
    [ALERT_PLAINTEXT] = THRESHOLD_DOMAIN,   [ALERT_VIOLATION] = THRESHOLD_NONE, [ALERT_DOWNGRADE] = THRESHOLD_NONE,
    [ALERT_GMAIL_REFUSAL] = THRESHOLD_NONE, [ALERT_VOLUME] = THRESHOLD_PERCENT, [ALERT_SUBMISSIONS] = THRESHOLD_RATE,
    [ALERT_TLS_FAILURES] = THRESHOLD_RATE,  [ALERT_BLIND] = THRESHOLD_NONE,
};

static const struct view form_names[] = {
    [WEBHOOK_OUTWARD] = VIEW_INIT("outward"),
    [WEBHOOK_SLACK] = VIEW_INIT("slack"),
    [WEBHOOK_ALERTMANAGER] = VIEW_INIT("alertmanager"),
};

/* `to domain LIST`, if it stands there. */
static bool take_to_domain(struct cursor *cursor, struct alert_condition *condition)
{
    struct operand_value value;

    if (!cursor_skip(cursor, VIEW("to")))
        return true;
    if (cursor_skip(cursor, VIEW("any")))
        return true;
    if (!cursor_skip(cursor, VIEW("domain")))
        return expected(cursor, "domain or any");
    if (cursor->at != NULL && cursor->at->kind != PART_BLOCK)
        condition->list_name = build_keep_text(cursor->build, cursor->at->text);
    if (!take_list_operand(cursor, LIST_DOMAIN, &value))
        return false;
    condition->domains = value.domains;
    return true;
}

static bool take_threshold(struct cursor *cursor, struct alert_condition *condition)
{
    enum threshold threshold = thresholds[condition->kind];

    if (threshold == THRESHOLD_NONE)
        return true;
    if (threshold == THRESHOLD_DOMAIN)
        return take_to_domain(cursor, condition);
    if (!cursor_skip(cursor, VIEW("over")))
        return expected(cursor, "over");
    return threshold == THRESHOLD_PERCENT ? take_percent(cursor, &condition->threshold)
                                          : take_rate(cursor, &condition->threshold);
}

void take_alert_on(struct cursor *cursor, void *to)
{
    struct alert_condition condition = { 0 };
    const struct part *name = cursor->at;
    struct view names[ALERT_CONDITION_COUNT];
    size_t index;

    (void)to;
    for (unsigned i = 0; i < ALERT_CONDITION_COUNT; i++)
        names[i] = alert_condition_table[i].name;
    if (!take_choice(cursor, names, ALERT_CONDITION_COUNT, &index))
        return;
    condition.kind = (enum alert_condition_kind)index;
    condition.place = build_place(name);
    if (take_threshold(cursor, &condition))
        *(struct alert_condition *)vector_add(cursor->build, &cursor->build->conditions, sizeof(condition)) = condition;
}

static struct channel *add_channel(struct cursor *cursor, enum channel_kind kind, struct view target)
{
    struct channel *channel = vector_add(cursor->build, &cursor->build->channels, sizeof(*channel));

    channel->kind = kind;
    channel->target = target;
    channel->place = build_place(cursor->last);
    return channel;
}

void take_alert_exec(struct cursor *cursor, void *to)
{
    struct view target;

    (void)to;
    if (take_path(cursor, &target))
        (void)add_channel(cursor, CHANNEL_EXEC, target);
}

void take_alert_mail(struct cursor *cursor, void *to)
{
    struct view target;

    (void)to;
    if (cursor->at == NULL || cursor->at->kind == PART_BLOCK || view_find_char(cursor->at->text, '@') <= 0) {
        (void)expected(cursor, "a mail address");
        return;
    }
    if (take_text(cursor, "a mail address", TARGET_MAX, &target))
        (void)add_channel(cursor, CHANNEL_MAIL, target);
}

static bool is_url(const struct part *part)
{
    return part != NULL && part->kind != PART_BLOCK &&
           ((part->text.n > 8 && view_starts(part->text, VIEW("https://"))) ||
            (part->text.n > 7 && view_starts(part->text, VIEW("http://"))));
}

/* `secret file PATH`, `as FORM` and `insecure` in any order. */
static bool take_webhook_options(struct cursor *cursor, struct channel *channel)
{
    for (;;) {
        if (cursor_skip(cursor, VIEW("insecure"))) {
            channel->insecure = true;
        } else if (cursor_skip(cursor, VIEW("as"))) {
            size_t form;

            if (!take_choice(cursor, form_names, sizeof(form_names) / sizeof(form_names[0]), &form))
                return false;
            channel->form = (enum webhook_form)form;
        } else if (cursor_skip(cursor, VIEW("secret"))) {
            if (!cursor_skip(cursor, VIEW("file")))
                return expected(cursor, "file");
            if (!take_path(cursor, &channel->secret_file))
                return false;
        } else {
            return true;
        }
    }
}

void take_alert_webhook(struct cursor *cursor, void *to)
{
    static const char what[] = "an https:// URL in quotes";
    const struct part *url = cursor->at;
    struct channel *channel;
    struct view target;

    (void)to;
    if (!is_url(url)) {
        (void)expected(cursor, what);
        return;
    }
    if (!take_text(cursor, what, TARGET_MAX, &target))
        return;
    channel = add_channel(cursor, CHANNEL_WEBHOOK, target);
    if (take_webhook_options(cursor, channel) && view_starts(target, VIEW("http://")) && !channel->insecure)
        build_error(cursor->build, url, "an http:// URL needs insecure behind it: anyone on the way can read it");
}

void take_alert_syslog(struct cursor *cursor, void *to)
{
    (void)to;
    (void)add_channel(cursor, CHANNEL_SYSLOG, (struct view){ NULL, 0 });
}

void take_alert_quiet(struct cursor *cursor, void *to)
{
    struct alert_settings *alert = to;

    (void)take_clock_span(cursor, &alert->quiet_from, &alert->quiet_until);
}

void take_alert_repeat(struct cursor *cursor, void *to)
{
    (void)take_age(cursor, &((struct alert_settings *)to)->repeat);
}

void take_alert_recover(struct cursor *cursor, void *to)
{
    (void)take_age(cursor, &((struct alert_settings *)to)->recover);
}

void take_alert_relay(struct cursor *cursor, void *to)
{
    static const char what[] = "HOST:PORT";
    ptrdiff_t colon = cursor->at == NULL ? -1 : view_find_last_char(cursor->at->text, ':');
    uint64_t port;

    if (colon <= 0 || !view_number(view_slice(cursor->at->text, (size_t)colon + 1, SIZE_MAX), UINT16_MAX, &port)) {
        (void)expected(cursor, what);
        return;
    }
    (void)take_text(cursor, what, TARGET_MAX, &((struct alert_settings *)to)->relay);
}
