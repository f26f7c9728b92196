#include <zstd.h>

#include "follow/inflate_format.h"

enum { WINDOW_LOG_MAX = 27 };
_Static_assert(1 << WINDOW_LOG_MAX == INFLATE_WINDOW_MAX, "the named limit is the one set");

static void *open_zstd(void)
{
    ZSTD_DStream *stream = ZSTD_createDStream();

    if (stream != NULL)
        ZSTD_DCtx_setParameter(stream, ZSTD_d_windowLogMax, WINDOW_LOG_MAX);
    return stream;
}

static bool step_zstd(void *state, struct step *step, const char **why)
{
    ZSTD_inBuffer in = { step->in, step->in_left, 0 };
    ZSTD_outBuffer out = { step->out, step->out_left, 0 };
    size_t result = ZSTD_decompressStream(state, &out, &in);

    step->in += in.pos;
    step->in_left -= in.pos;
    step->out += out.pos;
    step->out_left -= out.pos;
    step->at_end = result == 0;
    *why = ZSTD_getErrorName(result);
    return !ZSTD_isError(result);
}

static void close_zstd(void *state)
{
    ZSTD_freeDStream(state);
}

const struct inflate_format inflate_zstd = { "zstd", VIEW_INIT("\x28\xb5\x2f\xfd"), open_zstd, step_zstd, close_zstd };
