/* SPDX-License-Identifier: Apache-2.0 */
/* Background snapshots of a real guest, read to their end, and given up in their midst with and without the watchdog. */
#include <linux/userfaultfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "firmware.h"

enum {
        MILLION = 1000000,
        /* The firmware writes all the time, so that its vCPU always computes: clock ticks that say that it does. */
        TICKS_OF_A_RUNNING_GUEST = 5,
        MILLIS_OF_STANDING = 1000,
        MILLIS_TO_RUN_AGAIN = 2000,
        ROUNDS = 20,
};

/*
 * Goes on writing a word to every page from 16 to 56 MiB: all of them are sent, most of them long after the start, and the
 * guest soon comes to one that is still protected.
 */
static void make_firmware(void) {
        static const uint8_t code[0x68] = {
                /* 16 bit: cli; lgdt cs:[0x40]; the protected mode; jmp 0x8:0xf0020 */
                0xfa, 0x2e, 0x66, 0x0f, 0x01, 0x16, 0x40, 0x00, 0x0f, 0x20, 0xc0, 0x0c, 0x01, 0x0f, 0x22, 0xc0,
                0x66, 0xea, 0x20, 0x00, 0x0f, 0x00, 0x08, 0x00, 0, 0, 0, 0, 0, 0, 0, 0,
                /* 32 bit: mov ax, 0x10; mov ds, eax; xor eax, eax; 1: mov ebx, 16 MiB; 2: inc eax; mov [ebx], eax */
                0x66, 0xb8, 0x10, 0x00, 0x8e, 0xd8, 0x31, 0xc0, 0xbb, 0x00, 0x00, 0x00, 0x01, 0x40, 0x89, 0x03,
                /* add ebx, 4096; cmp ebx, 56 MiB; jb 2; jmp 1 */
                0x81, 0xc3, 0x00, 0x10, 0x00, 0x00, 0x81, 0xfb, 0x00, 0x00, 0x80, 0x03, 0x72, 0xef, 0xeb, 0xe8,
                /* The table's size and place; nothing, code, data. */
                0x17, 0x00, 0x50, 0x00, 0x0f, 0x00, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
                0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0x00, 0x00, 0x00, 0x9a, 0xcf, 0x00,
                0xff, 0xff, 0x00, 0x00, 0x00, 0x92, 0xcf, 0x00,
        };

        make_firmware_of(code, sizeof(code));
}

static void sleep_millis(long millis) {
        const struct timespec t = { .tv_sec = millis / 1000, .tv_nsec = millis % 1000 * MILLION };

        nanosleep(&t, NULL);
}

static double millis_now(void) {
        struct timespec t;

        clock_gettime(CLOCK_MONOTONIC, &t);
        return (double)t.tv_sec * 1000 + (double)t.tv_nsec / MILLION;
}

/* The fields of proc(5)'s stat from the third on; 14 and 15 are the time that it computed, 22 is its start. */
static unsigned long long stat_field(pid_t pid, int wanted) {
        char path[64], text[4096];

        (void)snprintf(path, sizeof(path), "/proc/%d/stat", pid);
        FILE *f = fopen(path, "r");
        CHECK(f && fgets(text, sizeof(text), f));
        fclose(f);
        char *rest = strrchr(text, ')') + 2, *field = NULL;
        for (int i = 3; i <= wanted; i++)
                field = strsep(&rest, " ");
        return strtoull(field, NULL, 10);
}

static unsigned long long computed(const struct guest *g) {
        return stat_field(g->pid, 14) + stat_field(g->pid, 15);
}

static bool runs_within(const struct guest *g, double millis) {
        const unsigned long long before = computed(g);
        const double begin = millis_now();

        while (millis_now() - begin < millis) {
                if (computed(g) >= before + TICKS_OF_A_RUNNING_GUEST)
                        return true;
                sleep_millis(5);
        }
        return false;
}

static void set_background(struct guest *g, const char *state) {
        char capabilities[256];

        (void)snprintf(capabilities, sizeof(capabilities),
                       "\"capabilities\": [{\"capability\": \"background-snapshot\", \"state\": %s}]", state);
        guest_command(g, "migrate-set-capabilities", capabilities);
}

static void migrate(struct guest *g, int fd) {
        guest_command_with(g, fd, "getfd", "\"fdname\": \"capture\"");
        close(fd);
        set_background(g, "true");
        guest_command(g, "migrate-set-parameters", "\"max-bandwidth\": 1099511627776");
        guest_command(g, "migrate", "\"uri\": \"fd:capture\"");
}

static unsigned long long inode_of(int socket) {
        struct stat s;

        CHECK(fstat(socket, &s) == 0);
        return s.st_ino;
}

struct watchdog {
        pid_t pid;
        int in;
        FILE *out;
        char line[256];
};

static const char *watchdog_says(struct watchdog *w) {
        if (!fgets(w->line, sizeof(w->line), w->out))
                return "";
        w->line[strcspn(w->line, "\n")] = '\0';
        return w->line;
}

static _Noreturn void become_watchdog(unsigned long long pid, unsigned long long start, unsigned long long socket,
                                      const char *seconds) {
        char texts[3][32];

        (void)snprintf(texts[0], sizeof(texts[0]), "%llu", pid);
        (void)snprintf(texts[1], sizeof(texts[1]), "%llu", start);
        (void)snprintf(texts[2], sizeof(texts[2]), "%llu", socket);
        execl(WATCHDOG, WATCHDOG, texts[0], texts[1], texts[2], seconds, NULL);
        _exit(127);
}

static struct watchdog start_watchdog_as(unsigned long long pid, unsigned long long start, unsigned long long socket,
                                         const char *seconds) {
        struct watchdog w;
        int in[2], out[2];

        CHECK(pipe2(in, O_CLOEXEC) == 0 && pipe2(out, O_CLOEXEC) == 0);
        w.pid = fork();
        CHECK(w.pid >= 0);
        if (w.pid == 0) {
                CHECK(dup2(in[0], STDIN_FILENO) >= 0 && dup2(out[1], STDOUT_FILENO) >= 0);
                become_watchdog(pid, start, socket, seconds);
        }
        close(in[0]);
        close(out[1]);
        w.in = in[1];
        w.out = fdopen(out[0], "r");
        CHECK(w.out);
        return w;
}

static struct watchdog start_watchdog(const struct guest *g, unsigned long long socket, const char *seconds) {
        struct watchdog w = start_watchdog_as((unsigned long long)g->pid, stat_field(g->pid, 22), socket, seconds);

        CHECK(strcmp(watchdog_says(&w), "ready") == 0);
        return w;
}

/* Its last word, after ours (none if empty). */
static const char *end_watchdog(struct watchdog *w, const char *word, int expected) {
        static char last[256];
        int status;

        CHECK(write(w->in, word, strlen(word)) == (ssize_t)strlen(word));
        close(w->in);
        (void)snprintf(last, sizeof(last), "%s", watchdog_says(w));
        fclose(w->out);
        CHECK(waitpid(w->pid, &status, 0) == w->pid && WIFEXITED(status));
        CHECK(WEXITSTATUS(status) == expected);
        return last;
}

static void a_background_capture_is_of_a_guest_that_runs_on(struct guest *g) {
        vmtee_capture *c;
        int fds[2];

        CHECK_RESULT(vmtee_capture_new(NULL, &c), 0);
        CHECK_RESULT(vmtee_socketpair(fds), 0);
        struct watchdog w = start_watchdog(g, inode_of(fds[1]), "60");
        migrate(g, fds[1]);
        CHECK_RESULT(vmtee_capture_background(c, fds[0], DEADLINE_MILLIS), 0);
        CHECK(strcmp(end_watchdog(&w, "done\n", 0), "untouched") == 0);
        CHECK_RESULT(vmtee_capture_measure(c, 0), 0);
        CHECK(is_mode(c, "background") && claimed_number(c, CLAIM_PAUSE) == 0);
        guest_await(g, "query-migrate", "\"completed\"");
        guest_await(g, "query-status", "\"running\": true");
        CHECK(g->resumed > g->stopped && runs_within(g, MILLIS_TO_RUN_AGAIN));
        printf("background_test: the guest stood for %.1f ms\n", g->resumed - g->stopped);
        CHECK((double)claimed_number(c, CLAIM_INSTANT) >= g->stopped - 1);
        CHECK((double)claimed_number(c, CLAIM_INSTANT) < g->resumed + 1000);
        vmtee_capture_free(c);
        close(fds[0]);
}

/* Begins a snapshot and reads so many bytes of it. */
static int begin_and_read(struct guest *g, size_t bytes, unsigned long long *ret_inode) {
        static uint8_t some[1 << 16];
        int fds[2];

        CHECK_RESULT(vmtee_socketpair(fds), 0);
        *ret_inode = inode_of(fds[1]);
        migrate(g, fds[1]);
        for (size_t n = 0; n < bytes;) {
                const ssize_t got = recv(fds[0], some, sizeof(some), 0);
                CHECK(got > 0);
                n += (size_t)got;
        }
        return fds[0];
}

static void without_the_watchdog_a_guest_whose_reader_is_lost_hangs(struct guest *g) {
        unsigned long long inode;

        close(begin_and_read(g, 1 << 20, &inode));
        sleep_millis(MILLIS_OF_STANDING);
        if (runs_within(g, MILLIS_OF_STANDING)) {
                skipped("hang without watchdog", "this QEMU frees the guest by itself");
                return;
        }
        struct watchdog w = start_watchdog(g, inode, "60");
        CHECK(strncmp(end_watchdog(&w, "", 0), "freed ", 6) == 0);
        CHECK(runs_within(g, MILLIS_TO_RUN_AGAIN));
        guest_await(g, "query-migrate", "\"failed\"");
}

static double lose_reader_and_wait(struct guest *g, struct watchdog *w, int socket) {
        close(socket);
        const double begin = millis_now();
        close(w->in);
        CHECK(runs_within(g, MILLIS_TO_RUN_AGAIN));
        const double took = millis_now() - begin;
        CHECK(watchdog_says(w)[0] != 'f' || w->line[1] == 'r');
        fclose(w->out);
        CHECK(waitpid(w->pid, NULL, 0) == w->pid);
        return took;
}

static void with_the_watchdog_it_runs_on_wherever_its_reader_is_lost(struct guest *g) {
        double most = 0;

        for (int i = 0; i < ROUNDS; i++) {
                int fds[2];

                CHECK_RESULT(vmtee_socketpair(fds), 0);
                struct watchdog w = start_watchdog(g, inode_of(fds[1]), "60");
                migrate(g, fds[1]);
                sleep_millis(i * 5);
                const double took = lose_reader_and_wait(g, &w, fds[0]);
                most = took > most ? took : most;
                guest_await(g, "query-migrate", "\"failed\"");
                guest_await(g, "query-status", "\"running\": true");
        }
        printf("background_test: ran again within %.0f ms at most, %d times\n", most, ROUNDS);
        set_background(g, "false");
}

static void a_reader_that_says_nothing_in_time_is_taken_for_lost(struct guest *g) {
        unsigned long long inode;
        const int socket = begin_and_read(g, 1 << 20, &inode);
        struct watchdog w = start_watchdog(g, inode, "1");

        sleep_millis(1500);
        CHECK(runs_within(g, MILLIS_TO_RUN_AGAIN));
        close(socket);
        CHECK(strncmp(end_watchdog(&w, "", 0), "freed ", 6) == 0);
        guest_await(g, "query-migrate", "\"failed\"");
}

static void another_process_with_the_same_number_is_left_alone(struct guest *g) {
        struct watchdog w = start_watchdog_as((unsigned long long)g->pid, stat_field(g->pid, 22) + 1, 1, "60");

        CHECK(strcmp(end_watchdog(&w, "", 0), "gone") == 0);
}

int main(void) {
        if (system("command -v qemu-system-x86_64 >/dev/null") != 0) {
                skipped("background_test", "no qemu-system-x86_64: apt-get install qemu-system-x86");
                return EXIT_SKIPPED;
        }
        if (geteuid() != 0 || syscall(SYS_userfaultfd, O_CLOEXEC) < 0) {
                skipped("background_test", "userfaultfd(2) is refused: run as root");
                return EXIT_SKIPPED;
        }
        (void)signal(SIGPIPE, SIG_IGN);
        make_firmware();
        struct guest *g = guest_start(arguments);

        CHECK(runs_within(g, DEADLINE_MILLIS));
        a_background_capture_is_of_a_guest_that_runs_on(g);
        without_the_watchdog_a_guest_whose_reader_is_lost_hangs(g);
        a_background_capture_is_of_a_guest_that_runs_on(g);
        with_the_watchdog_it_runs_on_wherever_its_reader_is_lost(g);
        a_reader_that_says_nothing_in_time_is_taken_for_lost(g);
        another_process_with_the_same_number_is_left_alone(g);
        guest_end(g);
        CHECK(unlink(firmware) == 0);
        return 0;
}
