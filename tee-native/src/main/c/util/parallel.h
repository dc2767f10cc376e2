/* SPDX-License-Identifier: Apache-2.0 */
/* Does numbered jobs on several threads. */
#ifndef VMTEE_PARALLEL_H
#define VMTEE_PARALLEL_H

#include <stddef.h>
#include <stdint.h>

/* A thread's own things: made before its first job, freed after its last. */
struct parallel_work {
        void *(*begin)(void);
        int (*job)(void *own, void *shared, size_t number);
        void (*end)(void *own);
        void *shared;
};

/* Does jobs 0..n-1 on `threads` threads (0: one per online CPU). The first failure ends it and is returned. */
int parallel_run(const struct parallel_work *work, size_t n, uint32_t threads);

#endif
