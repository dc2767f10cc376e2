/* SPDX-License-Identifier: Apache-2.0 */
/* Reads, as one stream of bytes, the VM state that QMP snapshot-save wrote into an image of qcow2_make_empty()'s. */
#ifndef VMTEE_VMSTATE_H
#define VMTEE_VMSTATE_H

#include <stdint.h>
#include <sys/types.h>

#include "vmstate/qcow2.h"

struct vmstate {
        int fd;
        struct qcow2_vmstate where;
        uint64_t position; /* bytes of the stream already read */
};

int vmstate_open(int fd, struct vmstate *ret);

/* The stream's next bytes: at least one and at most `size`, 0 at its end. */
ssize_t vmstate_read(struct vmstate *v, void *buf, size_t size);

#endif
