/* SPDX-License-Identifier: Apache-2.0 */
/* vmteed and clients that die, lie or talk nonsense. */
#include <fcntl.h>
#include <linux/sockios.h>
#include <poll.h>
#include <pthread.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include "socket/peer.h"

enum { MORE_THAN_IT_TAKES = 140, NOBODY = 65534 };

static const uint8_t shut[] = { 0, 1, 0, 4, 0, 0, 0, 1 };

/* ---- dead clients -------------------------------------------------------------------------- */

static void await_read(int fd) {
        const struct timespec pause = { .tv_nsec = 5000000 };
        int unread = 1;

        for (int i = 0; i < DEADLINE_MILLIS / 5 && unread > 0; i++) {
                CHECK(ioctl(fd, SIOCOUTQ, &unread) == 0);
                nanosleep(&pause, NULL);
        }
        CHECK(unread == 0);
}

enum { BEGINNING = 1000 };

/* A client in a process of its own has begun to read the stream, whose other end is *ret_fd. */
static pid_t begin_reading(int (*read)(vmtee_capture *, int, uint32_t), const uint8_t *bytes, int *ret_fd) {
        int fds[2];

        CHECK_RESULT(vmtee_socketpair(fds), 0);
        const pid_t child = fork();
        CHECK(child >= 0);
        if (child == 0) {
                vmtee_capture *c;

                close(fds[1]);
                CHECK_RESULT(vmtee_capture_new(NULL, &c), 0);
                _exit(read(c, fds[0], 600000) == 0);
        }
        close(fds[0]);
        CHECK(send(fds[1], bytes, BEGINNING, 0) == BEGINNING);
        await_read(fds[1]);
        *ret_fd = fds[1];
        return child;
}

static void a_client_that_dies_in_a_capture_leaves_a_refused_stream_and_no_more(void) {
        uint8_t answer[sizeof(shut)];
        size_t size;
        int fd;
        uint8_t *bytes = recorded_stream(&size);
        const pid_t child = begin_reading(vmtee_capture_stream, bytes, &fd);

        await_count(vmteed_pid(), "task", 2);
        CHECK(kill(child, SIGKILL) == 0 && waitpid(child, NULL, 0) == child);
        CHECK(recv(fd, answer, sizeof(answer), MSG_WAITALL) == sizeof(answer));
        CHECK(memcmp(answer, shut, sizeof(shut)) == 0);
        CHECK(recv(fd, answer, 1, 0) == 0);
        close(fd);
        await_count(vmteed_pid(), "task", 1);
        free(bytes);
}

/* QEMU's guest would hang if it were not read to its end. */
static void a_client_that_dies_in_a_background_capture_leaves_it_read_to_the_end(void) {
        uint8_t answer;
        size_t size;
        int fd;
        uint8_t *bytes = recorded_stream(&size);
        const pid_t child = begin_reading(vmtee_capture_background, bytes, &fd);

        CHECK(kill(child, SIGKILL) == 0 && waitpid(child, NULL, 0) == child);
        CHECK(send(fd, bytes + BEGINNING, size - BEGINNING, MSG_NOSIGNAL) == (ssize_t)size - BEGINNING);
        CHECK(shutdown(fd, SHUT_WR) == 0);
        CHECK(recv(fd, &answer, 1, 0) == 0);
        close(fd);
        await_count(vmteed_pid(), "task", 1);
        free(bytes);
}

static void what_is_freed_is_gone_when_the_call_returns(void) {
        vmtee_capture *c = measured_recording(), *other = measured_recording();
        WIRE_OUT_CLEANUP struct wire_out w = { 0 };
        struct wire_in body;
        struct message reply;

        put_raw(&w, other->link.id, ID_SIZE);
        put_u32(&w, 0);
        const struct call call = { .op = OP_CAPTURE_DIFF, .request = &w, .millis = DEADLINE_MILLIS };
        CHECK(link_call(&c->link, &call, &reply, &body) == 0);
        message_free(&reply);
        vmtee_capture_free(other);
        CHECK(link_call(&c->link, &call, &reply, &body) == -ENODEV);
        message_free(&reply);
        vmtee_capture_free(c);
}

/* ---- nonsense ------------------------------------------------------------------------------ */

struct nonsense {
        uint32_t versions;
        int64_t code;
        uint32_t n_fds, size;
        size_t sent; /* bytes of body that really come */
        size_t sent_fds;
        int64_t expected;
};

enum { RIGHT = PROTOCOL_VERSION << 16 | VMTEE_VERSION };

static void send_raw(int fd, const void *data, size_t size, size_t n_fds) {
        union {
                struct cmsghdr align;
                uint8_t bytes[CMSG_SPACE(8 * sizeof(int))];
        } control = { 0 };
        struct iovec io = { .iov_base = (void *)data, .iov_len = size };
        struct msghdr h = { .msg_iov = &io, .msg_iovlen = 1 };

        if (n_fds > 0) {
                h.msg_control = control.bytes;
                h.msg_controllen = CMSG_SPACE(n_fds * sizeof(int));
                struct cmsghdr *c = CMSG_FIRSTHDR(&h);
                c->cmsg_level = SOL_SOCKET;
                c->cmsg_type = SCM_RIGHTS;
                c->cmsg_len = CMSG_LEN(n_fds * sizeof(int));
                for (size_t i = 0; i < n_fds; i++)
                        memcpy(CMSG_DATA(c) + i * sizeof(int), &(int){ STDERR_FILENO }, sizeof(int));
        }
        (void)sendmsg(fd, &h, MSG_NOSIGNAL);
}

static void send_nonsense(int fd, const struct nonsense *n) {
        static const uint8_t zeros[PACKET_SIZE];
        WIRE_OUT_CLEANUP struct wire_out w = { 0 };

        put_raw(&w, PROTOCOL_MAGIC, 4);
        put_u32(&w, n->versions);
        put_u64(&w, (uint64_t)n->code);
        put_u32(&w, n->n_fds);
        put_u32(&w, n->size);
        send_raw(fd, w.bytes, w.size, n->sent_fds);
        if (n->sent > 0)
                send_raw(fd, zeros, n->sent, 0);
}

static void nonsense_is_refused_and_leaves_nothing(int files) {
        static const struct nonsense list[] = {
                { RIGHT + 1, OP_CAPTURE_NEW, 0, 17, 17, 0, -EPROTO },
                { RIGHT + (1 << 16), OP_CAPTURE_NEW, 0, 17, 17, 0, -EPROTO },
                { RIGHT, 0, 0, 0, 0, 0, -EPROTO },
                { RIGHT, -1, 0, 0, 0, 0, -EPROTO },
                { RIGHT, OP_COUNT, 0, 0, 0, 0, -EPROTO },
                { RIGHT, INT64_MAX, 0, 0, 0, 0, -EPROTO },
                { RIGHT, OP_CAPTURE_MEASURE, 0, 4, 4, 0, -EPROTO }, /* of no handle */
                { RIGHT, OP_COUNTER_READ, 0, 0, 0, 0, -EPROTO },
                { RIGHT, OP_COUNTER_INCREMENT, 0, 0, 0, 0, -EPROTO },
                { RIGHT, OP_CAPTURE_NEW, 0, 16, 16, 0, -EPROTO },
                { RIGHT, OP_CAPTURE_NEW, 0, 18, 18, 0, -EPROTO },
                { RIGHT, OP_CAPTURE_NEW, 1, 17, 17, 1, -EPROTO },
                { RIGHT, OP_CAPTURE_NEW, 0, 17, 17, 1, -EPIPE },   /* a descriptor that was not announced */
                { RIGHT, OP_STORE_OPEN, 2, 17, 17, 1, -EPIPE },    /* one that is missing */
                { RIGHT, OP_STORE_OPEN, 1, 17, 17, 1, -EBADF },    /* no directory */
                { RIGHT, OP_STORE_OPEN, 0, 17, 17, 0, -EPROTO },
                { RIGHT, OP_SNAPSHOT_OPEN, 1, 48, 48, 1, -EBADF },
                { RIGHT, OP_CAPTURE_NEW, 0, 17, 18, 0, -EPIPE },   /* another body than announced */
                { RIGHT, OP_CAPTURE_NEW, 0, REQUEST_MAX + 1, 0, 0, -EPIPE },
                { RIGHT, OP_CAPTURE_NEW, 0, UINT32_MAX, 0, 0, -EPIPE },
                { RIGHT, OP_STORE_COLLECT, FDS_MAX + 1, 0, 0, 0, -EPIPE },
                { RIGHT, OP_STORE_COLLECT, UINT32_MAX, 0, 0, 0, -EPIPE },
        };

        for (size_t i = 0; i < sizeof(list) / sizeof(*list); i++) {
                const int fd = raw_connection();

                send_nonsense(fd, &list[i]);
                const int64_t got = raw_reply(fd);
                if (got != list[i].expected) {
                        fprintf(stderr, "nonsense %zu gave %lld\n", i, (long long)got);
                        exit(1);
                }
                close(fd);
        }
        await_count(vmteed_pid(), "task", 1);
        if (files >= 0)
                await_count(vmteed_pid(), "fd", files);
        else
                skipped("daemon_test, nonsense leaves no descriptor open", "no right to look");
        is_alive();
}

static void bytes_that_are_no_message_end_the_connection(void) {
        static const char *const texts[] = { "x", "VMTD", "GET / HTTP/1.1\r\n\r\n......", "VMTE\0\1\0\1000000000000000000000" };

        for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
                const int fd = raw_connection();

                CHECK(send(fd, texts[i], i == 2 ? HEADER_SIZE : strlen(texts[i]) + 1, 0) > 0);
                CHECK(raw_reply(fd) == -EPIPE);
                close(fd);
        }
        is_alive();
}

static void descriptors_of_another_kind_are_refused(void) {
        const int directory = open("/tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC), file = open("/dev/null", O_RDWR | O_CLOEXEC);
        vmtee_capture *c;
        vmtee_store *s;

        CHECK_RESULT(vmtee_capture_new(NULL, &c), 0);
        CHECK_RESULT(vmtee_capture_stream(c, directory, 1000), -EBADF);
        CHECK_RESULT(vmtee_capture_stream(c, file, 1000), -EBADF);
        CHECK_RESULT(vmtee_capture_stream(c, -1, 1000), -EBADF);
        CHECK_RESULT(vmtee_capture_vmstate(c, file, 1000), -EBADF);
        CHECK_RESULT(vmtee_store_open(file, NULL, &s), -EBADF);
        vmtee_capture_free(c);
        close(file);
        close(directory);
}

/* Its own directory is where the wrapper made the socket. */
static void the_directory_with_the_key_is_nobodys_store(void) {
        char path[128];
        vmtee_store *s;

        (void)snprintf(path, sizeof(path), "%s", environment("VMTEED_SOCKET"));
        *strrchr(path, '/') = '\0';
        const int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        CHECK(fd >= 0);
        CHECK_RESULT(vmtee_store_open(fd, NULL, &s), -EACCES);
        close(fd);
}

/* ---- others -------------------------------------------------------------------------------- */

static void a_key_without_a_tpm_says_so_and_measuring_goes_on(void) {
        vmtee_key *k;

        CHECK_RESULT(vmtee_key_open("swtpm:path=/nowhere/at/all", "/", &k), -ENODEV);
        /* What was asked for is of no account. */
        CHECK(strstr(vmtee_detail(), "no TPM answers at") && !strstr(vmtee_detail(), "/nowhere/at/all"));
        is_alive();
}

static void another_user_is_turned_away(void) {
        int status;

        if (geteuid() != 0) {
                skipped("daemon_test, another user is turned away", "only root can become another user");
                return;
        }
        CHECK(chmod(environment("VMTEED_SOCKET"), 0666) == 0);
        char path[128];
        (void)snprintf(path, sizeof(path), "%s", environment("VMTEED_SOCKET"));
        *strrchr(path, '/') = '\0';
        CHECK(chmod(path, 0711) == 0);
        const pid_t child = fork();
        CHECK(child >= 0);
        if (child == 0) {
                vmtee_capture *c;

                CHECK(setgid(NOBODY) == 0 && setuid(NOBODY) == 0);
                CHECK_RESULT(vmtee_capture_new(NULL, &c), -ENODEV);
                CHECK(strstr(vmtee_detail(), "closed the connection") || strstr(vmtee_detail(), "Broken pipe"));
                _exit(0);
        }
        CHECK(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0);
        CHECK(chmod(path, 0700) == 0);
}

static void silent_connections_do_not_keep_others_out(void) {
        int fds[MORE_THAN_IT_TAKES];

        for (int i = 0; i < MORE_THAN_IT_TAKES; i++)
                fds[i] = raw_connection();
        is_alive();
        for (int i = 0; i < MORE_THAN_IT_TAKES; i++)
                close(fds[i]);
}

/* With one connection that has no handle, once what came before it is closed: the socket is there before all that the daemon opens,
 * and connections are accepted after ended ones were closed. */
static int files_of_an_idle_daemon(void) {
        is_alive();
        await_count(vmteed_pid(), "task", 1);
        const int fd = raw_connection();
        CHECK(message_send(fd, OP_KEY_OPEN, NULL, 0, NULL, 0) == 0 && raw_reply(fd) == -ENODEV);
        const int files = count_of(vmteed_pid(), "fd");
        close(fd);
        return files > 0 ? files - 1 : files;
}

int main(void) {
        const int files = files_of_an_idle_daemon();

        a_client_that_dies_in_a_capture_leaves_a_refused_stream_and_no_more();
        a_client_that_dies_in_a_background_capture_leaves_it_read_to_the_end();
        what_is_freed_is_gone_when_the_call_returns();
        nonsense_is_refused_and_leaves_nothing(files);
        bytes_that_are_no_message_end_the_connection();
        descriptors_of_another_kind_are_refused();
        the_directory_with_the_key_is_nobodys_store();
        a_key_without_a_tpm_says_so_and_measuring_goes_on();
        another_user_is_turned_away();
        silent_connections_do_not_keep_others_out();
        return 0;
}
