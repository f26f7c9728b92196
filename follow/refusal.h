/*
 * refusal - why a message was not taken, as far as TLS and the large receivers' rules are concerned
 *
 * Postfix's own texts are known by how they begin; a server's text stands
 * behind "said: " and is foreign: only its codes are read, each receiver's only
 * from its own servers, and Gmail's only where the reply is signed as Gmail's are.
 * Pure.
 */
#ifndef FOLLOW_REFUSAL_H
#define FOLLOW_REFUSAL_H

#include "follow/server.h"
#include "shared/delivery.h"
#include "shared/refusal.h"

/* From the text in a delivery line's parentheses; TLS_FAILURE_NONE where TLS is not the reason. */
enum tls_failure tls_failure_parse(struct view reply);

/* An attempt that failed: did it fail when envelope or text were already on their way? */
bool transfer_began(struct view reply);

/* What a large receiver's server refused with; false where the reply is not one of theirs, or has no code. */
bool refusal_parse(const struct server *relay, struct view reply, struct refusal *out);

#endif
