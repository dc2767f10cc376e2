#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The test guest: Debian's cloud kernel, an initramfs of busybox, a qcow2 disk. Its init counts: each tick goes to the
# serial line and to the disk, and is read back from the disk, so that RAM and disk that do not belong together are seen.
#
#   guest.sh build CACHE                             kernel, its package and initramfs into CACHE (kept, and used again)
#   guest.sh kernels FOLDER                          Debian's packages of cloud kernels into FOLDER, those that are not there
#   guest.sh start CACHE DIR NAME [VCPUS] [MIB]      defines and starts a domain whose files lie in DIR; prints its UUID
#   guest.sh tick DIR NAME                           its last tick
#   guest.sh await DIR NAME TICK [SECONDS]           waits until a tick beyond TICK is seen; prints it
#   guest.sh remove DIR NAME                         destroys, undefines, deletes DIR/NAME.*
#
# GUEST_WORDS goes to its kernel's command line: vmattest.fill=PERCENT fills so much of its free memory with pages that all
# differ, before the first tick; vmattest.write=KIB then writes over them at about so many KiB a second.
# GUEST_MACHINE (q35, pc), GUEST_VIDEO (a display, such as vga), GUEST_DISK=none and GUEST_NETWORK (yes, or a
# type of interface, such as ethernet) make another machine of it.
# QEMU's user must be able to reach CACHE and DIR. Sourced, it offers the same as guest_build, guest_start, ...

GUEST_URI=${LIBVIRT_URI:-qemu:///system}
GUEST_MODULES=(virtio/virtio_ring virtio/virtio virtio/virtio_pci_legacy_dev virtio/virtio_pci_modern_dev
    virtio/virtio_pci block/virtio_blk)

guest_virsh() { virsh --quiet --connect "$GUEST_URI" "$@"; }

guest_init_script() {
    cat <<'INIT'
#!/bin/sh
mount -t devtmpfs dev /dev
mount -t proc proc /proc
mount -t sysfs sys /sys
for m in $(cat /modules/order); do insmod "/modules/$m"; done
fill=0 write=0 disk=/dev/vda
for word in $(cat /proc/cmdline); do
    case $word in
        vmattest.fill=*) fill=${word#*=} ;;
        vmattest.write=*) write=${word#*=} ;;
        vmattest.disk=none) disk= ;;
    esac
done
while [ "$disk" ] && [ ! -b "$disk" ]; do usleep 20000; done
exec </dev/null >/dev/ttyS0 2>&1
echo "guest: up"

# A block of random bytes, again and again. With an odd length it begins somewhere else in each page, so that no two pages
# are the same, and none is zero; random bytes for all of it would take an emulated guest minutes.
fill_memory() {
    mount -t tmpfs -o size=100% fill /fill
    dd if=/dev/urandom of=/block bs=1048637 count=1 iflag=fullblock 2>/dev/null
    while read -r name kib unit; do [ "$name" = MemFree: ] && break; done </proc/meminfo
    mib=$((kib * $1 / 100 / 1024))
    left=$mib
    while [ "$left" -ge 8 ]; do
        cat /block /block /block /block /block /block /block /block
        left=$((left - 8))
    done >/fill/memory
    echo "guest: filled $((mib - left)) MiB"
}

# Pieces of at most 512 KiB, round and round, each of bytes that begin elsewhere in the block, so that its pages are new.
write_memory() {
    pages=$(($1 / 40))
    [ "$pages" -ge 1 ] || pages=1
    [ "$pages" -le 128 ] || pages=128
    end=$(((mib - left) * 256 - pages))
    at=0 n=0
    while [ "$end" -gt 0 ]; do
        dd if=/block of=/fill/memory bs=4096 count=$pages iflag=skip_bytes skip=$((n * 40961 % 500000)) seek=$at conv=notrunc 2>/dev/null
        n=$((n + 1)) at=$(((at + pages) % end))
        usleep $((pages * 4000000 / $1))
    done
}

[ "$fill" -gt 0 ] && fill_memory "$fill"
[ "$fill" -gt 0 ] && [ "$write" -gt 0 ] && write_memory "$write" &

n=0
while :; do
    n=$((n + 1))
    seen=$n
    if [ "$disk" ]; then
        printf '%-511s\n' "$n" | dd of=$disk bs=512 conv=notrunc,fsync 2>/dev/null
        blockdev --flushbufs $disk
        read -r seen <$disk
    fi
    if [ "$seen" = "$n" ]; then echo "tick $n"; else echo "mismatch: memory $n disk $seen"; fi
    usleep 150000
done
INIT
}

# The package with the kernel itself, behind the one that is always of the newest.
guest_kernel_package() {
    [[ -n ${GUEST_KERNEL_PACKAGE:-} ]] && { echo "$GUEST_KERNEL_PACKAGE"; return; }
    apt-cache depends "$1" 2>/dev/null | awk '/^ *Depends: linux-image/ { print $2; exit }'
}

guest_download_kernel() {
    local work=$1 package
    package=$(guest_kernel_package "$2")
    [[ -n $package ]] || { echo "guest: $2 is unknown to apt" >&2; return 1; }
    (cd "$work" && apt-get -qq -o APT::Sandbox::User=root download "$package")
}

# Lists that are absent do not know the kernel, stale ones name a file that is gone from the mirror.
guest_fetch_package() {
    guest_download_kernel "$1" "$2" 2>"$1/apt.log" && return
    apt-get -qq update >&2 && guest_download_kernel "$1" "$2" || { cat "$1/apt.log" >&2; return 1; }
}

guest_fetch_kernel() {
    guest_fetch_package "$1" linux-image-cloud-amd64 && dpkg-deb --extract "$1"/linux-image-*.deb "$1/kernel"
}

guest_kernels() {
    local folder=$1 entry work
    mkdir -p "$folder" || return 1
    for entry in 6.1:linux-image-cloud-amd64 6.12:linux-image-6.12-cloud-amd64; do
        compgen -G "$folder/linux-image-${entry%%:*}.*.deb" >/dev/null && continue
        work=$(mktemp -d "$folder/fetch.XXXXXX") || return 1
        # Renamed last, so that a download that was broken off is never taken for a package.
        GUEST_KERNEL_PACKAGE= guest_fetch_package "$work" "${entry#*:}" && mv "$work"/linux-image-*.deb "$folder/" ||
            { rm -rf "$work"; return 1; }
        rm -rf "$work"
    done
}

guest_build() {
    local cache=$1 tool
    # One with another init is of another version of this script.
    [[ -f $cache/vmlinuz && -f $cache/initramfs && -f $cache/kernel.deb ]] && cmp -s "$cache/init" <(guest_init_script) && return 0
    for tool in cpio:cpio busybox:busybox-static dpkg-deb:dpkg; do
        command -v "${tool%%:*}" >/dev/null || { echo "guest: ${tool%%:*} is missing: apt-get install ${tool##*:}" >&2; return 1; }
    done
    mkdir -p "$cache" || return 1
    local work root module
    work=$(mktemp -d "$cache/build.XXXXXX") || return 1
    root=$work/root
    guest_fetch_kernel "$work" || { rm -rf "$work"; return 1; }
    mkdir -p "$root"/{bin,dev,proc,sys,modules,fill}
    cp "$(command -v busybox)" "$root/bin/busybox"
    for tool in sh mount cat insmod usleep printf dd blockdev echo; do ln -s busybox "$root/bin/$tool"; done
    for module in "${GUEST_MODULES[@]}"; do
        cp "$work"/kernel/lib/modules/*/kernel/drivers/"$module.ko" "$root/modules/" || { rm -rf "$work"; return 1; }
        echo "${module##*/}.ko" >>"$root/modules/order"
    done
    guest_init_script >"$root/init"
    chmod 755 "$root/init" "$root/bin/busybox"
    (cd "$root" && find . | LC_ALL=C sort | cpio --quiet --reproducible -o -H newc -R 0:0) | gzip -1n >"$work/initramfs" || return 1
    # Renamed last, so that a build that was broken off is never taken for a guest.
    mv "$work/initramfs" "$cache/initramfs" && mv "$work"/linux-image-*.deb "$cache/kernel.deb" && cp "$work"/kernel/boot/vmlinuz-* "$work/vmlinuz" && mv "$work/vmlinuz" "$cache/vmlinuz" &&
        cp "$root/init" "$cache/init"
    local rc=$?
    rm -rf "$work"
    return $rc
}

guest_xml() {
    local cache=$1 dir=$2 name=$3 vcpus=$4 mib=$5 disk= video= network= words=${GUEST_WORDS:-}
    if [[ ${GUEST_DISK:-yes} == yes ]]; then
        disk="<disk type='file' device='disk'>
      <driver name='qemu' type='qcow2'/>
      <source file='$dir/$name.qcow2'/>
      <target dev='vda' bus='virtio'/>
    </disk>"
    else
        words+=" vmattest.disk=none"
    fi
    [[ -n ${GUEST_VIDEO:-} ]] && video="<video><model type='$GUEST_VIDEO'/></video>"
    [[ -n ${GUEST_NETWORK:-} ]] && network="<interface type='${GUEST_NETWORK/#yes/user}'><model type='virtio'/></interface>"
    cat <<XML
<domain type='qemu'>
  <name>$name</name>
  <memory unit='MiB'>$mib</memory>
  <vcpu>$vcpus</vcpu>
  <os>
    <type arch='x86_64' machine='${GUEST_MACHINE:-q35}'>hvm</type>
    <kernel>$cache/vmlinuz</kernel>
    <initrd>$cache/initramfs</initrd>
    <cmdline>console=ttyS0 quiet panic=-1 mitigations=off${words:+ $words}</cmdline>
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
    $disk
    $video
    $network
    <controller type='usb' model='none'/>
    <serial type='file'>
      <source path='$dir/$name.serial' append='on'/>
      <target port='0'/>
    </serial>
    <memballoon model='none'/>
  </devices>
</domain>
XML
}

guest_start() {
    local cache dir name=$3 vcpus=${4:-1} mib=${5:-256}
    guest_build "$1" || return 1
    mkdir -p "$2" || return 1
    cache=$(cd "$1" && pwd -P) && dir=$(cd "$2" && pwd -P) || return 1
    rm -f "$dir/$name.serial"
    qemu-img create -q -f qcow2 "$dir/$name.qcow2" 64M || return 1
    guest_xml "$cache" "$dir" "$name" "$vcpus" "$mib" >"$dir/$name.xml"
    guest_virsh define "$dir/$name.xml" >/dev/null && guest_virsh start "$name" >/dev/null || return 1
    guest_await "$dir" "$name" 0 "${GUEST_BOOT_SECONDS:-90}" >/dev/null || return 1
    guest_virsh domuuid "$name" | head -n 1
}

guest_tick() {
    local tick
    tick=$(tr -d '\r' 2>/dev/null <"$1/$2.serial" | sed -n 's/^tick \([0-9]*\)$/\1/p' | tail -n 1)
    echo "${tick:-0}"
}

guest_await() {
    local dir=$1 name=$2 beyond=$3 deadline=$((SECONDS + ${4:-30})) tick
    until tick=$(guest_tick "$dir" "$name") && ((tick > beyond)); do
        ((SECONDS < deadline)) || { echo "guest: $name stands at tick $tick, waited for one beyond $beyond" >&2; return 1; }
        sleep 0.1
    done
    echo "$tick"
}

guest_remove() {
    guest_virsh destroy "$2" >/dev/null 2>&1
    guest_virsh undefine "$2" >/dev/null 2>&1
    rm -f "$1/$2".{qcow2,serial,xml} "$1/$2".vmattest-*.qcow2
}

if [[ ${BASH_SOURCE[0]} == "$0" ]]; then
    set -u
    command=${1:-}
    shift
    case $command:$# in
        build:1 | kernels:1 | start:[345] | tick:2 | await:[34] | remove:2) "guest_$command" "$@" ;;
        *) sed -n '3,18s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
    esac
fi
