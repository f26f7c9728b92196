#include <stdlib.h>
#include <zlib.h>

#include "follow/inflate_format.h"

enum { WINDOW_GZIP = 15 + 16 }; /* zlib.h: largest window, gzip header */

static void *open_gzip(void)
{
    z_stream *stream = calloc(1, sizeof(*stream));

    if (stream != NULL && inflateInit2(stream, WINDOW_GZIP) != Z_OK) {
        free(stream);
        return NULL;
    }
    return stream;
}

static bool step_gzip(void *state, struct step *step, const char **why)
{
    z_stream *stream = state;
    int result;

    stream->next_in = (Bytef *)(uintptr_t)step->in;
    stream->avail_in = (uInt)step->in_left;
    stream->next_out = (Bytef *)step->out;
    stream->avail_out = (uInt)step->out_left;
    if (step->at_end)
        inflateReset(stream);
    result = inflate(stream, Z_NO_FLUSH);
    step->in = (const char *)stream->next_in;
    step->in_left = stream->avail_in;
    step->out = (char *)stream->next_out;
    step->out_left = stream->avail_out;
    step->at_end = result == Z_STREAM_END;
    *why = stream->msg != NULL ? stream->msg : "damaged gzip data";
    return result == Z_OK || result == Z_STREAM_END || result == Z_BUF_ERROR;
}

static void close_gzip(void *state)
{
    inflateEnd(state);
    free(state);
}

const struct inflate_format inflate_gzip = { "gzip", VIEW_INIT("\x1f\x8b"), open_gzip, step_gzip, close_gzip };
