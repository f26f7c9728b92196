/* stamp - moments as people and other programs read them.  Pure. */
#ifndef SHARED_STAMP_H
#define SHARED_STAMP_H

#include "shared/buf.h"

/* RFC 3339, of ms since 1970: "2025-11-21T19:17:35Z", or with an offset in seconds east of UTC: "+01:00". */
void stamp_rfc3339(struct buf *out, int64_t millis, int64_t offset);

/* "2025-11-21 19:17" for tables, of the moment shifted by the offset. */
void stamp_short(struct buf *out, int64_t millis, int64_t offset);

/* "2025-11-21", of the moment shifted by the offset. */
void stamp_date(struct buf *out, int64_t millis, int64_t offset);

#endif
