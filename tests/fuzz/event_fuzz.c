/* Any octets as the text of each program's line: what is found stays within the text. */
#include <assert.h>

#include "follow/event.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void within(struct view part, struct view whole)
{
    assert(part.n == 0 || (part.p >= whole.p && part.p + part.n <= whole.p + whole.n));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct view text = { (const char *)data, size };

    for (int program = PROGRAM_SMTP; program < PROGRAM_COUNT; program++) {
        struct event event;

        event_parse((enum program)program, text, &event);
        within(event.queue_id, text);
        within(event.text, text);
        within(event.other, text);
        if (event.kind == EVENT_DELIVERY) {
            within(event.delivery.to, text);
            within(event.delivery.relay.text, text);
            within(event.delivery.text, text);
            assert(delivery_line_session(&event.delivery) >= 0);
        }
        if (event.kind == EVENT_TLS)
            within(event.tls.key_exchange, text);
    }
    return 0;
}
