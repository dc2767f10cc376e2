/* SPDX-License-Identifier: Apache-2.0 */
#include "vmstate/qcow2.h"

#include <endian.h>
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "util/detail.h"
#include "util/reader.h"

#define QCOW2_MAGIC 0x514649fbu
#define CLUSTER_SIZE (UINT64_C(1) << CLUSTER_BITS)
#define OFFSET_MASK UINT64_C(0x00fffffffffffe00)
#define L2_COMPRESSED (UINT64_C(1) << 62)
#define L2_ZERO UINT64_C(1)

enum {
        QCOW2_VERSION = 3,
        HEADER_SIZE = 104,
        SNAPSHOT_FIXED_SIZE = 40,
        SNAPSHOT_EXTRA_MIN = 8,
        /* 256 KiB was the fastest of 64 KiB to 2 MiB for a 256 MiB guest, and wastes little. */
        CLUSTER_BITS = 18,
        DISK_SIZE = 65536,
        REFCOUNT_ORDER = 4, /* 16-bit reference counts, QEMU's default */
        /* One L1 entry covers 2^33 bytes at these clusters; this is room for 64 TiB. */
        L1_ENTRIES_MAX = 8192,
        TABLE_ENTRIES = (1 << CLUSTER_BITS) / sizeof(uint64_t),
};

/* The header as qcow2.txt has it; only naturally aligned fields, so no packing is needed. */
struct header {
        uint32_t magic, version;
        uint64_t backing_file_offset;
        uint32_t backing_file_size, cluster_bits;
        uint64_t size;
        uint32_t crypt_method, l1_size;
        uint64_t l1_table_offset, refcount_table_offset;
        uint32_t refcount_table_clusters, nb_snapshots;
        uint64_t snapshots_offset;
        uint64_t incompatible_features, compatible_features, autoclear_features;
        uint32_t refcount_order, header_length;
};
_Static_assert(sizeof(struct header) == HEADER_SIZE, "qcow2 version 3 header");

static int write_at(int fd, const void *data, size_t size, uint64_t offset) {
        const ssize_t n = pwrite(fd, data, size, (off_t)offset);

        if (n < 0)
                return vmtee_fail(-errno, "cannot write an empty image: %s", strerror(errno));
        return (size_t)n == size ? 0 : vmtee_fail(-EIO, "cannot write an empty image: short write");
}

/* Clusters: 0 header, 1 refcount table, 2 refcount block, 3 L1 table. */
static int write_empty(int fd) {
        const struct header h = {
                .magic = htobe32(QCOW2_MAGIC),
                .version = htobe32(QCOW2_VERSION),
                .cluster_bits = htobe32(CLUSTER_BITS),
                .size = htobe64(DISK_SIZE),
                .l1_size = htobe32(1),
                .l1_table_offset = htobe64(3 * CLUSTER_SIZE),
                .refcount_table_offset = htobe64(CLUSTER_SIZE),
                .refcount_table_clusters = htobe32(1),
                .refcount_order = htobe32(REFCOUNT_ORDER),
                .header_length = htobe32(HEADER_SIZE),
        };
        const uint64_t refcount_table[] = { htobe64(2 * CLUSTER_SIZE) };
        const uint16_t refcounts[] = { htobe16(1), htobe16(1), htobe16(1), htobe16(1) };

        if (ftruncate(fd, 4 * CLUSTER_SIZE) < 0)
                return vmtee_fail(-errno, "cannot size an empty image: %s", strerror(errno));
        int r = write_at(fd, &h, sizeof(h), 0);
        if (r == 0)
                r = write_at(fd, refcount_table, sizeof(refcount_table), CLUSTER_SIZE);
        return r < 0 ? r : write_at(fd, refcounts, sizeof(refcounts), 2 * CLUSTER_SIZE);
}

int qcow2_make_empty(void) {
        const int fd = memfd_create("vmtee-vmstate", MFD_CLOEXEC);

        if (fd < 0)
                return vmtee_fail(-errno, "memfd_create: %s", strerror(errno));
        const int r = write_empty(fd);
        if (r < 0) {
                close(fd);
                return r;
        }
        return fd;
}

int qcow2_pread(int fd, void *buf, size_t size, uint64_t offset) {
        if (offset > INT64_MAX - size)
                return vmtee_fail(-EPROTO, "VM state image points to byte %llu, beyond any file",
                                  (unsigned long long)offset);
        for (size_t done = 0; done < size;) {
                const ssize_t n = pread(fd, (uint8_t *)buf + done, size - done, (off_t)(offset + done));

                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return vmtee_fail(-errno, "cannot read the VM state image: %s", strerror(errno));
                if (n == 0)
                        return vmtee_fail(-EPROTO, "VM state image ends at byte %llu, before it should",
                                          (unsigned long long)(offset + done));
                done += (size_t)n;
        }
        return 0;
}

static int read_header(int fd, struct header *ret) {
        const int r = qcow2_pread(fd, ret, sizeof(*ret), 0);

        if (r < 0)
                return r;
        if (be32toh(ret->magic) != QCOW2_MAGIC || be32toh(ret->version) != QCOW2_VERSION)
                return vmtee_fail(-EPROTO, "VM state image is not qcow2 version 3");
        if (be32toh(ret->cluster_bits) != CLUSTER_BITS || be64toh(ret->size) != DISK_SIZE)
                return vmtee_fail(-EPROTO, "VM state image is not one that this library made");
        if (ret->backing_file_offset || ret->crypt_method || ret->incompatible_features)
                return vmtee_fail(-EPROTO, "VM state image has a backing file, encryption or unknown features");
        if (be32toh(ret->nb_snapshots) != 1)
                return vmtee_fail(-EPROTO, "VM state image holds %u snapshots, not one", be32toh(ret->nb_snapshots));
        return 0;
}

/* Snapshot table entry: l1_table_offset u64, l1_size u32, id size u16, name size u16, date u32 u32, clock u64,
 * vm_state_size u32, extra size u32; the extra data begin with the 64-bit vm_state_size. */
static int read_snapshot(int fd, uint64_t offset, struct qcow2_vmstate *ret) {
        uint8_t entry[SNAPSHOT_FIXED_SIZE + SNAPSHOT_EXTRA_MIN];
        const int r = qcow2_pread(fd, entry, sizeof(entry), offset);

        if (r < 0)
                return r;
        const uint32_t l1_entries = peek_u32(entry + 8);
        if (peek_u32(entry + 36) < SNAPSHOT_EXTRA_MIN)
                return vmtee_fail(-EPROTO, "snapshot of the VM state image does not say its 64-bit size");
        if (l1_entries > L1_ENTRIES_MAX)
                return vmtee_fail(-E2BIG, "VM state image has %u L1 entries, more than %d", l1_entries,
                                  L1_ENTRIES_MAX);
        ret->l1_offset = peek_u64(entry);
        ret->l1_entries = l1_entries;
        ret->size = peek_u64(entry + SNAPSHOT_FIXED_SIZE);
        return 0;
}

int qcow2_find_vmstate(int fd, struct qcow2_vmstate *ret) {
        struct qcow2_vmstate state = { .cluster_bits = CLUSTER_BITS };
        struct header h;
        int r = read_header(fd, &h);

        if (r == 0)
                r = read_snapshot(fd, be64toh(h.snapshots_offset), &state);
        if (r < 0)
                return r;
        /* The VM state follows the disk, rounded up to what one L1 entry covers: here always one entry. */
        state.first_cluster = TABLE_ENTRIES;
        const uint64_t clusters = state.size / CLUSTER_SIZE + (state.size % CLUSTER_SIZE != 0);
        if (state.first_cluster + clusters > (uint64_t)state.l1_entries * TABLE_ENTRIES)
                return vmtee_fail(-EPROTO, "VM state of %llu bytes does not fit the image's tables",
                                  (unsigned long long)state.size);
        *ret = state;
        return 0;
}

static int read_table_entry(int fd, uint64_t table, uint64_t index, uint64_t *ret) {
        uint64_t value, offset;

        if (__builtin_add_overflow(table, index * sizeof(value), &offset))
                return vmtee_fail(-EPROTO, "VM state image has a table beyond any file");
        const int r = qcow2_pread(fd, &value, sizeof(value), offset);
        if (r < 0)
                return r;
        *ret = be64toh(value);
        return 0;
}

int qcow2_cluster_offset(int fd, const struct qcow2_vmstate *state, uint64_t cluster, uint64_t *ret_offset) {
        uint64_t l1 = 0, l2 = 0;

        if (cluster / TABLE_ENTRIES >= state->l1_entries)
                return vmtee_fail(-EPROTO, "VM state image has no cluster %llu", (unsigned long long)cluster);
        int r = read_table_entry(fd, state->l1_offset, cluster / TABLE_ENTRIES, &l1);
        if (r == 0 && (l1 & OFFSET_MASK) != 0)
                r = read_table_entry(fd, l1 & OFFSET_MASK, cluster % TABLE_ENTRIES, &l2);
        if (r < 0)
                return r;
        if (l2 & L2_COMPRESSED)
                return vmtee_fail(-EPROTO, "VM state image has a compressed cluster");
        *ret_offset = l2 & L2_ZERO ? 0 : l2 & OFFSET_MASK;
        return 0;
}
