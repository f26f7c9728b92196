#include "follow/early_record.h"

void early_records_add(struct early_records *records, const struct early_record *record)
{
    records->list[records->next] = *record;
    records->next = (records->next + 1) % EARLY_RECORDS_MAX;
    if (record->time > records->latest)
        records->latest = record->time;
}

bool early_records_take(struct early_records *records, uint64_t message, int64_t since, struct early_record *out)
{
    if (records->latest < since)
        return false;
    /* From the oldest on. */
    for (size_t i = 0; i < EARLY_RECORDS_MAX; i++) {
        struct early_record *record = &records->list[(records->next + i) % EARLY_RECORDS_MAX];

        if (record->message == message && record->time >= since) {
            *out = *record;
            record->message = 0;
            return true;
        }
    }
    return false;
}
