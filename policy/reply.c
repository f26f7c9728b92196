#include "policy/rule.h"

/* "5.7.1": three numbers, the first the code's class.  RFC 3463 section 2. */
static bool is_enhanced_code(struct view dsn, char class)
{
    struct view major, subject;
    uint64_t number;

    return dsn.n > 0 && dsn.p[0] == class && view_cut(&dsn, VIEW("."), &major) && major.n == 1 &&
           view_cut(&dsn, VIEW("."), &subject) && subject.n <= 3 && dsn.n <= 3 && view_number(subject, 999, &number) &&
           view_number(dsn, 999, &number);
}

static bool is_printable(struct view text)
{
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] < ' ' || text.p[i] > '~')
            return false;
    }
    return true;
}

/* What is wrong with a reply, or NULL. */
static const char *reply_fault(struct view text, char class, struct reply *out)
{
    uint64_t code;

    if (!view_cut(&text, VIEW(" "), &out->code) || out->code.n != 3 || !view_number(out->code, 599, &code))
        return "a reply starts with a code of three digits: \"550 5.7.1 text\"";
    if (out->code.p[0] != class)
        return class == '5' ? "a reject is answered with a code of 500 to 599"
                            : "a tempfail is answered with a code of 400 to 499";
    if (!view_cut(&text, VIEW(" "), &out->dsn) || !is_enhanced_code(out->dsn, class))
        return class == '5' ? "behind the code an enhanced code stands that starts with 5: \"550 5.7.1 text\""
                            : "behind the code an enhanced code stands that starts with 4: \"451 4.7.1 text\"";
    if (text.n == 0 || text.p[0] == ' ')
        return "a reply ends with a text that says why";
    if (text.n > REPLY_TEXT_MAX)
        return "the text of a reply has at most 480 octets";
    if (!is_printable(text))
        return "a reply is printable ASCII, RFC 5321 section 4.2";
    out->text = text;
    return NULL;
}

bool take_reply(struct cursor *cursor, enum action action, struct reply *out)
{
    const struct part *part = cursor_step(cursor);
    struct reply reply = { 0 };
    const char *fault;

    if (action != ACTION_REJECT && action != ACTION_TEMPFAIL) {
        build_error(cursor->build, part, "found a reply, but only reject and tempfail answer with one");
        return false;
    }
    fault = reply_fault(build_keep_text(cursor->build, part->text), action == ACTION_REJECT ? '5' : '4', &reply);
    if (fault != NULL) {
        build_error(cursor->build, part, "%s", fault);
        return false;
    }
    *out = reply;
    return true;
}

static bool has_test(const struct rule *rule, enum test test)
{
    for (size_t i = 0; i < rule->condition_count; i++) {
        if (rule->conditions[i].row->test == test && !rule->conditions[i].negated)
            return true;
    }
    return false;
}

/* Where the sender's administrator finds what refused the mail. */
static struct view with_place(struct build *build, const char *text, const struct rule *rule)
{
    char line[REPLY_TEXT_MAX];
    struct buf out = BUF(line);

    buf_addf(&out, "%s", text);
    if (is_printable(rule->place.file) && rule->place.file.n < 100)
        buf_addf(&out, " (%.*s:%u)", VIEW_ARG(rule->place.file), rule->place.line);
    return build_keep_text(build, buf_view(&out));
}

struct reply reply_default(struct build *build, const struct rule *rule)
{
    if (rule->action == ACTION_TEMPFAIL)
        return (struct reply){ VIEW("451"), VIEW("4.7.1"),
                               with_place(build, "Message deferred by policy, try again later", rule) };
    /* RFC 3207 section 4, RFC 4954 section 6. */
    if (has_test(rule, TEST_PLAINTEXT))
        return (struct reply){ VIEW("530"), VIEW("5.7.0"), VIEW("Must issue a STARTTLS command first") };
    if (has_test(rule, TEST_UNAUTHENTICATED))
        return (struct reply){ VIEW("530"), VIEW("5.7.0"), VIEW("Authentication required") };
    return (struct reply){ VIEW("550"), VIEW("5.7.1"), with_place(build, "Message refused by policy", rule) };
}
