/*
 * refusal - why a message was not taken, as far as TLS and Gmail's rules are concerned
 *
 * Postfix's own texts are known by how they begin; a server's text stands
 * behind "said: " and is foreign: only its codes are read, and Gmail's only
 * from a server of Google that signs its replies.
 * Pure.
 */
#ifndef FOLLOW_REFUSAL_H
#define FOLLOW_REFUSAL_H

#include "follow/server.h"
#include "shared/delivery.h"

/* From the text in a delivery line's parentheses; TLS_FAILURE_NONE where TLS is not the reason. */
enum tls_failure tls_failure_parse(struct view reply);

/* An attempt that failed: did it fail when envelope or text were already on their way? */
bool transfer_began(struct view reply);

/* Gmail's enhanced status code, "4.7.29"; the empty view where the reply is not Gmail's or has none. */
struct view gmail_refusal_parse(const struct server *relay, struct view reply);

#endif
