/* The small grammars within a line: queue IDs, servers, TLS lines and fields, delivery lines, refusals. */
#include <stdlib.h>

#include "follow/delivery_line.h"
#include "follow/event.h"
#include "follow/queue_id.h"
#include "follow/refusal.h"
#include "follow/spelling.h"
#include "follow/tls_field.h"
#include "follow/tls_line.h"
#include "tests/unit/unit.h"

static const struct {
    const char *text;
    bool found;
    const char *id, *rest;
} ids[] = {
    { "77B1BAB48D9: removed", true, "77B1BAB48D9", "removed" },
    { "4jX28S1gP8z1djYg: removed", true, "4jX28S1gP8z1djYg", "removed" },
    { "123456: removed", true, "123456", "removed" },
    { "12345: removed", false, "", "" },
    { "warning: what a domain", false, "", "" },
    { "statistics: max", false, "", "" },
    { "NOQUEUE: reject", false, "", "" },
    { "4jX28S1gP8x1djYg: no z behind the tenth octet", false, "", "" },
    { "77B1BAB48D9:removed", false, "", "" },
    { "77B1BAB48D9", false, "", "" },
    { "77B1BAB48D9: ", true, "77B1BAB48D9", "" },
    { "4jX28S1gP8z1djYg: ", true, "4jX28S1gP8z1djYg", "" },
    { "4jX28S1gP8zB: the shortest of the long ones", true, "4jX28S1gP8zB", "the shortest of the long ones" },
    { "ABCDEFABCDEFABCDEFABCDEF: 24", true, "ABCDEFABCDEFABCDEFABCDEF", "24" },
    { "4jX28S1gP8z1djYg4jX28S1g: 24", true, "4jX28S1gP8z1djYg4jX28S1g", "24" },
    { "ABCDEFABCDEFABCDEFABCDEFA: too long", false, "", "" },
    { "4jX28S1gP8z1djYg4jX28S1gP: too long", false, "", "" },
    { "ABCDEFABCDEFABCDEFABCDEFABCDEF: too long", false, "", "" },
    { "ABCDEFABCDEFABCDEFABCDE", false, "", "" },
    { "ABCDEFABCDEFABCDEFABCDEF", false, "", "" },
    { "1234567: seven", true, "1234567", "seven" },
    { "12345678: eight", true, "12345678", "eight" },
    { "1234567A: hexadecimal in the eighth octet", true, "1234567A", "hexadecimal in the eighth octet" },
    { "123456Z8: of the long alphabet, and short", false, "", "" },
    { "123456: six, and more behind it", true, "123456", "six, and more behind it" },
    { "12345: five, and more behind it", false, "", "" },
    { "12345678:no blank behind it", false, "", "" },
    { "12345678 : a blank before it", false, "", "" },
    { "77B1BAB48D9A12345: of 17", true, "77B1BAB48D9A12345", "of 17" },
    { "77B1BAB48D9A1234: of 16", true, "77B1BAB48D9A1234", "of 16" },
    { "77B1BAB48D9A123: of 15", true, "77B1BAB48D9A123", "of 15" },
    { "77B1BAB48D9x1234: of both alphabets, 16", false, "", "" },
    { "4jX28S1gP8x1djYz: another z, 16", true, "4jX28S1gP8x1djYz", "another z, 16" },
    { "4jX28S1gPz8: too short for a long one", false, "", "" },
    { "4jX28S1gP8z: too short for a long one", false, "", "" },
    { "4jX28S1gP8z1djYga: not of the alphabet behind 16", false, "", "" },
    { "123A567Z: of both alphabets", false, "", "" },
    { "123Z567A12z4: of both alphabets", false, "", "" },
    { "", false, "", "" },
};

START_TEST(queue_ids_are_known_by_their_alphabets)
{
    struct view text = view_of(ids[_i].text), id = { NULL, 0 };
    char *alone = malloc(text.n + 1); /* with nothing behind it: a step too far is seen */

    ck_assert_ptr_nonnull(alone);
    memcpy(alone + 1, text.p, text.n);
    text.p = alone + 1;
    ck_assert_int_eq(queue_id_cut(&text, &id), ids[_i].found);
    ck_assert_view_eq(id, ids[_i].id);
    ck_assert_view_eq(text, ids[_i].found ? ids[_i].rest : ids[_i].text);
    free(alone);
}
END_TEST

static const struct {
    const char *text;
    bool found;
    const char *id;
} next_ids[] = {
    { "250 2.0.0 Ok: queued as 77B1BAB48D9", true, "77B1BAB48D9" },
    { "queued as 77B1BAB48D9)", true, "77B1BAB48D9" },
    { "queued as mail", false, "" },
    { "queued as ", false, "" },
    { "250 2.0.0 Ok: 77B1BAB48D9", false, "" },
};

START_TEST(a_queue_id_is_found_behind_the_words_before_it)
{
    struct view id = { NULL, 0 };

    ck_assert_int_eq(queue_id_after(view_of(next_ids[_i].text), VIEW("queued as "), &id), next_ids[_i].found);
    ck_assert_view_eq(id, next_ids[_i].id);
}
END_TEST

static const struct {
    const char *text;
    bool found;
    const char *name, *address;
    unsigned port;
} servers[] = {
    { "mx.example.com[192.0.2.1]:25", true, "mx.example.com", "192.0.2.1", 25 },
    { "mx.example.com[2001:db8::1]:25", true, "mx.example.com", "2001:db8::1", 25 },
    { "mx.example.com[192.0.2.1]:9", true, "mx.example.com", "192.0.2.1", 9 },
    { "mx.example.com[192.0.2.1]:65535", true, "mx.example.com", "192.0.2.1", 65535 },
    { "mx.example.com[]:25", true, "mx.example.com", "", 25 },
    { "store[/run/lmtp]", true, "store", "/run/lmtp", 0 },
    { "none", true, "none", "", 0 },
    { "mx.example.com[192.0.2.1]:65536", false, "", "", 0 },
    { "mx.example.com[192.0.2.1]:000025", false, "", "", 0 },
    { "mx.example.com[192.0.2.1]:", false, "", "", 0 },
    { "mx.example.com[192.0.2.1];25", false, "", "", 0 },
    { "mx.example.com[192.0.2.1]:25, x", false, "", "", 0 },
    { "mx.example.com[192.0.2.1", false, "", "", 0 },
    { "[192.0.2.1]:25", false, "", "", 0 },
    { "", false, "", "", 0 },
};

START_TEST(a_server_is_name_address_and_port)
{
    struct server server = { 0 };

    ck_assert_int_eq(server_parse(view_of(servers[_i].text), &server), servers[_i].found);
    ck_assert_view_eq(server.name, servers[_i].name);
    ck_assert_view_eq(server.address, servers[_i].address);
    ck_assert_uint_eq(server.port, servers[_i].port);
}
END_TEST

static const struct {
    const char *text;
    int result;
    enum peer_level level;
    bool reused;
    const char *server, *version, *cipher, *key_exchange;
} tls_lines[] = {
    { "Trusted TLS connection established to mx.example.com[192.0.2.1]:25: TLSv1.3 with cipher "
      "TLS_AES_256_GCM_SHA384 (256/256 bits) key-exchange X25519 server-signature RSA-PSS (2048 bits) "
      "server-digest SHA256",
      1, PEER_TRUSTED, false, "mx.example.com", "TLSv1.3", "TLS_AES_256_GCM_SHA384", "X25519" },
    { "Verified TLS connection reused to mx.example.com[2001:db8::1]:25: TLSv1.3 with cipher "
      "TLS_AES_256_GCM_SHA384 (256/256 bits) key-exchange ECDHE (prime256v1) client-signature ED25519",
      1, PEER_VERIFIED, true, "mx.example.com", "TLSv1.3", "TLS_AES_256_GCM_SHA384", "ECDHE (prime256v1)" },
    { "Anonymous TLS connection established to mx.example.com[192.0.2.1]:25: TLSv1.2 with cipher "
      "ADH-AES256-GCM-SHA384 (256/256 bits)",
      1, PEER_ANONYMOUS, false, "mx.example.com", "TLSv1.2", "ADH-AES256-GCM-SHA384", "" },
    { "Untrusted TLS connection established to mx.example.com[192.0.2.1]:25: TLSv1.3 with cipher X (1/1 bits) "
      "key-exchange X25519MLKEM768",
      1, PEER_UNTRUSTED, false, "mx.example.com", "TLSv1.3", "X", "X25519MLKEM768" },
    { "Trusted TLS connection established to mx.example.com[192.0.2.1]:25: TLSv1.3 with cipher X (1/1 bits) "
      "key-exchange ECDHE (prime256v1",
      1, PEER_TRUSTED, false, "mx.example.com", "TLSv1.3", "X", "ECDHE" },
    { "Trusted TLS connection established to mx.example.com[192.0.2.1]:25: TLSv1.3 with cipher X (1/1 bits) "
      "key-exchange ECDHE ",
      1, PEER_TRUSTED, false, "mx.example.com", "TLSv1.3", "X", "ECDHE" },
    { "TLS connection established to mx.example.com: TLSv1 with cipher AES256-SHA (256/256 bits)", 1, PEER_NOT_LOGGED,
      false, "mx.example.com", "TLSv1", "AES256-SHA", "" },
    { "Trusted TLS connection established from client.example.com[192.0.2.9]: TLSv1.3 with cipher X (1/1 bits)", 0,
      PEER_NOT_LOGGED, false, "", "", "", "" },
    { "Trusted TLS connection established to mx.example.com[192.0.2.1]:25", -1, PEER_NOT_LOGGED, false, "", "", "",
      "" },
    { "Trusted TLS connection blessed to mx.example.com[192.0.2.1]:25: x", -1, PEER_NOT_LOGGED, false, "", "", "", "" },
    { "connect to mx.example.com[192.0.2.1]:25: Connection refused", 0, PEER_NOT_LOGGED, false, "", "", "", "" },
    { "", 0, PEER_NOT_LOGGED, false, "", "", "", "" },
};

START_TEST(a_tls_line_tells_server_level_and_cipher)
{
    struct tls_line line = { 0 };

    ck_assert_int_eq(tls_line_parse(view_of(tls_lines[_i].text), &line), tls_lines[_i].result);
    if (tls_lines[_i].result != 1)
        return;
    ck_assert_int_eq(line.level, tls_lines[_i].level);
    ck_assert_int_eq(line.reused, tls_lines[_i].reused);
    ck_assert_view_eq(line.server.name, tls_lines[_i].server);
    ck_assert_view_eq(line.version, tls_lines[_i].version);
    ck_assert_view_eq(line.cipher, tls_lines[_i].cipher);
    ck_assert_view_eq(line.key_exchange, tls_lines[_i].key_exchange);
}
END_TEST

static const struct {
    const char *field;
    enum protection protection;
    bool downgraded;
} fields[] = {
    { "may", PROTECTION_ENCRYPTED, false },
    { "encrypt", PROTECTION_ENCRYPTED, false },
    { "dane-only", PROTECTION_ENCRYPTED, false },
    { "may:none", PROTECTION_PLAINTEXT, false },
    { "none", PROTECTION_PLAINTEXT, false },
    { "dane:encrypt", PROTECTION_ENCRYPTED, true },
    { "dane:halfdane", PROTECTION_ENCRYPTED, true },
    { "!encrypt", PROTECTION_UNKNOWN, false },
    { "!dane:none", PROTECTION_UNKNOWN, false },
    { "dane:encrypt?", PROTECTION_UNKNOWN, false },
    { "/!requiretls:none", PROTECTION_UNKNOWN, false },
    { "may?", PROTECTION_UNKNOWN, false },
    { "encrypt?", PROTECTION_UNKNOWN, false },
    { "unknown", PROTECTION_UNKNOWN, false },
    { "verify/!requiretls:none", PROTECTION_ENCRYPTED, false },
    { "may?/!requiretls:nocertmatch", PROTECTION_UNKNOWN, false },
    { "stronger-than-all", PROTECTION_UNKNOWN, false },
    { "", PROTECTION_UNKNOWN, false },
};

START_TEST(a_tls_field_decides_only_what_it_knows)
{
    struct tls_field field = tls_field_parse(view_of(fields[_i].field));

    ck_assert_int_eq(field.protection, fields[_i].protection);
    ck_assert_int_eq(field.downgraded, fields[_i].downgraded);
}
END_TEST

static const struct {
    const char *text;
    int result;
    const char *to, *relay, *status, *reply;
    int64_t session;
} deliveries[] = {
    { "to=<user@example.com>, relay=mx.example.com[192.0.2.1]:25, delay=0.13, delays=0.01/0.02/0.06/0.04, dsn=2.0.0, "
      "status=sent (250 2.0.0 Ok: queued as SINK0001)",
      1, "user@example.com", "mx.example.com", "sent", "250 2.0.0 Ok: queued as SINK0001", 100 },
    { "to=<user@example.com>, orig_to=<alias@example.net>, relay=none, delay=1, delays=1/0/0/0, tls=may?, dsn=4.4.1, "
      "status=deferred (connect to mx.example.com[192.0.2.1]:25: Connection refused)",
      1, "user@example.com", "none", "deferred", "connect to mx.example.com[192.0.2.1]:25: Connection refused", 0 },
    /* What a sender may choose. */
    { "to=<\"x>, relay=mx.evil.example[192.0.2.66]:25, dsn=2.0.0, status=sent (ok)\"@example.com>, relay=none, "
      "delay=1, delays=1/0/12.5/0.25, dsn=4.7.5, status=deferred (TLS is required)",
      1, "\"x>, relay=mx.evil.example[192.0.2.66]:25, dsn=2.0.0, status=sent (ok)\"@example.com", "none", "deferred",
      "TLS is required", 12750 },
    { "to=<a@example.com>, orig_to=<\"b>, status=sent\"@example.net>, relay=none, delay=1, delays=1/0/0/0, dsn=5.0.0, "
      "status=bounced (no)",
      1, "a@example.com", "none", "bounced", "no", 0 },
    /* What a server may choose. */
    { "to=<user@example.com>, relay=mx.example.com[192.0.2.1]:25, delay=1, delays=1/0/0/0, dsn=5.0.0, status=bounced "
      "(host mx.example.com[192.0.2.1] said: 550 to=<x@example.org>, relay=none, status=sent (250 Ok) (in reply to "
      "DATA command))",
      1, "user@example.com", "mx.example.com", "bounced",
      "host mx.example.com[192.0.2.1] said: 550 to=<x@example.org>, relay=none, status=sent (250 Ok) (in reply to DATA "
      "command)",
      0 },
    /* Before 3.5 the quotes of a local part are not logged. */
    { "to=<odd user@example.com>, relay=none, delay=1, delays=1/0/0/0, dsn=4.0.0, status=deferred (x)", 1,
      "odd user@example.com", "none", "deferred", "x", 0 },
    { "to=<a\"b@example.com>, relay=none, delay=1, delays=1/0/0/0, dsn=4.0.0, status=deferred (x)", 1,
      "a\"b@example.com", "none", "deferred", "x", 0 },
    { "to=<user@example.com>, relay=none, delay=1, delays=1/0/12.3456789/0.02x, dsn=4.0.0, status=deferred (x)", 1,
      "user@example.com", "none", "deferred", "x", 12365 },
    /* Fields of a later Postfix. */
    { "to=<user@example.com>, relay=none, shoe_size=42, delay=1, delays=1/0/0/0, dsn=4.0.0, status=deferred (x)", 1,
      "user@example.com", "none", "deferred", "x", 0 },
    /* Cut lines. */
    { "to=<user@example.com>, relay=none, delay=1, delays=1/0/0/0, dsn=4.0.0, status=deferred (connect to mx", 1,
      "user@example.com", "none", "deferred", "connect to mx", 0 },
    { "to=<user@example.com>, relay=none, delay=1, delays=1/0/0/0, dsn=4.0.0, status=sent", 1, "user@example.com",
      "none", "sent", "", 0 },
    { "to=<user@example.com>, relay=none, delay=1, delays=1/0/0/0, dsn=4.0.0, sta", -1, "", "", "", "", 0 },
    { "to=<user@example.com", -1, "", "", "", "", 0 },
    { "to=<user@example.com>, status=sent (no relay)", -1, "", "", "", "", 0 },
    { "to=<user@example.com>, orig_to=<a@example.com>, a_size=4,2, relay=none, delay=1, delays=1/0/0/0, dsn=4.0.0, "
      "status=deferred (x)",
      1, "user@example.com", "none", "deferred", "x", 0 },
    /* A field out of its order, and one whose path does not end. */
    { "to=<user@example.com>, relay=none, orig_to=<a@example.com>, delay=1, delays=1/0/0/0, dsn=4.0.0, status=sent (x)",
      1, "user@example.com", "none", "sent", "x", 0 },
    { "to=<user@example.com>, orig_to=<relay=none, delay=1, delays=1/0/0/0, dsn=4.0.0, status=sent (x)", -1, "", "", "",
      "", 0 },
    { "to=<user@example.com>, relay=none, 42, status=sent (x)", -1, "", "", "", "", 0 },
    { "to=<user@example.com>, relay=none, delay=1", -1, "", "", "", "", 0 },
    { "to=<user@example.com>, relay=none, status=", 1, "user@example.com", "none", "", "", 0 },
    { "to=<user@example.com>, relay=none, status= (x)", 1, "user@example.com", "none", "", "x", 0 },
    { "from=<user@example.com>, size=1", 0, "", "", "", "", 0 },
    { "", 0, "", "", "", "", 0 },
};

START_TEST(nothing_foreign_can_forge_a_field_of_a_delivery)
{
    struct delivery_line line = { 0 };

    ck_assert_int_eq(delivery_line_parse(view_of(deliveries[_i].text), &line), deliveries[_i].result);
    if (deliveries[_i].result != 1)
        return;
    ck_assert_view_eq(line.to, deliveries[_i].to);
    ck_assert_view_eq(line.relay.name, deliveries[_i].relay);
    ck_assert_view_eq(line.status, deliveries[_i].status);
    ck_assert_view_eq(line.text, deliveries[_i].reply);
    ck_assert_int_eq(delivery_line_session(&line), deliveries[_i].session);
}
END_TEST

static const struct {
    const char *reply;
    enum tls_failure failure;
    bool began;
} failures[] = {
    { "TLS is required, but was not offered by host mx.example.com[192.0.2.1]", TLS_FAILURE_NOT_OFFERED, false },
    { "TLS is required, but host mx.example.com[192.0.2.1] refused to start TLS: 454 no", TLS_FAILURE_REFUSED, false },
    { "TLS is required, but our TLS engine is unavailable", TLS_FAILURE_LOCAL, false },
    { "TLS is required, but unavailable", TLS_FAILURE_LOCAL, false },
    { "Cannot start TLS: handshake failure", TLS_FAILURE_HANDSHAKE, false },
    { "Server certificate not verified", TLS_FAILURE_CERTIFICATE, false },
    { "Server certificate not trusted", TLS_FAILURE_CERTIFICATE, false },
    { "client TLS configuration problem", TLS_FAILURE_LOCAL, false },
    { "Sender requested REQUIRETLS, but no server was found that supports REQUIRETLS.", TLS_FAILURE_REQUIRETLS, false },
    { "host mx.example.com[192.0.2.1] said: 530 5.7.0 Must issue a STARTTLS command first (in reply to MAIL FROM "
      "command)",
      TLS_FAILURE_DEMANDED, true },
    { "host mx.example.com[192.0.2.1] said: 550 Cannot start TLS: handshake failure (in reply to RCPT TO command)",
      TLS_FAILURE_NONE, true },
    { "host mx.example.com[192.0.2.1] refused to talk to me: 554 no", TLS_FAILURE_NONE, false },
    { "lost connection with mx.example.com[192.0.2.1] while sending end of data -- message may be sent more than once",
      TLS_FAILURE_NONE, true },
    { "conversation with mx.example.com[192.0.2.1] timed out while receiving the initial server greeting",
      TLS_FAILURE_NONE, false },
    { "250 2.0.0 Ok", TLS_FAILURE_NONE, false },
    { "host mx.example.com[192.0.2.1] said: 550 5.7.1 come back with STARTTLS (in reply to RCPT TO command)",
      TLS_FAILURE_NONE, true },
    { "host mx.example.com[192.0.2.1] said: 530 5.7.0 Authentication required (in reply to MAIL FROM command)",
      TLS_FAILURE_NONE, true },
    { "host mx.example.com[192.0.2.1] said: 554 no (in reply to end of DATA command)", TLS_FAILURE_NONE, true },
    { "host mx.example.com[192.0.2.1] said: 554 no (in reply to BDAT command)", TLS_FAILURE_NONE, true },
    { "host mx.example.com[192.0.2.1] said: 421 4.3.2 busy (in reply to EHLO command)", TLS_FAILURE_NONE, false },
    { "", TLS_FAILURE_NONE, false },
};

START_TEST(a_failure_is_known_by_how_postfix_begins_its_text)
{
    ck_assert_int_eq(tls_failure_parse(view_of(failures[_i].reply)), failures[_i].failure);
    ck_assert_int_eq(transfer_began(view_of(failures[_i].reply)), failures[_i].began);
    ck_assert_int_eq(tls_failure_parse((struct view){ NULL, 0 }), TLS_FAILURE_NONE);
}
END_TEST

#define GMAIL "host gmail-smtp-in.l.google.com[192.0.2.5] said: "

static const struct {
    const char *relay, *reply, *code;
} refusals[] = {
    { "gmail-smtp-in.l.google.com",
      GMAIL "421-4.7.29 Your email 421 4.7.29 x - gsmtp (in reply to end of DATA command)", "4.7.29" },
    { "gmail-smtp-in.l.google.com", GMAIL "550-5.7.26 x - gsmtp (in reply to end of DATA command)", "5.7.26" },
    { "gmail-smtp-in.l.google.com", GMAIL "421 5.7.32 x - gcdp (in reply to end of DATA command)", "5.7.32" },
    { "gmail-smtp-in.l.google.com", GMAIL "550 5.7.40 x - gsmtp (in reply to end of DATA command)", "5.7.40" },
    { "gmail-smtp-in.l.google.com", GMAIL "504 5.7.40 x - gsmtp (in reply to AUTH command)", "" },
    { "gmail-smtp-in.l.google.com", GMAIL "421-4.7.29 unsigned (in reply to end of DATA command)", "" },
    { "mx.example.com", "host mx.example.com[192.0.2.1] said: 421-4.7.29 x - gsmtp (in reply to DATA command)", "" },
    { "mx.google.com.example", "host mx.google.com.example[192.0.2.1] said: 421-4.7.29 x - gsmtp", "" },
    { "gmail-smtp-in.l.google.com", "Sender requested REQUIRETLS 550 5.7.30 - gsmtp", "" },
    { "gmail-smtp-in.l.google.com", GMAIL "550 5.1.1 no such user - gsmtp (in reply to RCPT TO command)", "5.1.1" },
    { "mta5.am0.yahoodns.net",
      "host mta5.am0.yahoodns.net[192.0.2.6] said: 421 4.7.0 [TSS04] Messages from 192.0.2.1 temporarily deferred",
      "4.7.0" },
    { "mta5.am0.yahoodns.net", "host mta5.am0.yahoodns.net[192.0.2.6] said: 554 Message not allowed - [PH01]", "554" },
    { "outlook-com.olc.protection.outlook.com",
      "host outlook-com.olc.protection.outlook.com[192.0.2.7] said: 550; 5.7.515 Access denied, sending domain",
      "5.7.515" },
    { "example-com.mail.protection.outlook.com",
      "host example-com.mail.protection.outlook.com[192.0.2.7] said: 550 5.7.515 Access denied", "" },
    { "gmail-smtp-in.l.google.com", GMAIL "421 no code - gsmtp", "" },
    { "gmail-smtp-in.l.google.com", GMAIL "4", "" },
};

START_TEST(only_a_receivers_own_server_can_give_its_code)
{
    struct server relay = { .name = view_of(refusals[_i].relay) };

    struct refusal refusal = { .code = VIEW("") };

    ck_assert_int_eq(refusal_parse(&relay, view_of(refusals[_i].reply), &refusal), refusals[_i].code[0] != '\0');
    ck_assert_view_eq(refusal.code, refusals[_i].code);
}
END_TEST

static const struct {
    const char *domain, *spelling;
} spellings[] = {
    { "example.com", "example.com" },
    { "Example.COM.", "example.com" },
    { "b\xc3\xbc"
      "cher.example",
      "xn--bcher-kva.example" },
    { "B\xc3\x9c"
      "CHER.example",
      "xn--bcher-kva.example" },
    { "no domain", "no domain" },
    { "", "" },
};

START_TEST(a_domain_has_one_spelling_however_often_it_is_asked_for)
{
    static struct spellings known;

    known = (struct spellings){ .seed = 42 };
    for (int round = 0; round < 3; round++) {
        for (size_t i = 0; i < ROWS(spellings); i++)
            ck_assert_view_eq(spelling_of(&known, view_of(spellings[i].domain)), spellings[i].spelling);
    }
    /* More than are remembered. */
    for (int i = 0; i < 10 * SPELLINGS_KNOWN; i++) {
        char raw[32], wanted[32];
        struct buf buf = BUF(raw), want = BUF(wanted);

        buf_addf(&buf, "D%d.example", i);
        buf_addf(&want, "d%d.example", i);
        ck_assert(view_eq(spelling_of(&known, buf_view(&buf)), buf_view(&want)));
    }
}
END_TEST

/* Each kind of line that some program writes, at its beginning. */
static const char *const beginnings[] = { "connect from unknown[192.0.2.1]",
                                          "4F1AB2AB8001: removed",
                                          "Trusted TLS connection established to mx[192.0.2.1]:25: TLSv1.3 with x",
                                          "Host offered STARTTLS: [mx.example.com]",
                                          "daemon started -- version 3.7.11",
                                          "reload -- version 3.7.11, configuration /etc/postfix",
                                          "zzz",
                                          "~" };

START_TEST(a_line_that_its_first_octet_rules_out_tells_nothing)
{
    struct view text = view_of(beginnings[_i]);
    struct event event;

    for (int program = 0; program < PROGRAM_COUNT; program++) {
        if (event_may_matter((enum program)program, text))
            continue;
        event_parse((enum program)program, text, &event);
        ck_assert_int_eq(event.kind, EVENT_NONE);
    }
    ck_assert(!event_may_matter(PROGRAM_SMTP, VIEW("")));
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("line");
    TCase *tests = tcase_create("line");

    tcase_add_loop_test(tests, queue_ids_are_known_by_their_alphabets, 0, ROWS(ids));
    tcase_add_loop_test(tests, a_queue_id_is_found_behind_the_words_before_it, 0, ROWS(next_ids));
    tcase_add_loop_test(tests, a_line_that_its_first_octet_rules_out_tells_nothing, 0, ROWS(beginnings));
    tcase_add_loop_test(tests, a_server_is_name_address_and_port, 0, ROWS(servers));
    tcase_add_loop_test(tests, a_tls_line_tells_server_level_and_cipher, 0, ROWS(tls_lines));
    tcase_add_loop_test(tests, a_tls_field_decides_only_what_it_knows, 0, ROWS(fields));
    tcase_add_loop_test(tests, nothing_foreign_can_forge_a_field_of_a_delivery, 0, ROWS(deliveries));
    tcase_add_loop_test(tests, a_failure_is_known_by_how_postfix_begins_its_text, 0, ROWS(failures));
    tcase_add_test(tests, a_domain_has_one_spelling_however_often_it_is_asked_for);
    tcase_add_loop_test(tests, only_a_receivers_own_server_can_give_its_code, 0, ROWS(refusals));
    suite_add_tcase(suite, tests);
    return suite;
}
