#!/bin/sh
# Compare what a program says with what it should say, whole.
#
#   tests/golden.sh PROGRAM FOLDER [--write]
#
# FOLDER holds NAME.cmd, the arguments of one call in shell words, and NAME.txt, its standard output, its errors and its
# exit code.  Each call runs inside a copy of FOLDER that nobody else can write, whatever the umask of the checkout was:
# rule files are refused otherwise.  --write makes the NAME.txt anew: read the difference before you commit it.
set -u

if [ $# -lt 2 ]; then
    echo "usage: tests/golden.sh PROGRAM FOLDER [--write]" >&2
    exit 2
fi
program=$1
write=${3-}
folder=$(cd "$2" && pwd) || exit 2
copy=$(mktemp -d) || exit 2
trap 'rm -rf "$copy"' EXIT
cp -R "$folder/." "$copy" && chmod -R go-w "$copy" && cd "$copy" || exit 2
got=$copy/got
LC_ALL=C
export LC_ALL

failed=0
for cmd in *.cmd; do
    name=${cmd%.cmd}
    eval "set -- $(cat "$cmd")"
    {
        timeout 20 "$program" "$@" 2>"$got.err"
        echo "exit $?"
    } >"$got"
    [ -s "$got.err" ] && sed 's/^/stderr: /' "$got.err" >>"$got"
    rm -f "$got.err"
    if [ "$write" = --write ]; then
        cp "$got" "$folder/$name.txt"
    elif ! diff -u "$name.txt" "$got"; then
        echo "FAILED: $name: outward $(cat "$cmd")"
        failed=1
    fi
done
exit "$failed"
