/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of vmteed's socket share. */
#ifndef VMTEED_TEST_PEER_H
#define VMTEED_TEST_PEER_H

#include <dirent.h>
#include <signal.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>

#include "client/handles.h"
#include "testing.h"
#include "vmtee_client.h"

static inline const char *environment(const char *name) {
        const char *value = getenv(name);

        if (!value) {
                fprintf(stderr, "%s is not set: run by with_vmteed.sh\n", name);
                exit(1);
        }
        return value;
}

static inline pid_t vmteed_pid(void) {
        return (pid_t)strtol(environment("VMTEED_PID"), NULL, 10);
}

/* How many entries /proc has of a process, e.g. of its threads ("task"); -1 if that is not to be seen. */
static inline int count_of(pid_t pid, const char *what) {
        char path[64];
        int n = 0;

        (void)snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, what);
        DIR *d = opendir(path);
        if (!d)
                return -1;
        for (const struct dirent *e; (e = readdir(d)) != NULL;)
                n += e->d_name[0] != '.';
        closedir(d);
        return n;
}

static inline void await_count(pid_t pid, const char *what, int wanted) {
        const struct timespec pause = { .tv_nsec = 5000000 };

        for (int i = 0; i < DEADLINE_MILLIS / 5; i++) {
                if (count_of(pid, what) == wanted)
                        return;
                nanosleep(&pause, NULL);
        }
        fprintf(stderr, "%s of %d: %d, never %d\n", what, (int)pid, count_of(pid, what), wanted);
        exit(1);
}

static inline struct sockaddr_un address_of(const char *path) {
        struct sockaddr_un a = { .sun_family = AF_UNIX };

        CHECK(strlen(path) < sizeof(a.sun_path));
        strcpy(a.sun_path, path);
        return a;
}

static inline int raw_connection(void) {
        const struct sockaddr_un a = address_of(environment("VMTEED_SOCKET"));
        const int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

        CHECK(fd >= 0 && connect(fd, (const struct sockaddr *)&a, sizeof(a)) == 0);
        return fd;
}

/* The reply's code, or -EPIPE if the peer closed. */
static inline int64_t raw_reply(int fd) {
        const struct message_bounds b = { .body = REPLY_MAX, .fds = FDS_MAX, .first_millis = DEADLINE_MILLIS };
        struct message m;
        const int r = message_receive(fd, &b, &m);

        if (r <= 0)
                return r < 0 ? r : -EPIPE;
        const int64_t code = m.code;
        message_free(&m);
        return code;
}

static inline void is_alive(void) {
        vmtee_capture *c = measured_recording();

        vmtee_capture_free(c);
}

#endif
