#include "audit/finding.h"

#include <stdlib.h>
#include <string.h>

static const struct view severity_names[] = {
    [FINDING_NOTICE] = VIEW_INIT("notice"),
    [FINDING_WARNING] = VIEW_INIT("warning"),
    [FINDING_ERROR] = VIEW_INIT("error"),
};

struct view finding_severity_name(enum finding_severity severity)
{
    return severity_names[severity];
}

int findings_init(struct findings *findings, struct arena *arena)
{
    *findings = (struct findings){ .arena = arena };
    findings->rows = arena_alloc(arena, FINDINGS_MAX * sizeof(*findings->rows));
    return findings->rows == NULL ? -1 : 0;
}

static bool same(const struct finding *a, const struct finding *b)
{
    return strcmp(a->id, b->id) == 0 && a->severity == b->severity && view_eq(a->parameter, b->parameter) &&
           view_eq(a->found, b->found) && view_eq(a->mend, b->mend);
}

static bool merge(struct findings *findings, const struct finding *finding)
{
    for (size_t i = 0; i < findings->count; i++) {
        struct finding *row = &findings->rows[i];

        if (!same(row, finding))
            continue;
        if (finding->service_count == 1) {
            if (row->service_count < FINDING_SERVICES_MAX)
                row->services[row->service_count] = finding->services[0];
            row->service_count++;
        }
        return true;
    }
    return false;
}

static bool copy(struct arena *arena, struct view *text)
{
    struct view kept = arena_copy(arena, *text);

    *text = kept;
    return kept.p != NULL;
}

void findings_add(struct findings *findings, const struct finding *finding)
{
    struct finding row = *finding;

    if (merge(findings, finding))
        return;
    if (findings->count == FINDINGS_MAX || !copy(findings->arena, &row.parameter) ||
        !copy(findings->arena, &row.found) || !copy(findings->arena, &row.mend)) {
        findings->dropped++;
        return;
    }
    findings->rows[findings->count++] = row;
    findings->counts[row.severity]++;
}

void findings_sort(struct findings *findings)
{
    size_t next = 0;
    struct finding *sorted = arena_alloc(findings->arena, FINDINGS_MAX * sizeof(*sorted));

    if (sorted == NULL)
        return;
    for (int severity = FINDING_ERROR; severity >= FINDING_NOTICE; severity--) {
        for (size_t i = 0; i < findings->count; i++) {
            if ((int)findings->rows[i].severity == severity)
                sorted[next++] = findings->rows[i];
        }
    }
    findings->rows = sorted;
}
