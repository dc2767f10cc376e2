/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Watches over a background snapshot. QEMU 7.2 leaves its guest write-protected for ever if whoever reads the snapshot
 * dies, or if the migration fails or is cancelled; this process outlives the reader and frees the guest.
 *
 *   vmtee-watchdog PID START-TIME SOCKET SECONDS
 *
 * PID and START-TIME (proc(5) stat, field 22) are QEMU's, SOCKET is the inode of the socket that QEMU migrates into. It says
 * "ready" once it knows that it may do what it is for, or why not. Then it waits: the line "done" on standard input means
 * that the snapshot was read to its end. The input's end without it, or SECONDS without either, means that the reader is
 * lost: the guest is freed, unless QEMU frees it by itself. The last line of its output says what became of it:
 *   untouched   nothing had to be done      status 0
 *   gone        QEMU has ended              status 0
 *   freed N     N mappings were freed       status 0
 *   failed: ... or refused: ...             status 1
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "watchdog/process.h"
#include "watchdog/protection.h"

enum {
        MILLIS = 1000,
        /* How long QEMU may take to notice that its reader is gone, and to free the guest by itself. */
        GRACE_MILLIS = 300,
        LOOK_MILLIS = 20,
        /* Where QEMU has not come to the snapshot's beginning yet, or does not let the migration go. */
        LOOK_LATER_MILLIS = 200,
        LATER_MILLIS = 2000,
        RECOVERY_MILLIS = 120000,
        /* A reader that died before it began the migration leaves QEMU the socket, for ever and without harm. */
        QUIET_MILLIS = 5000,
        SECONDS_MAX = 24 * 3600,
};

enum word { WORD_DONE, WORD_LOST, WORD_GONE };

static int64_t now_millis(void) {
        struct timespec t;

        clock_gettime(CLOCK_MONOTONIC, &t);
        return (int64_t)t.tv_sec * MILLIS + t.tv_nsec / 1000000;
}

static int say(int status, const char *what) {
        printf("%s\n", what);
        fflush(stdout);
        return status;
}

static int say_failure(const char *how, const char *what, int error) {
        char line[256];

        (void)snprintf(line, sizeof(line), "%s: %s: %s", how, what, strerror(-error));
        syslog(LOG_ERR, "%s", line);
        return say(EXIT_FAILURE, line);
}

/* Whoever ends the server, by a signal to its session or in the kernel's need of memory, shall not end us with it. */
static void stay_alive(void) {
        static const int ignored[] = { SIGHUP, SIGINT, SIGTERM, SIGPIPE };
        const int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

        for (size_t i = 0; i < sizeof(ignored) / sizeof(*ignored); i++)
                (void)signal(ignored[i], SIG_IGN);
        (void)setsid();
        (void)!chdir("/");
        if (fd >= 0) {
                (void)!write(fd, "-1000", 5);
                close(fd);
        }
}

static int take_any(void *context, int fd, const char *link) {
        const int taken = process_take_descriptor(context, fd);

        (void)link;
        if (taken < 0)
                return taken;
        close(taken);
        return 1;
}

/* What it takes to free the guest, tried on a guest that needs it not. */
static int check_rights(struct process *p) {
        const int r = process_visit_descriptors(p, take_any, p);

        return r < 0 ? r : protection_count(p);
}

static enum word read_word(void) {
        char text[16];
        const ssize_t n = read(STDIN_FILENO, text, sizeof(text) - 1);

        return n >= 5 && memcmp(text, "done\n", 5) == 0 ? WORD_DONE : WORD_LOST;
}

static enum word await_word(const struct process *p, int64_t until) {
        for (;;) {
                struct pollfd fds[] = { { .fd = STDIN_FILENO, .events = POLLIN }, { .fd = p->pidfd, .events = POLLIN } };
                const int64_t left = until - now_millis();
                const int n = poll(fds, 2, left > 0 ? (int)left : 0);

                if (n < 0 && errno == EINTR)
                        continue;
                /* Of a QEMU that ended there is nothing to free, whatever was said. */
                if (n > 0 && fds[1].revents != 0)
                        return WORD_GONE;
                return n > 0 ? read_word() : WORD_LOST;
        }
}

enum seen { SEEN_BUSY, SEEN_QUIET, SEEN_OVER };

/* Quiet: nothing is protected, and QEMU has the socket still. Over: it has not. Or a negative errno. */
static int look(const struct process *p, uint64_t socket, bool in_grace, int *freed) {
        /* In this order: what is protected after the migration stays so. */
        const int migrating = process_has_socket(p, socket);
        const int found = migrating < 0 ? migrating : protection_count(p);

        if (found < 0)
                return found;
        if (found == 0)
                return migrating ? SEEN_QUIET : SEEN_OVER;
        if (migrating && in_grace)
                return SEEN_BUSY;
        const int lifted = protection_lift(p);
        if (lifted > 0)
                *freed += lifted;
        return lifted < 0 ? lifted : SEEN_BUSY;
}

static int say_end(pid_t pid, int freed) {
        char line[64];

        if (freed == 0)
                return say(EXIT_SUCCESS, "untouched");
        (void)snprintf(line, sizeof(line), "freed %d", freed);
        syslog(LOG_WARNING, "the reader of a background snapshot of process %d was lost; %s mappings", (int)pid, line);
        return say(EXIT_SUCCESS, line);
}

static int recover(const struct process *p, pid_t pid, uint64_t socket) {
        const int64_t begin = now_millis();
        int64_t busy = 0; /* when it was so for the last time */
        int freed = 0, r = 0;

        while (!process_has_ended(p)) {
                const int64_t passed = now_millis() - begin;

                r = look(p, socket, passed < GRACE_MILLIS, &freed);
                if (r == SEEN_BUSY || r < 0)
                        busy = passed;
                if (r == SEEN_OVER || passed - busy >= QUIET_MILLIS)
                        return say_end(pid, freed);
                if (passed >= RECOVERY_MILLIS)
                        return say_failure("failed", "the guest is not free", r < 0 ? r : -ETIMEDOUT);
                process_wait(p, passed < LATER_MILLIS ? LOOK_MILLIS : LOOK_LATER_MILLIS);
        }
        return say(EXIT_SUCCESS, "gone");
}

static bool parse(const char *text, unsigned long long max, uint64_t *ret) {
        char *end;

        errno = 0;
        *ret = strtoull(text, &end, 10);
        return *text >= '0' && *text <= '9' && *end == '\0' && errno == 0 && *ret <= max;
}

static int watch(struct process *p, pid_t pid, uint64_t socket, uint64_t seconds) {
        int r = check_rights(p);

        if (r < 0)
                return say_failure("refused", "QEMU's descriptors and mappings", r);
        say(0, "ready");
        switch (await_word(p, now_millis() + (int64_t)seconds * MILLIS)) {
        case WORD_DONE:
                return say(EXIT_SUCCESS, "untouched");
        case WORD_GONE:
                return say(EXIT_SUCCESS, "gone");
        default:
                return recover(p, pid, socket);
        }
}

int main(int argc, char **argv) {
        uint64_t pid, start_time, socket, seconds;
        struct process p;

        if (argc != 5 || !parse(argv[1], INT_MAX, &pid) || pid == 0 || !parse(argv[2], ULLONG_MAX, &start_time) ||
            !parse(argv[3], ULLONG_MAX, &socket) || !parse(argv[4], SECONDS_MAX, &seconds)) {
                fprintf(stderr, "usage: %s PID START-TIME SOCKET SECONDS\n", argc > 0 ? argv[0] : "vmtee-watchdog");
                return 2;
        }
        openlog("vmtee-watchdog", LOG_PID, LOG_DAEMON);
        stay_alive();
        const int r = process_open(&p, (pid_t)pid, start_time);
        if (r == -ESRCH)
                return say(EXIT_SUCCESS, "gone");
        if (r < 0)
                return say_failure("refused", "QEMU's process", r);
        return watch(&p, (pid_t)pid, socket, seconds);
}
