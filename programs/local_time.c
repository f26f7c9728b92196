#include "programs/local_time.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ZONE_FOLDER "/usr/share/zoneinfo/"

/* "CET" or "<+03>" at text: where it ends, NULL for anything else. */
static const char *skip_name(const char *text)
{
    const char *end = text;

    if (*text == '<') {
        for (end++; isalnum((unsigned char)*end) || *end == '+' || *end == '-'; end++)
            ;
        return *end == '>' && end - text > 3 ? end + 1 : NULL;
    }
    while (isalpha((unsigned char)*end))
        end++;
    return end - text >= 3 ? end : NULL;
}

/* "-9", "+5:30": where it ends, NULL for anything else. */
static const char *skip_offset(const char *text)
{
    long hours;
    char *end;

    text += *text == '+' || *text == '-';
    if (!isdigit((unsigned char)*text))
        return NULL;
    hours = strtol(text, &end, 10);
    for (int part = 0; part < 2 && *end == ':' && isdigit((unsigned char)end[1]); part++)
        (void)strtol(end + 1, &end, 10);
    return hours <= 24 ? end : NULL;
}

/* "JST-9", "CET-1CEST,M3.5.0,M10.5.0/3": POSIX.1 chapter 8.3. */
static bool is_posix_rule(const char *text)
{
    const char *end = skip_name(text);

    if (end == NULL || (end = skip_offset(end)) == NULL || *end == '\0')
        return end != NULL;
    if ((end = skip_name(end)) == NULL)
        return false;
    if (*end != '\0' && *end != ',')
        end = skip_offset(end);
    return end != NULL && (*end == '\0' || *end == ',');
}

/* Of the zone database: its folders and tables lie beside the zones. */
static bool is_zone_file(const char *name)
{
    char path[256], begin[4] = "";
    int length = snprintf(path, sizeof(path), ZONE_FOLDER "%s", name);
    bool zone;
    FILE *file;

    if (name[0] == '\0' || strstr(name, "..") != NULL || length < 0 || (size_t)length >= sizeof(path) ||
        (file = fopen(path, "re")) == NULL)
        return false;
    zone = fread(begin, 1, sizeof(begin), file) == sizeof(begin) && memcmp(begin, "TZif", sizeof(begin)) == 0;
    fclose(file);
    return zone;
}

bool local_time_set_zone(const char *name)
{
    /* tzset(3) takes what it does not know for UTC without a word. */
    if ((strcmp(name, "UTC") != 0 && !is_posix_rule(name) && !is_zone_file(name)) || setenv("TZ", name, 1) == -1)
        return false;
    tzset();
    return true;
}

int64_t local_time_offset(void *context, int64_t time)
{
    time_t moment = (time_t)time;
    struct tm parts;

    (void)context;
    return localtime_r(&moment, &parts) == NULL ? 0 : (int64_t)parts.tm_gmtoff;
}

int64_t local_time_utc(void *context, int64_t civil)
{
    time_t as_utc = (time_t)civil;
    struct tm parts;
    int64_t time, before, earlier;

    if (gmtime_r(&as_utc, &parts) == NULL)
        return civil;
    parts.tm_isdst = -1;
    time = (int64_t)mktime(&parts);
    /* When summer time ends mktime(3) says now this, now that, by what it was asked before. */
    before = local_time_offset(context, time - 2 * 3600);
    earlier = civil - before;
    return earlier < time && local_time_offset(context, earlier) == before ? earlier : time;
}
