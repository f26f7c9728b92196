# Sourced by the scripts beside it: a Debian 12 in a directory, and commands run in it as on a machine of its own.
# Nothing of this machine is changed: mounts, devices and processes go with the command that needed them.
# shellcheck shell=sh

# tree_make DIR [PACKAGE,...]: the smallest Debian 12 there is, unless DIR is one already.
tree_make()
{
    [ ! -e "$1/.whole" ] || return 0
    rm -rf "$1"
    debootstrap --variant=minbase ${2:+"--include=$2"} bookworm "$1" >"$1.log" || {
        tail -n 20 "$1.log" >&2
        return 1
    }
    # A network whose proxy shows certificates of its own has told this machine of their authority: the tree needs it as well,
    # as it needs the resolver that debootstrap copied.
    for authority in /usr/local/share/ca-certificates/*.crt; do
        [ ! -f "$authority" ] || install -D -m 644 -t "$1/usr/local/share/ca-certificates" "$authority"
    done
    # What a package starts at installation has no systemd.
    printf '#!/bin/sh\nexit 101\n' >"$1/usr/sbin/policy-rc.d"
    chmod 755 "$1/usr/sbin/policy-rc.d"
    : >"$1/.whole"
}

# tree_mounts: a script for sh -e with the tree as $1.  A /dev of its own, so that nothing is left in this machine's, and a
# /proc/sys that cannot be written.  At its end the tree is / and nothing else is in sight.
# shellcheck disable=SC2016 # the shell that runs it expands
tree_mounts='mount --make-rprivate /
mount --bind "$1" "$1"
cd "$1"
mount -t proc proc proc; mount --bind proc/sys proc/sys; mount -o remount,bind,ro proc/sys
mount -t sysfs -o ro sysfs sys
mount -t tmpfs -o mode=755 dev dev
for node in null zero full random urandom tty; do : >"dev/$node"; mount --bind "/dev/$node" "dev/$node"; done
mkdir dev/pts dev/shm; mount -t devpts -o newinstance,ptmxmode=666 devpts dev/pts
ln -s pts/ptmx dev/ptmx; mount -t tmpfs shm dev/shm; ln -s /proc/self/fd dev/fd
mount -t tmpfs -o mode=755 run run; mkdir -p mnt
pivot_root . mnt; umount -l /mnt; cd /'

# tree_run DIR COMMAND...: as root, with no more of an environment than a login has.  The network is this machine's.
tree_run()
{
    # shellcheck disable=SC2016 # the inner shell expands
    unshare -m -p -f -u -i --kill-child --mount-proc sh -ec "$tree_mounts"'
        hostname fresh; shift
        exec env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root "$@"' sh "$@"
}
