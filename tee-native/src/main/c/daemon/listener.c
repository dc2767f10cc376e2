/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/listener.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "util/detail.h"

/* Handed-over descriptors begin here. */
enum { LISTEN_FDS_START = 3, BACKLOG = 32, NOT_FOR_OTHERS = 0117 };

static bool handed_over(void) {
        const char *pid = getenv("LISTEN_PID"), *n = getenv("LISTEN_FDS");

        return pid && n && strtol(pid, NULL, 10) == getpid() && strcmp(n, "1") == 0;
}

static bool is_option(int fd, int option, int expected) {
        int value;
        socklen_t size = sizeof(value);

        return getsockopt(fd, SOL_SOCKET, option, &value, &size) == 0 && value == expected;
}

static int take_over(struct listener *ret) {
        const int fd = LISTEN_FDS_START;

        if (!is_option(fd, SO_DOMAIN, AF_UNIX) || !is_option(fd, SO_TYPE, SOCK_SEQPACKET) || !is_option(fd, SO_ACCEPTCONN, 1))
                return vmtee_fail(-EINVAL, "what was handed over is no listening unix socket of sequential packets");
        if (fcntl(fd, F_SETFD, FD_CLOEXEC) < 0)
                return vmtee_fail(-errno, "the socket that was handed over: %s", strerror(errno));
        *ret = (struct listener){ .fd = fd };
        return 0;
}

static int bind_privately(int fd, const struct sockaddr_un *a) {
        const mode_t before = umask(NOT_FOR_OTHERS);
        const int r = bind(fd, (const struct sockaddr *)a, sizeof(*a)) < 0 ? -errno : 0;

        umask(before);
        return r;
}

/* What a daemon left that died. */
static bool is_abandoned(const struct sockaddr_un *a) {
        const int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
        const bool refused = fd >= 0 && connect(fd, (const struct sockaddr *)a, sizeof(*a)) < 0 && errno == ECONNREFUSED;
        struct stat st;

        if (fd >= 0)
                close(fd);
        return refused && lstat(a->sun_path, &st) == 0 && S_ISSOCK(st.st_mode);
}

static int make(const char *path, int fd) {
        struct sockaddr_un a = { .sun_family = AF_UNIX };

        if (strlen(path) >= sizeof(a.sun_path))
                return vmtee_fail(-ENAMETOOLONG, "the socket's path is longer than %zu bytes", sizeof(a.sun_path) - 1);
        strcpy(a.sun_path, path);
        int r = bind_privately(fd, &a);
        if (r == -EADDRINUSE && is_abandoned(&a) && unlink(path) == 0)
                r = bind_privately(fd, &a);
        if (r < 0)
                return vmtee_fail(r, "listening at %s: %s", path, strerror(-r));
        if (listen(fd, BACKLOG) < 0)
                return vmtee_fail(-errno, "listening at %s: %s", path, strerror(errno));
        return 0;
}

int listener_open(const char *path, struct listener *ret) {
        if (handed_over())
                return take_over(ret);
        const int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (fd < 0)
                return vmtee_fail(-errno, "socket: %s", strerror(errno));
        const int r = make(path, fd);
        if (r < 0)
                close(fd);
        else
                *ret = (struct listener){ .fd = fd, .path = path };
        return r;
}

void listener_close(struct listener *l) {
        if (l->path)
                (void)unlinkat(AT_FDCWD, l->path, 0);
        close(l->fd);
}
