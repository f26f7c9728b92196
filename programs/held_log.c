#include "programs/held_log.h"

#include "follow/queue_id.h"
#include "shared/record.h"

void held_log_init(struct held_log *log, struct arena *arena, struct held_queue *queue)
{
    *log = (struct held_log){ .arena = arena, .queue = queue, .first = INT64_MAX };
}

static bool is_of(const struct held *held, int64_t time)
{
    int64_t seconds = time / 1000 - held->arrival;

    return seconds >= -HELD_RECORD_EARLY_MAX && seconds <= HELD_RECORD_AGE_MAX;
}

static bool keep_rule(struct held_log *log, struct held *held, const struct place *rule)
{
    char text[RECORD_MAX];
    struct buf buf = BUF(text);

    held->rule.n = 0;
    if (rule->line == 0)
        return true;
    buf_addf(&buf, "%.*s:%u", VIEW_ARG(rule->file), rule->line);
    held->rule = arena_copy(log->arena, buf_view(&buf));
    return held->rule.p != NULL;
}

static bool take_record(struct held_log *log, const struct log_line *line)
{
    char scratch[RECORD_MAX];
    struct buf buf = BUF(scratch);
    struct record record;
    struct held *held;

    if (!record_parse(line->text, &buf, &record) || record.queue_id.n == 0)
        return true;
    held = held_queue_find(log->queue, record.queue_id);
    /* Stamps without fractions sort before the record of the same second that came first. */
    if (held == NULL || !is_of(held, line->time) || line->time / 1000 <= held->by_hand)
        return true;
    held->holder = record.decision.now.verdict == VERDICT_HOLD ? HOLDER_GATE : HOLDER_OTHER;
    return keep_rule(log, held, &record.decision.now.rule);
}

/* "QUEUEID: placed on hold" */
static void take_operator(struct held_log *log, const struct log_line *line)
{
    struct view text = line->text, queue_id;
    struct held *held;

    if (!queue_id_cut(&text, &queue_id) || !view_starts(text, VIEW("placed on hold")))
        return;
    held = held_queue_find(log->queue, queue_id);
    if (held == NULL || line->time / 1000 < held->arrival - HELD_RECORD_EARLY_MAX)
        return;
    held->holder = HOLDER_OTHER;
    held->by_hand = line->time / 1000;
}

bool held_log_line(struct held_log *log, const struct log_line *line)
{
    if (log->first == INT64_MAX)
        log->first = line->time;
    if (line->writer->program == PROGRAM_GATE)
        return take_record(log, line);
    if (line->writer->program == PROGRAM_POSTSUPER)
        take_operator(log, line);
    return true;
}

void held_log_end(struct held_log *log)
{
    for (size_t i = 0; i < log->queue->count; i++) {
        struct held *held = &log->queue->rows[i];

        if (held->holder == HOLDER_UNKNOWN && log->first != INT64_MAX && held->arrival >= log->first / 1000)
            held->holder = HOLDER_OTHER;
    }
}
