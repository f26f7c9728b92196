/* Do the gate's records show what Postfix's own lines show? */
#include "keeper/sight.h"
#include "tests/unit/unit.h"

/* A line, and for the gate's whether its record says plaintext. */
struct said {
    enum program program;
    uint64_t pid;
    const char *text;
    bool plaintext;
    enum sight_finding finding;
};

enum { LINES_MAX = 8 };

#define TLS "Anonymous TLS connection established from mail.example.org[192.0.2.7]: TLSv1.3 with cipher X"
#define CLIENT "4B1C2D: client=mail.example.org[192.0.2.7], sasl_method=PLAIN, sasl_username=alice"
#define STRANGER "4B1C2D: client=mail.example.org[192.0.2.7]"
#define RECORD "4B1C2D: decision=accept direction=outbound"
#define EARLIER "AAAAAA: decision=accept direction=outbound"

static const struct {
    const char *what;
    struct said lines[LINES_MAX];
} stories[] = {
    { "all is well",
      { { PROGRAM_SMTPD, 1, TLS, false, SIGHT_FINE },
        { PROGRAM_SMTPD, 1, CLIENT, false, SIGHT_FINE },
        { PROGRAM_GATE, 9, RECORD, false, SIGHT_FINE },
        { PROGRAM_QMGR, 2, "4B1C2D: removed", false, SIGHT_FINE } } },
    { "a record without the TLS of its session",
      { { PROGRAM_SMTPD, 1, TLS, false, SIGHT_FINE },
        { PROGRAM_SMTPD, 1, CLIENT, false, SIGHT_FINE },
        { PROGRAM_GATE, 9, RECORD, true, SIGHT_NO_MACROS } } },
    { "plaintext that was plaintext",
      { { PROGRAM_SMTPD, 1, CLIENT, false, SIGHT_FINE }, { PROGRAM_GATE, 9, RECORD, true, SIGHT_FINE } } },
    { "the next connection of a process has no TLS",
      { { PROGRAM_SMTPD, 1, TLS, false, SIGHT_FINE },
        { PROGRAM_SMTPD, 1, "connect from mail.example.org[192.0.2.7]", false, SIGHT_FINE },
        { PROGRAM_SMTPD, 1, CLIENT, false, SIGHT_FINE },
        { PROGRAM_GATE, 9, RECORD, true, SIGHT_FINE } } },
    { "another process's TLS is not ours",
      { { PROGRAM_SMTPD, 2, TLS, false, SIGHT_FINE },
        { PROGRAM_SMTPD, 1, CLIENT, false, SIGHT_FINE },
        { PROGRAM_GATE, 9, RECORD, true, SIGHT_FINE } } },
    { "no record of an authenticated client's message",
      { { PROGRAM_GATE, 9, EARLIER, false, SIGHT_FINE },
        { PROGRAM_SMTPD, 1, CLIENT, false, SIGHT_FINE },
        { PROGRAM_QMGR, 2, "4B1C2D: removed", false, SIGHT_NO_RECORD } } },
    { "where there is no gate none is missed",
      { { PROGRAM_SMTPD, 1, CLIENT, false, SIGHT_FINE }, { PROGRAM_QMGR, 2, "4B1C2D: removed", false, SIGHT_FINE } } },
    { "a stranger's mail needs no record",
      { { PROGRAM_GATE, 9, EARLIER, false, SIGHT_FINE },
        { PROGRAM_SMTPD, 1, STRANGER, false, SIGHT_FINE },
        { PROGRAM_QMGR, 2, "4B1C2D: removed", false, SIGHT_FINE } } },
    { "what began before the log is not judged",
      { { PROGRAM_GATE, 9, EARLIER, false, SIGHT_FINE }, { PROGRAM_QMGR, 2, "4B1C2D: removed", false, SIGHT_FINE } } },
};

START_TEST(records_are_held_against_what_postfix_says)
{
    struct writer writer = { .number = 1, .host_number = 1, .host = VIEW("mail") };
    struct sight *sight = sight_new(42);

    ck_assert_ptr_nonnull(sight);
    for (const struct said *said = stories[_i].lines; said->text != NULL; said++) {
        struct log_line line = { .time = 1000, .writer = &writer, .pid = said->pid, .text = view_of(said->text) };

        writer.program = said->program;
        if (said->program == PROGRAM_GATE) {
            struct record record = { .queue_id = view_slice(line.text, 0, 6) };

            submission_init(&record.sub);
            fact_set_number(&record.sub, FACT_TLS, said->plaintext ? TLS_NONE : TLS_1_3);
            sight_record(sight, &record);
        }
        ck_assert_msg(sight_line(sight, &line) == said->finding, "%s: %s", stories[_i].what, said->text);
    }
    sight_free(sight);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("sight");
    TCase *tests = tcase_create("stories");

    tcase_add_loop_test(tests, records_are_held_against_what_postfix_says, 0, ROWS(stories));
    suite_add_tcase(suite, tests);
    return suite;
}
