#!/bin/sh
# Prove that nothing of ours keeps state between calls but what its caller hands it: no variable that can be written,
# neither of a file nor of a function, in any of our libraries and programs.  Tables that the loader relocates once and
# then makes read-only are no such thing.
#
#   tests/globals.sh BUILD
#
# Fails naming each object and variable.  What may be is listed below, with its reason.
set -eu

if [ $# -ne 1 ]; then
    echo "usage: tests/globals.sh BUILD" >&2
    exit 2
fi

# gate.c: libmilter hands its callbacks the connection and nothing else.
# grammar.c: Bison's own empty location, which nothing writes.
allowed=" gate.c.o:gate grammar.c.o:yyloc_default "

# Counters of the training are not part of what is installed.
objects=$(find "$1" -path "$1/tests" -prune -o -path '*/CMakeFiles/outward_*train*.dir/*' -prune -o \
    -path '*/CMakeFiles/outward*.dir/*.c.o' -print)
if [ -z "$objects" ]; then
    echo "tests/globals.sh: $1: no objects; build first" >&2
    exit 2
fi

# shellcheck disable=SC2086 # paths of a build tree, one word each
objdump -t $objects | awk -v allowed="$allowed" '
/file format/ { n = split($1, path, "/"); object = path[n]; sub(/:$/, "", object); next }
# value, flags (O: an object), section, size, name
$2 == "l" || $2 == "g" { kind = $3; section = $4; name = $6 }
$2 != "l" && $2 != "g" { kind = "O"; section = $2; name = $4 }
kind == "O" && section ~ /^(\.data|\.bss|\.tdata|\.tbss|\*COM\*)/ && section !~ /^\.data\.rel\.ro/ {
    sub(/\.[0-9]+$/, "", name) # of a function: its name and a number
    if (index(allowed, " " object ":" name " "))
        next
    printf "%s: %s can be written, and every caller shares it: hand it over instead\n", object, name
    bad = 1
}
END { exit bad }'
