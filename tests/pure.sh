#!/bin/sh
# Prove that a library is pure: no clock, file, network or environment, only memory and text.
#
#   tests/pure.sh ARCHIVE [FRIEND.a | MEMBER.o]...
#
# Every symbol that ARCHIVE takes from outside must be on the list below, or come from a FRIEND, an archive that has its
# own test.  MEMBER: one of ARCHIVE that need not be pure.  Fails naming each object and symbol that is not allowed.
set -eu

if [ $# -lt 1 ]; then
    echo "usage: tests/pure.sh ARCHIVE [FRIEND.a | MEMBER.o]..." >&2
    exit 2
fi
archive=$1
shift
except=" "
friends=
for argument; do
    case $argument in
    *.a) friends="$friends $argument" ;;
    *) except="$except$argument " ;;
    esac
done

# shellcheck disable=SC2086 # paths of a build tree, one word each
own=$(nm -g --defined-only "$archive" $friends | awk 'NF == 3 { print $3 }' | sort -u)

nm -u "$archive" | awk -v except="$except" -v own="$own" '
BEGIN {
    n = split(own, names, "\n")
    for (i = 1; i <= n; i++)
        allowed[names[i]] = 1
    # Memory and text.
    split("malloc calloc realloc reallocarray aligned_alloc free qsort qsort_r bsearch abort " \
          "memcpy memmove memset memcmp memchr memrchr memmem mempcpy rawmemchr " \
          "strlen strnlen strcmp strncmp strcasecmp strncasecmp strchr strrchr strchrnul strstr strspn strcspn strpbrk " \
          "stpcpy strdup strndup strlcpy strlcat snprintf vsnprintf " \
          "inet_pton inet_ntop __errno_location", names, " ")
    for (i in names)
        allowed[names[i]] = 1
    # Out of memory inside flex leaves by a jump.
    allowed["_setjmp"] = allowed["setjmp"] = allowed["longjmp"] = allowed["__longjmp_chk"] = 1
    # Tables of libidn2, and JSON values in memory.
    allowed["idn2_lookup_u8"] = allowed["idn2_free"] = 1
}
/^[^ ].*:$/ { object = $1; sub(/:$/, "", object); next }
$1 == "U" {
    symbol = $2
    if (index(except, " " object " "))
        next
    # From the compiler: position independence, stack protector, fortified calls, sanitizers, coverage.
    if (symbol ~ /^(_GLOBAL_OFFSET_TABLE_|__stack_chk_fail|__tls_get_addr|__assert_fail)$/)
        next
    if (symbol ~ /^(__asan_|__ubsan_|__tsan_|__sanitizer_|__msan_|__gcov_|__llvm_|__sancov_|llvm_gcov)/)
        next
    if (symbol ~ /^__(mem|str|stp|snprintf|vsnprintf).*_chk$/)
        next
    if (symbol ~ /^(json_|jsonp_)/ && symbol !~ /(load|dump)(f|fd|_file|_callback)$/)
        next
    if (!(symbol in allowed)) {
        printf "%s: %s is not pure\n", object, symbol
        bad = 1
    }
}
END { exit bad }'
