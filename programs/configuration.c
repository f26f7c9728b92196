#include "programs/configuration.h"

#include <stdlib.h>
#include <unistd.h>

#include "policy/rule_file.h"
#include "programs/commands.h"
#include "programs/foreign.h"

struct policy *configuration_load(const char *path, struct faults *faults)
{
    return rule_file_load(path, faults);
}

bool configuration_open(const struct command_line *command, const char *path, struct policy **out)
{
    struct faults *faults;

    *out = NULL;
    if (path == NULL && access(DEFAULT_CONFIGURATION, F_OK) == -1)
        return true;
    faults = calloc(1, sizeof(*faults));
    if (faults == NULL) {
        (void)command_line_fail(command, "out of memory");
        return false;
    }
    *out = configuration_load(path == NULL ? DEFAULT_CONFIGURATION : path, faults);
    if (*out == NULL)
        configuration_print_faults(stderr, faults);
    free(faults);
    return *out != NULL;
}

void configuration_print_faults(FILE *out, const struct faults *faults)
{
    size_t all = faults->errors + faults->warnings;

    for (size_t i = 0; i < faults->count; i++) {
        char text[sizeof(struct fault)];
        struct buf line = BUF(text);

        fault_print(&line, &faults->shown[i]);
        foreign_print(out, buf_view(&line));
        fputc('\n', out);
    }
    if (all > faults->count)
        fprintf(out, "… and %zu more\n", all - faults->count);
}

static json_t *fault_json(const struct fault *fault)
{
    return json_pack("{s:s, s:o, s:i, s:i, s:o}", "severity", fault->severity == SEVERITY_ERROR ? "error" : "warning",
                     "file", foreign_json(view_of(fault->file)), "line", (int)fault->line, "column", (int)fault->column,
                     "text", foreign_json(view_of(fault->text)));
}

json_t *configuration_json_faults(const struct faults *faults)
{
    json_t *list = json_array();

    for (size_t i = 0; i < faults->count; i++) {
        if (json_array_append_new(list, fault_json(&faults->shown[i])) == -1) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}
