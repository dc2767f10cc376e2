/* SPDX-License-Identifier: Apache-2.0 */
#include "watchdog/process.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "util/cleanup.h"

enum { START_TIME_AFTER_NAME = 20, LINK_SIZE = 64 };

/* The name, in parentheses, may hold anything. */
static int read_start_time(int proc, uint64_t *ret) {
        char text[4096], *rest, *field;
        CLEANUP_CLOSE int fd = openat(proc, "stat", O_RDONLY | O_CLOEXEC);

        if (fd < 0)
                return -errno;
        const ssize_t n = read(fd, text, sizeof(text) - 1);
        if (n < 0)
                return -errno;
        text[n] = '\0';
        rest = strrchr(text, ')');
        if (!rest)
                return -EPROTO;
        rest++;
        for (int i = 0; i < START_TIME_AFTER_NAME; i++) {
                field = strsep(&rest, " ");
                if (!rest)
                        return -EPROTO;
        }
        field = strsep(&rest, " ");
        *ret = strtoull(field, NULL, 10);
        return 0;
}

static int open_checked(struct process *p, pid_t pid, uint64_t start_time) {
        char path[32];
        uint64_t found;

        p->pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
        if (p->pidfd < 0)
                return -errno;
        (void)snprintf(path, sizeof(path), "/proc/%d", (int)pid);
        p->proc = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (p->proc < 0)
                return -errno;
        const int r = read_start_time(p->proc, &found);
        if (r < 0)
                return r;
        /* Only after all is open: what ends from now on cannot be mistaken. */
        return found == start_time && !process_has_ended(p) ? 0 : -ESRCH;
}

int process_open(struct process *p, pid_t pid, uint64_t start_time) {
        *p = (struct process){ .pidfd = -1, .proc = -1 };
        const int r = open_checked(p, pid, start_time);

        if (r < 0) {
                cleanup_close(&p->pidfd);
                cleanup_close(&p->proc);
        }
        return r;
}

void process_wait(const struct process *p, int millis) {
        struct pollfd fd = { .fd = p->pidfd, .events = POLLIN };

        (void)poll(&fd, 1, millis);
}

bool process_has_ended(const struct process *p) {
        struct pollfd fd = { .fd = p->pidfd, .events = POLLIN };

        return poll(&fd, 1, 0) > 0;
}

static int visit_one(int folder, const char *name, descriptor_visit visit, void *context) {
        char link[LINK_SIZE];
        const ssize_t n = readlinkat(folder, name, link, sizeof(link) - 1);

        /* It may have been closed meanwhile. */
        if (n < 0)
                return errno == ENOENT ? 0 : -errno;
        link[n] = '\0';
        return visit(context, atoi(name), link);
}

static void close_folder(DIR **folder) {
        if (*folder)
                closedir(*folder);
}

int process_visit_descriptors(const struct process *p, descriptor_visit visit, void *context) {
        const int fd = openat(p->proc, "fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        __attribute__((cleanup(close_folder))) DIR *folder = fd < 0 ? NULL : fdopendir(fd);
        const struct dirent *entry;
        int r = 0;

        if (!folder)
                return -errno;
        while (r == 0 && (entry = readdir(folder)) != NULL)
                if (entry->d_name[0] != '.')
                        r = visit_one(dirfd(folder), entry->d_name, visit, context);
        return r;
}

int process_take_descriptor(const struct process *p, int fd) {
        const int taken = (int)syscall(SYS_pidfd_getfd, p->pidfd, fd, 0);

        return taken < 0 ? -errno : taken;
}

static int is_link(void *context, int fd, const char *link) {
        (void)fd;
        return strcmp(link, context) == 0;
}

int process_has_socket(const struct process *p, uint64_t inode) {
        char wanted[LINK_SIZE];

        (void)snprintf(wanted, sizeof(wanted), "socket:[%" PRIu64 "]", inode);
        return process_visit_descriptors(p, is_link, wanted);
}
