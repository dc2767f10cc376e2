/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/server.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon/session.h"
#include "util/detail.h"

struct connection {
        struct session session;
        pthread_t thread;
        int wake_fd; /* tells the server that the thread has come to its end */
        atomic_bool over;
};

struct server {
        int listen_fd, stop_fd, wake_fd;
        const struct options *options;
        struct daemon_key *key;
        struct connection *connections[CONNECTIONS_MAX];
        size_t n;
};

static void *serve(void *argument) {
        struct connection *c = argument;

        session_serve(&c->session);
        atomic_store(&c->over, true);
        (void)eventfd_write(c->wake_fd, 1);
        return NULL;
}

/* ---- accepting ----------------------------------------------------------------------------- */

static bool is_allowed(const struct server *s, int fd, uid_t *ret) {
        struct ucred peer;
        socklen_t size = sizeof(peer);

        if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0)
                return false;
        *ret = peer.uid;
        if (options_allow(s->options, peer.uid, peer.gid))
                return true;
        fprintf(stderr, "vmteed: refused process %d of user %u, group %u\n", (int)peer.pid, peer.uid, peer.gid);
        return false;
}

static int start(struct server *s, int fd, uid_t user) {
        struct connection *c = calloc(1, sizeof(*c));

        if (!c)
                return -ENOMEM;
        session_init(&c->session, fd, user, s->key);
        c->wake_fd = s->wake_fd;
        const int r = -pthread_create(&c->thread, NULL, serve, c);
        if (r < 0)
                free(c);
        else
                s->connections[s->n++] = c;
        return r;
}

static void accept_one(struct server *s) {
        const int fd = accept4(s->listen_fd, NULL, NULL, SOCK_CLOEXEC);
        uid_t user;

        if (fd < 0)
                return;
        if (!is_allowed(s, fd, &user)) {
                close(fd);
                return;
        }
        const int r = start(s, fd, user);
        if (r < 0) {
                fprintf(stderr, "vmteed: cannot serve a connection: %s\n", strerror(-r));
                close(fd);
        }
}

/* ---- ending -------------------------------------------------------------------------------- */

static void end_connection(struct connection *c) {
        pthread_join(c->thread, NULL);
        pthread_mutex_destroy(&c->session.lock);
        close(c->session.fd);
        free(c);
}

static void reap(struct server *s) {
        eventfd_t ignored;
        size_t n = 0;

        (void)eventfd_read(s->wake_fd, &ignored);
        for (size_t i = 0; i < s->n; i++) {
                struct connection *c = s->connections[i];

                if (atomic_load(&c->over))
                        end_connection(c);
                else
                        s->connections[n++] = c;
        }
        s->n = n;
}

static void end_all(struct server *s) {
        for (size_t i = 0; i < s->n; i++) {
                session_hang_up(&s->connections[i]->session);
                (void)shutdown(s->connections[i]->session.fd, SHUT_RDWR);
        }
        for (size_t i = 0; i < s->n; i++)
                end_connection(s->connections[i]);
        s->n = 0;
}

/* ---- running ------------------------------------------------------------------------------- */

/* Of a connection only its end is of interest here, and only once. No more are accepted than there is room for. */
static void watch(const struct server *s, struct pollfd fds[static CONNECTIONS_MAX + 3]) {
        fds[0] = (struct pollfd){ .fd = s->stop_fd, .events = POLLIN };
        fds[1] = (struct pollfd){ .fd = s->wake_fd, .events = POLLIN };
        fds[2] = (struct pollfd){ .fd = s->n < CONNECTIONS_MAX ? s->listen_fd : -1, .events = POLLIN };
        for (size_t i = 0; i < s->n; i++) {
                struct session *session = &s->connections[i]->session;

                fds[3 + i] = (struct pollfd){ .fd = atomic_load(&session->hung) ? -1 : session->fd };
        }
}

static int run(struct server *s) {
        struct pollfd fds[CONNECTIONS_MAX + 3];

        for (;;) {
                watch(s, fds);
                if (poll(fds, 3 + s->n, -1) < 0 && errno != EINTR)
                        return vmtee_fail(-errno, "poll: %s", strerror(errno));
                if (fds[0].revents)
                        return 0;
                for (size_t i = 0; i < s->n; i++)
                        if (fds[3 + i].revents)
                                session_hang_up(&s->connections[i]->session);
                if (fds[1].revents)
                        reap(s);
                if (fds[2].revents)
                        accept_one(s);
        }
}

int server_run(int listen_fd, int stop_fd, const struct options *options, struct daemon_key *key) {
        struct server s = { .listen_fd = listen_fd, .stop_fd = stop_fd, .options = options, .key = key };

        s.wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        if (s.wake_fd < 0)
                return vmtee_fail(-errno, "eventfd: %s", strerror(errno));
        const int r = run(&s);
        end_all(&s);
        close(s.wake_fd);
        return r;
}
