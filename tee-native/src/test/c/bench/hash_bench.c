/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How fast one thread measures memory without a page of zeros: leaves, and the tree above them. Prints bytes a second.
 *
 *   hash_bench [SECONDS] [MIB]
 */
#include <time.h>

#include "hashes.h"
#include "testing.h"

enum { DEFAULT_SECONDS = 3, DEFAULT_MIB = 256, MOST_SECONDS = 3600, MOST_MIB = 65536 };

/* xorshift: no page is like another, and none is zero. */
static void fill(struct block *b) {
        uint64_t x = 88172645463325252u;

        for (size_t page = 0; page < block_pages(b); page++) {
                bit_set(b->written, page);
                for (size_t i = 0; i < VMTEE_PAGE_SIZE; i += sizeof(x)) {
                        x ^= x << 13;
                        x ^= x >> 7;
                        x ^= x << 17;
                        memcpy(b->pages + page * VMTEE_PAGE_SIZE + i, &x, sizeof(x));
                }
        }
}

static double seconds(void) {
        struct timespec now;

        CHECK(clock_gettime(CLOCK_MONOTONIC, &now) == 0);
        return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static double bytes_per_second(struct memory *m, double atleast) {
        const double begin = seconds();
        double took, bytes = 0;

        do {
                forget_hashes(m);
                CHECK_RESULT(memory_measure(m, 1), 0);
                bytes += (double)m->total;
                took = seconds() - begin;
        } while (took < atleast);
        return bytes / took;
}

static long number(const char *text, long most) {
        char *end;
        const long n = strtol(text, &end, 10);

        if (*text == 0 || *end != 0 || n < 1 || n > most) {
                fprintf(stderr, "usage: hash_bench [SECONDS] [MIB]\n");
                exit(2);
        }
        return n;
}

int main(int argc, char **argv) {
        const long length = argc > 1 ? number(argv[1], MOST_SECONDS) : DEFAULT_SECONDS;
        const uint64_t bytes = (uint64_t)(argc > 2 ? number(argv[2], MOST_MIB) : DEFAULT_MIB) << 20;
        const struct vmtee_limits limits = { .ram_bytes = bytes, .blocks = 1, .tail_bytes = 1 };
        struct memory m = { 0 };

        CHECK_RESULT(memory_add(&m, &limits, "ram", 3, bytes), 0);
        CHECK_RESULT(block_map(&m, &m.blocks[0]), 0);
        fill(&m.blocks[0]);
        /* Once for nothing: the leaves' memory is touched for the first time. */
        CHECK_RESULT(memory_measure(&m, 1), 0);
        printf("%.0f\n", bytes_per_second(&m, (double)length));
        memory_free(&m);
        return 0;
}
