/* Scripts of events, as Postfix sends them, with the answer to each and the records at their end. */
#include "milter/session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/milter/rules.h"
#include "tests/unit/suffix_list.h"
#include "tests/unit/unit.h"

enum event_kind { END, CONNECT, HELO, MAIL, RCPT, DATA, HEADER, EOM, ABORT };

struct event {
    enum event_kind kind;
    const char *argument; /* the command's; for HEADER "Name: body" */
    const char *macros;   /* "name=value name=value"; they stay as libmilter keeps them */
    const char *answer;   /* "" or NULL: go on; else code and enhanced code */
};

enum { EVENTS = 24, RECORDS = 4, MACROS_AT_ONCE = 16, DONE_MAX = 512, LINES_MAX = 8 };

/* What setup a script runs under; 0 is what Postfix and the rules usually give. */
enum { USUAL = 0, RCPT_HAS_NO_REPLY = 1, NO_HEADERS = 2, NO_ACTIONS = 4, ACTIONS_FAIL = 8 };

struct script {
    const char *name, *rules;
    unsigned setup;
    struct event events[EVENTS];
    const char *records[RECORDS]; /* words that the record must have; one that starts with '!' it must not have */
    const char *done;             /* what was done to messages, in order */
    const char *complaint;        /* part of the one complaint; NULL: none */
};

#define FROM_587                                                                                                       \
    "daemon_name=mail daemon_addr=192.0.2.1 daemon_port=587 client_addr=192.0.2.7 client_name=c.example.com "          \
    "client_port=4242"
#define FROM_25                                                                                                        \
    "daemon_name=mail daemon_addr=192.0.2.1 daemon_port=25 client_addr=198.51.100.9 client_name=unknown "              \
    "client_port=4242"
#define FROM_OWN_NETWORK                                                                                               \
    "daemon_name=mail daemon_addr=192.0.2.1 daemon_port=25 client_addr=127.0.0.1 client_name=localhost "               \
    "client_port=4242"
#define FROM_PICKUP                                                                                                    \
    "daemon_name=mail daemon_addr=127.0.0.1 daemon_port=0 client_addr=127.0.0.1 client_name=localhost client_port=0"
#define TLS "tls_version=TLSv1.3 cipher=TLS_AES_256_GCM_SHA384 cipher_bits=256"
#define LOGIN "auth_type=PLAIN auth_authen=alice@example.org"
#define ENFORCE "mode enforce\n"
#define STRICT ENFORCE "submission {\n accept local\n reject plaintext\n reject unauthenticated\n accept\n}\n"
#define ALICE                                                                                                          \
    { CONNECT, NULL, FROM_587, NULL },                                                                                 \
    {                                                                                                                  \
        MAIL, "<alice@example.org>", TLS " " LOGIN, NULL                                                               \
    }
#define TO_GMAIL                                                                                                       \
    {                                                                                                                  \
        RCPT, "<bob@gmail.com>", "rcpt_addr=bob@gmail.com rcpt_mailer=smtp", NULL                                      \
    }

static const struct script scripts[] = {
    { .name = "TLS and a login pass",
      .rules = STRICT,
      .events = { ALICE,
                  TO_GMAIL,
                  { DATA, NULL, "i=4ABC", NULL },
                  { HEADER, "From: Alice <alice@example.org>", NULL, NULL },
                  { EOM, NULL, "i=4ABC", NULL } },
      .records = { "4ABC: decision=accept direction=outbound rule=t:6 stage=eom local=no listener=submission port=587 "
                   "address=192.0.2.1 client=c.example.com[192.0.2.7] tls=TLSv1.3 cipher=TLS_AES_256_GCM_SHA384 "
                   "bits=256 forward_secrecy=yes auth=PLAIN login=alice@example.org from=<alice@example.org> "
                   "header_from=example.org from_agrees=sender,login nrcpt=1 to=gmail.com transports=smtp gen=7 "
                   "!trouble !tags_dropped" } },
    { .name = "plaintext is refused at MAIL, with or without a login",
      .rules = STRICT,
      .events = { { CONNECT, NULL, FROM_587, NULL },
                  { MAIL, "<alice@example.org>", LOGIN, "530 5.7.0" },
                  { ABORT, NULL, NULL, NULL },
                  { ABORT, NULL, NULL, NULL } },
      .records = { "NOQUEUE: decision=reject rule=t:4 stage=mail tls=none auth=PLAIN from=<alice@example.org> "
                   "nrcpt=0" } },
    { .name = "TLS without a login is refused at MAIL",
      .rules = STRICT,
      .events = { { CONNECT, NULL, FROM_587, NULL }, { MAIL, "<alice@example.org>", TLS, "530 5.7.0" } },
      .records = { "NOQUEUE: decision=reject rule=t:5 tls=TLSv1.3 auth=none !login" } },
    { .name = "defaults of none are no login and no TLS",
      .rules = STRICT,
      .events = { { CONNECT, NULL, FROM_587, NULL },
                  { MAIL, "<alice@example.org>", "tls_version=none auth_type=none auth_authen=none", "530 5.7.0" } },
      .records = { "NOQUEUE: decision=reject rule=t:4 tls=none auth=none !login" } },
    { .name = "a login handed on by XCLIENT is one",
      .rules = ENFORCE "submission {\n reject unauthenticated\n accept\n}\n",
      .events = { { CONNECT, NULL, FROM_25, NULL },
                  { MAIL, "<bob@example.org>", "auth_type=XCLIENT auth_authen=bob", NULL },
                  TO_GMAIL,
                  { DATA, NULL, "i=1", NULL },
                  { EOM, NULL, NULL, NULL } },
      .records = { "1: decision=accept direction=outbound auth=XCLIENT login=bob" } },
    { .name = "strangers' mail is never judged, wherever it goes",
      .rules = STRICT,
      .events = { { CONNECT, NULL, FROM_25, NULL },
                  { MAIL, "<x@example.com>", NULL, NULL },
                  { RCPT, "<alice@example.org>", "rcpt_addr=alice@example.org rcpt_mailer=virtual", NULL },
                  { RCPT, "<a@relay.example>", "rcpt_addr=a@relay.example rcpt_mailer=relay i=2", NULL },
                  { RCPT, "<a@alias.example>", "rcpt_addr=a@alias.example rcpt_mailer=error i=2", NULL },
                  { DATA, NULL, "i=2", NULL },
                  { EOM, NULL, "i=2", NULL } },
      .records = { "2: decision=none direction=inbound nrcpt=3 to=example.org,relay.example,alias.example "
                   "transports=virtual,relay,error !refused" } },
    { .name = "an own network's mail is judged recipient by recipient",
      .rules = STRICT,
      .events = { { CONNECT, NULL, FROM_OWN_NETWORK, NULL },
                  { MAIL, "<scan@example.org>", NULL, NULL },
                  { RCPT, "<alice@example.org>", "rcpt_addr=alice@example.org rcpt_mailer=virtual", NULL },
                  { RCPT, "<bob@gmail.com>", "rcpt_addr=bob@gmail.com rcpt_mailer=smtp i=3", "530 5.7.0" },
                  { RCPT, "<eve@GMAIL.com>", "rcpt_addr=eve@GMAIL.com rcpt_mailer=smtp i=3", "530 5.7.0" },
                  { DATA, NULL, "i=3", NULL },
                  { EOM, NULL, "i=3", NULL } },
      .records = { "3: decision=none direction=inbound stage=eom nrcpt=3 refused=2 refused_by=t:4 "
                   "to=example.org,gmail.com" } },
    { .name = "all recipients refused leave one record at the end of the transaction",
      .rules = STRICT,
      .events = { { CONNECT, NULL, FROM_OWN_NETWORK, NULL },
                  { MAIL, "<scan@example.org>", NULL, NULL },
                  { RCPT, "<bob@gmail.com>", "rcpt_addr=bob@gmail.com rcpt_mailer=smtp", "530 5.7.0" },
                  { ABORT, NULL, NULL, NULL },
                  { ABORT, NULL, NULL, NULL } },
      .records = { "NOQUEUE: decision=reject direction=outbound rule=t:4 stage=rcpt nrcpt=1 refused=1 to=gmail.com" } },
    { .name = "where RCPT has no reply the message is refused at its end",
      .rules = STRICT,
      .setup = RCPT_HAS_NO_REPLY,
      .events = { { CONNECT, NULL, FROM_OWN_NETWORK, NULL },
                  { MAIL, "<scan@example.org>", NULL, NULL },
                  { RCPT, "<bob@gmail.com>", "rcpt_addr=bob@gmail.com rcpt_mailer=smtp", NULL },
                  { DATA, NULL, "i=4", NULL },
                  { EOM, NULL, "i=4", "530 5.7.0" } },
      .records = { "4: decision=reject rule=t:4 stage=eom nrcpt=1 !refused" } },
    { .name = "the address that Postfix resolved decides, not the one that was typed",
      .rules = ENFORCE "submission {\n reject to domain gmail.com\n accept\n}\n",
      .events = { ALICE,
                  { RCPT, "<bob%gmail.com@example.org>", "rcpt_addr=bob@gmail.com rcpt_mailer=smtp", "550 5.7.1" },
                  { RCPT, "<postmaster>", "rcpt_addr=postmaster@example.org rcpt_mailer=local", NULL },
                  { DATA, NULL, "i=5", NULL },
                  { EOM, NULL, "i=5", NULL } },
      .records = { "5: decision=accept nrcpt=2 refused=1 to=gmail.com,example.org" } },
    { .name = "sendmail(1)'s mail is local",
      .rules = STRICT,
      .events = { { CONNECT, NULL, FROM_PICKUP, NULL },
                  { MAIL, "root@example.org", "i=6 mail_addr=root@example.org", NULL },
                  { RCPT, "bob@gmail.com", "i=6 rcpt_addr=bob@gmail.com", NULL },
                  { DATA, NULL, "i=6", NULL },
                  { HEADER, "From: root <root@example.org>", NULL, NULL },
                  { EOM, NULL, "i=6", NULL } },
      .records = { "6: decision=accept direction=outbound rule=t:3 local=yes port=0 !listener !tls !auth "
                   "from=<root@example.org> to=gmail.com" } },
    { .name = "loopback without a queue ID at MAIL is not local",
      .rules = STRICT,
      .events = { { CONNECT, NULL, FROM_PICKUP, NULL },
                  { MAIL, "<root@example.org>", NULL, NULL },
                  { RCPT, "<bob@gmail.com>", "rcpt_addr=bob@gmail.com rcpt_mailer=smtp", "530 5.7.0" } },
      .records = { "NOQUEUE: decision=reject local=no" } },
    { .name = "local mail is never refused at RCPT: the whole of it bounces",
      .rules = ENFORCE "submission {\n reject to domain gmail.com\n accept\n}\n",
      .events = { { CONNECT, NULL, FROM_PICKUP, NULL },
                  { MAIL, "root@example.org", "i=7", NULL },
                  { RCPT, "bob@gmail.com", "i=7 rcpt_addr=bob@gmail.com", NULL },
                  { RCPT, "bob@example.com", "i=7 rcpt_addr=bob@example.com", NULL },
                  { EOM, NULL, "i=7", "550 5.7.1" } },
      .records = { "7: decision=reject rule=t:3 nrcpt=2 !refused" } },
    { .name = "local mail that must wait is held, not left in maildrop",
      .rules = ENFORCE "submission {\n tempfail sender domain example.org\n accept\n}\n",
      .events = { { CONNECT, NULL, FROM_PICKUP, NULL },
                  { MAIL, "root@example.org", "i=8", NULL },
                  { RCPT, "bob@gmail.com", "i=8 rcpt_addr=bob@gmail.com", NULL },
                  { EOM, NULL, "i=8", NULL } },
      .records = { "8: decision=hold rule=t:3" },
      .done = "hold held by outward, t:3;" },
    { .name = "each message of a connection has its own verdict",
      .rules = ENFORCE "submission {\n reject sender domain bad.example\n reject to domain gmail.com\n accept\n}\n",
      .events = { ALICE,
                  { RCPT, "<a@example.com>", "rcpt_addr=a@example.com rcpt_mailer=smtp", NULL },
                  { DATA, NULL, "i=9", NULL },
                  { EOM, NULL, "i=9", NULL },
                  { MAIL, "<x@bad.example>", TLS " " LOGIN, "550 5.7.1" },
                  { ABORT, NULL, NULL, NULL },
                  { MAIL, "<alice@example.org>", TLS " " LOGIN, NULL },
                  { ABORT, NULL, NULL, NULL }, /* RSET: nothing came of it */
                  { MAIL, "<alice@example.org>", TLS " " LOGIN, NULL },
                  TO_GMAIL,
                  { ABORT, NULL, NULL, NULL } },
      .setup = RCPT_HAS_NO_REPLY,
      .records = { "9: decision=accept", "NOQUEUE: decision=reject rule=t:3" } },
    { .name = "a MAIL without ABORT before it ends the transaction before it",
      .rules = STRICT,
      .events = { ALICE, TO_GMAIL, { DATA, NULL, "i=10", NULL }, { MAIL, "<alice@example.org>", LOGIN, "530 5.7.0" } },
      .records = { "10: decision=accept stage=data", "NOQUEUE: decision=reject" } },
    { .name = "behind DATA an ABORT is all that smtpd_proxy_filter shows",
      .rules = ENFORCE "submission {\n hold to domain gmail.com\n accept\n}\n",
      .events = { ALICE, TO_GMAIL, { DATA, NULL, NULL, NULL }, { ABORT, NULL, NULL, NULL } },
      .records = { "NOQUEUE: decision=accept direction=outbound would=hold/t:3 stage=data nrcpt=1 to=gmail.com" },
      .done = "" },
    { .name = "a client that leaves behind DATA leaves a record, one that leaves before none",
      .rules = STRICT,
      .events = { ALICE, TO_GMAIL, { DATA, NULL, "i=11", NULL } },
      .records = { "11: decision=accept stage=data" } },
    { .name = "a client that leaves before DATA leaves no record",
      .rules = STRICT,
      .events = { ALICE, TO_GMAIL, { ABORT, NULL, NULL, NULL } },
      .records = { NULL } },
    { .name = "a connection that ends without ABORT may have lost DATA with it: what is known is recorded",
      .rules = STRICT,
      .events = { ALICE, TO_GMAIL },
      .records = { "NOQUEUE: decision=accept stage=rcpt nrcpt=1 to=gmail.com" } },
    { .name = "hold is carried out at end of message, and said with its rule",
      .rules = ENFORCE "submission {\n hold header-from domain gmail.com\n accept\n}\n",
      .events = { ALICE,
                  TO_GMAIL,
                  { DATA, NULL, "i=12", NULL },
                  { HEADER, "From: x@gmail.com", NULL, NULL },
                  { EOM, NULL, "i=12", NULL } },
      .records = { "12: decision=hold rule=t:3 header_from=gmail.com from_agrees=none" },
      .done = "hold held by outward, t:3;" },
    { .name = "a second From lets nothing by a rule that holds",
      .rules = ENFORCE "submission {\n hold header-from domain gmail.com\n accept\n}\n",
      .events = { ALICE,
                  TO_GMAIL,
                  { HEADER, "From: alice@example.org", NULL, NULL },
                  { HEADER, "From: x@gmail.com", NULL, NULL },
                  { EOM, NULL, "i=12", NULL } },
      .records = { "12: decision=hold rule=t:3 header_from=example.org,gmail.com from_agrees=none" },
      .done = "hold held by outward, t:3;" },
    { .name = "nor a second address in it",
      .rules = ENFORCE "submission {\n hold header-from domain gmail.com\n accept\n}\n",
      .events = { ALICE,
                  TO_GMAIL,
                  { HEADER, "From: x@gmail.com, alice@example.org", NULL, NULL },
                  { EOM, NULL, "i=12", NULL } },
      .records = { "12: decision=hold rule=t:3 header_from=gmail.com,example.org" },
      .done = "hold held by outward, t:3;" },
    { .name = "nor one that nobody can read",
      .rules = ENFORCE "submission {\n hold header-from domain gmail.com\n accept\n}\n",
      .events = { ALICE, TO_GMAIL, { HEADER, "From: x@gmail.com y", NULL, NULL }, { EOM, NULL, "i=12", NULL } },
      .records = { "12: decision=hold rule=t:3 header_from=?" },
      .done = "hold held by outward, t:3;" },
    { .name = "nor by one that refuses all but its own",
      .rules = ENFORCE "submission {\n reject not header-from agrees sender\n accept\n}\n",
      .events = { ALICE,
                  TO_GMAIL,
                  { HEADER, "From: alice@example.org, x@gmail.com", NULL, NULL },
                  { EOM, NULL, "i=12", "550 5.7.1" } },
      .records = { "12: decision=reject rule=t:3 from_agrees=none" } },
    { .name = "a hold that Postfix does not take makes the message wait",
      .rules = ENFORCE "submission {\n hold header-from domain gmail.com\n accept\n}\n",
      .setup = ACTIONS_FAIL,
      .events = { ALICE, TO_GMAIL, { HEADER, "From: x@gmail.com", NULL, NULL }, { EOM, NULL, "i=12", "451 4.3.0" } },
      .records = { "12: decision=tempfail trouble=edit" },
      .done = "hold held by outward, t:3;",
      .complaint = "did not take" },
    { .name = "a hold that was not granted makes the message wait",
      .rules = ENFORCE "submission {\n hold header-from domain gmail.com\n accept\n}\n",
      .setup = NO_ACTIONS,
      .events = { ALICE, TO_GMAIL, { HEADER, "From: x@gmail.com", NULL, NULL }, { EOM, NULL, "i=12", "451 4.3.0" } },
      .records = { "12: decision=tempfail trouble=edit" },
      .complaint = "did not take" },
    { .name = "tags add up above the message, forged copies go from the last to the first",
      .rules = ENFORCE "submission {\n tag \"one\" to domain gmail.com\n tag \"two\" encrypted\n accept\n}\n",
      .events = { ALICE,
                  TO_GMAIL,
                  { DATA, NULL, "i=13", NULL },
                  { HEADER, "x-outward: forged", NULL, NULL },
                  { HEADER, "X-Other: kept", NULL, NULL },
                  { HEADER, "X-OUTWARD: forged too", NULL, NULL },
                  { EOM, NULL, "i=13", NULL } },
      .records = { "13: decision=accept tag=t:3,t:4" },
      .done = "remove X-Outward 2;remove X-Outward 1;add X-Outward: two;add X-Outward: one;" },
    { .name = "tags that find no room are counted, each rule once however many recipients it matched for",
      .rules = ENFORCE "submission {\n tag \"1\" encrypted\n tag \"2\" encrypted\n tag \"3\" encrypted\n"
                       " tag \"4\" encrypted\n tag \"5\" encrypted\n tag \"6\" encrypted\n tag \"7\" encrypted\n"
                       " tag \"8\" encrypted\n tag \"9\" encrypted\n tag \"a\" to domain a.example\n"
                       " tag \"b\" to domain b.example\n accept\n}\n",
      .events = { ALICE,
                  { RCPT, "<x@a.example>", "rcpt_addr=x@a.example rcpt_mailer=smtp", NULL },
                  { RCPT, "<x@b.example>", "rcpt_addr=x@b.example rcpt_mailer=smtp", NULL },
                  { EOM, NULL, "i=13", NULL } },
      .records = { "13: decision=accept tag=t:3,t:4,t:5,t:6,t:7,t:8,t:9,t:10 tags_dropped=3" },
      .done = "add X-Outward: 8;add X-Outward: 7;add X-Outward: 6;add X-Outward: 5;add X-Outward: 4;add X-Outward: 3;"
              "add X-Outward: 2;add X-Outward: 1;" },
    { .name = "forged copies are removed from inbound mail, too",
      .rules = ENFORCE "submission {\n tag \"one\" to domain gmail.com\n accept\n}\n",
      .events = { { CONNECT, NULL, FROM_25, NULL },
                  { MAIL, "<x@example.com>", NULL, NULL },
                  { RCPT, "<alice@example.org>", "rcpt_addr=alice@example.org rcpt_mailer=virtual", NULL },
                  { HEADER, "X-Outward: forged", NULL, NULL },
                  { EOM, NULL, "i=14", NULL } },
      .records = { "14: decision=none direction=inbound !tag" },
      .done = "remove X-Outward 1;" },
    { .name = "monitor mode says what it would have done, and does nothing",
      .rules = "mode monitor\nsubmission {\n tag \"one\" encrypted\n hold to domain gmail.com\n accept\n}\n",
      .setup = NO_ACTIONS,
      .events = { ALICE, TO_GMAIL, { HEADER, "X-Outward: stays", NULL, NULL }, { EOM, NULL, "i=15", NULL } },
      .records = { "15: decision=accept would=hold/t:4 would_tag=t:3 mode=monitor !tag" } },
    { .name = "monitor mode refuses nobody",
      .rules = "mode monitor\nsubmission {\n reject plaintext\n accept\n}\n",
      .events = { { CONNECT, NULL, FROM_587, NULL },
                  { MAIL, "<alice@example.org>", LOGIN, NULL },
                  TO_GMAIL,
                  { EOM, NULL, "i=16", NULL } },
      .records = { "16: decision=accept would=reject/t:3 tls=none" } },
    { .name = "a listener behind a TLS proxy is encrypted, version unknown",
      .rules = ENFORCE "listener proxied { port 587  tls-by-proxy }\nsubmission {\n reject plaintext\n accept\n}\n",
      .events = { { CONNECT, NULL, FROM_587, NULL },
                  { MAIL, "<alice@example.org>", LOGIN, NULL },
                  TO_GMAIL,
                  { EOM, NULL, "i=17", NULL } },
      .records = { "17: decision=accept listener=proxied tls=proxied" } },
    { .name = "static RSA key exchange has no forward secrecy",
      .rules = STRICT,
      .events = { { CONNECT, NULL, FROM_587, NULL },
                  { MAIL, "<alice@example.org>", "tls_version=TLSv1.2 cipher=AES128-SHA cipher_bits=128 " LOGIN, NULL },
                  TO_GMAIL,
                  { EOM, NULL, "i=18", NULL } },
      .records = { "18: tls=TLSv1.2 cipher=AES128-SHA bits=128 forward_secrecy=no" } },
    { .name = "an ephemeral one has",
      .rules = STRICT,
      .events = { { CONNECT, NULL, FROM_587, NULL },
                  { MAIL, "<alice@example.org>", "tls_version=TLSv1.2 cipher=EDH-RSA-AES256-SHA cipher_bits=256 " LOGIN,
                    NULL },
                  TO_GMAIL,
                  { EOM, NULL, "i=18", NULL } },
      .records = { "18: tls=TLSv1.2 cipher=EDH-RSA-AES256-SHA bits=256 forward_secrecy=yes" } },
    { .name = "a certificate that Postfix trusts is told by subject and issuer",
      .rules = ENFORCE "certificate printers { issuer \"Test_CA\" subject \"printer.example.org\" }\n"
                       "submission {\n reject unauthenticated\n accept\n}\n",
      .events = { { CONNECT, NULL, FROM_587, NULL },
                  { MAIL, "<p@example.org>", TLS " cert_subject=printer.example.org cert_issuer=Test_CA", NULL },
                  TO_GMAIL,
                  { EOM, NULL, "i=19", NULL } },
      .records = { "19: decision=accept cert_subject=printer.example.org cert_issuer=Test_CA auth=none" } },
    { .name = "the null sender and a sender without domain",
      .rules = STRICT,
      .events = { { CONNECT, NULL, FROM_587, NULL },
                  { MAIL, "<>", TLS " " LOGIN " mail_addr=", NULL },
                  { DATA, NULL, "i=20", NULL },
                  { ABORT, NULL, NULL, NULL },
                  { MAIL, "<alice>", TLS " " LOGIN " mail_addr=alice@example.org", NULL },
                  { DATA, NULL, "i=21", NULL },
                  { ABORT, NULL, NULL, NULL } },
      .records = { "20: from=<>", "21: from=<alice@example.org>" } },
    /* what cannot be decided */
    { .name = "a Postfix that does not tell the port is not trusted with a guess",
      .rules = "mode enforce\nlistener s { port 587 }\nsubmission {\n reject plaintext\n accept\n}\n",
      .events = { { CONNECT, NULL, "daemon_name=mail client_addr=192.0.2.7 client_port=1", NULL },
                  { MAIL, "<alice@example.org>", TLS " " LOGIN, "451 4.3.0" } },
      .records = { "NOQUEUE: decision=tempfail reply=451,4.3.0 trouble=port !rule" },
      .complaint = "{daemon_port}" },
    { .name = "not even if it may be inbound mail, nor because another listener has a name",
      .rules = "mode enforce\nlistener n { port 465 name SMTPS }\nlistener s { port 587 }\n"
               "submission {\n reject plaintext\n accept\n}\n",
      .events = { { CONNECT, NULL, "daemon_name=mail client_addr=192.0.2.7 client_port=1", NULL },
                  { MAIL, "<x@example.com>", NULL, "451 4.3.0" } },
      .records = { "NOQUEUE: decision=tempfail trouble=port" },
      .complaint = "{daemon_port}" },
    { .name = "a sender keeps the case the client gave it, as the log does",
      .rules = STRICT,
      .events = { { CONNECT, NULL, FROM_587, NULL },
                  { MAIL, "<Alice@Example.org>", LOGIN " mail_addr=alice@example.org", "530 5.7.0" } },
      .records = { "NOQUEUE: decision=reject from=<Alice@Example.org>" } },
    { .name = "what is empty says nothing: certificates, a login without mechanism, Postfix's reading of a sender",
      .rules = STRICT,
      .events = { { CONNECT, NULL, FROM_587, NULL },
                  { MAIL, "<alice@example.org>", TLS " " LOGIN " cert_subject= cert_issuer= mail_addr=", NULL },
                  { DATA, NULL, "i=41", NULL },
                  { ABORT, NULL, NULL, NULL },
                  { MAIL, "<>", TLS " auth_type= auth_authen=alice@example.org mail_addr=root@example.org",
                    "530 5.7.0" } },
      .records = { "41: from=<alice@example.org> !cert_subject !cert_issuer", "NOQUEUE: from=<> auth=none !login" } },
    { .name = "a sender that is no address loses its brackets all the same",
      .rules = STRICT,
      .events = { { CONNECT, NULL, FROM_587, NULL }, { MAIL, "<\"alice>", LOGIN, "530 5.7.0" } },
      .records = { "NOQUEUE: decision=reject from=<%22alice>" } },
    { .name = "a sender is what Postfix reads, not how the client wrote it",
      .rules = "mode enforce\nsubmission {\n reject sender domain gmail.com\n accept\n}\n",
      .events = { { CONNECT, NULL, FROM_587, NULL },
                  { MAIL, "<\"joe@gmail.com\">", TLS " " LOGIN " mail_addr=joe@gmail.com", "550 5.7.1" } },
      .records = { "NOQUEUE: decision=reject from=<joe@gmail.com>" } },
    { .name = "a tag and a log-only hold that wait for the header are not forgotten by an early certainty",
      .rules = "mode enforce\ndomain google { gmail.com }\nsubmission {\n hold header-from domain google monitor-only\n"
               " tag \"no one-click\" to domain google missing one-click\n accept\n}\n",
      .events = { ALICE,
                  TO_GMAIL,
                  { DATA, NULL, "i=31", NULL },
                  { HEADER, "From: a@gmail.com", NULL, NULL },
                  { EOM, NULL, "i=31", NULL } },
      .records = { "31: decision=accept would=hold/t:4 tag=t:5" },
      .done = "add X-Outward: no one-click;" },
    { .name = "nor in monitor mode",
      .rules = "domain google { gmail.com }\nsubmission {\n tag to domain google missing one-click\n accept\n}\n",
      .events = { ALICE,
                  TO_GMAIL,
                  { DATA, NULL, "i=32", NULL },
                  { HEADER, "From: a@example.org", NULL, NULL },
                  { EOM, NULL, "i=32", NULL } },
      .records = { "32: decision=accept would_tag=t:3" } },
    { .name = "an old one need not tell it where a listener is known by its name",
      .rules = STRICT,
      .events = { { CONNECT, NULL, "daemon_name=ORIGINATING client_addr=192.0.2.7 client_port=1", NULL },
                  { MAIL, "<alice@example.org>", LOGIN, "530 5.7.0" } },
      .records = { "NOQUEUE: decision=reject rule=t:4 listener=submission !port" } },
    { .name = "nor where every listener has a name",
      .rules = "mode enforce\nlistener s { port 587 name SUBMIT }\nsubmission { reject plaintext }\n",
      .events = { { CONNECT, NULL, "daemon_name=mail client_addr=192.0.2.7 client_port=1", NULL },
                  { MAIL, "<stranger@example.com>", NULL, NULL },
                  { RCPT, "<alice@example.org>", "rcpt_mailer=virtual", NULL },
                  { DATA, NULL, "i=9", NULL },
                  { EOM, NULL, "i=9", NULL } },
      .records = { "9: decision=none direction=inbound !port" } },
    { .name = "nor one that does not tell the client",
      .rules = STRICT,
      .events = { { CONNECT, NULL, "daemon_port=587", NULL },
                  { MAIL, "<alice@example.org>", TLS " " LOGIN, "451 4.3.0" } },
      .records = { "NOQUEUE: decision=tempfail trouble=client" },
      .complaint = "{client_addr}" },
    { .name = "not even where it may be inbound mail",
      .rules = STRICT,
      .events = { { CONNECT, NULL, "daemon_port=25", NULL }, { MAIL, "<x@example.com>", NULL, "451 4.3.0" } },
      .records = { "NOQUEUE: decision=tempfail trouble=client" },
      .complaint = "{client_addr}" },
    { .name = "one before 3.5 tells the port at HELO, whatever it is asked at CONNECT",
      .rules = "mode enforce\nlistener s { port 587 }\nsubmission {\n reject plaintext\n accept\n}\n",
      .events = { { CONNECT, "192.0.2.7", "daemon_name=mail daemon_addr=192.0.2.1", NULL },
                  { HELO, NULL, "daemon_port=587 client_name=c.example.com client_port=4242", NULL },
                  { MAIL, "<alice@example.org>", LOGIN, "530 5.7.0" } },
      .records = { "NOQUEUE: decision=reject rule=t:4 listener=s port=587 client=c.example.com[192.0.2.7]" } },
    { .name = "and who hands mail to sendmail(1), as 2.10 does without ports",
      .rules = STRICT,
      .events = { { CONNECT, NULL, "daemon_name=mail", NULL },
                  { HELO, NULL, "client_addr=127.0.0.1 client_name=localhost client_port=0", NULL },
                  { MAIL, "root@example.org", "i=33", NULL },
                  { RCPT, "bob@gmail.com", NULL, NULL },
                  { EOM, NULL, "i=33", NULL } },
      .records = { "33: decision=accept local=yes client=localhost[127.0.0.1] !port" } },
    { .name = "the connection tells the client where no macro does, also when HELO tells the rest",
      .rules = STRICT,
      .events = { { CONNECT, "127.0.0.1", "daemon_name=mail", NULL },
                  { HELO, NULL, "client_name=localhost client_port=0", NULL },
                  { MAIL, "root@example.org", "i=34", NULL },
                  { RCPT, "bob@gmail.com", NULL, NULL },
                  { EOM, NULL, "i=34", NULL } },
      .records = { "34: decision=accept local=yes client=localhost[127.0.0.1]" } },
    { .name = "a client's port, or one of ours, is a connection and not sendmail(1)",
      .rules = STRICT,
      .events = { { CONNECT, NULL, "daemon_port=0 client_addr=127.0.0.1 client_port=4242", NULL },
                  { MAIL, "<root@example.org>", "i=35", NULL },
                  { DATA, NULL, NULL, NULL },
                  { CONNECT, NULL, "daemon_port=25 client_addr=127.0.0.1 client_port=0", NULL },
                  { MAIL, "<root@example.org>", "i=36", NULL },
                  { DATA, NULL, NULL, NULL },
                  { ABORT, NULL, NULL, NULL } },
      .records = { "35: local=no", "36: local=no" } },
    { .name = "a queue ID is told as far as there are such",
      .rules = STRICT,
      .events = { ALICE,
                  TO_GMAIL,
                  { DATA, NULL, "i=0123456789012345678901234567890123456789", NULL },
                  { EOM, NULL, NULL, NULL },
                  { MAIL, "<alice@example.org>", TLS " " LOGIN, NULL },
                  TO_GMAIL,
                  { DATA, NULL, "i=01234567890123456789012345678901234567890", NULL },
                  { EOM, NULL, NULL, NULL } },
      .records = { "0123456789012345678901234567890123456789: decision=accept", "NOQUEUE: decision=accept" } },
    { .name = "a TLS version that is none cannot be judged",
      .rules = STRICT,
      .events = { { CONNECT, NULL, FROM_587, NULL },
                  { MAIL, "<alice@example.org>", "tls_version=SomeTLS " LOGIN, "451 4.3.0" } },
      .records = { "NOQUEUE: decision=tempfail trouble=tls-version !tls" },
      .complaint = "{tls_version}" },
    { .name = "but inbound mail passes all the same",
      .rules = STRICT,
      .events = { { CONNECT, NULL, FROM_25, NULL },
                  { MAIL, "<x@example.com>", "tls_version=SomeTLS", NULL },
                  { RCPT, "<alice@example.org>", "rcpt_addr=alice@example.org rcpt_mailer=virtual", NULL },
                  { EOM, NULL, "i=22", NULL } },
      .records = { "22: decision=none direction=inbound trouble=tls-version" },
      .complaint = "{tls_version}" },
    { .name = "an own network's undecidable mail waits for its recipients",
      .rules = STRICT,
      .events = { { CONNECT, NULL, FROM_OWN_NETWORK, NULL },
                  { MAIL, "<x@example.com>", "tls_version=SomeTLS", NULL },
                  { RCPT, "<alice@example.org>", "rcpt_addr=alice@example.org rcpt_mailer=virtual", NULL },
                  { RCPT, "<bob@gmail.com>", "rcpt_addr=bob@gmail.com rcpt_mailer=smtp", "451 4.3.0" },
                  { EOM, NULL, "i=23", NULL } },
      .records = { "23: decision=none direction=inbound nrcpt=2 refused=1 trouble=tls-version" },
      .complaint = "{tls_version}" },
    { .name = "on-error accept lets it go",
      .rules = "on-error accept\n" STRICT,
      .events = { { CONNECT, NULL, FROM_587, NULL },
                  { MAIL, "<alice@example.org>", "tls_version=SomeTLS", NULL },
                  TO_GMAIL,
                  { EOM, NULL, "i=24", NULL } },
      .records = { "24: decision=accept trouble=tls-version !rule" },
      .complaint = "{tls_version}" },
    { .name = "monitor mode lets it go",
      .rules = "mode monitor\nsubmission {\n reject plaintext\n accept\n}\n",
      .events = { { CONNECT, NULL, "daemon_port=587", NULL },
                  { MAIL, "<alice@example.org>", NULL, NULL },
                  TO_GMAIL,
                  { EOM, NULL, "i=25", NULL } },
      .records = { "25: decision=accept trouble=client" },
      .complaint = "{client_addr}" },
    { .name = "local mail that cannot be decided is held",
      .rules = STRICT,
      .events = { { CONNECT, NULL, FROM_PICKUP, NULL },
                  { MAIL, "root@example.org", "i=26", NULL },
                  { EOM, NULL, "i=26", NULL } },
      .records = { "26: decision=hold trouble=no-recipient !rule" },
      .done = "hold held by outward;",
      .complaint = "without a recipient" },
    /* orders that no MTA has */
    { .name = "MAIL before CONNECT",
      .rules = STRICT,
      .events = { { MAIL, "<a@example.org>", TLS " " LOGIN, "451 4.3.0" } },
      .records = { "NOQUEUE: decision=tempfail trouble=client" },
      .complaint = "{client_addr}" },
    { .name = "RCPT and end of message without MAIL",
      .rules = STRICT,
      .events = { { CONNECT, NULL, FROM_587, NULL },
                  { RCPT, "<bob@gmail.com>", NULL, "451 4.3.0" },
                  { DATA, NULL, "i=27", NULL },
                  { HEADER, "From: a@example.org", NULL, NULL },
                  { EOM, NULL, "i=27", "451 4.3.0" },
                  { ABORT, NULL, NULL, NULL } } },
    { .name = "RCPT behind a refused MAIL",
      .rules = STRICT,
      .events = { { CONNECT, NULL, FROM_587, NULL },
                  { MAIL, "<alice@example.org>", NULL, "530 5.7.0" },
                  { RCPT, "<bob@gmail.com>", NULL, "451 4.3.0" } },
      .records = { "NOQUEUE: decision=reject" } },
};

/* ---- the world the session sees ---- */

struct world {
    char values[EOM + 1][1024]; /* macros by the event that brought them; later ones hide earlier ones */
    char got[256];
    char records[RECORDS + 1][RECORD_MAX + 1];
    size_t record_count;
    const struct policy *policy;
    char done[DONE_MAX];
    char complaints[DONE_MAX];
    unsigned complaint_count;
    bool actions_fail;
};

/* The value of "name=" in the words of one stage; names are asked for as "{name}" or "i". */
static bool find_value(const char *words, struct view name, char *out, size_t size)
{
    struct view rest = view_of(words);
    bool more = true;

    while (more) {
        struct view word = rest, key;

        more = view_cut(&rest, VIEW(" "), &word);
        if (view_cut(&word, VIEW("="), &key) && view_eq(key, name)) {
            snprintf(out, size, "%.*s", VIEW_ARG(word));
            return true;
        }
    }
    return false;
}

static const char *get_macro(void *context, const char *name)
{
    struct world *world = context;
    struct view bare = view_of(name);

    if (bare.p[0] == '{')
        bare = view_slice(bare, 1, bare.n - 1);
    for (int stage = EOM; stage >= CONNECT; stage--) {
        if (find_value(world->values[stage], bare, world->got, sizeof(world->got)))
            return world->got;
    }
    return NULL;
}

/* The line alone says what was decided, and why: where nothing went wrong the rules say the same of its facts. */
static void check_replay(struct world *world, struct view line, const struct decision *decided)
{
    char storage[RECORD_MAX];
    struct buf scratch = BUF(storage);
    struct decision again = { .certain = false };
    struct record record;
    bool any = false;

    ck_assert(record_parse(line, &scratch, &record));
    if (record.sub.stage != STAGE_MESSAGE || record.trouble.n > 0 || record.to_more > 0 ||
        record.recipients_refused > 0 || world->policy == NULL)
        return;
    for (size_t i = 0; i < record.to_count; i++) {
        struct decision one = policy_evaluate(world->policy, &record.sub, &record.to[i]);

        if (any)
            decision_join(&again, &one);
        else
            again = one;
        any = true;
    }
    ck_assert(again.certain);
    ck_assert_int_eq(again.direction, decided->direction);
    ck_assert_int_eq(again.now.verdict, decided->now.verdict);
    ck_assert_uint_eq(again.now.rule.line, decided->now.rule.line);
    ck_assert_int_eq(again.would.verdict, decided->would.verdict);
    ck_assert_uint_eq(again.tag_count, decided->tag_count);
    ck_assert_uint_eq(again.would_tag.line, decided->would_tag.line);
}

static void keep_record(void *context, struct record *record)
{
    struct world *world = context;
    struct buf line = buf_over(world->records[world->record_count], RECORD_MAX);

    ck_assert_uint_lt(world->record_count, RECORDS);
    record_format(&line, record);
    ck_assert(!line.full);
    line.p[line.len] = '\0';
    check_replay(world, buf_view(&line), &record->decision);
    world->record_count++;
}

static void keep_complaint(void *context, struct view queue_id, const char *text)
{
    struct world *world = context;

    (void)queue_id;
    snprintf(world->complaints, sizeof(world->complaints), "%s", text);
    world->complaint_count++;
}

static bool note(struct world *world, const char *what, const char *name, const char *more)
{
    size_t used = strlen(world->done);

    snprintf(world->done + used, sizeof(world->done) - used, "%s%s%s;", what, name, more);
    return !world->actions_fail;
}

static bool hold(void *context, const char *reason)
{
    return note(context, "hold ", reason, "");
}

static bool remove_header(void *context, const char *name, unsigned copy)
{
    char number[16];

    snprintf(number, sizeof(number), " %u", copy);
    return note(context, "remove ", name, number);
}

static bool add_header(void *context, const char *name, const char *value)
{
    char more[128];

    snprintf(more, sizeof(more), ": %s", value);
    return note(context, "add ", name, more);
}

/* New macros of a stage replace its old ones and, from MAIL on, those of the stages behind it: libmilter/engine.c. */
static void set_macros(struct world *world, const struct event *event)
{
    if (event->kind == HEADER || event->kind == ABORT)
        return;
    for (int stage = (int)event->kind; stage <= EOM; stage++)
        world->values[stage][0] = '\0';
    if (event->macros != NULL)
        snprintf(world->values[event->kind], sizeof(world->values[0]), "%s", event->macros);
}

static void play(struct session *session, struct world *world, const struct event *event)
{
    const struct macro_source macros = { .get = get_macro, .context = world };
    const struct message_editor editor = {
        .hold = hold, .remove_header = remove_header, .add_header = add_header, .context = world
    };
    struct view argument = view_of(event->argument), name = { NULL, 0 };
    struct answer answer = { .verdict = VERDICT_ACCEPT };
    struct address address;
    char said[32] = "";

    set_macros(world, event);
    if (event->kind == CONNECT)
        session_connect(session, &macros, address_parse(argument, &address) ? &address : NULL);
    else if (event->kind == HELO)
        return; /* its macros alone: the gate asks for no HELO */
    else if (event->kind == MAIL)
        session_mail(session, &macros, argument, 20270331, &answer);
    else if (event->kind == RCPT)
        session_rcpt(session, &macros, argument, &answer);
    else if (event->kind == DATA)
        session_data(session, &macros);
    else if (event->kind == HEADER && view_cut(&argument, VIEW(": "), &name))
        session_header(session, name, argument);
    else if (event->kind == EOM)
        session_message(session, &macros, &editor, &answer);
    else
        session_abort(session);
    if (answer.verdict != VERDICT_ACCEPT)
        snprintf(said, sizeof(said), "%s %s", answer.reply.code, answer.reply.dsn);
    ck_assert_int_ne(answer.verdict, VERDICT_HOLD);
    ck_assert_str_eq(said, event->answer == NULL ? "" : event->answer);
}

static struct session_setup setup_for(unsigned flags, const struct policy *policy, struct world *world)
{
    return (struct session_setup){
        .policy = policy,
        .generation = 7,
        .answers_rcpt = (flags & RCPT_HAS_NO_REPLY) == 0,
        .sees_headers = (flags & NO_HEADERS) == 0,
        .may_hold = (flags & NO_ACTIONS) == 0,
        .may_change_headers = (flags & NO_ACTIONS) == 0 && policy_needs(policy).change_headers,
        .suffixes = list,
        .seed = 1,
        .outlet = { .record = keep_record, .complain = keep_complaint, .context = world },
    };
}

/* Each word stands in the record as a whole, or, with '!', no key of that name does. */
static void check_record(const char *name, const char *record, const char *words)
{
    char padded[RECORD_MAX + 3];
    struct view rest = view_of(words), word;
    bool more = true;

    snprintf(padded, sizeof(padded), " %s ", record);
    while (more) {
        char wanted[256];

        word = rest;
        more = view_cut(&rest, VIEW(" "), &word);
        if (word.p[0] == '!')
            snprintf(wanted, sizeof(wanted), " %.*s=", VIEW_ARG(view_slice(word, 1, word.n)));
        else
            snprintf(wanted, sizeof(wanted), " %.*s ", VIEW_ARG(word));
        ck_assert_msg((strstr(padded, wanted) != NULL) == (word.p[0] != '!'), "%s: \"%s\" in record: %s", name, wanted,
                      record);
    }
}

static void check_world(const struct script *script, const struct world *world)
{
    size_t wanted = 0;

    while (wanted < RECORDS && script->records[wanted] != NULL)
        wanted++;
    ck_assert_msg(world->record_count == wanted, "%s: %zu records, first: %s", script->name, world->record_count,
                  world->records[0]);
    for (size_t i = 0; i < wanted; i++)
        check_record(script->name, world->records[i], script->records[i]);
    ck_assert_str_eq(world->done, script->done == NULL ? "" : script->done);
    ck_assert_msg(world->complaint_count == (script->complaint != NULL), "%s: %u complaints: %s", script->name,
                  world->complaint_count, world->complaints);
    if (script->complaint != NULL)
        ck_assert_ptr_nonnull(strstr(world->complaints, script->complaint));
}

START_TEST(events_give_their_answers_and_records)
{
    const struct script *script = &scripts[_i];
    struct policy *policy = rules_policy(script->rules);
    static struct world world;
    struct session_setup setup = setup_for(script->setup, policy, &world);
    struct session *session = session_new(&setup);

    world = (struct world){ .actions_fail = (script->setup & ACTIONS_FAIL) != 0,
                            .policy = (script->setup & NO_HEADERS) == 0 ? policy : NULL };
    for (size_t i = 0; i < EVENTS && script->events[i].kind != END; i++)
        play(session, &world, &script->events[i]);
    session_free(session);
    check_world(script, &world);
    policy_free(policy);
}
END_TEST

/* ---- limits ---- */

static struct policy *policy;
static struct session *session;
static struct world world;

static void start(const char *rules)
{
    static const struct event alice[] = { ALICE };
    struct session_setup setup;

    policy = rules_policy(rules);
    world = (struct world){ .record_count = 0 };
    setup = setup_for(USUAL, policy, &world);
    session = session_new(&setup);
    play(session, &world, &alice[0]);
    play(session, &world, &alice[1]);
}

static void stop(void)
{
    session_free(session);
    policy_free(policy);
}

static enum verdict rcpt(const char *address)
{
    const struct macro_source macros = { .get = get_macro, .context = &world };
    struct answer answer;

    session_rcpt(session, &macros, view_of(address), &answer);
    return answer.verdict;
}

static enum verdict message(void)
{
    const struct macro_source macros = { .get = get_macro, .context = &world };
    const struct message_editor editor = {
        .hold = hold, .remove_header = remove_header, .add_header = add_header, .context = &world
    };
    struct answer answer;

    session_message(session, &macros, &editor, &answer);
    return answer.verdict;
}

START_TEST(ten_thousand_recipient_domains_are_judged_each_and_one_more_waits)
{
    char address[64];

    start(ENFORCE "submission {\n reject to domain d7777.example\n accept\n}\n");
    for (int i = 0; i < 10000; i++) {
        snprintf(address, sizeof(address), "<a@d%d.example>", i);
        ck_assert_int_eq(rcpt(address), i == 7777 ? VERDICT_REJECT : VERDICT_ACCEPT);
    }
    ck_assert_uint_eq(world.complaint_count, 0);
    ck_assert_int_eq(rcpt("<a@d0.example>"), VERDICT_ACCEPT);
    ck_assert_int_eq(rcpt("<a@one.more.example>"), VERDICT_TEMPFAIL);
    ck_assert_ptr_nonnull(strstr(world.complaints, "too many"));
    ck_assert_int_eq(message(), VERDICT_TEMPFAIL);
    check_record("", world.records[0], "decision=tempfail nrcpt=10002 refused=2 trouble=recipients");
    stop();
}
END_TEST

START_TEST(memory_is_bounded_and_its_end_fails_closed)
{
    enum { SIZE = 60000 };
    static char address[SIZE + 16];
    int given = 0;

    start(STRICT);
    memset(address, 'a', SIZE);
    memcpy(address + SIZE - 12, "@x.example", 11);
    while (given < 200 && rcpt(address) == VERDICT_ACCEPT)
        given++;
    ck_assert_int_eq(given, 200); /* local parts are not kept: no limit is met */
    ck_assert_int_eq(message(), VERDICT_ACCEPT);
    check_record("", world.records[0], "decision=accept nrcpt=200 to=x.example");
    stop();
}
END_TEST

START_TEST(a_sender_as_long_as_the_memory_waits)
{
    static char sender[MESSAGE_MEMORY_MAX + 16];
    const struct macro_source macros = { .get = get_macro, .context = &world };
    struct answer answer;

    start(STRICT);
    memset(sender, 'a', sizeof(sender) - 1);
    session_mail(session, &macros, view_of(sender), 0, &answer);
    ck_assert_int_eq(answer.verdict, VERDICT_TEMPFAIL);
    ck_assert_ptr_nonnull(strstr(world.complaints, "memory"));
    stop();
}
END_TEST

#define TAGGING "submission {\n tag \"x\" encrypted\n accept\n}\n"

/* Whom they come from does not matter, nor what is done when the gate cannot decide: they are never passed on. */
static const struct {
    const char *rules;
    const char *connection;
    unsigned copies;
    enum verdict verdict;
    const char *record;
} forgeries[] = {
    { ENFORCE TAGGING, FROM_587, FORGED_MAX, VERDICT_ACCEPT, "decision=accept tag=t:3 !trouble" },
    { ENFORCE TAGGING, FROM_587, FORGED_MAX + 1, VERDICT_REJECT,
      "decision=reject direction=outbound reply=550,5.7.1 trouble=forged-tags !rule" },
    { "on-error accept\n" ENFORCE TAGGING, FROM_587, FORGED_MAX + 1, VERDICT_REJECT,
      "decision=reject trouble=forged-tags" },
    { ENFORCE TAGGING, FROM_25, FORGED_MAX, VERDICT_ACCEPT, "decision=none direction=inbound !trouble" },
    { ENFORCE TAGGING, FROM_25, FORGED_MAX + 1, VERDICT_REJECT,
      "decision=reject direction=inbound trouble=forged-tags" },
    { ENFORCE "submission {\n reject header-from domain gmail.com\n tag \"x\"\n accept\n}\n", FROM_587, FORGED_MAX + 1,
      VERDICT_REJECT, "decision=reject rule=t:3 !trouble" },
    { "mode monitor\n" TAGGING, FROM_587, FORGED_MAX + 1, VERDICT_ACCEPT, "decision=accept would_tag=t:3 !trouble" },
    { ENFORCE "submission {\n accept\n}\n", FROM_587, FORGED_MAX + 1, VERDICT_ACCEPT, "decision=accept !trouble" },
};

START_TEST(more_forged_copies_than_are_removed_are_never_passed_on)
{
    const struct event events[] = { { CONNECT, NULL, forgeries[_i].connection, NULL },
                                    { MAIL, "<alice@example.org>", TLS, NULL },
                                    { RCPT, "<a@example.com>", "rcpt_mailer=virtual", NULL } };
    struct session_setup setup;

    policy = rules_policy(forgeries[_i].rules);
    world = (struct world){ .record_count = 0 };
    setup = setup_for(USUAL, policy, &world);
    session = session_new(&setup);
    for (size_t i = 0; i < ROWS(events); i++)
        play(session, &world, &events[i]);
    session_header(session, VIEW("From"), VIEW("x@gmail.com"));
    for (unsigned i = 0; i < forgeries[_i].copies; i++)
        session_header(session, VIEW("X-Outward"), VIEW("forged"));
    ck_assert_int_eq(message(), forgeries[_i].verdict);
    check_record("", world.records[0], forgeries[_i].record);
    ck_assert_int_eq(world.complaint_count,
                     forgeries[_i].verdict == VERDICT_REJECT && strstr(forgeries[_i].record, "!trouble") == NULL);
    stop();
}
END_TEST

/* Only a rule that asks for the signature hears of it. */
START_TEST(signers_past_the_limit_are_as_none_and_touch_no_other_fact)
{
    static const struct {
        const char *rules;
        enum verdict verdict;
    } cases[] = { { STRICT, VERDICT_ACCEPT },
                  { ENFORCE "submission {\n reject not header-from domain example.org\n accept\n}\n", VERDICT_ACCEPT },
                  { ENFORCE "submission {\n reject not header-from agrees login\n accept\n}\n", VERDICT_ACCEPT },
                  { ENFORCE "submission {\n reject missing dkim\n accept\n}\n", VERDICT_ACCEPT },
                  { "on-error accept\n" ENFORCE "submission {\n reject not dkim aligned\n accept\n}\n",
                    VERDICT_REJECT } };
    char body[64];

    start(cases[_i].rules);
    rcpt("<a@example.com>");
    session_header(session, VIEW("From"), VIEW("alice@example.org"));
    for (int i = 0; i < 20; i++) {
        snprintf(body, sizeof(body), "d=s%d.example", i);
        session_header(session, VIEW("DKIM-Signature"), view_of(body));
    }
    session_header(session, VIEW("DKIM-Signature"), VIEW("d=example.org"));
    ck_assert_int_eq(message(), cases[_i].verdict);
    ck_assert_uint_eq(world.complaint_count, 0);
    stop();
}
END_TEST

START_TEST(a_session_is_busy_from_mail_to_the_end_of_its_transaction)
{
    start(STRICT);
    ck_assert(session_is_busy(session));
    rcpt("<a@example.com>");
    message();
    ck_assert(!session_is_busy(session));
    session_abort(session);
    ck_assert(!session_is_busy(session));
    stop();
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("session");
    TCase *tests = tcase_create("session");

    tcase_add_unchecked_fixture(tests, open_list, close_list);
    tcase_add_loop_test(tests, events_give_their_answers_and_records, 0, ROWS(scripts));
    tcase_add_test(tests, ten_thousand_recipient_domains_are_judged_each_and_one_more_waits);
    tcase_add_test(tests, memory_is_bounded_and_its_end_fails_closed);
    tcase_add_test(tests, a_sender_as_long_as_the_memory_waits);
    tcase_add_loop_test(tests, more_forged_copies_than_are_removed_are_never_passed_on, 0, ROWS(forgeries));
    tcase_add_loop_test(tests, signers_past_the_limit_are_as_none_and_touch_no_other_fact, 0, 5);
    tcase_add_test(tests, a_session_is_busy_from_mail_to_the_end_of_its_transaction);
    suite_add_tcase(suite, tests);
    return suite;
}
