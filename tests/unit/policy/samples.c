#include "tests/unit/policy/samples.h"

#include "tests/unit/unit.h"

const struct recipient to_gmail = { VIEW_INIT("gmail.com"), VIEW_INIT("smtp") };
const struct recipient to_other = { VIEW_INIT("example.net"), VIEW_INIT("smtp") };

void set_fact(struct submission *sub, enum fact_id id, const char *text)
{
    if (text == NULL)
        fact_set_absent(sub, id);
    else
        ck_assert_msg(fact_read(sub, &fact_table[id], view_of(text)), "%s", text);
}

struct submission good_submission(void)
{
    static const char *const texts[FACT_COUNT] = {
        [FACT_LOCAL] = "no",
        [FACT_LISTENER] = "submission",
        [FACT_PORT] = "587",
        [FACT_LISTEN_ADDRESS] = "198.51.100.25",
        [FACT_CLIENT] = "pc.example.com[203.0.113.7]",
        [FACT_TLS] = "TLSv1.2",
        [FACT_CIPHER] = "ECDHE-RSA-AES256-GCM-SHA384",
        [FACT_BITS] = "256",
        [FACT_FORWARD_SECRECY] = "yes",
        [FACT_CERT_SUBJECT] = NULL,
        [FACT_CERT_ISSUER] = NULL,
        [FACT_MECHANISM] = "PLAIN",
        [FACT_LOGIN] = "alice",
        [FACT_SENDER] = "<alice@example.org>",
        [FACT_HEADER_FROM] = "example.org",
        [FACT_FROM_AGREES] = "sender,login",
        [FACT_DKIM] = "example.org",
        [FACT_DKIM_ALIGNED] = "yes",
        [FACT_ONE_CLICK] = "yes",
        [FACT_FORMAT_FAULTS] = "none",
        [FACT_TLS_REQUIRED_NO] = "no",
        [FACT_VOLUME] = "10",
    };
    struct submission sub;

    submission_init(&sub);
    for (size_t i = 0; i < FACT_COUNT; i++)
        set_fact(&sub, (enum fact_id)i, texts[i]);
    submission_reach(&sub, STAGE_MESSAGE);
    return sub;
}

struct submission at_stage(struct submission sub, enum stage stage)
{
    sub.stage = stage;
    for (size_t i = 0; i < FACT_COUNT; i++) {
        if (fact_table[i].stage > stage)
            sub.facts[i].state = FACT_PENDING;
    }
    return sub;
}

struct submission local_mail(void)
{
    struct submission sub = good_submission();
    static const enum fact_id absent[] = { FACT_LISTENER, FACT_TLS,       FACT_CIPHER,         FACT_BITS,
                                           FACT_LOGIN,    FACT_MECHANISM, FACT_FORWARD_SECRECY };

    for (size_t i = 0; i < ROWS(absent); i++)
        fact_set_absent(&sub, absent[i]);
    set_fact(&sub, FACT_LOCAL, "yes");
    set_fact(&sub, FACT_PORT, "0");
    set_fact(&sub, FACT_CLIENT, "localhost[127.0.0.1]");
    return sub;
}
