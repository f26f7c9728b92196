#!/bin/sh
# Prove that debug information names sources where the package of debug sources will have them, however the program was
# built: each name is that of a source of the tree, or of one that the build made.
#
#   tests/debug_names.sh NAMED SOURCE BUILD PROGRAM...
#
# NAMED: the directory that names begin with, which stands for SOURCE, and NAMED/build for BUILD.
set -eu

if [ $# -lt 4 ]; then
    echo "usage: tests/debug_names.sh NAMED SOURCE BUILD PROGRAM..." >&2
    exit 2
fi
named=$1
source=$2
build=$3
shift 3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

faults=0
for program in "$@"; do
    cp "$program" "$work/program"
    rm -f "$work/list"
    debugedit -l "$work/list" "$work/program"
    # Headers of the system, and what the compiler names without a file: "<built-in>".
    tr '\0' '\n' <"$work/list" | grep -v -e '^/usr/include/' -e '^/usr/lib/' -e '>$' | sort -u >"$work/names"
    [ "$(grep -c '\.c$' "$work/names")" -ge 10 ] || { echo "$program: names hardly a source"; faults=$((faults + 1)); }
    while read -r name; do
        case $name in
        "$named/build/"*) file=$build/${name#"$named/build/"} ;;
        "$named/"*) file=$source/${name#"$named/"} ;;
        *) file= ;;
        esac
        [ -f "$file" ] || { echo "$program: $name: no such source"; faults=$((faults + 1)); }
    done <"$work/names"
done
[ "$faults" -eq 0 ]
