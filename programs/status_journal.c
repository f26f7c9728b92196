#include "programs/status_journal.h"

#include <pwd.h>

#include "follow/journal.h"

enum { USERS_MAX = 3 };

/* Those whose entries the follower reads. */
static size_t find_users(const struct policy *policy, uid_t *users)
{
    bool named = policy != NULL && policy_settings(policy)->user.n > 0;
    const char *const names[] = { "postfix", named ? policy_settings(policy)->user.p : "outward" };
    size_t count = 0;

    users[count++] = 0;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        const struct passwd *user = getpwnam(names[i]);

        if (user != NULL)
            users[count++] = user->pw_uid;
    }
    return count;
}

static int64_t first_wait(struct journal *journal, struct ledger *ledger, int64_t now)
{
    struct view place;
    struct log_line line;
    struct error error;
    int result;

    if (ledger_get_text(ledger, LEDGER_JOURNAL, &place, &error) == -1 || journal_go(journal, place, &error) == -1)
        return -1;
    result = journal_line(journal, &line, &error);
    if (result != 1)
        return result;
    return line.time / 1000 < now ? now - line.time / 1000 : 0;
}

int64_t status_journal_waits(struct ledger *ledger, const char *directory, const struct policy *policy, int64_t now)
{
    uid_t users[USERS_MAX];
    struct journal_settings settings = {
        .directory = directory, .users = users, .user_count = find_users(policy, users), .writers = writers_new(1)
    };
    struct journal *journal = NULL;
    struct error ignored;
    int64_t waits = -1;

    if (settings.writers != NULL && journal_open(&settings, &journal, &ignored) == 0)
        waits = first_wait(journal, ledger, now);
    journal_close(journal);
    writers_free(settings.writers);
    return waits;
}
