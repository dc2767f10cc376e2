/* SPDX-License-Identifier: Apache-2.0 */
/* The client of vmteed has this too: the sockets are the caller's. */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "util/detail.h"
#include "vmtee.h"

enum { SOCKET_BUFFER = 4 << 20 };

int vmtee_socketpair(int ret_fds[2]) {
        const int size = SOCKET_BUFFER;
        int fds[2];

        if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) < 0)
                return vmtee_fail(-errno, "socketpair: %s", strerror(errno));
        /* The more is under way, the less reader and writer wait for each other. Beyond the system's limit only with
         * privilege. */
        if (setsockopt(fds[1], SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size)) < 0)
                (void)setsockopt(fds[1], SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
        ret_fds[0] = fds[0];
        ret_fds[1] = fds[1];
        return 0;
}
