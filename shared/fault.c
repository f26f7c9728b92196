#include "shared/fault.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* The slot for one more fault: a free one, or a warning's that makes room for an error. */
static struct fault *take_slot(struct faults *faults, enum severity severity)
{
    if (faults->count < FAULTS_MAX)
        return &faults->shown[faults->count++];
    if (severity == SEVERITY_WARNING)
        return NULL;
    for (size_t i = faults->count; i-- > 0;) {
        if (faults->shown[i].severity != SEVERITY_WARNING)
            continue;
        memmove(&faults->shown[i], &faults->shown[i + 1], (faults->count - i - 1) * sizeof(faults->shown[0]));
        return &faults->shown[faults->count - 1];
    }
    return NULL;
}

static void keep_end_of_name(char *out, size_t room, struct view name)
{
    if (name.n >= room)
        name = view_slice(name, name.n - (room - 1), name.n);
    if (name.n > 0)
        memcpy(out, name.p, name.n);
    out[name.n] = '\0';
}

void faults_add(struct faults *faults, enum severity severity, struct view file, unsigned line, unsigned column,
                const char *format, ...)
{
    struct fault *fault;
    va_list args;

    if (severity == SEVERITY_ERROR)
        faults->errors++;
    else
        faults->warnings++;
    fault = take_slot(faults, severity);
    if (fault == NULL)
        return;
    *fault = (struct fault){ .severity = severity, .line = line, .column = column };
    keep_end_of_name(fault->file, sizeof(fault->file), file);
    va_start(args, format);
    (void)vsnprintf(fault->text, sizeof(fault->text), format, args);
    va_end(args);
}

void fault_print(struct buf *out, const struct fault *fault)
{
    if (fault->file[0] != '\0') {
        buf_add(out, view_of(fault->file));
        buf_add_char(out, ':');
    }
    if (fault->line > 0)
        buf_addf(out, "%u:", fault->line);
    if (fault->line > 0 && fault->column > 0)
        buf_addf(out, "%u:", fault->column);
    if (out->len > 0)
        buf_add_char(out, ' ');
    buf_add(out, fault->severity == SEVERITY_ERROR ? VIEW("error: ") : VIEW("warning: "));
    buf_add(out, view_of(fault->text));
}
