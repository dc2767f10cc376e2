/* SPDX-License-Identifier: Apache-2.0 */
/* A QEMU of the test's own, spoken to over a QMP socket that only the two have. */
#ifndef VMTEE_TEST_GUEST_H
#define VMTEE_TEST_GUEST_H

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>

#include "testing.h"

struct guest {
        pid_t pid;
        int qmp;
        char line[1 << 16]; /* the answer to the last command */
        char rest[1 << 16]; /* read, but not yet a line */
        size_t rest_size;
        double stopped, resumed; /* milliseconds, as the last STOP and RESUME events say */
};

static inline double event_millis(const char *line) {
        const char *seconds = strstr(line, "\"seconds\": "), *micros = strstr(line, "\"microseconds\": ");

        CHECK(seconds && micros);
        return strtod(seconds + 11, NULL) * 1000 + strtod(micros + 16, NULL) / 1000;
}

static inline void guest_read(struct guest *g) {
        struct pollfd p = { .fd = g->qmp, .events = POLLIN };

        CHECK(poll(&p, 1, DEADLINE_MILLIS) == 1);
        const ssize_t n = recv(g->qmp, g->rest + g->rest_size, sizeof(g->rest) - g->rest_size, 0);
        CHECK(n > 0);
        g->rest_size += (size_t)n;
}

static inline void guest_next_line(struct guest *g) {
        char *end;

        while ((end = memchr(g->rest, '\n', g->rest_size)) == NULL)
                guest_read(g);
        const size_t size = (size_t)(end - g->rest);
        memcpy(g->line, g->rest, size);
        g->line[size] = '\0';
        g->rest_size -= size + 1;
        memmove(g->rest, end + 1, g->rest_size);
        if (strstr(g->line, "\"event\": \"STOP\""))
                g->stopped = event_millis(g->line);
        if (strstr(g->line, "\"event\": \"RESUME\""))
                g->resumed = event_millis(g->line);
}

static inline void guest_send(struct guest *g, const char *command, int fd) {
        union {
                struct cmsghdr align;
                char bytes[CMSG_SPACE(sizeof(int))];
        } control = { 0 };
        struct iovec io = { .iov_base = (char *)command, .iov_len = strlen(command) };
        struct msghdr m = { .msg_iov = &io, .msg_iovlen = 1 };

        if (fd >= 0) {
                m.msg_control = control.bytes;
                m.msg_controllen = sizeof(control.bytes);
                struct cmsghdr *c = CMSG_FIRSTHDR(&m);
                c->cmsg_level = SOL_SOCKET;
                c->cmsg_type = SCM_RIGHTS;
                c->cmsg_len = CMSG_LEN(sizeof(int));
                memcpy(CMSG_DATA(c), &fd, sizeof(fd));
        }
        CHECK(sendmsg(g->qmp, &m, MSG_NOSIGNAL) == (ssize_t)strlen(command));
}

/* The answer is in g->line; an error ends the test. */
static inline void guest_command_with(struct guest *g, int fd, const char *name, const char *arguments) {
        char command[1024];

        CHECK(snprintf(command, sizeof(command), "{\"execute\": \"%s\", \"arguments\": {%s}}\n", name, arguments) <
              (int)sizeof(command));
        guest_send(g, command, fd);
        do
                guest_next_line(g);
        while (strstr(g->line, "\"event\": "));
        if (strstr(g->line, "\"error\": ")) {
                fprintf(stderr, "%s: %s\n", name, g->line);
                exit(1);
        }
}

static inline void guest_command(struct guest *g, const char *name, const char *arguments) {
        guest_command_with(g, -1, name, arguments);
}

/* Asks again and again until the answer holds `wanted`. */
static inline void guest_await(struct guest *g, const char *query, const char *wanted) {
        const struct timespec pause = { .tv_nsec = 5000000 };

        for (int i = 0; i < DEADLINE_MILLIS / 5; i++) {
                guest_command(g, query, "");
                if (strstr(g->line, wanted))
                        return;
                nanosleep(&pause, NULL);
        }
        fprintf(stderr, "%s never gave %s, but %s\n", query, wanted, g->line);
        exit(1);
}

static inline _Noreturn void guest_become(int qmp, const char *const arguments[]) {
        char chardev[64];
        const char *argv[40] = { "qemu-system-x86_64", "-accel", "tcg", "-nodefaults", "-display", "none", "-chardev",
                                 chardev, "-mon", "chardev=qmp,mode=control" };
        size_t n = 10;

        prctl(PR_SET_PDEATHSIG, SIGKILL);
        (void)snprintf(chardev, sizeof(chardev), "socket,id=qmp,fd=%d", qmp);
        for (size_t i = 0; arguments[i] && n < 39; i++)
                argv[n++] = arguments[i];
        (void)fcntl(qmp, F_SETFD, 0);
        /* It complains of every refused switchover. */
        (void)dup2(open("/dev/null", O_WRONLY), STDERR_FILENO);
        execvp(argv[0], (char *const *)argv);
        _exit(127);
}

static inline struct guest *guest_start(const char *const arguments[]) {
        struct guest *g = calloc(1, sizeof(*g));
        int fds[2];

        CHECK(g && socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) == 0);
        g->pid = fork();
        CHECK(g->pid >= 0);
        if (g->pid == 0)
                guest_become(fds[1], arguments);
        close(fds[1]);
        g->qmp = fds[0];
        guest_next_line(g);
        guest_command(g, "qmp_capabilities", "");
        return g;
}

static inline void guest_end(struct guest *g) {
        kill(g->pid, SIGKILL);
        CHECK(waitpid(g->pid, NULL, 0) == g->pid);
        close(g->qmp);
        free(g);
}

#endif
