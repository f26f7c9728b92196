#include "audit/mta_sts.h"

#include "dns/tag_list.h"
#include "shared/ascii.h"

const char *sts_mode_name(enum sts_mode mode)
{
    static const char *const names[] = { [STS_NONE] = "none", [STS_TESTING] = "testing", [STS_ENFORCE] = "enforce" };

    return names[mode];
}

static bool is_id(struct view text)
{
    if (text.n == 0 || text.n > STS_ID_MAX)
        return false;
    for (size_t i = 0; i < text.n; i++) {
        if (!ascii_is_digit(text.p[i]) && !ascii_is_letter(text.p[i]))
            return false;
    }
    return true;
}

bool sts_record(struct view text, struct view *id)
{
    struct tag_value tag;
    bool found = false;
    int result;

    if (tag_list_next(&text, &tag) != 1 || !view_eq(tag.name, VIEW("v")) || !view_eq(tag.value, VIEW("STSv1")))
        return false;
    while ((result = tag_list_next(&text, &tag)) == 1) {
        if (found || !view_eq(tag.name, VIEW("id")))
            continue; /* the first id counts; extensions are for others */
        if (!is_id(tag.value))
            return false;
        *id = tag.value;
        found = true;
    }
    return result == 0 && found;
}

/* A name, or "*." and a name. */
static bool is_pattern(struct view text)
{
    (void)view_skip(&text, VIEW("*."));
    return text.n > 0 && text.n <= DOMAIN_MAX && view_find_char(text, '*') == -1 && text.p[0] != '.' &&
           view_find(text, VIEW("..")) == -1;
}

/* What was read so far. */
struct reading {
    struct sts_policy policy;
    bool version, mode, age;
};

static const char *take_mode(struct reading *reading, struct view value)
{
    if (reading->mode)
        return NULL; /* of duplicates the first counts */
    reading->mode = true;
    for (int mode = STS_NONE; mode <= STS_ENFORCE; mode++) {
        if (view_eq(value, view_of(sts_mode_name((enum sts_mode)mode)))) {
            reading->policy.mode = (enum sts_mode)mode;
            return NULL;
        }
    }
    return "the mode is none of enforce, testing and none";
}

static const char *take_age(struct reading *reading, struct view value)
{
    uint64_t age;

    if (reading->age)
        return NULL;
    reading->age = true;
    if (value.n > 10 || !view_number(value, UINT64_MAX, &age))
        return "max_age is no number";
    reading->policy.max_age = age > STS_MAX_AGE ? STS_MAX_AGE : (uint32_t)age;
    return NULL;
}

static const char *take_pattern(struct reading *reading, struct view value)
{
    if (!is_pattern(value))
        return "an mx is no host name";
    if (reading->policy.pattern_count == STS_PATTERNS_MAX)
        return "it has more mx lines than are read here";
    reading->policy.patterns[reading->policy.pattern_count++] = value;
    return NULL;
}

static const char *take_version(struct reading *reading, struct view value)
{
    reading->version = reading->version || view_eq(value, VIEW("STSv1"));
    return reading->version ? NULL : "the version is not STSv1";
}

static const struct {
    struct view key;
    const char *(*take)(struct reading *reading, struct view value);
} keys[] = {
    { VIEW_INIT("version"), take_version },
    { VIEW_INIT("mode"), take_mode },
    { VIEW_INIT("max_age"), take_age },
    { VIEW_INIT("mx"), take_pattern },
};

static const char *take_line(struct reading *reading, struct view line)
{
    struct view key;

    if (line.n > 0 && line.p[line.n - 1] == '\r')
        line.n--;
    if (view_trim(line).n == 0)
        return NULL;
    if (!view_cut(&line, VIEW(":"), &key))
        return "a line is no \"key: value\"";
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        if (view_eq(keys[i].key, key))
            return keys[i].take(reading, view_trim(line));
    }
    return NULL; /* keys of later versions */
}

static const char *what_is_missing(const struct reading *reading)
{
    if (!reading->version)
        return "it has no version";
    if (!reading->mode)
        return "it has no mode";
    if (!reading->age)
        return "it has no max_age";
    return reading->policy.mode != STS_NONE && reading->policy.pattern_count == 0 ? "it names no mx" : NULL;
}

const char *sts_policy_parse(struct view text, struct sts_policy *out)
{
    struct reading reading = { .version = false };
    const char *fault = NULL;
    struct view line;

    if (text.n > STS_POLICY_MAX)
        return "it is too long";
    while (fault == NULL && view_next(&text, '\n', &line))
        fault = take_line(&reading, line);
    if (fault == NULL)
        fault = what_is_missing(&reading);
    if (fault == NULL)
        *out = reading.policy;
    return fault;
}

static struct view without_last_dot(struct view name)
{
    return name.n > 0 && name.p[name.n - 1] == '.' ? view_slice(name, 0, name.n - 1) : name;
}

bool sts_policy_names(const struct sts_policy *policy, struct view host)
{
    ptrdiff_t dot;

    host = without_last_dot(host);
    dot = view_find_char(host, '.');
    for (size_t i = 0; i < policy->pattern_count; i++) {
        struct view pattern = without_last_dot(policy->patterns[i]);

        if (view_skip(&pattern, VIEW("*."))) {
            if (dot > 0 && view_eq_nocase(view_slice(host, (size_t)dot + 1, host.n), pattern))
                return true;
        } else if (view_eq_nocase(host, pattern)) {
            return true;
        }
    }
    return false;
}
