#include "programs/language.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <unistd.h>

enum { NAME_MAX_OCTETS = 8 };

static const char *const folders[] = { "share/locale", "locale" };

/* "ja" of "ja_JP.UTF-8"; empty for the C locale and for what does not take UTF-8. */
static void name_of_locale(const char *locale, char name[NAME_MAX_OCTETS])
{
    const char *set = strchr(locale, '.');
    size_t length = strcspn(locale, "_.@");

    name[0] = '\0';
    if (set == NULL || (strncasecmp(set, ".utf-8", 6) != 0 && strncasecmp(set, ".utf8", 5) != 0))
        return;
    if (length >= NAME_MAX_OCTETS || (length == 1 && locale[0] == 'C'))
        return;
    memcpy(name, locale, length);
    name[length] = '\0';
}

static void name_of_environment(char name[NAME_MAX_OCTETS])
{
    static const char *const variables[] = { "LC_ALL", "LC_MESSAGES", "LANG" };

    name[0] = '\0';
    for (size_t i = 0; i < sizeof(variables) / sizeof(variables[0]); i++) {
        const char *value = getenv(variables[i]);

        if (value != NULL && value[0] != '\0') {
            name_of_locale(value, name);
            return;
        }
    }
}

/* Lower-case letters only: it becomes part of a path. */
static bool is_name(const char *name)
{
    size_t length = strspn(name, "abcdefghijklmnopqrstuvwxyz");

    return length >= 2 && length < NAME_MAX_OCTETS && name[length] == '\0';
}

/* The folder above that of the program; false when the system does not tell. */
static bool find_prefix(char prefix[PATH_MAX])
{
    ssize_t length = readlink("/proc/self/exe", prefix, PATH_MAX - 1);

    for (int up = 0; up < 2 && length > 0; up++) {
        prefix[length] = '\0';
        length = strrchr(prefix, '/') - prefix;
    }
    if (length > 0)
        prefix[length] = '\0';
    return length > 0;
}

/* The whole file, at most CATALOG_MAX octets. */
static bool read_file(const char *path, char **text, size_t *size)
{
    FILE *in = fopen(path, "re");

    if (in == NULL)
        return false;
    *text = malloc(CATALOG_MAX);
    *size = *text == NULL ? 0 : fread(*text, 1, CATALOG_MAX, in);
    (void)fclose(in);
    return *size > 0;
}

static bool find_file(const char *name, char **text, size_t *size)
{
    char prefix[PATH_MAX], path[PATH_MAX + 64];

    if (!find_prefix(prefix))
        return false;
    for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
        snprintf(path, sizeof(path), "%s/%s/%s/LC_MESSAGES/outward.mo", prefix, folders[i], name);
        if (read_file(path, text, size))
            return true;
    }
    return false;
}

bool language_init(struct language *language, const char *name, struct error *error)
{
    char wanted[NAME_MAX_OCTETS];
    size_t size = 0;

    *language = (struct language){ .catalog = NULL };
    if (name == NULL)
        name_of_environment(wanted);
    else
        snprintf(wanted, sizeof(wanted), "%s", name);
    if (name != NULL && (strlen(name) >= sizeof(wanted) || !is_name(name))) {
        error_set(error, ERROR_USAGE, "\"%.32s\" is no language; say en or ja", name);
        return false;
    }
    if (!is_name(wanted) || strcmp(wanted, "en") == 0)
        return true;
    if (!find_file(wanted, &language->file, &size)) {
        error_set(error, ERROR_USAGE, "there are no messages in the language \"%s\"; say en or ja", wanted);
        return name == NULL;
    }
    if (catalog_open((struct view){ language->file, size }, &language->opened, error) == -1)
        return name == NULL;
    language->catalog = &language->opened;
    return true;
}

void language_done(struct language *language)
{
    free(language->file);
    *language = (struct language){ .catalog = NULL };
}
