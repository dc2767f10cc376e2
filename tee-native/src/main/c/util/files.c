/* SPDX-License-Identifier: Apache-2.0 */
#include "util/files.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "util/cleanup.h"
#include "util/detail.h"

enum { FILE_MODE = 0600 };

int file_create(int dirfd, const char *name) {
        const int fd = openat(dirfd, name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, FILE_MODE);

        return fd >= 0 ? fd : vmtee_fail(-errno, "cannot create %s: %s", name, strerror(errno));
}

int file_write_at(int fd, const char *name, const void *data, size_t size, uint64_t offset) {
        for (size_t done = 0; done < size;) {
                const ssize_t n = pwrite(fd, (const uint8_t *)data + done, size - done, (off_t)(offset + done));

                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return vmtee_fail(-errno, "cannot write %s: %s", name, strerror(errno));
                done += (size_t)n;
        }
        return 0;
}

int file_sync(int fd, const char *name) {
        return fsync(fd) == 0 ? 0 : vmtee_fail(-errno, "cannot sync %s: %s", name, strerror(errno));
}

int file_write_new(int dirfd, const char *name, const void *data, size_t size) {
        CLEANUP_CLOSE const int fd = file_create(dirfd, name);
        const int r = fd < 0 ? fd : file_write_at(fd, name, data, size, 0);

        return r < 0 ? r : file_sync(fd, name);
}

int file_open(int dirfd, const char *name, struct stat *ret) {
        const int fd = openat(dirfd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);

        if (fd < 0) {
                const int error = errno == ENOENT || errno == ELOOP ? EBADMSG : errno;

                return vmtee_fail(-error, "cannot open the snapshot's %s: %s", name, strerror(errno));
        }
        if (fstat(fd, ret) < 0 || !S_ISREG(ret->st_mode)) {
                close(fd);
                return vmtee_fail(-EBADMSG, "the snapshot's %s is no regular file", name);
        }
        return fd;
}

int file_read_at(int fd, const char *name, void *buf, size_t size, uint64_t offset) {
        for (size_t done = 0; done < size;) {
                const ssize_t n = pread(fd, (uint8_t *)buf + done, size - done, (off_t)(offset + done));

                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return vmtee_fail(-errno, "cannot read the snapshot's %s: %s", name, strerror(errno));
                if (n == 0)
                        return vmtee_fail(-EBADMSG, "the snapshot's %s was cut short", name);
                done += (size_t)n;
        }
        return 0;
}

int file_read_whole(int dirfd, const char *name, size_t max, uint8_t **ret, size_t *ret_size) {
        struct stat st;
        CLEANUP_CLOSE const int fd = file_open(dirfd, name, &st);

        if (fd < 0)
                return fd;
        if ((uint64_t)st.st_size > max)
                return vmtee_fail(-EBADMSG, "the snapshot's %s has more than %zu bytes", name, max);
        uint8_t *buf = malloc((size_t)st.st_size + 1);
        if (!buf)
                return vmtee_fail(-ENOMEM, "no memory for the snapshot's %s", name);
        const int r = file_read_at(fd, name, buf, (size_t)st.st_size, 0);
        if (r < 0) {
                free(buf);
                return r;
        }
        *ret = buf;
        *ret_size = (size_t)st.st_size;
        return 0;
}
