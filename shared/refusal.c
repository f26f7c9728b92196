#include "shared/refusal.h"

#include "shared/ascii.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define NONE VIEW_INIT("")
#define BIT REQUIREMENT_BIT

enum {
    AUTHENTICATION = BIT(REQUIREMENT_SPF) | BIT(REQUIREMENT_DKIM),
    FULL_AUTHENTICATION = AUTHENTICATION | BIT(REQUIREMENT_DMARC_POLICY)
};

/* The first row that fits counts. */
const struct refusal_row refusal_table[] = {
    { RECEIVER_GMAIL, 0, 7, 29, 29, NONE, NONE, BIT(REQUIREMENT_TLS), "the message did not come over TLS" },
    { RECEIVER_GMAIL, 530, 7, 0, 0, VIEW_INIT("STARTTLS"), VIEW_INIT("starttls"), BIT(REQUIREMENT_TLS),
      "STARTTLS is needed first" },
    { RECEIVER_GMAIL, 421, 7, 0, 0, VIEW_INIT("TLS required"), VIEW_INIT("tls-required"), BIT(REQUIREMENT_TLS),
      "the recipient's domain requires TLS" },
    { RECEIVER_GMAIL, 0, 7, 27, 27, NONE, NONE, BIT(REQUIREMENT_SPF), "SPF did not pass" },
    { RECEIVER_GMAIL, 0, 7, 24, 24, NONE, NONE, BIT(REQUIREMENT_SPF), "the SPF record has suspicious entries" },
    { RECEIVER_GMAIL, 0, 7, 30, 30, NONE, NONE, BIT(REQUIREMENT_DKIM), "DKIM did not pass" },
    { RECEIVER_GMAIL, 451, 7, 26, 26, NONE, VIEW_INIT("dmarc"), BIT(REQUIREMENT_DMARC_POLICY),
      "the domain's own DMARC policy refuses it" },
    { RECEIVER_GMAIL, 0, 7, 26, 26, VIEW_INIT("DMARC"), VIEW_INIT("dmarc"), BIT(REQUIREMENT_DMARC_POLICY),
      "the domain's own DMARC policy refuses it" },
    { RECEIVER_GMAIL, 0, 7, 26, 26, NONE, NONE, AUTHENTICATION, "neither SPF nor DKIM passed" },
    { RECEIVER_GMAIL, 0, 7, 40, 40, NONE, NONE, BIT(REQUIREMENT_DMARC_POLICY), "no DMARC record, or no policy in it" },
    { RECEIVER_GMAIL, 0, 7, 31, 31, NONE, NONE, BIT(REQUIREMENT_DMARC_POLICY), "no DMARC record, or no policy in it" },
    { RECEIVER_GMAIL, 0, 7, 32, 32, NONE, NONE, BIT(REQUIREMENT_ALIGNMENT),
      "From: is aligned with neither the SPF nor the DKIM domain" },
    { RECEIVER_GMAIL, 0, 7, 23, 23, NONE, NONE, BIT(REQUIREMENT_DNS_RECORDS),
      "no PTR record, or it does not match the forward DNS" },
    { RECEIVER_GMAIL, 0, 7, 25, 25, NONE, NONE, BIT(REQUIREMENT_DNS_RECORDS),
      "no PTR record, or it does not match the forward DNS" },
    { RECEIVER_GMAIL, 421, 7, 0, 0, VIEW_INIT("PTR"), VIEW_INIT("ptr"), BIT(REQUIREMENT_DNS_RECORDS), "no PTR record" },
    { RECEIVER_GMAIL, 0, 7, 28, 28, NONE, NONE, BIT(REQUIREMENT_SPAM_RATE), "a rate limit was exceeded" },
    { RECEIVER_GMAIL, 0, 7, 0, 0, NONE, NONE, BIT(REQUIREMENT_SPAM_RATE), "low reputation, or suspicious content" },
    { RECEIVER_GMAIL, 550, 7, 1, 1, VIEW_INIT("5322"), VIEW_INIT("format"), BIT(REQUIREMENT_FORMATTING),
      "the message has not the form of RFC 5322" },
    { RECEIVER_GMAIL, 550, 7, 1, 1, VIEW_INIT("PTR"), VIEW_INIT("ptr"), BIT(REQUIREMENT_DNS_RECORDS),
      "IPv6 without a PTR record or authentication" },
    { RECEIVER_GMAIL, 550, 7, 1, 1, VIEW_INIT("unsolicited"), VIEW_INIT("unsolicited"), BIT(REQUIREMENT_SPAM_RATE),
      "taken for unsolicited mail" },
    { RECEIVER_GMAIL, 552, 3, 4, 4, VIEW_INIT("header"), VIEW_INIT("header"), BIT(REQUIREMENT_FORMATTING),
      "the header is too large or has too many fields" },

    { RECEIVER_YAHOO, 0, 0, 0, 0, VIEW_INIT("[TSS04]"), VIEW_INIT("TSS04"), BIT(REQUIREMENT_SPAM_RATE),
      "deferred for complaints or volume" },
    { RECEIVER_YAHOO, 0, 0, 0, 0, VIEW_INIT("[TSS09]"), VIEW_INIT("TSS09"), BIT(REQUIREMENT_SPAM_RATE),
      "refused for complaints" },
    { RECEIVER_YAHOO, 0, 0, 0, 0, VIEW_INIT("[TSS11]"), VIEW_INIT("TSS11"), BIT(REQUIREMENT_SPAM_RATE),
      "refused for complaints" },
    { RECEIVER_YAHOO, 0, 0, 0, 0, VIEW_INIT("[PH01]"), VIEW_INIT("PH01"), BIT(REQUIREMENT_SPAM_RATE),
      "refused for its content" },
    { RECEIVER_YAHOO, 0, 0, 0, 0, VIEW_INIT("[BL21]"), VIEW_INIT("BL21"), BIT(REQUIREMENT_SPAM_RATE),
      "the sending address is on a block list" },
    { RECEIVER_YAHOO, 0, 0, 0, 0, VIEW_INIT("[BL23]"), VIEW_INIT("BL23"), BIT(REQUIREMENT_SPAM_RATE),
      "the sending address is on a block list" },
    { RECEIVER_YAHOO, 0, 7, 9, 9, NONE, NONE, FULL_AUTHENTICATION, "authentication or the DMARC policy failed" },

    { RECEIVER_MICROSOFT, 0, 7, 515, 515, NONE, NONE, FULL_AUTHENTICATION,
      "the sending domain does not meet the required authentication level" },
    { RECEIVER_MICROSOFT, 0, 7, 509, 509, NONE, NONE, BIT(REQUIREMENT_DMARC_POLICY),
      "the domain's own DMARC policy refuses it" },
    { RECEIVER_MICROSOFT, 0, 7, 23, 23, NONE, NONE, BIT(REQUIREMENT_SPF), "SPF did not pass" },
    { RECEIVER_MICROSOFT, 0, 7, 26, 26, NONE, NONE, AUTHENTICATION, "IPv6 without SPF and DKIM" },
    { RECEIVER_MICROSOFT, 0, 7, 25, 25, NONE, NONE, BIT(REQUIREMENT_DNS_RECORDS), "IPv6 without a PTR record" },
    { RECEIVER_MICROSOFT, 0, 7, 650, 650, NONE, NONE, BIT(REQUIREMENT_SPAM_RATE), "rate or reputation" },
    { RECEIVER_MICROSOFT, 0, 7, 511, 511, NONE, NONE, BIT(REQUIREMENT_SPAM_RATE), "the sending address is banned" },
    { RECEIVER_MICROSOFT, 0, 7, 606, 649, NONE, NONE, BIT(REQUIREMENT_SPAM_RATE), "the sending address is banned" },
};
const size_t refusal_count = COUNT(refusal_table);

/* X.subject.detail in front of text, RFC 3463 section 2. */
struct enhanced {
    struct view code;
    unsigned subject, detail;
};

static bool take_number(struct view *text, unsigned *out)
{
    size_t n = 0;
    unsigned number = 0;

    while (n < 3 && n < text->n && ascii_is_digit(text->p[n]))
        number = number * 10 + (unsigned)(text->p[n++] - '0');
    *text = view_slice(*text, n, text->n);
    *out = number;
    return n > 0;
}

/* What is no whole code leaves *out as it was: half of "4.7G" is no subject. */
static bool take_enhanced(struct view text, struct enhanced *out)
{
    struct enhanced read;
    struct view rest = text;
    unsigned class;

    if (!take_number(&rest, &class) || (class != 4 && class != 5) || !view_skip(&rest, VIEW(".")) ||
        !take_number(&rest, &read.subject) || !view_skip(&rest, VIEW(".")) || !take_number(&rest, &read.detail))
        return false;
    read.code = view_slice(text, 0, text.n - rest.n);
    *out = read;
    return true;
}

static bool holds(struct view text, struct view mark)
{
    for (size_t i = 0; i + mark.n <= text.n; i++) {
        if (view_eq_nocase(view_slice(text, i, i + mark.n), mark))
            return true;
    }
    return mark.n == 0;
}

static bool is_of_row(const struct refusal_row *row, unsigned reply, const struct enhanced *enhanced, struct view text)
{
    if (row->reply != 0 && row->reply != reply)
        return false;
    if (row->subject != 0 &&
        (row->subject != enhanced->subject || enhanced->detail < row->detail || enhanced->detail > row->upto))
        return false;
    return holds(text, row->mark);
}

bool refusal_read(enum receiver receiver, struct view text, struct refusal *out)
{
    struct enhanced enhanced = { .code = view_slice(text, 0, 3) };
    struct view rest = text;
    unsigned reply;

    if (!take_number(&rest, &reply) || reply < 400 || reply > 599)
        return false;
    view_skip(&rest, VIEW(";")); /* Microsoft: "550; 5.7.515" */
    if (!view_skip(&rest, VIEW("-")) && !view_skip(&rest, VIEW(" ")))
        return false;
    (void)take_enhanced(rest, &enhanced);
    *out = (struct refusal){ .receiver = receiver, .code = enhanced.code };
    for (size_t i = 0; i < refusal_count && out->row == NULL; i++) {
        if (refusal_table[i].receiver == receiver && is_of_row(&refusal_table[i], reply, &enhanced, text))
            out->row = &refusal_table[i];
    }
    return true;
}

void refusal_label(struct buf *out, enum receiver receiver, struct view code, struct view tag)
{
    buf_add(out, receiver_name(receiver));
    buf_add_char(out, ' ');
    buf_add(out, code);
    if (tag.n > 0)
        buf_add_char(out, ' ');
    buf_add(out, tag);
}

static enum receiver find_receiver(struct view name)
{
    for (int receiver = RECEIVER_OTHER + 1; receiver < RECEIVER_COUNT; receiver++) {
        if (view_eq(receiver_name((enum receiver)receiver), name))
            return (enum receiver)receiver;
    }
    return RECEIVER_OTHER;
}

/* By a label the reply code is not known any more: the tag alone tells rows of one code apart. */
static bool fits_label(const struct refusal_row *row, const struct enhanced *enhanced, struct view tag)
{
    return view_eq(row->tag, tag) &&
           (row->subject == 0 ||
            (row->subject == enhanced->subject && enhanced->detail >= row->detail && enhanced->detail <= row->upto));
}

enum receiver refusal_of_label(struct view label, const struct refusal_row **row)
{
    struct enhanced enhanced = { .subject = 0 };
    struct view name, code;
    enum receiver receiver;

    *row = NULL;
    if (!view_cut(&label, VIEW(" "), &name) || (receiver = find_receiver(name)) == RECEIVER_OTHER)
        return RECEIVER_OTHER;
    if (!view_cut(&label, VIEW(" "), &code)) {
        code = label;
        label.n = 0;
    }
    (void)take_enhanced(code, &enhanced);
    for (size_t i = 0; i < refusal_count && *row == NULL; i++) {
        if (refusal_table[i].receiver == receiver && fits_label(&refusal_table[i], &enhanced, label))
            *row = &refusal_table[i];
    }
    return receiver;
}
