#include <lzma.h>
#include <stdlib.h>

#include "follow/inflate_format.h"

static void *open_xz(void)
{
    lzma_stream *stream = calloc(1, sizeof(*stream));

    /* Each member is one stream here: inflate.c goes on to the next. */
    if (stream != NULL && lzma_stream_decoder(stream, INFLATE_MEMORY_MAX, 0) != LZMA_OK) {
        free(stream);
        return NULL;
    }
    return stream;
}

static const char *why_not(lzma_ret result)
{
    switch (result) {
    case LZMA_MEMLIMIT_ERROR:
        return "needs more memory to unpack than is allowed";
    case LZMA_MEM_ERROR:
        return "out of memory";
    default:
        return "damaged xz data";
    }
}

static bool step_xz(void *state, struct step *step, const char **why)
{
    lzma_stream *stream = state;
    lzma_ret result;

    if (step->at_end && lzma_stream_decoder(stream, INFLATE_MEMORY_MAX, 0) != LZMA_OK)
        return false;
    stream->next_in = (const uint8_t *)step->in;
    stream->avail_in = step->in_left;
    stream->next_out = (uint8_t *)step->out;
    stream->avail_out = step->out_left;
    result = lzma_code(stream, LZMA_RUN);
    step->in = (const char *)stream->next_in;
    step->in_left = stream->avail_in;
    step->out = (char *)stream->next_out;
    step->out_left = stream->avail_out;
    step->at_end = result == LZMA_STREAM_END;
    *why = why_not(result);
    return result == LZMA_OK || result == LZMA_STREAM_END || result == LZMA_BUF_ERROR;
}

static void close_xz(void *state)
{
    lzma_end(state);
    free(state);
}

const struct inflate_format inflate_xz = { "xz",
                                           VIEW_INIT("\xfd"
                                                     "7zXZ\0"),
                                           open_xz, step_xz, close_xz };
