/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libFuzzer: any messages to vmteed, with descriptors of several kinds. An input is records of u8 descriptors, u8 operation, u16
 * (little-endian) size, and the bytes of the body; with bit 7 of the first set they are the bytes of a packet. A measured capture
 * and a store with the id of zeros are there to be named.
 */
#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon/daemon_key.h"
#include "daemon/session.h"

enum { AS_IT_IS = 0x80, RECORDS_MAX = 24, SOCKET_BUFFER = 4 << 20 };

static char directory[] = "/tmp/vmteed-fuzz-XXXXXX";
static int directory_fd = -1;

static void remove_directory(void) {
        rmdir(directory);
}

static void empty_directory(void) {
        DIR *d = opendir(directory);

        for (const struct dirent *e; d && (e = readdir(d)) != NULL;)
                (void)unlinkat(directory_fd, e->d_name, 0);
        if (d)
                closedir(d);
}

static vmtee_capture *recorded(void) {
        static uint8_t bytes[1 << 20];
        FILE *f = fopen(TEST_DATA "/microvm.stream", "rb");
        const size_t size = f ? fread(bytes, 1, sizeof(bytes), f) : 0;
        vmtee_capture *c;
        int fds[2];

        if (!f || fclose(f) != 0 || vmtee_socketpair(fds) < 0 || send(fds[1], bytes, size, 0) != (ssize_t)size ||
            close(fds[1]) != 0 || vmtee_capture_new(NULL, &c) < 0)
                abort();
        (void)vmtee_capture_stream(c, fds[0], 10000);
        (void)vmtee_capture_measure(c, 1);
        close(fds[0]);
        return c;
}

static void add_named(enum object_kind kind) {
        struct object *o = object_new(kind, getuid());

        if (!o || object_publish(o) < 0)
                abort();
        memset(o->id, 0, sizeof(o->id));
        if (kind == OBJECT_CAPTURE)
                o->capture = recorded();
        else if (vmtee_store_open(directory_fd, NULL, &o->store) < 0)
                abort();
}

static void begin(void) {
        if (directory_fd >= 0)
                return;
        signal(SIGPIPE, SIG_IGN);
        if (!mkdtemp(directory))
                abort();
        directory_fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        atexit(remove_directory);
        add_named(OBJECT_CAPTURE);
        add_named(OBJECT_STORE);
}

/* A descriptor of the kind that the number says; none is one that a call waits for. */
static int descriptor(unsigned kind) {
        int fds[2];

        switch (kind & 3) {
        case 1:
                return dup(directory_fd);
        case 2:
                return open("/dev/null", O_RDWR | O_CLOEXEC);
        case 3:
                if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) < 0)
                        return -1;
                close(fds[1]);
                return fds[0];
        default:
                return -1;
        }
}

/* A message whose header is right. */
static void send_message(int fd, unsigned operation, const uint8_t *body, size_t size, unsigned kinds) {
        const int made[] = { descriptor(kinds), descriptor(kinds >> 2) };
        int fds[2];
        size_t n = 0;

        for (size_t i = 0; i < 2; i++)
                if (made[i] >= 0)
                        fds[n++] = made[i];
        (void)message_send(fd, operation, body, size, fds, n);
        for (size_t i = 0; i < n; i++)
                close(fds[i]);
}

static void send_all(int fd, const uint8_t *data, size_t size) {
        for (int i = 0; i < RECORDS_MAX && size >= 4; i++) {
                const unsigned kinds = data[0], operation = data[1];
                size_t n = data[2] | (size_t)data[3] << 8;

                data += 4;
                size -= 4;
                if (n > size)
                        n = size;
                if (kinds & AS_IT_IS)
                        (void)send(fd, data, n, MSG_DONTWAIT | MSG_NOSIGNAL);
                else
                        send_message(fd, operation, data, n, kinds);
                data += n;
                size -= n;
        }
        (void)shutdown(fd, SHUT_WR);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        struct daemon_key key = { .tcti = "none", .state_dir = "/nowhere", .lock = PTHREAD_MUTEX_INITIALIZER };
        const int large = SOCKET_BUFFER;
        struct session s;
        int fds[2];

        begin();
        if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) < 0)
                return 0;
        (void)setsockopt(fds[1], SOL_SOCKET, SO_SNDBUF, &large, sizeof(large));
        (void)setsockopt(fds[0], SOL_SOCKET, SO_SNDBUF, &large, sizeof(large));
        send_all(fds[1], data, size);
        session_init(&s, fds[0], getuid(), &key);
        session_serve(&s);
        pthread_mutex_destroy(&s.lock);
        close(fds[0]);
        close(fds[1]);
        empty_directory();
        return 0;
}
