#include "policy/rules.h"
#include "policy/word_set.h"

static bool has_domain(const struct guidelines_settings *guidelines, struct view domain)
{
    char storage[DOMAIN_MAX];
    struct buf normalized = BUF(storage);

    return domain_normalize(domain, &normalized) &&
           domain_set_has(guidelines->transactional_domains, buf_view(&normalized));
}

/* Every author must be of the class: one From address must not speak for another. */
static bool has_authors(const struct guidelines_settings *guidelines, struct view list)
{
    bool all = list.n > 0;
    struct view domain;

    while (all && view_next(&list, ',', &domain))
        all = domain_set_has(guidelines->transactional_domains, domain);
    return all;
}

bool policy_has_transactional(const struct policy *policy)
{
    const struct guidelines_settings *guidelines = &policy->settings.guidelines;

    return guidelines->transactional_domains != NULL || guidelines->transactional_logins != NULL ||
           guidelines->transactional_field.n > 0;
}

bool policy_is_transactional(const struct policy *policy, const struct submission *sub)
{
    const struct guidelines_settings *guidelines = &policy->settings.guidelines;
    const struct fact *sender = &sub->facts[FACT_SENDER], *login = &sub->facts[FACT_LOGIN],
                      *from = &sub->facts[FACT_HEADER_FROM];

    if (guidelines->transactional_domains != NULL &&
        ((sender->state == FACT_KNOWN && has_domain(guidelines, domain_of_address(sender->text))) ||
         (from->state == FACT_KNOWN && has_authors(guidelines, from->text))))
        return true;
    return login->state == FACT_KNOWN && word_set_has(guidelines->transactional_logins, login->text);
}

bool policy_is_transactional_field(const struct policy *policy, struct view name, struct view body)
{
    const struct guidelines_settings *guidelines = &policy->settings.guidelines;

    if (guidelines->transactional_field.n != name.n || !view_eq_nocase(guidelines->transactional_field, name))
        return false;
    return name.n > 0 &&
           (guidelines->transactional_value.n == 0 || view_eq_nocase(view_trim(body), guidelines->transactional_value));
}
