/* SPDX-License-Identifier: Apache-2.0 */
/* Directories of a test's own. */
#ifndef VMTEE_TEST_PLACE_H
#define VMTEE_TEST_PLACE_H

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "testing.h"

struct place {
        char path[64];
        int fd;
};

static inline struct place new_directory(void) {
        struct place p = { .path = "/tmp/vmtee-test-XXXXXX" };

        CHECK(mkdtemp(p.path));
        p.fd = open(p.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        CHECK(p.fd >= 0);
        return p;
}

static inline int count_files(const struct place *p, int remove) {
        DIR *d = opendir(p->path);
        int n = 0;

        CHECK(d);
        for (struct dirent *e; (e = readdir(d)) != NULL;)
                if (e->d_name[0] != '.') {
                        n++;
                        if (remove)
                                CHECK(unlinkat(p->fd, e->d_name, 0) == 0);
                }
        closedir(d);
        return n;
}

static inline void remove_directory(struct place *p) {
        count_files(p, 1);
        close(p->fd);
        CHECK(rmdir(p->path) == 0);
}

static inline void flip(const struct place *p, const char *name, off_t at) {
        const int fd = openat(p->fd, name, O_RDWR);
        uint8_t byte;

        CHECK(fd >= 0 && pread(fd, &byte, 1, at) == 1);
        byte ^= 1;
        CHECK(pwrite(fd, &byte, 1, at) == 1);
        close(fd);
}

static inline off_t file_size(const struct place *p, const char *name) {
        struct stat st;

        CHECK(fstatat(p->fd, name, &st, 0) == 0);
        return st.st_size;
}

#endif
