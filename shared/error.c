#include "shared/error.h"

#include <stdarg.h>
#include <stdio.h>

int error_set(struct error *error, enum error_kind kind, const char *format, ...)
{
    va_list args;

    error->kind = kind;
    va_start(args, format);
    (void)vsnprintf(error->text, sizeof(error->text), format, args);
    va_end(args);
    return -1;
}
