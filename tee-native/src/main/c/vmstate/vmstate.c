/* SPDX-License-Identifier: Apache-2.0 */
#include "vmstate/vmstate.h"

#include <string.h>

int vmstate_open(int fd, struct vmstate *ret) {
        struct vmstate v = { .fd = fd };
        const int r = qcow2_find_vmstate(fd, &v.where);

        if (r < 0)
                return r;
        *ret = v;
        return 0;
}

ssize_t vmstate_read(struct vmstate *v, void *buf, size_t size) {
        const uint64_t cluster_size = UINT64_C(1) << v->where.cluster_bits;
        const uint64_t within = v->position % cluster_size;
        const uint64_t left = v->where.size - v->position;
        uint64_t offset;

        if (size > cluster_size - within)
                size = cluster_size - within;
        if (size > left)
                size = left;
        if (size == 0)
                return 0;
        int r = qcow2_cluster_offset(v->fd, &v->where, v->where.first_cluster + v->position / cluster_size, &offset);
        if (r == 0 && offset == 0)
                memset(buf, 0, size);
        else if (r == 0)
                r = qcow2_pread(v->fd, buf, size, offset + within);
        if (r < 0)
                return r;
        v->position += size;
        return (ssize_t)size;
}
