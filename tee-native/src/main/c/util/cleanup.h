/* SPDX-License-Identifier: Apache-2.0 */
/* What a local variable owns is given back when it goes out of scope. */
#ifndef VMTEE_CLEANUP_H
#define VMTEE_CLEANUP_H

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

static inline void cleanup_free(void *p) {
        free(*(void **)p);
}

static inline void cleanup_close(const int *fd) {
        const int saved = errno;

        if (*fd >= 0)
                close(*fd);
        errno = saved;
}

#define CLEANUP_FREE __attribute__((cleanup(cleanup_free)))
#define CLEANUP_CLOSE __attribute__((cleanup(cleanup_close)))

#endif
