/*
 * image - octets of a program's memory, kept in pieces of which only the changed ones are written
 *
 * What a correlation still waits for lies here: a stream of lines has a number,
 * its image has parts.  Megabytes that hardly change cost a few pages a commit.
 */
#ifndef STORE_IMAGE_H
#define STORE_IMAGE_H

#include "store/ledger.h"

enum { IMAGE_CHUNK = 4000, IMAGE_MAX = 256 << 20 }; /* octets of a piece, and of a part */

/* Keep a part as it is now.  Within a transaction. */
int ledger_save_image(struct ledger *ledger, uint32_t stream, uint32_t part, struct view image, struct error *error);

/* A part as it was last kept, for free(3); NULL and 0 when there is none. */
int ledger_load_image(struct ledger *ledger, uint32_t stream, uint32_t part, char **image, size_t *size,
                      struct error *error);

/* Forget all parts of a stream.  Within a transaction. */
int ledger_drop_images(struct ledger *ledger, uint32_t stream, struct error *error);

#endif
