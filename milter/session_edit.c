#include "milter/session_state.h"

enum { TAG_LINE_MAX = 512 };

static bool remove_forged(const struct session *session, const struct message_editor *editor)
{
    /* From the highest down: each removal moves the ones behind it. */
    for (unsigned copy = session->message->forged; copy > 0; copy--) {
        if (!editor->remove_header(editor->context, session_settings(session)->tag_header.p, copy))
            return false;
    }
    return true;
}

/* Each goes above all others, so the last comes first. */
static bool add_tags(const struct session *session, const struct decision *decision,
                     const struct message_editor *editor)
{
    char storage[TAG_LINE_MAX];

    for (size_t i = decision->tag_count; i > 0; i--) {
        struct buf value = BUF(storage);

        buf_add(&value, view_slice(decision->tags[i - 1].text, 0, TAG_LINE_MAX - 1));
        if (!editor->add_header(editor->context, session_settings(session)->tag_header.p, buf_text(&value)))
            return false;
    }
    return true;
}

static bool hold(const struct session *session, const struct decision *decision, const struct message_editor *editor)
{
    char storage[100]; /* Postfix cuts the reason here */
    struct buf reason = BUF(storage);
    const struct place *rule = &decision->now.rule;

    buf_add(&reason, VIEW("held by outward"));
    if (rule->line != 0)
        buf_addf(&reason, ", %.*s:%u", VIEW_ARG(view_slice(rule->file, 0, 60)), rule->line);
    return session->setup.may_hold && editor->hold(editor->context, buf_text(&reason));
}

/* What the verdict asks to be done to the message; false when the MTA did not take it. */
bool session_carry_out(const struct session *session, const struct decision *decision,
                       const struct message_editor *editor)
{
    if (decision->now.verdict >= VERDICT_TEMPFAIL)
        return true;
    if (session->setup.may_change_headers && (!remove_forged(session, editor) || !add_tags(session, decision, editor)))
        return false;
    return decision->now.verdict != VERDICT_HOLD || hold(session, decision, editor);
}
