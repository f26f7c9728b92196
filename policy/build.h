/*
 * build - what all parts of policy_parse() share while it runs
 *
 * Private to policy/.  Two arenas: scratch dies with the parse, kept becomes
 * the policy's memory.  Memory that runs out is handled in one place: the
 * allocators below jump back into policy_parse() instead of returning NULL.
 */
#ifndef POLICY_BUILD_H
#define POLICY_BUILD_H

#include <setjmp.h>

#include "policy/rules.h"
#include "policy/syntax.h"
#include "shared/fault.h"

enum {
    FILE_MAX = 1 << 20,       /* octets of a rule file */
    LIST_FILE_MAX = 64 << 20, /* octets of a list file */
    INCLUDE_DEPTH_MAX = 8,
    SOURCES_MAX = 1000,   /* rule files of one policy */
    NAME_TEXT_MAX = 64,   /* octets of a name that the file declares */
    PATH_TEXT_MAX = 1024, /* octets of a path */
    MEMORY_MAX = 1 << 30  /* octets of a policy */
};

/* An array that grows in the scratch arena. */
struct vector {
    void *items;
    size_t count, cap;
};

enum list_kind { LIST_NETWORK, LIST_DOMAIN, LIST_LOGIN };

/* A `network`, `domain` or `login` statement. */
struct named_list {
    enum list_kind kind;
    struct view name;
    const struct part *declared; /* NULL: built in */
    struct operand_value value;
    bool used;
};

struct build {
    struct policy *policy;
    struct faults *faults;
    const struct reader *reader;
    struct arena scratch;
    jmp_buf out_of_memory;
    struct vector sources;          /* of struct source *, in the order they were read */
    struct vector statements;       /* of struct line *, includes in their places */
    struct vector lists;            /* of struct named_list * */
    struct named_list **list_slots; /* the same by name, open addressing; list_slot_count is a power of two, or 0 */
    size_t list_slot_count;
    struct vector rules;          /* of struct rule */
    struct vector rule_lines;     /* of const struct line *, one for each rule */
    struct vector delivery;       /* of struct delivery_rule */
    struct vector delivery_lines; /* of const struct line *, one for each of them */
    struct vector listeners;      /* of struct listener */
    struct vector certificates;
    struct vector conditions; /* of struct alert_condition */
    struct vector channels;
    struct vector follow_files; /* of struct view */
    struct vector profiles;
    struct vector seen; /* of const struct setting_row *: those that stand once */
    /* Where these statements stand, or NULL. */
    const struct part *relay_place, *listen_place, *follow_place, *alert_place;
};

/* Zeroed memory for the parse only, and for as long as the policy. */
void *build_scratch(struct build *build, size_t size);
void *build_keep(struct build *build, size_t size);

/* A copy that lives as long as the policy, NUL-terminated one octet past its end. */
struct view build_keep_text(struct build *build, struct view text);

/* Never returns. */
_Noreturn void build_out_of_memory(struct build *build);

/* A new zeroed item of `size` octets at the end; earlier items may move. */
void *vector_add(struct build *build, struct vector *vector, size_t size);

/* The items copied to where they live as long as the policy; NULL when there are none. */
void *vector_keep(struct build *build, const struct vector *vector, size_t size);

/* A fault at a part of the file. */
void build_error(struct build *build, const struct part *part, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void build_warning(struct build *build, const struct part *part, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The part's place as rules and records name it. */
struct place build_place(const struct part *part);

/* name seen from the folder of the file that says it; NUL-terminated, scratch. */
const char *build_path(struct build *build, const struct source *source, struct view name);

#endif
