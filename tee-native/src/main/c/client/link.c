/* SPDX-License-Identifier: Apache-2.0 */
#include "client/link.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "util/detail.h"
#include "vmtee_client.h"

static pthread_mutex_t path_lock = PTHREAD_MUTEX_INITIALIZER;
static char chosen_path[sizeof(((struct sockaddr_un *)NULL)->sun_path)];

int vmtee_client_use(const char *socket_path) {
        const size_t size = strnlen(socket_path, sizeof(chosen_path));

        if (size == 0 || size >= sizeof(chosen_path))
                return vmtee_fail(-ENAMETOOLONG, "a socket's path must have 1 to %zu bytes", sizeof(chosen_path) - 1);
        pthread_mutex_lock(&path_lock);
        memcpy(chosen_path, socket_path, size + 1);
        pthread_mutex_unlock(&path_lock);
        return 0;
}

static int current_address(struct sockaddr_un *ret) {
        *ret = (struct sockaddr_un){ .sun_family = AF_UNIX };
        pthread_mutex_lock(&path_lock);
        memcpy(ret->sun_path, chosen_path, sizeof(ret->sun_path));
        pthread_mutex_unlock(&path_lock);
        if (ret->sun_path[0])
                return 0;
        const char *path = secure_getenv("VMTEED_SOCKET");
        if (!path || !*path)
                path = VMTEE_CLIENT_SOCKET;
        if (strlen(path) >= sizeof(ret->sun_path))
                return vmtee_fail(-ENAMETOOLONG, "the socket's path %.60s... is too long", path);
        strcpy(ret->sun_path, path);
        return 0;
}

int link_connect(struct link *l) {
        /* So that a daemon that hangs does not hang us: connect(2) waits as long as a send would. */
        const struct timeval patience = { .tv_sec = IO_MILLIS / 1000 };
        struct sockaddr_un address;
        const int r = current_address(&address);

        if (r < 0)
                return r;
        const int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
        if (fd < 0)
                return vmtee_fail(-errno, "socket: %s", strerror(errno));
        (void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
        if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0) {
                const int error = errno;

                close(fd);
                return vmtee_fail(-ENODEV, "vmteed does not answer at %s: %s", address.sun_path, strerror(error));
        }
        l->fd = fd;
        return 0;
}

int link_open(struct link *l) {
        *l = (struct link){ .fd = -1 };
        pthread_mutex_init(&l->lock, NULL);
        return link_connect(l);
}

static void disconnect(struct link *l) {
        if (l->fd >= 0)
                close(l->fd);
        l->fd = -1;
}

void link_close(struct link *l) {
        if (l->fd >= 0)
                (void)link_do(l, &(struct call){ .op = OP_CLOSE, .millis = SHORT_MILLIS });
        disconnect(l);
        pthread_mutex_destroy(&l->lock);
}

/* ---- calls --------------------------------------------------------------------------------- */

static int exchange(struct link *l, const struct call *call, struct message *ret) {
        const uint64_t most = INT32_MAX;
        const struct message_bounds bounds = { .body = REPLY_MAX, .fds = call->fds_back,
                                               .first_millis = (int)(call->millis < most ? call->millis : most) };
        const struct wire_out none = { 0 }, *request = call->request ? call->request : &none;

        if (request->failed)
                return vmtee_fail(-ENOMEM, "no memory for a request");
        int r = message_send(l->fd, call->op, request->bytes, request->size, call->fds, call->n_fds);
        if (r == 0)
                r = message_receive(l->fd, &bounds, ret);
        return r == 0 ? vmtee_fail(-EPIPE, "it closed the connection") : r;
}

static int check_versions(const struct message *m) {
        if (m->protocol == PROTOCOL_VERSION && m->api == VMTEE_VERSION)
                return 0;
        return vmtee_fail(-EPROTO, "it speaks version %u.%u, not %d.%u", m->protocol, m->api, PROTOCOL_VERSION, VMTEE_VERSION);
}

/* A failure begins with its sentence. */
static int64_t result_of(const struct call *call, const struct message *m, struct wire_in *body) {
        char sentence[DETAIL_MAX + 1] = "";

        if (m->code >= 0)
                return m->n_fds == call->fds_back ? m->code : link_nonsense();
        get_text(body, DETAIL_MAX, sentence);
        if (body->failed || m->code < -4095)
                return link_nonsense();
        return vmtee_fail((int)m->code, "%s", sentence);
}

int64_t link_call_locked(struct link *l, const struct call *call, struct message *ret, struct wire_in *ret_body) {
        char why[DETAIL_MAX];

        ret->body = NULL;
        ret->n_fds = ret->size = 0;
        *ret_body = (struct wire_in){ .failed = true };
        if (l->fd < 0)
                return vmtee_fail(-ENODEV, "vmteed has gone, and what it held with it");
        int r = exchange(l, call, ret);
        if (r == -ENOMEM)
                return r;
        if (r > 0)
                r = check_versions(ret);
        if (r < 0) {
                (void)snprintf(why, sizeof(why), "%s", vmtee_detail());
                disconnect(l);
                return vmtee_fail(-ENODEV, "vmteed has gone or cannot be understood: %s", why);
        }
        *ret_body = (struct wire_in){ .bytes = ret->body, .size = ret->size };
        return result_of(call, ret, ret_body);
}

int64_t link_call(struct link *l, const struct call *call, struct message *ret, struct wire_in *ret_body) {
        pthread_mutex_lock(&l->lock);
        const int64_t r = link_call_locked(l, call, ret, ret_body);
        pthread_mutex_unlock(&l->lock);
        return r;
}

int link_do(struct link *l, const struct call *call) {
        MESSAGE_CLEANUP struct message reply;
        struct wire_in body;
        const int64_t r = link_call(l, call, &reply, &body);

        return r > 0 ? link_nonsense() : (int)r;
}

int link_blob(int64_t result, struct wire_in *body, uint8_t *buf, size_t size, size_t *ret_size) {
        size_t n;

        if (result == -ENOBUFS) {
                const uint64_t needed = get_u64(body);

                if (!wire_in_done(body))
                        return link_nonsense();
                *ret_size = needed;
        }
        if (result < 0)
                return (int)result;
        const uint8_t *bytes = get_blob(body, size, &n);
        if (result > 0 || !wire_in_done(body))
                return link_nonsense();
        if (n > 0)
                memcpy(buf, bytes, n);
        *ret_size = n;
        return 0;
}

int link_nonsense(void) {
        return vmtee_fail(-EPROTO, "vmteed gave an answer that makes no sense");
}

int link_check_fd(int fd, const char *what) {
        return fcntl(fd, F_GETFD) >= 0 ? 0 : vmtee_fail(-EBADF, "no %s", what);
}
