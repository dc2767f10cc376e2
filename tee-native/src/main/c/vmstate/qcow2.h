/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The few parts of the qcow2 format (QEMU docs/interop/qcow2.txt) that a VM state needs: an empty image to save into, and
 * where in a saved image the state lies. Integers in the file are big-endian.
 */
#ifndef VMTEE_QCOW2_H
#define VMTEE_QCOW2_H

#include <stdint.h>
#include <sys/types.h>

/* Where the VM state of the image's one snapshot lies. */
struct qcow2_vmstate {
        uint64_t size;          /* bytes of VM state */
        uint64_t first_cluster; /* guest cluster number at which it begins */
        uint64_t l1_offset;     /* of the snapshot's L1 table in the file */
        uint32_t l1_entries;
        uint32_t cluster_bits;
};

/* Makes an image in memory without clusters and without a size limit of its own; returns its descriptor. */
int qcow2_make_empty(void);

/* Finds the VM state. -EPROTO if the image is not one that QEMU would have made of qcow2_make_empty()'s. */
int qcow2_find_vmstate(int fd, struct qcow2_vmstate *ret);

/* File offset of a guest cluster, 0 if it is not allocated (reads as zeros). */
int qcow2_cluster_offset(int fd, const struct qcow2_vmstate *state, uint64_t cluster, uint64_t *ret_offset);

/* pread() until size bytes are there; -EPROTO at the end of the file and beyond any. */
int qcow2_pread(int fd, void *buf, size_t size, uint64_t offset);

#endif
