#include "programs/local_time.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define ZONE_FOLDER "/usr/share/zoneinfo/"

/* "CET-1CEST": three letters or more, then an offset.  POSIX.1 chapter 8.3. */
static bool is_posix_rule(const char *name)
{
    size_t letters = 0;

    while (isalpha((unsigned char)name[letters]))
        letters++;
    return letters >= 3 && (isdigit((unsigned char)name[letters]) ||
                            (strchr("+-", name[letters]) != NULL && isdigit((unsigned char)name[letters + 1])));
}

bool local_time_set_zone(const char *name)
{
    char path[256];
    int length = snprintf(path, sizeof(path), ZONE_FOLDER "%s", name);

    /* tzset(3) takes what it does not know for UTC without a word. */
    if (strcmp(name, "UTC") != 0 && !is_posix_rule(name) &&
        (name[0] == '\0' || strstr(name, "..") != NULL || length < 0 || (size_t)length >= sizeof(path) ||
         access(path, R_OK) == -1))
        return false;
    if (setenv("TZ", name, 1) == -1)
        return false;
    tzset();
    return true;
}

int64_t local_time_utc(void *context, int64_t civil)
{
    time_t as_utc = (time_t)civil;
    struct tm parts;

    (void)context;
    if (gmtime_r(&as_utc, &parts) == NULL)
        return civil;
    parts.tm_isdst = -1;
    return (int64_t)mktime(&parts);
}

int64_t local_time_offset(void *context, int64_t time)
{
    time_t moment = (time_t)time;
    struct tm parts;

    (void)context;
    return localtime_r(&moment, &parts) == NULL ? 0 : (int64_t)parts.tm_gmtoff;
}
