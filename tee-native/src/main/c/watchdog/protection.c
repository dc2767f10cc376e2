/* SPDX-License-Identifier: Apache-2.0 */
#include "watchdog/protection.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/userfaultfd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "util/cleanup.h"

/* Of a process of hundreds of mappings; ranges beyond are found at the next look. */
enum { RANGES_MAX = 4096, TRIES = 100, RETRY_MICROS = 1000 };

struct ranges {
        struct uffdio_range list[RANGES_MAX];
        int n;
};

static void close_stream(FILE **stream) {
        if (*stream)
                fclose(*stream);
}

/* "VmFlags: rd wr mr mw me uw": two letters each. */
static bool is_protected(const char *line) {
        return strncmp(line, "VmFlags:", 8) == 0 && strstr(line, " uw") != NULL;
}

static int find_ranges(const struct process *p, struct ranges *ret) {
        const int fd = openat(p->proc, "smaps", O_RDONLY | O_CLOEXEC);
        __attribute__((cleanup(close_stream))) FILE *smaps = fd < 0 ? NULL : fdopen(fd, "r");
        CLEANUP_FREE char *line = NULL;
        uint64_t start = 0, end = 0, from, to;
        size_t size = 0;

        if (!smaps)
                return -errno;
        ret->n = 0;
        while (getline(&line, &size, smaps) > 0 && ret->n < RANGES_MAX) {
                if (sscanf(line, "%" SCNx64 "-%" SCNx64 " ", &from, &to) == 2) {
                        start = from;
                        end = to;
                } else if (is_protected(line) && end > start) {
                        ret->list[ret->n++] = (struct uffdio_range){ .start = start, .len = end - start };
                }
        }
        return ferror(smaps) ? -EIO : 0;
}

int protection_count(const struct process *p) {
        struct ranges ranges;
        const int r = find_ranges(p, &ranges);

        return r < 0 ? r : ranges.n;
}

/* While the process itself changes its mappings the kernel says EAGAIN. */
static int ioctl_again(int fd, unsigned long request, void *argument) {
        for (int i = 0; i < TRIES; i++) {
                if (ioctl(fd, request, argument) == 0)
                        return 0;
                if (errno != EAGAIN && errno != EINTR)
                        return -errno;
                usleep(RETRY_MICROS);
        }
        return -EAGAIN;
}

struct lifting {
        const struct process *process;
        const struct ranges *ranges;
};

static void lift_range(int uffd, struct uffdio_range range) {
        struct uffdio_writeprotect open = { .range = range };

        /* Of several userfaultfds one has the range; what is left in the end is seen in smaps. */
        (void)ioctl_again(uffd, UFFDIO_WRITEPROTECT, &open);
        (void)ioctl_again(uffd, UFFDIO_UNREGISTER, &range);
}

static int lift_with(void *context, int fd, const char *link) {
        const struct lifting *l = context;

        if (strcmp(link, "anon_inode:[userfaultfd]") != 0)
                return 0;
        CLEANUP_CLOSE int uffd = process_take_descriptor(l->process, fd);
        if (uffd == -EBADF)
                return 0;
        if (uffd < 0)
                return uffd;
        for (int i = 0; i < l->ranges->n; i++)
                lift_range(uffd, l->ranges->list[i]);
        return 0;
}

int protection_lift(const struct process *p) {
        struct ranges ranges;
        struct lifting lifting = { .process = p, .ranges = &ranges };
        int r = find_ranges(p, &ranges);

        if (r == 0 && ranges.n > 0)
                r = process_visit_descriptors(p, lift_with, &lifting);
        return r < 0 ? r : ranges.n;
}
