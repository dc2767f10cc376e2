/* SPDX-License-Identifier: Apache-2.0 */
/* The client of vmteed, whose daemon dies or was never one. */
#include <linux/sockios.h>
#include <poll.h>
#include <pthread.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include "socket/peer.h"

/* ---- a daemon that lies -------------------------------------------------------------------- */

struct lie {
        const char *magic;
        uint32_t versions;
        int64_t code;
        uint32_t n_fds;      /* as the header says */
        size_t sent_fds;
        uint32_t size;       /* as the header says */
        size_t sent;
};

enum { RIGHT = PROTOCOL_VERSION << 16 | VMTEE_VERSION };

static const struct lie lies[] = {
        { "HTTP", RIGHT, 0, 3, 3, ID_SIZE, ID_SIZE },
        { PROTOCOL_MAGIC, RIGHT + 1, 0, 3, 3, ID_SIZE, ID_SIZE },
        { PROTOCOL_MAGIC, RIGHT, 3, 3, 1, ID_SIZE, ID_SIZE },
        { PROTOCOL_MAGIC, RIGHT, INT64_MIN, 0, 0, 4, 4 },
        { PROTOCOL_MAGIC, RIGHT, -5, 0, 0, 0, 0 },                 /* a failure without a sentence */
        { PROTOCOL_MAGIC, RIGHT, 0, 0, 0, ID_SIZE, ID_SIZE },      /* no descriptor */
        { PROTOCOL_MAGIC, RIGHT, 0, 0, 3, ID_SIZE, ID_SIZE },      /* not announced */
        { PROTOCOL_MAGIC, RIGHT, 0, 4, 4, ID_SIZE, ID_SIZE },      /* too many */
        { PROTOCOL_MAGIC, RIGHT, 0, 3, 3, ID_SIZE - 1, ID_SIZE - 1 },
        { PROTOCOL_MAGIC, RIGHT, 0, 3, 3, ID_SIZE + 1, ID_SIZE + 1 },
        { PROTOCOL_MAGIC, RIGHT, 0, 3, 3, ID_SIZE, ID_SIZE - 1 },
        { PROTOCOL_MAGIC, RIGHT, 0, 3, 3, ID_SIZE, 0 },            /* and closes */
        { PROTOCOL_MAGIC, RIGHT, 0, 3, 3, UINT32_MAX, ID_SIZE },
};

struct liar {
        int listener;
        const struct lie *lie;
};

static void put_header(struct wire_out *w, const struct lie *l) {
        put_raw(w, l->magic, 4);
        put_u32(w, l->versions);
        put_u64(w, (uint64_t)l->code);
        put_u32(w, l->n_fds);
        put_u32(w, l->size);
}

static void tell(int fd, const struct lie *l) {
        static const uint8_t zeros[64];
        union {
                struct cmsghdr align;
                uint8_t bytes[CMSG_SPACE(4 * sizeof(int))];
        } control = { 0 };
        WIRE_OUT_CLEANUP struct wire_out w = { 0 };

        put_header(&w, l);
        struct iovec io = { .iov_base = w.bytes, .iov_len = w.size };
        struct msghdr h = { .msg_iov = &io, .msg_iovlen = 1 };
        if (l->sent_fds > 0) {
                h.msg_control = control.bytes;
                h.msg_controllen = CMSG_SPACE(l->sent_fds * sizeof(int));
                struct cmsghdr *c = CMSG_FIRSTHDR(&h);
                c->cmsg_level = SOL_SOCKET;
                c->cmsg_type = SCM_RIGHTS;
                c->cmsg_len = CMSG_LEN(l->sent_fds * sizeof(int));
                for (size_t i = 0; i < l->sent_fds; i++)
                        memcpy(CMSG_DATA(c) + i * sizeof(int), &(int){ STDERR_FILENO }, sizeof(int));
        }
        CHECK(sendmsg(fd, &h, MSG_NOSIGNAL) >= 0);
        if (l->sent > 0)
                (void)send(fd, zeros, l->sent, MSG_NOSIGNAL);
}

static void *lie_once(void *argument) {
        const struct liar *liar = argument;
        const struct message_bounds b = { .body = REQUEST_MAX, .fds = FDS_MAX, .first_millis = DEADLINE_MILLIS };
        const int fd = accept4(liar->listener, NULL, NULL, SOCK_CLOEXEC);
        struct message m;

        CHECK(fd >= 0 && message_receive(fd, &b, &m) == 1);
        message_free(&m);
        tell(fd, liar->lie);
        close(fd);
        return NULL;
}

static void no_lie_is_believed(void) {
        char path[] = "/tmp/vmteed-liar-XXXXXX";
        const int listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

        CHECK(mkdtemp(path));
        char name[64];
        (void)snprintf(name, sizeof(name), "%s/socket", path);
        const struct sockaddr_un a = address_of(name);
        CHECK(bind(listener, (const struct sockaddr *)&a, sizeof(a)) == 0 && listen(listener, 4) == 0);
        CHECK_RESULT(vmtee_client_use(name), 0);
        const int files = count_of(getpid(), "fd");
        for (size_t i = 0; i < sizeof(lies) / sizeof(*lies); i++) {
                struct liar liar = { listener, &lies[i] };
                vmtee_capture *c = NULL;
                pthread_t thread;

                CHECK(pthread_create(&thread, NULL, lie_once, &liar) == 0);
                const int r = vmtee_capture_new(NULL, &c);
                pthread_join(thread, NULL);
                if ((r != -EPROTO && r != -ENODEV) || c) {
                        fprintf(stderr, "lie %zu gave %d (%s)\n", i, r, vmtee_detail());
                        exit(1);
                }
                CHECK(strstr(vmtee_detail(), "vmteed"));
                CHECK(count_of(getpid(), "fd") == files);
        }
        close(listener);
        CHECK(unlink(name) == 0 && rmdir(path) == 0);
}

/* What vmtee_counter_increment() makes of a reply, which is sent before it asks. */
static int counter_of(int64_t code, uint64_t value, size_t size, struct vmtee_counter *ret) {
        uint8_t body[64] = { 0 };
        vmtee_key k = { .link = { .lock = PTHREAD_MUTEX_INITIALIZER } };
        int fds[2];

        for (int i = 0; i < 8; i++)
                body[i] = (uint8_t)(value >> (56 - 8 * i));
        CHECK(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) == 0);
        CHECK(message_send(fds[1], code, body, size, NULL, 0) == 0);
        k.link.fd = fds[0];
        const int r = vmtee_counter_increment(&k, 0, ret);
        close(fds[0]);
        close(fds[1]);
        return r;
}

static void a_counter_that_makes_no_sense_is_not_believed(void) {
        enum { SIZE = 8 + VMTEE_COUNTER_ID_SIZE + VMTEE_NV_NAME_SIZE };
        struct vmtee_counter c = { .value = 7 };

        CHECK_RESULT(counter_of(0, 1, SIZE - 1, &c), -EPROTO);
        CHECK_RESULT(counter_of(0, 1, SIZE + 1, &c), -EPROTO);
        CHECK_RESULT(counter_of(0, 1, 0, &c), -EPROTO);
        CHECK_RESULT(counter_of(1, 1, SIZE, &c), -EPROTO);
        CHECK_RESULT(counter_of(0, (uint64_t)INT64_MAX + 1, SIZE, &c), -EPROTO);
        CHECK(c.value == 7);
        CHECK_RESULT(counter_of(0, INT64_MAX, SIZE, &c), 0);
        CHECK(c.value == INT64_MAX);
}

static void where_nobody_listens_the_failure_says_where(void) {
        vmtee_capture *c;

        CHECK_RESULT(vmtee_client_use(""), -ENAMETOOLONG);
        CHECK_RESULT(vmtee_client_use("/nowhere/vmteed.sock"), 0);
        CHECK_RESULT(vmtee_capture_new(NULL, &c), -ENODEV);
        CHECK(strstr(vmtee_detail(), "/nowhere/vmteed.sock"));
        CHECK_RESULT(vmtee_client_use(environment("VMTEED_SOCKET")), 0);
}

/* ---- a daemon that dies -------------------------------------------------------------------- */

struct streaming {
        int (*read)(vmtee_capture *c, int fd, uint32_t deadline_millis);
        vmtee_capture *capture;
        int fd;
        int result;
        char detail[512];
};

static void *stream(void *argument) {
        struct streaming *s = argument;

        s->result = s->read(s->capture, s->fd, 600000);
        (void)snprintf(s->detail, sizeof(s->detail), "%s", vmtee_detail());
        return NULL;
}

/* fds[1] is QEMU's: it has the refusal by the closed connection. */
static void a_daemon_that_dies_in_a_capture_lets_the_peer_go(void) {
        struct streaming s = { .read = vmtee_capture_stream };
        pthread_t thread;
        int fds[2];
        uint8_t byte;

        CHECK_RESULT(vmtee_capture_new(NULL, &s.capture), 0);
        vmtee_capture *measured = measured_recording();
        CHECK_RESULT(vmtee_socketpair(fds), 0);
        s.fd = fds[0];
        CHECK(pthread_create(&thread, NULL, stream, &s) == 0);
        CHECK(kill(vmteed_pid(), SIGKILL) == 0);
        /* Both of our ends are open yet. */
        CHECK(recv(fds[1], &byte, 1, 0) == 0);
        pthread_join(thread, NULL);
        CHECK(s.result == -ENODEV && strstr(s.detail, "vmteed has gone"));
        CHECK_RESULT(vmtee_capture_measure(s.capture, 0), -ENODEV);
        CHECK_RESULT((int)vmtee_capture_diff(measured, s.capture, NULL, 0, &(uint64_t){ 0 }), -ENODEV);
        vmtee_capture_cancel(s.capture);
        vmtee_capture_free(s.capture);
        vmtee_capture_free(measured);
        close(fds[0]);
        close(fds[1]);
}

static pid_t start_another(void) {
        const char *path = environment("VMTEED_SOCKET");
        const pid_t pid = fork();

        CHECK(pid >= 0);
        if (pid == 0) {
                execl(environment("VMTEED_PROGRAM"), "vmteed", "--socket", path, "--state", "/nowhere", "--tcti", "none", NULL);
                _exit(127);
        }
        return pid;
}

static int try_new(vmtee_capture **ret) {
        const struct timespec pause = { .tv_nsec = 20000000 };
        int r = -ENODEV;

        for (int i = 0; i < DEADLINE_MILLIS / 20 && r == -ENODEV; i++) {
                r = vmtee_capture_new(NULL, ret);
                nanosleep(&pause, NULL);
        }
        return r;
}

static void new_handles_find_the_next_daemon(void) {
        vmtee_capture *c;
        int status;

        CHECK_RESULT(vmtee_capture_new(NULL, &c), -ENODEV);
        const pid_t pid = start_another();
        CHECK_RESULT(try_new(&c), 0);
        vmtee_capture_free(c);
        is_alive();
        CHECK(kill(pid, SIGTERM) == 0 && waitpid(pid, &status, 0) == pid);
        CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
        /* It has put its socket away. */
        CHECK(access(environment("VMTEED_SOCKET"), F_OK) < 0);
}

static _Noreturn void serve_at(int listener) {
        char pid[16];

        (void)snprintf(pid, sizeof(pid), "%d", (int)getpid());
        CHECK(dup2(listener, 3) == 3 && setenv("LISTEN_PID", pid, 1) == 0 && setenv("LISTEN_FDS", "1", 1) == 0);
        execl(environment("VMTEED_PROGRAM"), "vmteed", "--socket", "/not/used", "--state", "/nowhere", "--tcti", "none", NULL);
        _exit(127);
}

/* sd_listen_fds(3). */
static int end_of_daemon_at(int listener, const char *path) {
        vmtee_capture *c;
        int status;
        const pid_t pid = fork();

        CHECK(pid >= 0);
        if (pid == 0)
                serve_at(listener);
        if (path) {
                CHECK_RESULT(vmtee_client_use(path), 0);
                CHECK_RESULT(try_new(&c), 0);
                vmtee_capture_free(c);
                CHECK(kill(pid, SIGTERM) == 0);
        }
        CHECK(waitpid(pid, &status, 0) == pid && WIFEXITED(status));
        return WEXITSTATUS(status);
}

/* The client goes on where the daemon left off: what QEMU sends is read, until it has sent all. */
static void a_daemon_that_dies_in_a_background_capture_leaves_its_client_to_read_to_the_end(void) {
        const struct timespec pause = { .tv_nsec = 20000000 };
        struct streaming s = { .read = vmtee_capture_background };
        const pid_t pid = start_another();
        static uint8_t bytes[1 << 20];
        pthread_t thread;
        int fds[2], unread = 1;

        CHECK_RESULT(try_new(&s.capture), 0);
        CHECK_RESULT(vmtee_socketpair(fds), 0);
        s.fd = fds[0];
        CHECK(pthread_create(&thread, NULL, stream, &s) == 0);
        CHECK(kill(pid, SIGKILL) == 0 && waitpid(pid, NULL, 0) == pid);
        for (int i = 0; i < 8; i++)
                CHECK(send(fds[1], bytes, sizeof(bytes), MSG_NOSIGNAL) == sizeof(bytes));
        for (int i = 0; i < DEADLINE_MILLIS / 20 && unread > 0; i++) {
                CHECK(ioctl(fds[1], SIOCOUTQ, &unread) == 0);
                nanosleep(&pause, NULL);
        }
        CHECK(unread == 0 && shutdown(fds[1], SHUT_WR) == 0);
        pthread_join(thread, NULL);
        CHECK(s.result == -ENODEV && strstr(s.detail, "vmteed has gone"));
        vmtee_capture_free(s.capture);
        close(fds[0]);
        close(fds[1]);
        CHECK(unlink(environment("VMTEED_SOCKET")) == 0);
}

static void a_socket_that_is_handed_over_is_served_and_stays(void) {
        const char *path = environment("VMTEED_SOCKET");
        const struct sockaddr_un a = address_of(path);
        const int listener = socket(AF_UNIX, SOCK_SEQPACKET, 0), stream = socket(AF_UNIX, SOCK_STREAM, 0);

        CHECK(bind(listener, (const struct sockaddr *)&a, sizeof(a)) == 0 && listen(listener, 4) == 0);
        CHECK(end_of_daemon_at(listener, path) == 0);
        CHECK(end_of_daemon_at(listener, path) == 0);
        CHECK(access(path, F_OK) == 0);
        CHECK(end_of_daemon_at(stream, NULL) == 1);
        close(listener);
        close(stream);
}

int main(void) {
        no_lie_is_believed();
        a_counter_that_makes_no_sense_is_not_believed();
        where_nobody_listens_the_failure_says_where();
        a_daemon_that_dies_in_a_capture_lets_the_peer_go();
        new_handles_find_the_next_daemon();
        a_daemon_that_dies_in_a_background_capture_leaves_its_client_to_read_to_the_end();
        a_socket_that_is_handed_over_is_served_and_stays();
        return 0;
}
