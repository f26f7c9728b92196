/* Any octets as a receiver's reply: no code, or one whose label leads back to the same receiver and row. */
#include <assert.h>

#include "shared/refusal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    enum receiver receiver = size > 0 ? (enum receiver)(1 + data[0] % (RECEIVER_COUNT - 1)) : RECEIVER_GMAIL;
    struct view text = { (const char *)data, size };
    char storage[REFUSAL_LABEL_MAX];
    struct buf label = BUF(storage);
    const struct refusal_row *row;
    struct refusal refusal;

    if (!refusal_read(receiver, view_slice(text, 1, size), &refusal))
        return 0;
    refusal_label(&label, refusal.receiver, refusal.code, refusal.row == NULL ? VIEW("") : refusal.row->tag);
    assert(!label.full && refusal_of_label(buf_view(&label), &row) == receiver);
    assert((row == NULL ? 0 : row->requirements) == (refusal.row == NULL ? 0 : refusal.row->requirements));
    return 0;
}
