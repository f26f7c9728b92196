#include "shared/bulk_flag.h"

static const struct view names[BULK_ORIGIN_COUNT] = {
    [BULK_NO] = VIEW_INIT("no"),
    [BULK_COUNTED] = VIEW_INIT("counted"),
    [BULK_BY_HAND] = VIEW_INIT("by-hand"),
    [BULK_CLEARED] = VIEW_INIT("cleared"),
};

struct view bulk_origin_name(enum bulk_origin origin)
{
    return names[origin];
}
