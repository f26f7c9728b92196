#include "report/completeness.h"

static uint64_t lines(const struct report *report)
{
    return report->lines;
}

static uint64_t deliveries(const struct report *report)
{
    const struct cell *totals = tally_totals(report->tally, HOP_DIRECT);

    return totals->sent + totals->deferred + totals->bounced;
}

static uint64_t unknown(const struct report *report)
{
    return tally_totals(report->tally, HOP_DIRECT)->unknown;
}

static uint64_t unparsed(const struct report *report)
{
    return report->unparsed;
}

static uint64_t gaps(const struct report *report)
{
    return report->gaps;
}

static uint64_t duplicates(const struct report *report)
{
    return report->duplicates;
}

static uint64_t cut(const struct report *report)
{
    return report->cut;
}

static uint64_t evicted(const struct report *report)
{
    return report->evicted;
}

static uint64_t names_refused(const struct report *report)
{
    return report->names_refused;
}

static uint64_t dropped(const struct report *report)
{
    return tally_dropped(report->tally);
}

const struct completeness_row completeness_table[] = {
    { VIEW_INIT("lines"), N_("lines read"), lines },
    { VIEW_INIT("deliveries"), N_("deliveries and attempts"), deliveries },
    { VIEW_INIT("unknown"), N_("unknown"), unknown },
    { VIEW_INIT("unparsed"), N_("lines not understood"), unparsed },
    { VIEW_INIT("gaps"), N_("gaps"), gaps },
    { VIEW_INIT("duplicates"), N_("lines another log had, too"), duplicates },
    { VIEW_INIT("cut"), N_("lines cut for their length"), cut },
    { VIEW_INIT("evicted"), N_("forgotten at a limit"), evicted },
    { VIEW_INIT("names_refused"), N_("names without room"), names_refused },
    { VIEW_INIT("dropped"), N_("only in the totals"), dropped },
};
const size_t completeness_count = sizeof(completeness_table) / sizeof(completeness_table[0]);
