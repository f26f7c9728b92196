/* stamp - moments as reports write them */
#ifndef REPORT_STAMP_H
#define REPORT_STAMP_H

#include "shared/buf.h"

/* RFC 3339, "2025-11-21T19:17:35Z" or with an offset in seconds east of UTC: "+01:00". */
void stamp_rfc3339(struct buf *out, int64_t millis, int64_t offset);

/* "2025-11-21 19:17" for tables, of the moment shifted by the offset. */
void stamp_short(struct buf *out, int64_t millis, int64_t offset);

#endif
