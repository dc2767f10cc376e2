/* SPDX-License-Identifier: Apache-2.0 */
/* What is put into a sink comes out as it was, whoever is the slower one; and its end waits for nobody. */
#include <fcntl.h>
#include <pthread.h>
#include <time.h>

#include "snapshot/sink.h"
#include "testing.h"

enum {
        /* Goes round the ring, and ends within a piece. */
        WORDS = (SINK_PIECES + 20) * (SINK_PIECE_SIZE / 8) + 4711,
        WORDS_A_READ = 5000,
};

struct reader {
        int fd;
        uint64_t read; /* words, each of which is its own number */
};

static void *read_all(void *argument) {
        static uint64_t words[WORDS_A_READ];
        struct reader *r = argument;
        size_t have = 0;

        for (;;) {
                const ssize_t n = read(r->fd, (uint8_t *)words + have, sizeof(words) - have);

                if (n <= 0)
                        break;
                have += (size_t)n;
                for (size_t i = 0; i < have / 8; i++)
                        CHECK(words[i] == r->read + i);
                r->read += have / 8;
                memmove(words, words + have / 8, have % 8);
                have %= 8;
        }
        CHECK(have == 0);
        return NULL;
}

static void all_comes_out_in_its_order(void) {
        struct sink s;
        pthread_t thread;
        int fds[2];

        CHECK(pipe(fds) == 0);
        struct reader r = { .fd = fds[0] };
        CHECK_RESULT(sink_open(&s, fds[1], DEADLINE_MILLIS), 0);
        for (uint64_t word = 0; word < WORDS; word++) {
                /* With nobody to read, as much as there are pieces for is taken. */
                if (word == (uint64_t)(SINK_PIECES - 1) * (SINK_PIECE_SIZE / 8))
                        CHECK(pthread_create(&thread, NULL, read_all, &r) == 0);
                CHECK_RESULT(sink_put(&s, &word, sizeof(word)), 0);
        }
        CHECK_RESULT(sink_flush(&s), 0);
        sink_close(&s);
        close(fds[1]);
        CHECK(pthread_join(thread, NULL) == 0);
        CHECK(r.read == WORDS);
        close(fds[0]);
}

static double seconds(void) {
        struct timespec t;

        clock_gettime(CLOCK_MONOTONIC, &t);
        return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void one_that_nobody_reads_is_closed_before_its_deadline(void) {
        static const uint8_t piece[SINK_PIECE_SIZE];
        const double began = seconds();
        struct sink s;
        int fds[2];

        CHECK(pipe(fds) == 0);
        CHECK_RESULT(sink_open(&s, fds[1], DEADLINE_MILLIS), 0);
        for (int i = 0; i < 3; i++)
                CHECK_RESULT(sink_put(&s, piece, sizeof(piece)), 0);
        sink_close(&s);
        CHECK(seconds() - began < DEADLINE_MILLIS / 1000.0 / 2);
        CHECK((fcntl(fds[1], F_GETFL) & O_NONBLOCK) == 0);
        close(fds[0]);
        close(fds[1]);
}

static void a_failure_is_told_by_what_comes_after_it(void) {
        static const uint8_t piece[SINK_PIECE_SIZE];
        struct sink s;
        int fds[2], r = 0;

        CHECK(pipe(fds) == 0);
        close(fds[0]);
        CHECK_RESULT(sink_open(&s, fds[1], DEADLINE_MILLIS), 0);
        for (int i = 0; r == 0 && i <= SINK_PIECES; i++)
                r = sink_put(&s, piece, sizeof(piece));
        CHECK_RESULT(r, -EPIPE);
        CHECK_RESULT(sink_flush(&s), -EPIPE);
        sink_close(&s);
        close(fds[1]);
}

int main(void) {
        all_comes_out_in_its_order();
        one_that_nobody_reads_is_closed_before_its_deadline();
        a_failure_is_told_by_what_comes_after_it();
        return 0;
}
