#include "policy/list.h"
#include "policy/rule.h"

enum { WORDS_MAX = 4 }; /* of a condition's name */

/* The words of a row one by one. */
static struct view next_word(struct view *words)
{
    struct view word;

    if (view_cut(words, VIEW(" "), &word))
        return word;
    word = *words;
    *words = view_slice(word, word.n, word.n);
    return word;
}

/* How many words of the row stand here, and if that is all of them. */
static size_t matched_words(const struct part *part, struct view words, bool *all)
{
    size_t count = 0;

    while (words.n > 0) {
        struct view word = next_word(&words);

        if (part == NULL || part->kind != PART_WORD || !view_eq(part->text, word)) {
            *all = false;
            return count;
        }
        part = part->next;
        count++;
    }
    *all = true;
    return count;
}

/* The row with the most words that all stand here. */
static const struct condition_row *find_row(const struct part *part, size_t *words)
{
    const struct condition_row *best = NULL;

    *words = 0;
    for (size_t i = 0; i < condition_count; i++) {
        bool all;
        size_t count = matched_words(part, condition_table[i].words, &all);

        if (all && count > *words) {
            best = &condition_table[i];
            *words = count;
        }
    }
    return best;
}

/* Some row starts with this word: say what may stand behind it. */
static bool expected_second_word(struct cursor *cursor)
{
    char text[200];
    struct buf what = BUF(text);
    const struct part *first = cursor_step(cursor);
    struct view word = cursor->at != NULL ? cursor->at->text : (struct view){ NULL, 0 };
    struct near near = near_begin(word);
    size_t count = 0;

    for (size_t i = 0; i < condition_count; i++) {
        struct view rest = condition_table[i].words;

        if (!view_eq(next_word(&rest), first->text))
            continue;
        rest = next_word(&rest);
        if (count++ > 0)
            buf_add(&what, VIEW(" or "));
        buf_add(&what, rest);
        near_offer(&near, rest);
    }
    buf_addf(&what, " behind \"%.*s\"", VIEW_ARG(first->text));
    return expected_near(cursor, buf_text(&what), &near);
}

static bool expected_condition(struct cursor *cursor, const char *what)
{
    struct view word = cursor->at != NULL ? cursor->at->text : (struct view){ NULL, 0 };
    struct near near = near_begin(word);

    for (size_t i = 0; i < condition_count && word.n > 0; i++) {
        struct view rest = condition_table[i].words, first = next_word(&rest);

        if (cursor->at->kind == PART_WORD && rest.n > 0 && view_eq(first, word))
            return expected_second_word(cursor);
        near_offer(&near, condition_table[i].words);
        near_offer(&near, first);
    }
    near_offer(&near, VIEW("monitor-only"));
    near_offer(&near, VIEW("until"));
    return expected_near(cursor, what, &near);
}

static struct view default_listener(void)
{
    return VIEW("submission");
}

static bool take_listener_name_known(struct cursor *cursor, struct view *out)
{
    const struct listener *listeners = cursor->build->listeners.items;
    size_t count = cursor->build->listeners.count;
    struct view word = cursor->at != NULL ? cursor->at->text : (struct view){ NULL, 0 };
    struct near near = near_begin(word);
    bool known = count == 0 && view_eq(word, default_listener());

    for (size_t i = 0; i < count; i++) {
        known = known || view_eq(word, listeners[i].name);
        near_offer(&near, listeners[i].name);
    }
    if (count == 0)
        near_offer(&near, default_listener());
    return known ? take_text(cursor, "a listener", NAME_TEXT_MAX, out)
                 : expected_near(cursor, "the name of a listener", &near);
}

static bool take_any_word(struct cursor *cursor, struct view *out)
{
    return take_text(cursor, "a word", 256, out);
}

static bool take_fault_name(struct cursor *cursor, struct view *out)
{
    struct view word = cursor->at != NULL ? cursor->at->text : (struct view){ NULL, 0 };
    struct near near = near_begin(word);
    bool known = view_eq(word, VIEW("any"));

    for (size_t i = 0; i < format_fault_count; i++) {
        known = known || view_eq(word, format_fault_table[i].name);
        near_offer(&near, format_fault_table[i].name);
    }
    return known ? take_text(cursor, "a format fault", NAME_TEXT_MAX, out)
                 : expected_near(cursor, "the name of a format fault, or any", &near);
}

static bool take_agreement(struct cursor *cursor, struct view *out)
{
    static const struct view names[] = { VIEW_INIT("sender"), VIEW_INIT("login") };
    size_t index;

    if (!take_choice(cursor, names, sizeof(names) / sizeof(names[0]), &index))
        return false;
    *out = names[index];
    return true;
}

/* One word or `{ words }`, each read by take. */
static bool take_words(struct cursor *cursor, bool (*take)(struct cursor *, struct view *), bool ignore_case,
                       struct operand_value *out)
{
    struct build *build = cursor->build;
    struct cursor inside = *cursor;
    struct vector words = { 0 };

    if (cursor->at != NULL && cursor->at->kind == PART_BLOCK)
        inside = cursor_in_block(build, cursor->at);
    do {
        struct view word;

        if (!take(&inside, &word))
            return false;
        *(struct view *)vector_add(build, &words, sizeof(word)) = word;
    } while (inside.block != NULL && inside.at != NULL);
    cursor_step(cursor);
    out->words = word_set_new(&build->policy->arena, words.items, words.count, ignore_case);
    if (out->words == NULL)
        build_out_of_memory(build);
    out->count = words.count;
    return true;
}

/* Certificates have their lasting place before rules are read: a rule may point there. */
static bool take_certificate_name(struct cursor *cursor, struct operand_value *out)
{
    const struct settings *settings = &cursor->build->policy->settings;
    struct view word = cursor->at != NULL ? cursor->at->text : (struct view){ NULL, 0 };
    struct near near = near_begin(word);

    for (size_t i = 0; i < settings->certificate_count; i++) {
        if (view_eq(word, settings->certificates[i].name)) {
            out->certificate = &settings->certificates[i];
            cursor_step(cursor);
            return true;
        }
        near_offer(&near, settings->certificates[i].name);
    }
    return expected_near(cursor, "the name of a certificate", &near);
}

static bool take_operand(struct cursor *cursor, enum operand operand, struct operand_value *out)
{
    switch (operand) {
    case OPERAND_NONE:
        return true;
    case OPERAND_LISTENER:
        return take_words(cursor, take_listener_name_known, false, out);
    case OPERAND_NETWORK:
        return take_list_operand(cursor, LIST_NETWORK, out);
    case OPERAND_DOMAIN:
        return take_list_operand(cursor, LIST_DOMAIN, out);
    case OPERAND_LOGIN:
        return take_list_operand(cursor, LIST_LOGIN, out);
    case OPERAND_CERTIFICATE:
        return take_certificate_name(cursor, out);
    case OPERAND_TLS_VERSION:
        return take_tls_version(cursor, &out->number);
    case OPERAND_NUMBER:
        return take_number(cursor, "a number", 0, 1000000000, &out->number);
    case OPERAND_WORD:
        return take_words(cursor, take_any_word, true, out);
    case OPERAND_FAULT:
        return take_words(cursor, take_fault_name, false, out);
    case OPERAND_AGREEMENT:
        return take_words(cursor, take_agreement, false, out);
    }
    return false;
}

bool take_condition(struct cursor *cursor, struct condition *out)
{
    struct condition condition = { 0 };
    const struct part *first;
    size_t words;

    condition.negated = cursor_skip(cursor, VIEW("not"));
    first = cursor->at;
    condition.row = find_row(first, &words);
    if (condition.row == NULL)
        return expected_condition(cursor, condition.negated ? "a condition" : "a condition or end of line");
    while (words-- > 0)
        cursor_step(cursor);
    if (condition.negated && condition.row->test == TEST_BELOW && condition.row->operand == OPERAND_TLS_VERSION) {
        build_error(cursor->build, first,
                    "not tls below would let plaintext through, write tls at-least (and a rule for plaintext)");
        return false;
    }
    first = cursor->at;
    if (!take_operand(cursor, condition.row->operand, &condition.operand))
        return false;
    condition.operand.text = parts_text(cursor->build, first, cursor->at);
    *out = condition;
    return true;
}
