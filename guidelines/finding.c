#include "guidelines/finding.h"

#define LOOK_UP N_("Ask DNS: outward guidelines DOMAIN --egress ADDRESS.")
#define ASK_AGAIN                                                                                                      \
    N_("Ask again later; if it stays, look at the name servers and at the DNSSEC signatures of the domain.")
#define NAME_THE_ADDRESSES N_("Name them: --egress ADDRESS, or guidelines { egress { ADDRESS... } } in outward.conf.")
#define USE_THE_GATE N_("Let outward-milter see submissions: it writes down what their headers say.")

/* Said in the same way of any number. */
#define SENTENCE(text)                                                                                                 \
    {                                                                                                                  \
        NULL, text                                                                                                     \
    }

const struct finding_row finding_table[FINDING_COUNT] = {
    [FINDING_TLS_ENCRYPTED] = { VIEW_INIT("tls-encrypted"), COMPLIANCE_COMPLIANT, SOURCE_LOG,
                                N_COUNT("the only message sent to {receiver} went over TLS",
                                        "all {of} messages sent to {receiver} went over TLS"),
                                "" },
    [FINDING_TLS_PLAINTEXT] = { VIEW_INIT("tls-plaintext"), COMPLIANCE_NEEDS_WORK, SOURCE_LOG,
                                SENTENCE(N_("{count} of {of} messages and attempts to {receiver} went in plaintext")),
                                N_("Set smtp_tls_security_level = may or better and reload Postfix; "
                                   "outward doctor finds what switches TLS off.") },
    [FINDING_TLS_REFUSED] = { VIEW_INIT("tls-refused"), COMPLIANCE_NEEDS_WORK, SOURCE_RECEIVER,
                              N_COUNT("{receiver} refused {count} attempt because it came without TLS ({detail})",
                                      "{receiver} refused {count} attempts because they came without TLS ({detail})"),
                              N_("Set smtp_tls_security_level = may or better and reload Postfix; "
                                 "outward doctor finds what switches TLS off.") },
    [FINDING_TLS_UNKNOWN] = { VIEW_INIT("tls-unknown"), COMPLIANCE_UNKNOWN, SOURCE_LOG,
                              SENTENCE(N_("the log does not tell for {count} of {of} messages sent to {receiver}")),
                              N_("Set smtp_tls_loglevel = 1 and reload Postfix.") },
    [FINDING_TLS_SMARTHOST] = { VIEW_INIT("tls-smarthost"), COMPLIANCE_UNKNOWN, SOURCE_LOG,
                                SENTENCE(N_(
                                    "{count} of {of} messages to {receiver} went through a smarthost, which decides")),
                                N_("Ask who runs the smarthost, or look at its log with outward report.") },
    [FINDING_SPF_REFUSED] = { VIEW_INIT("spf-refused"), COMPLIANCE_NEEDS_WORK, SOURCE_RECEIVER,
                              N_COUNT("{receiver} refused {count} attempt for want of SPF ({detail})",
                                      "{receiver} refused {count} attempts for want of SPF ({detail})"),
                              N_("Publish an SPF record with all addresses that this domain's mail leaves from.") },
    [FINDING_SPF_NOT_LOOKED_UP] = { VIEW_INIT("spf-not-looked-up"), COMPLIANCE_UNKNOWN, SOURCE_LOG,
                                    SENTENCE(N_("{receiver} refused nothing for want of SPF; whether it passes, only "
                                                "DNS tells")),
                                    LOOK_UP },
    [FINDING_SPF_PASSES] = { VIEW_INIT("spf-passes"), COMPLIANCE_COMPLIANT, SOURCE_DNS,
                             N_COUNT("SPF passes for the only sending address: {detail}",
                                     "SPF passes for all {of} sending addresses: {detail}"),
                             "" },
    [FINDING_SPF_FAILS] = { VIEW_INIT("spf-fails"), COMPLIANCE_NEEDS_WORK, SOURCE_DNS,
                            SENTENCE(N_("SPF does not pass for {count} of {of} sending addresses: {detail}")),
                            N_("Name these addresses in the SPF record: ip4:ADDRESS or ip6:ADDRESS.") },
    [FINDING_SPF_BROKEN] = { VIEW_INIT("spf-broken"), COMPLIANCE_NEEDS_WORK, SOURCE_DNS,
                             SENTENCE(N_("the SPF record cannot be evaluated: {detail}")),
                             N_("Mend the record: receivers take such a one for no authentication at all.") },
    [FINDING_SPF_ABSENT] = { VIEW_INIT("spf-absent"), COMPLIANCE_NEEDS_WORK, SOURCE_DNS,
                             SENTENCE(N_("there is no SPF record: {detail}")),
                             N_("Publish a TXT record \"v=spf1 ip4:ADDRESS -all\" with all addresses that this "
                                "domain's "
                                "mail leaves from.") },
    [FINDING_SPF_NO_ANSWER] = { VIEW_INIT("spf-no-answer"), COMPLIANCE_UNKNOWN, SOURCE_DNS,
                                SENTENCE(N_("DNS gives no answer that SPF could be judged by: {detail}")), ASK_AGAIN },
    [FINDING_SPF_NO_ADDRESS] = { VIEW_INIT("spf-no-address"), COMPLIANCE_UNKNOWN, SOURCE_DNS,
                                 SENTENCE(N_("there is an SPF record, but which addresses the mail leaves from is not "
                                             "known here: {detail}")),
                                 NAME_THE_ADDRESSES },
    [FINDING_DKIM_REFUSED] = { VIEW_INIT("dkim-refused"), COMPLIANCE_NEEDS_WORK, SOURCE_RECEIVER,
                               N_COUNT("{receiver} refused {count} attempt for want of DKIM ({detail})",
                                       "{receiver} refused {count} attempts for want of DKIM ({detail})"),
                               N_("Sign all mail with a key of 2048 bits and publish it under the selector in use.") },
    [FINDING_DKIM_SOME_UNSIGNED] = { VIEW_INIT("dkim-some-unsigned"), COMPLIANCE_NEEDS_WORK, SOURCE_GATE,
                                     SENTENCE(N_("{count} of {of} messages to {receiver} carried no DKIM signature, "
                                                 "others did")),
                                     N_("See which services and networks the signer leaves out.") },
    [FINDING_DKIM_SIGNED] = { VIEW_INIT("dkim-signed"), COMPLIANCE_UNKNOWN, SOURCE_GATE,
                              N_COUNT("the only message to {receiver} carried a DKIM signature ({detail}); whether its "
                                      "key is published, only DNS tells",
                                      "all {of} messages to {receiver} carried a DKIM signature ({detail}); whether "
                                      "its key is published, only DNS tells"),
                              LOOK_UP },
    [FINDING_DKIM_NONE_SEEN] = { VIEW_INIT("dkim-none-seen"), COMPLIANCE_UNKNOWN, SOURCE_GATE,
                                 N_COUNT(
                                     "the only message to {receiver} carried no DKIM signature when the gate saw it",
                                     "none of {of} messages to {receiver} carried a DKIM signature when the gate saw "
                                     "them"),
                                 N_("If mail is signed, name the signer before the gate in smtpd_milters; else sign "
                                    "it.") },
    [FINDING_DKIM_NOT_LOOKED_UP] = { VIEW_INIT("dkim-not-looked-up"), COMPLIANCE_UNKNOWN, SOURCE_LOG,
                                     SENTENCE(N_(
                                         "{receiver} refused nothing for want of DKIM; signatures are not in the log")),
                                     USE_THE_GATE },
    [FINDING_DKIM_KEYS_GOOD] = { VIEW_INIT("dkim-keys-good"), COMPLIANCE_COMPLIANT, SOURCE_DNS,
                                 N_COUNT("the only DKIM key is published: {detail}",
                                         "all {of} DKIM keys are published: {detail}"),
                                 "" },
    [FINDING_DKIM_KEYS_BAD] = { VIEW_INIT("dkim-keys-bad"), COMPLIANCE_NEEDS_WORK, SOURCE_DNS,
                                SENTENCE(N_("{count} of {of} DKIM keys cannot be used: {detail}")),
                                N_("Publish the public key of each selector that the signer uses.") },
    [FINDING_DKIM_KEYS_SHORT] = { VIEW_INIT("dkim-keys-short"), COMPLIANCE_NEEDS_WORK, SOURCE_DNS,
                                  N_COUNT("{count} of {of} DKIM keys has fewer than 1024 bits: {detail}",
                                          "{count} of {of} DKIM keys have fewer than 1024 bits: {detail}"),
                                  N_("Make a key of 2048 bits under a new selector, publish it, then sign with it.") },
    [FINDING_DKIM_NO_ANSWER] = { VIEW_INIT("dkim-no-answer"), COMPLIANCE_UNKNOWN, SOURCE_DNS,
                                 SENTENCE(N_("DNS gives no answer for a DKIM key: {detail}")), ASK_AGAIN },
    [FINDING_DKIM_NO_SELECTOR] = { VIEW_INIT("dkim-no-selector"), COMPLIANCE_UNKNOWN, SOURCE_DNS,
                                   SENTENCE(N_("no selector is known, and DNS cannot list them")),
                                   N_("Name it: --selector NAME, the s= of a DKIM-Signature field.") },
    [FINDING_DMARC_REFUSED] = { VIEW_INIT("dmarc-refused"), COMPLIANCE_NEEDS_WORK, SOURCE_RECEIVER,
                                N_COUNT("{receiver} refused {count} attempt for the domain's DMARC policy ({detail})",
                                        "{receiver} refused {count} attempts for the domain's DMARC policy ({detail})"),
                                N_("Publish a DMARC record under _dmarc.DOMAIN, \"v=DMARC1; p=none\" at the least.") },
    [FINDING_DMARC_NOT_LOOKED_UP] = { VIEW_INIT("dmarc-not-looked-up"), COMPLIANCE_UNKNOWN, SOURCE_LOG,
                                      SENTENCE(N_("{receiver} refused nothing for want of a DMARC policy; whether "
                                                  "there is one, only DNS tells")),
                                      LOOK_UP },
    [FINDING_DMARC_FOUND] = { VIEW_INIT("dmarc-found"), COMPLIANCE_COMPLIANT, SOURCE_DNS,
                              SENTENCE(N_("a DMARC policy is published: {detail}")), "" },
    [FINDING_DMARC_ABSENT] = { VIEW_INIT("dmarc-absent"), COMPLIANCE_NEEDS_WORK, SOURCE_DNS,
                               SENTENCE(N_("there is no DMARC record, neither here nor above: {detail}")),
                               N_("Publish a TXT record \"v=DMARC1; p=none\" under _dmarc.DOMAIN, better with a rua= "
                                  "that "
                                  "reports go to.") },
    [FINDING_DMARC_SEVERAL] = { VIEW_INIT("dmarc-several"), COMPLIANCE_NEEDS_WORK, SOURCE_DNS,
                                SENTENCE(N_("there is more than one DMARC record at one name, so none of them counts: "
                                            "{detail}")),
                                N_("Leave one record that begins with v=DMARC1.") },
    [FINDING_DMARC_INVALID] = { VIEW_INIT("dmarc-invalid"), COMPLIANCE_NEEDS_WORK, SOURCE_DNS,
                                SENTENCE(N_("the DMARC record has no policy: {detail}")),
                                N_("Give it p=none, p=quarantine or p=reject right behind v=DMARC1.") },
    [FINDING_DMARC_NO_ANSWER] = { VIEW_INIT("dmarc-no-answer"), COMPLIANCE_UNKNOWN, SOURCE_DNS,
                                  SENTENCE(N_("DNS gives no answer for the DMARC record: {detail}")), ASK_AGAIN },
    [FINDING_ALIGNMENT_REFUSED] = { VIEW_INIT("alignment-refused"), COMPLIANCE_NEEDS_WORK, SOURCE_RECEIVER,
                                    N_COUNT(
                                        "{receiver} refused {count} attempt because From: was not aligned ({detail})",
                                        "{receiver} refused {count} attempts because From: was not aligned ({detail})"),
                                    N_("Sign with d= of the From: domain, or send from an envelope address of it.") },
    [FINDING_ALIGNMENT_ALIGNED] = { VIEW_INIT("alignment-aligned"), COMPLIANCE_COMPLIANT, SOURCE_GATE,
                                    N_COUNT("the only message to {receiver} had the From: domain in the envelope or in "
                                            "a DKIM signature",
                                            "all {of} messages to {receiver} had the From: domain in the envelope or "
                                            "in a DKIM signature"),
                                    "" },
    [FINDING_ALIGNMENT_UNALIGNED] = { VIEW_INIT("alignment-unaligned"), COMPLIANCE_NEEDS_WORK, SOURCE_GATE,
                                      SENTENCE(N_("{count} of {of} messages to {receiver} had the From: domain neither "
                                                  "in the envelope nor in a DKIM signature")),
                                      N_("Sign with d= of the From: domain, or send from an envelope address of it.") },
    [FINDING_ALIGNMENT_NOT_SEEN] = { VIEW_INIT("alignment-not-seen"), COMPLIANCE_UNKNOWN, SOURCE_LOG,
                                     SENTENCE(N_(
                                         "{receiver} refused nothing for want of alignment; From: is not in the log")),
                                     USE_THE_GATE },
    [FINDING_ALIGNMENT_UNSIGNED] = { VIEW_INIT("alignment-unsigned"), COMPLIANCE_UNKNOWN, SOURCE_GATE,
                                     N_COUNT("{count} of {of} messages to {receiver} had another domain in the "
                                             "envelope and no signature when the gate saw it",
                                             "{count} of {of} messages to {receiver} had another domain in the "
                                             "envelope and no signature when the gate saw them"),
                                     N_("If mail is signed, name the signer before the gate in smtpd_milters; else "
                                        "sign "
                                        "with d= of the From: domain.") },
    [FINDING_ALIGNMENT_DOMAINS_FIT] = { VIEW_INIT("alignment-domains-fit"), COMPLIANCE_COMPLIANT, SOURCE_DNS,
                                        SENTENCE(N_("the From: domain is aligned with what authenticates: {detail}")),
                                        "" },
    [FINDING_ALIGNMENT_DOMAINS_DIFFER] = { VIEW_INIT("alignment-domains-differ"), COMPLIANCE_NEEDS_WORK, SOURCE_DNS,
                                           SENTENCE(
                                               N_("nothing that authenticates belongs to the From: domain: {detail}")),
                                           N_("Sign with d= of the From: domain, or send from an envelope address of "
                                              "it.") },
    [FINDING_ALIGNMENT_NO_ANSWER] = { VIEW_INIT("alignment-no-answer"), COMPLIANCE_UNKNOWN, SOURCE_DNS,
                                      SENTENCE(N_("whether the From: domain is aligned cannot be told from DNS alone: "
                                                  "{detail}")),
                                      N_("Name --egress, --envelope and --selector of this domain's mail, or look into "
                                         "outward report.") },
    [FINDING_PTR_REFUSED] = { VIEW_INIT("ptr-refused"), COMPLIANCE_NEEDS_WORK, SOURCE_RECEIVER,
                              N_COUNT("{receiver} refused {count} attempt because the sending address has no valid PTR "
                                      "record ({detail})",
                                      "{receiver} refused {count} attempts because the sending address has no valid "
                                      "PTR record ({detail})"),
                              N_("Give each address that mail leaves from a PTR record whose name leads back to it.") },
    [FINDING_PTR_NOT_LOOKED_UP] = { VIEW_INIT("ptr-not-looked-up"), COMPLIANCE_UNKNOWN, SOURCE_LOG,
                                    SENTENCE(N_("{receiver} refused nothing for want of a PTR record; whether there is "
                                                "one, only DNS tells")),
                                    LOOK_UP },
    [FINDING_PTR_CONFIRMED] = { VIEW_INIT("ptr-confirmed"), COMPLIANCE_COMPLIANT, SOURCE_DNS,
                                N_COUNT("the only sending address has a name that leads back to it: {detail}",
                                        "all {of} sending addresses have a name that leads back to them: {detail}"),
                                "" },
    [FINDING_PTR_ABSENT] = { VIEW_INIT("ptr-absent"), COMPLIANCE_NEEDS_WORK, SOURCE_DNS,
                             N_COUNT("{count} of {of} sending addresses has no PTR record: {detail}",
                                     "{count} of {of} sending addresses have no PTR record: {detail}"),
                             N_("Let the owner of the network publish a PTR record with the name of this host.") },
    [FINDING_PTR_MISMATCH] = { VIEW_INIT("ptr-mismatch"), COMPLIANCE_NEEDS_WORK, SOURCE_DNS,
                               N_COUNT(
                                   "{count} of {of} sending addresses has a name that does not lead back: {detail}",
                                   "{count} of {of} sending addresses have a name that does not lead back: {detail}"),
                               N_("Give the name that the PTR record says an A or AAAA record with the same "
                                  "address.") },
    [FINDING_PTR_NO_ANSWER] = { VIEW_INIT("ptr-no-answer"), COMPLIANCE_UNKNOWN, SOURCE_DNS,
                                SENTENCE(N_("DNS gives no answer for the name of a sending address: {detail}")),
                                ASK_AGAIN },
    [FINDING_PTR_NO_ADDRESS] = { VIEW_INIT("ptr-no-address"), COMPLIANCE_UNKNOWN, SOURCE_DNS,
                                 SENTENCE(N_("which addresses the mail leaves from is not known here")),
                                 NAME_THE_ADDRESSES },
    [FINDING_PTR_NO_SUCH_DOMAIN] = { VIEW_INIT("ptr-no-such-domain"), COMPLIANCE_NEEDS_WORK, SOURCE_DNS,
                                     SENTENCE(N_("the From: domain has neither MX nor A nor AAAA record: {detail}")),
                                     N_("Give the domain an MX record: receivers refuse mail that cannot be "
                                        "answered.") },
    [FINDING_FORMAT_REFUSED] = { VIEW_INIT("format-refused"), COMPLIANCE_NEEDS_WORK, SOURCE_RECEIVER,
                                 N_COUNT("{receiver} refused {count} message for its form ({detail})",
                                         "{receiver} refused {count} messages for their form ({detail})"),
                                 N_("Mend the program that writes them: RFC 5322 section 3.6 says what a header may "
                                    "have.") },
    [FINDING_FORMAT_FAULTS] = { VIEW_INIT("format-faults"), COMPLIANCE_NEEDS_WORK, SOURCE_GATE,
                                SENTENCE(N_("{count} of {of} messages to {receiver} had faults of form: {detail}")),
                                N_("Mend the program that writes them: RFC 5322 section 3.6 says what a header may "
                                   "have.") },
    [FINDING_FORMAT_FINE] = { VIEW_INIT("format-fine"), COMPLIANCE_COMPLIANT, SOURCE_GATE,
                              N_COUNT("no fault in the header of the only message to {receiver}",
                                      "no fault in the headers of {of} messages to {receiver}"),
                              "" },
    [FINDING_FORMAT_NOT_SEEN] = { VIEW_INIT("format-not-seen"), COMPLIANCE_UNKNOWN, SOURCE_LOG,
                                  SENTENCE(N_("{receiver} refused nothing for its form; headers are not in the log")),
                                  USE_THE_GATE },
    [FINDING_ONE_CLICK_ALL] = { VIEW_INIT("one-click-all"), COMPLIANCE_COMPLIANT, SOURCE_GATE,
                                N_COUNT("the only message to {receiver} had both headers of one-click unsubscribe",
                                        "all {of} messages to {receiver} had both headers of one-click unsubscribe"),
                                "" },
    [FINDING_ONE_CLICK_EXEMPT] = { VIEW_INIT("one-click-exempt"), COMPLIANCE_COMPLIANT, SOURCE_GATE,
                                   N_COUNT(
                                       "the only message to {receiver} is transactional by the configuration: exempt",
                                       "{of} messages to {receiver} are transactional by the configuration: exempt"),
                                   "" },
    [FINDING_ONE_CLICK_MISSING] = { VIEW_INIT("one-click-missing"), COMPLIANCE_NEEDS_WORK, SOURCE_GATE,
                                    SENTENCE(N_("{count} of {of} messages to {receiver} that are not transactional had "
                                                "no one-click unsubscribe")),
                                    N_("Add List-Unsubscribe with an https URI and List-Unsubscribe-Post: "
                                       "List-Unsubscribe=One-Click, and sign both.") },
    [FINDING_ONE_CLICK_CLASS_UNKNOWN] = { VIEW_INIT("one-click-class-unknown"), COMPLIANCE_UNKNOWN, SOURCE_GATE,
                                          N_COUNT("{count} of {of} messages to {receiver} had no one-click "
                                                  "unsubscribe; whether it is marketing nobody here can know",
                                                  "{count} of {of} messages to {receiver} had no one-click "
                                                  "unsubscribe; whether they are marketing nobody here can know"),
                                          N_("Say which senders are transactional: guidelines { transactional { "
                                             "DOMAIN... "
                                             "} }.") },
    [FINDING_ONE_CLICK_NOT_SEEN] = { VIEW_INIT("one-click-not-seen"), COMPLIANCE_UNKNOWN, SOURCE_LOG,
                                     SENTENCE(N_("headers are not in the log")), USE_THE_GATE },
    [FINDING_GMAIL_FROM_USED] = { VIEW_INIT("gmail-from-used"), COMPLIANCE_NEEDS_WORK, SOURCE_GATE,
                                  N_COUNT(
                                      "{count} message had an address of Gmail in From: and did not come from Gmail",
                                      "{count} messages had an address of Gmail in From: and did not come from Gmail"),
                                  N_("Send with a From: of your own domain, and name the Gmail address in "
                                     "Reply-To:.") },
    [FINDING_GMAIL_FROM_NOT_USED] = { VIEW_INIT("gmail-from-not-used"), COMPLIANCE_COMPLIANT, SOURCE_GATE,
                                      N_COUNT("the only message to {receiver} had a From: of this domain",
                                              "all {of} messages to {receiver} had a From: of this domain"),
                                      "" },
    [FINDING_GMAIL_FROM_NOT_SEEN] = { VIEW_INIT("gmail-from-not-seen"), COMPLIANCE_UNKNOWN, SOURCE_LOG,
                                      SENTENCE(N_("From: is not in the log")), USE_THE_GATE },
    [FINDING_SPAM_RATE_LIMITED] = { VIEW_INIT("spam-rate-limited"), COMPLIANCE_UNKNOWN, SOURCE_RECEIVER,
                                    N_COUNT("{receiver} limited or refused {count} attempt for its rate or reputation "
                                            "({detail}); the spam rate itself only the receiver knows",
                                            "{receiver} limited or refused {count} attempts for their rate or "
                                            "reputation ({detail}); the spam rate itself only the receiver knows"),
                                    N_("Slow down for ten minutes, go on with one connection, and look at the "
                                       "receiver's "
                                       "postmaster site.") },
    [FINDING_SPAM_RATE_ELSEWHERE] = { VIEW_INIT("spam-rate-elsewhere"), COMPLIANCE_UNKNOWN, SOURCE_NOTHING,
                                      SENTENCE(N_("only the receiver knows how many of its users reported spam")),
                                      N_("Look at the receiver's postmaster site.") },
    [FINDING_HONOR_ELSEWHERE] = { VIEW_INIT("honor-elsewhere"), COMPLIANCE_UNKNOWN, SOURCE_NOTHING,
                                  SENTENCE(N_("when somebody unsubscribed is not known to a mail server")),
                                  N_("Look at the receiver's postmaster site.") },
    [FINDING_FORWARDED_NONE] = { VIEW_INIT("forwarded-none"), COMPLIANCE_NO_DATA, SOURCE_LOG,
                                 SENTENCE(N_("nothing was forwarded to {receiver}")), "" },
    [FINDING_FORWARDED_ENCRYPTED] = { VIEW_INIT("forwarded-encrypted"), COMPLIANCE_COMPLIANT, SOURCE_LOG,
                                      N_COUNT("the only message forwarded to {receiver} went over TLS and was not "
                                              "refused for the guidelines",
                                              "all {of} messages forwarded to {receiver} went over TLS, none was "
                                              "refused for the guidelines"),
                                      "" },
    [FINDING_FORWARDED_PLAINTEXT] = { VIEW_INIT("forwarded-plaintext"), COMPLIANCE_NEEDS_WORK, SOURCE_LOG,
                                      SENTENCE(N_("{count} of {of} messages and attempts forwarded to {receiver} went "
                                                  "in plaintext")),
                                      N_("Set smtp_tls_security_level = may or better and reload Postfix.") },
    [FINDING_FORWARDED_UNKNOWN] = { VIEW_INIT("forwarded-unknown"), COMPLIANCE_UNKNOWN, SOURCE_LOG,
                                    SENTENCE(N_(
                                        "the log does not tell for {count} of {of} messages forwarded to {receiver}")),
                                    N_("Set smtp_tls_loglevel = 1 and reload Postfix.") },
    [FINDING_FORWARDED_REFUSED] = { VIEW_INIT("forwarded-refused"), COMPLIANCE_NEEDS_WORK, SOURCE_RECEIVER,
                                    N_COUNT("{receiver} refused {count} attempt to forward mail ({detail})",
                                            "{receiver} refused {count} attempts to forward mail ({detail})"),
                                    N_("Forward with an envelope sender of your own domain whose SPF names this host, "
                                       "and "
                                       "change nothing in the message, so that DKIM survives.") },
    [FINDING_NO_MAIL] = { VIEW_INIT("no-mail"), COMPLIANCE_NO_DATA, SOURCE_LOG,
                          SENTENCE(N_("nothing was sent to {receiver}")), "" },
};

static const struct {
    struct view name;
    const char *title;
} verdicts[COMPLIANCE_COUNT] = {
    [COMPLIANCE_NO_DATA] = { VIEW_INIT("no-data"), N_("no data") },
    [COMPLIANCE_COMPLIANT] = { VIEW_INIT("compliant"), N_("compliant") },
    [COMPLIANCE_UNKNOWN] = { VIEW_INIT("unknown"), N_("unknown") },
    [COMPLIANCE_NEEDS_WORK] = { VIEW_INIT("needs-work"), N_("needs work") },
};

static const struct view sources[SOURCE_COUNT] = {
    [SOURCE_NOTHING] = VIEW_INIT("nothing"), [SOURCE_GATE] = VIEW_INIT("gate"),         [SOURCE_LOG] = VIEW_INIT("log"),
    [SOURCE_DNS] = VIEW_INIT("dns"),         [SOURCE_RECEIVER] = VIEW_INIT("receiver"),
};

/* One place of a template; what no fact is called stays as it stands. */
static void fill(struct buf *out, struct view place, const struct finding_facts *facts)
{
    if (view_eq(place, VIEW("count")))
        buf_add_number(out, facts->count);
    else if (view_eq(place, VIEW("of")))
        buf_add_number(out, facts->of);
    else if (view_eq(place, VIEW("receiver")))
        buf_add(out, facts->receiver);
    else if (view_eq(place, VIEW("detail")))
        buf_add(out, facts->detail);
    else
        buf_addf(out, "{%.*s}", VIEW_ARG(place));
}

void finding_print(struct buf *out, const char *template, const struct finding_facts *facts)
{
    struct view rest = view_of(template), before, place;

    while (view_cut(&rest, VIEW("{"), &before)) {
        buf_add(out, before);
        if (!view_cut(&rest, VIEW("}"), &place)) {
            buf_add_char(out, '{');
            break;
        }
        fill(out, place, facts);
    }
    buf_add(out, rest);
}

const char *finding_evidence(const struct catalog *catalog, const struct finding_row *row,
                             const struct finding_facts *facts)
{
    const char *one = row->evidence.one, *many = row->evidence.many;
    bool counts = view_find(view_of(many), VIEW("{count}")) != -1;

    return one == NULL ? catalog_say(catalog, many)
                       : catalog_say_count(catalog, one, many, counts ? facts->count : facts->of);
}

struct view compliance_name(enum compliance_verdict verdict)
{
    return verdicts[verdict].name;
}

const char *compliance_title(enum compliance_verdict verdict)
{
    return verdicts[verdict].title;
}

struct view finding_source_name(enum finding_source source)
{
    return sources[source];
}
