/* SPDX-License-Identifier: Apache-2.0 */
/* How long it takes to measure and to keep a guest of so many MiB that are not zero: first, and then after 1 % was written;
 * and to verify and restore it, the latter into a pipe that is emptied in pieces as QEMU takes them.
 *
 *   store_bench DIRECTORY MIB
 *
 * Prints: what, seconds, MB added. */
#include <fcntl.h>
#include <pthread.h>
#include <sys/stat.h>
#include <time.h>

#include "hashes.h"
#include "testing.h"

static double seconds(void) {
        struct timespec t;

        clock_gettime(CLOCK_MONOTONIC, &t);
        return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void report(const char *what, double began, uint64_t bytes) {
        printf("%-24s %6.3f s %9.1f MB\n", what, seconds() - began, (double)bytes / 1e6);
}

static void fill(struct block *b) {
        uint64_t x = 88172645463325252u, *words = (uint64_t *)(void *)b->pages;

        for (size_t i = 0; i < b->length / sizeof(x); i++) {
                x ^= x << 13;
                x ^= x >> 7;
                x ^= x << 17;
                words[i] = x;
        }
        memset(b->written, 0xff, (block_pages(b) + 63) / 64 * sizeof(uint64_t));
}

static void measure(vmtee_capture *c, const char *what) {
        const double began = seconds();

        c->state = CAPTURE_READ;
        measured_free(&c->measured);
        forget_hashes(&c->memory);
        CHECK_RESULT(vmtee_capture_measure(c, 0), 0);
        report(what, began, 0);
}

static void save(int dirfd, const char *name, const vmtee_capture *c, const char *what) {
        struct vmtee_saved saved;
        vmtee_store *s;
        double began = seconds();

        CHECK_RESULT(vmtee_store_open(dirfd, NULL, &s), 0);
        report("  open the store", began, 0);
        CHECK(mkdirat(dirfd, name, 0700) == 0);
        const int fd = openat(dirfd, name, O_RDONLY | O_DIRECTORY);
        began = seconds();
        CHECK_RESULT(vmtee_snapshot_save(s, c, fd, 0, &saved), 0);
        report(what, began, saved.bytes);
        vmtee_store_close(s);
        close(fd);
}

/* QEMU's IO_BUF_SIZE. */
enum { QEMU_PIECE = 32768 };

static void *drain(void *fd) {
        static uint8_t buf[QEMU_PIECE];

        while (read(*(int *)fd, buf, sizeof(buf)) > 0)
                ;
        return NULL;
}

static void restore(vmtee_store *s, int dirfd, const vmtee_capture *c) {
        const double began = seconds();
        pthread_t reader;
        int pipes[2];

        CHECK(pipe(pipes) == 0);
        CHECK(pthread_create(&reader, NULL, drain, &pipes[0]) == 0);
        CHECK_RESULT(vmtee_snapshot_restore(s, dirfd, capture_measurement(c)->snapshot_digest, "<domain/>", pipes[1], 600000, NULL),
                     0);
        close(pipes[1]);
        pthread_join(reader, NULL);
        close(pipes[0]);
        report("restore the second", began, 0);
}

int main(int argc, char **argv) {
        static const struct vmtee_limits large = { .ram_bytes = UINT64_C(1) << 40, .blocks = 256, .tail_bytes = 64u << 20 };

        if (argc != 3)
                return 2;
        const int dirfd = open(argv[1], O_RDONLY | O_DIRECTORY);
        vmtee_capture *c = measured_recording();
        CHECK(dirfd >= 0);
        CHECK_RESULT(memory_add(&c->memory, &large, "bench", 5, strtoull(argv[2], NULL, 10) << 20), 0);
        struct block *b = &c->memory.blocks[c->memory.n_blocks - 1];
        CHECK_RESULT(block_map(&c->memory, b), 0);
        fill(b);
        measure(c, "measure");
        save(dirfd, "first", c, "first snapshot");
        for (size_t i = 0; i < block_pages(b); i += 100)
                b->pages[i * VMTEE_PAGE_SIZE] ^= 1;
        measure(c, "measure again");
        save(dirfd, "second", c, "second, 1 % scattered");
        vmtee_store *s;
        double began = seconds();
        CHECK_RESULT(vmtee_store_open(dirfd, NULL, &s), 0);
        const int fd = openat(dirfd, "second", O_RDONLY | O_DIRECTORY);
        CHECK_RESULT(vmtee_snapshot_verify(s, fd, capture_measurement(c)->snapshot_digest, NULL), 0);
        report("verify the second", began, 0);
        restore(s, fd, c);
        vmtee_store_close(s);
        close(fd);
        vmtee_capture_free(c);
        return 0;
}
