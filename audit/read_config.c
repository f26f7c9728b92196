#include "audit/read_config.h"

#include <unistd.h>

#include "shared/child.h"

static const char *const usual_places[] = { "/usr/sbin/postconf", "/usr/local/sbin/postconf",
                                            "/opt/postfix/sbin/postconf" };

struct asking {
    struct arena *arena;
    const char *postconf, *directory;
};

static const char *find_postconf(void)
{
    for (size_t i = 0; i < sizeof(usual_places) / sizeof(usual_places[0]); i++) {
        if (access(usual_places[i], X_OK) == 0)
            return usual_places[i];
    }
    return NULL;
}

static int ask(const struct asking *asking, const char *option, struct child_result *result, struct error *error)
{
    const char *argv[5] = { asking->postconf, option, NULL };

    if (asking->directory != NULL) {
        argv[1] = "-c";
        argv[2] = asking->directory;
        argv[3] = option;
        argv[4] = NULL;
    }
    return child_run(asking->arena, &(struct child_command){ .argv = argv }, result, error);
}

/* The last line says what ended it; warnings come before. */
static struct view last_line(struct view text)
{
    ptrdiff_t end;

    text = view_trim(text);
    while (text.n > 0 && text.p[text.n - 1] == '\n')
        text.n--;
    end = view_find_last_char(text, '\n');
    return view_slice(text, (size_t)(end + 1), text.n);
}

static int must(const struct asking *asking, const char *option, struct child_result *result, struct error *error)
{
    if (ask(asking, option, result, error) == -1)
        return -1;
    if (result->status == 0)
        return 0;
    return error_set(error, ERROR_SYSTEM, "%s %s, as an unprivileged user: %.*s", asking->postconf, option,
                     VIEW_ARG(last_line(result->err)));
}

int read_postfix_config(struct arena *arena, const char *postconf, const char *directory, struct postfix_config *out,
                        struct error *error)
{
    struct asking asking = { arena, postconf == NULL ? find_postconf() : postconf, directory };
    struct child_result values, explicit, services, overrides;
    struct postconf_texts texts;

    if (asking.postconf == NULL)
        return error_set(error, ERROR_SYSTEM, "no postconf in /usr/sbin or /usr/local/sbin: is Postfix installed?");
    if (must(&asking, "-x", &values, error) == -1 || must(&asking, "-n", &explicit, error) == -1 ||
        must(&asking, "-M", &services, error) == -1 || ask(&asking, "-Px", &overrides, error) == -1)
        return -1;
    texts = (struct postconf_texts){ values.out, explicit.out, services.out, overrides.out, explicit.err };
    if (overrides.status != 0)
        texts.overrides = (struct view){ NULL, 0 }; /* 2.10 */
    return postfix_config_build(arena, &texts, out, error);
}
