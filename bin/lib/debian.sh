#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A stock Debian 12 guest with systemd, cron, sudo, sshd and its cloud kernel, that is under load from its boot on: what is
# below debian-load/ is laid over it. Booted directly, with its own kernel and initial RAM disk.
#
#   debian.sh build CACHE                    disk, kernel, its package and initrd into CACHE (kept, and used again)
#   debian.sh start CACHE DIR NAME [MIB]     defines and starts a domain whose files lie in DIR; prints its UUID
#
# The load ticks on the serial line, so guest.sh's tick, await and remove are for this guest too. DEBIAN_WORDS goes to its
# kernel's command line; systemd.mask=soak-NAME.service leaves out a part of the load. Needs root and a Debian mirror.
# QEMU's user must be able to reach CACHE and DIR. Sourced, it offers the same as debian_build and debian_start.

DEBIAN_LIB=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
DEBIAN_LOAD=$DEBIAN_LIB/debian-load
DEBIAN_PACKAGES=linux-image-cloud-amd64,systemd-sysv,udev,dbus,libpam-systemd,cron,openssh-server,openssh-client,sudo,perl-base
DEBIAN_DISK=3G

if ! declare -F guest_virsh >/dev/null; then
    # shellcheck source=bin/lib/guest.sh
    . "$DEBIAN_LIB/guest.sh"
fi

# What an image was made from: of another recipe it is another image.
debian_recipe() { (cd "$DEBIAN_LIB" && find debian.sh debian-load -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum); }

debian_bootstrap() {
    mmdebstrap --quiet --variant=important --include="$DEBIAN_PACKAGES" bookworm "$1" >"$1.log" 2>&1 ||
        { tail -n 15 "$1.log" >&2; return 1; }
}

# The package of the very kernel that is installed, by way of the guest's own apt, which checks its signature.
debian_kernel_package() {
    local root=$1 package
    package=$(basename "$root"/boot/vmlinuz-*) && package=linux-image-${package#vmlinuz-}
    chroot "$root" sh -c "cd /var/tmp && apt-get -qq update && apt-get -qq -o APT::Sandbox::User=root download $package" >&2 &&
        mv "$root"/var/tmp/linux-image-*.deb "$2" && chroot "$root" apt-get -qq clean && rm -rf "$root"/var/lib/apt/lists/*
}

debian_lay_load() {
    local root=$1 unit
    tar -C "$DEBIAN_LOAD" --owner=0 --group=0 --no-same-owner -c . | tar -C "$root" -x --no-overwrite-dir &&
        chmod 440 "$root/etc/sudoers.d/soak" && chroot "$root" useradd --create-home --shell /bin/bash soak || return 1
    for unit in "$root"/etc/systemd/system/soak-*; do
        grep -q '^\[Install\]' "$unit" || continue
        chroot "$root" systemctl --quiet enable "${unit##*/}" || return 1
    done
}

debian_settle() {
    local root=$1
    echo soak >"$root/etc/hostname"
    echo '127.0.0.1 localhost soak' >"$root/etc/hosts"
    echo '/dev/vda / ext4 errors=remount-ro 0 1' >"$root/etc/fstab"
    rm -f "$root/etc/machine-id" && tr -d - </proc/sys/kernel/random/uuid >"$root/etc/machine-id"
}

# The files' owners, modes and capabilities are taken over; nothing is mounted.
debian_image() {
    local root=$1 work=$2
    mke2fs -q -t ext4 -d "$root" "$work/raw" "$DEBIAN_DISK" && qemu-img convert -O qcow2 "$work/raw" "$work/disk.qcow2" &&
        rm -f "$work/raw" && cp "$root"/boot/vmlinuz-* "$work/vmlinuz" && cp "$root"/boot/initrd.img-* "$work/initrd"
}

debian_make() {
    local root=$1/root work=$1
    debian_bootstrap "$root" && debian_kernel_package "$root" "$work/kernel.deb" && debian_lay_load "$root" &&
        debian_settle "$root" && debian_image "$root" "$work" && chmod 644 "$work"/{vmlinuz,initrd,disk.qcow2,kernel.deb}
}

debian_build() {
    local cache=$1 work rc
    [[ -f $cache/recipe && $(<"$cache/recipe") == "$(debian_recipe)" ]] && return 0
    mkdir -p "$cache" && rm -f "$cache/recipe" && work=$(mktemp -d "$cache/build.XXXXXX") || return 1
    # The recipe is written last, so that a build that was broken off is never taken for a guest.
    debian_make "$work" && mv "$work"/{vmlinuz,initrd,disk.qcow2,kernel.deb} "$cache/" && debian_recipe >"$cache/recipe"
    rc=$?
    rm -rf "$work"
    return $rc
}

debian_xml() {
    local cache=$1 dir=$2 name=$3 mib=$4
    cat <<XML
<domain type='qemu'>
  <name>$name</name>
  <memory unit='MiB'>$mib</memory>
  <vcpu>1</vcpu>
  <os>
    <type arch='x86_64' machine='q35'>hvm</type>
    <kernel>$cache/vmlinuz</kernel>
    <initrd>$cache/initrd</initrd>
    <cmdline>root=/dev/vda ro console=ttyS0 quiet panic=-1${DEBIAN_WORDS:+ $DEBIAN_WORDS}</cmdline>
  </os>
  <features><acpi/></features>
  <cpu mode='custom' match='exact' check='none'>
    <model>qemu64</model>
    <feature policy='require' name='smep'/>
    <feature policy='require' name='smap'/>
  </cpu>
  <on_poweroff>destroy</on_poweroff>
  <on_reboot>destroy</on_reboot>
  <on_crash>destroy</on_crash>
  <devices>
    <disk type='file' device='disk'>
      <driver name='qemu' type='qcow2'/>
      <source file='$dir/$name.qcow2'/>
      <target dev='vda' bus='virtio'/>
    </disk>
    <controller type='usb' model='none'/>
    <rng model='virtio'><backend model='random'>/dev/urandom</backend></rng>
    <serial type='file'>
      <source path='$dir/$name.serial' append='on'/>
      <target port='0'/>
    </serial>
    <memballoon model='none'/>
  </devices>
</domain>
XML
}

debian_start() {
    local cache dir name=$3 mib=${4:-512}
    debian_build "$1" && mkdir -p "$2" || return 1
    cache=$(cd "$1" && pwd -P) && dir=$(cd "$2" && pwd -P) || return 1
    rm -f "$dir/$name.serial"
    qemu-img create -q -f qcow2 -b "$cache/disk.qcow2" -F qcow2 "$dir/$name.qcow2" || return 1
    debian_xml "$cache" "$dir" "$name" "$mib" >"$dir/$name.xml"
    guest_virsh define "$dir/$name.xml" >/dev/null && guest_virsh start "$name" >/dev/null || return 1
    guest_await "$dir" "$name" 0 "${GUEST_BOOT_SECONDS:-600}" >/dev/null || return 1
    guest_virsh domuuid "$name" | head -n 1
}

if [[ ${BASH_SOURCE[0]} == "$0" ]]; then
    set -u
    command=${1:-}
    shift
    case $command:$# in
        build:1 | start:[34]) "debian_$command" "$@" ;;
        *) sed -n '3,11s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
    esac
fi
