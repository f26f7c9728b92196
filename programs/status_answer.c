#include "programs/status_answer.h"

#include <stdarg.h>

#include <jansson.h>

#include "programs/foreign.h"
#include "shared/printable.h"

static const struct {
    const char *name;
    int weight;
} levels[] = {
    [STATUS_OK] = { "OK", 0 },
    [STATUS_WARNING] = { "WARNING", 1 },
    [STATUS_CRITICAL] = { "CRITICAL", 3 },
    [STATUS_UNKNOWN] = { "UNKNOWN", 2 },
};

void status_find(struct status_answer *answer, enum status_level level, const char *format, ...)
{
    struct status_finding *finding = &answer->findings[answer->finding_count];
    va_list args;

    if (answer->finding_count == STATUS_FINDINGS_MAX)
        return;
    answer->finding_count++;
    finding->level = level;
    va_start(args, format);
    (void)vsnprintf(finding->text, sizeof(finding->text), format, args);
    va_end(args);
}

void status_figure(struct status_answer *answer, const char *name, const char *unit, int64_t value)
{
    const struct status_figure figure = { .name = name, .unit = unit, .value = value };

    status_limited_figure(answer, &figure);
}

void status_limited_figure(struct status_answer *answer, const struct status_figure *figure)
{
    if (answer->figure_count < STATUS_FIGURES_MAX)
        answer->figures[answer->figure_count++] = *figure;
}

/* 'label'=value[UOM];[warn];[crit];[min] */
static void print_figure(const struct status_figure *figure, FILE *out)
{
    fprintf(out, "%s=%lld%s", figure->name, (long long)figure->value, figure->unit);
    if (figure->critical > 0)
        fprintf(out, ";%lld;%lld;0", (long long)figure->warning, (long long)figure->critical);
}

static const struct status_finding *find_worst(const struct status_answer *answer)
{
    const struct status_finding *worst = NULL;

    for (size_t i = 0; i < answer->finding_count; i++) {
        if (worst == NULL || levels[answer->findings[i].level].weight > levels[worst->level].weight)
            worst = &answer->findings[i];
    }
    return worst;
}

enum status_level status_level(const struct status_answer *answer)
{
    const struct status_finding *worst = find_worst(answer);

    return worst == NULL ? STATUS_OK : worst->level;
}

/* '|' begins the performance data. */
static void print_line(const char *text, FILE *out)
{
    char shown[STATUS_TEXT_MAX] = "";
    struct buf buf = BUF(shown);

    printable_add(&buf, view_of(text));
    for (size_t i = 0; i < buf.len; i++)
        fputc(shown[i] == '|' ? '/' : shown[i], out);
}

void status_print_text(const struct status_answer *answer, FILE *out)
{
    const struct status_finding *worst = find_worst(answer);

    fprintf(out, "OUTWARD %s - ", levels[status_level(answer)].name);
    print_line(worst == NULL ? "all is well" : worst->text, out);
    for (size_t i = 0; i < answer->figure_count; i++) {
        fputs(i == 0 ? " | " : " ", out);
        print_figure(&answer->figures[i], out);
    }
    fputc('\n', out);
    for (size_t i = 0; i < answer->finding_count; i++) {
        if (&answer->findings[i] == worst)
            continue;
        fprintf(out, "%s: ", levels[answer->findings[i].level].name);
        print_line(answer->findings[i].text, out);
        fputc('\n', out);
    }
}

static json_t *findings_json(const struct status_answer *answer)
{
    json_t *list = json_array();

    for (size_t i = 0; i < answer->finding_count; i++) {
        json_t *row = json_pack("{s:s, s:o}", "level", levels[answer->findings[i].level].name, "text",
                                foreign_json(view_of(answer->findings[i].text)));

        if (row == NULL || json_array_append_new(list, row) == -1) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

static json_t *figures_json(const struct status_answer *answer)
{
    json_t *object = json_object();

    for (size_t i = 0; i < answer->figure_count; i++) {
        if (json_object_set_new(object, answer->figures[i].name, json_integer(answer->figures[i].value)) == -1) {
            json_decref(object);
            return NULL;
        }
    }
    return object;
}

bool status_print_json(const struct status_answer *answer, FILE *out)
{
    json_t *object = json_pack("{s:i, s:s, s:o, s:o}", "schema", 1, "status", levels[status_level(answer)].name,
                               "findings", findings_json(answer), "figures", figures_json(answer));

    if (object == NULL)
        return false;
    (void)json_dumpf(object, out, JSON_INDENT(2));
    fputc('\n', out);
    json_decref(object);
    return true;
}
