#include "policy/check.h"

#include "policy/list.h"
void check_policy(struct build *build)
{
    (void)build;
}
