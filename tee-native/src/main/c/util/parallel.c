/* SPDX-License-Identifier: Apache-2.0 */
#include "util/parallel.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

#include "util/detail.h"
#include "vmtee.h"

enum { THREADS_MAX = 256, DETAIL_SIZE = 512 };

struct run {
        const struct parallel_work *work;
        size_t n;
        atomic_size_t next;
        atomic_int error;
        char detail[DETAIL_SIZE]; /* of the first failure: a thread's sentence is its own */
};

static void *work_off(void *argument) {
        struct run *run = argument;
        void *own = run->work->begin();
        int expected = 0;
        int r = own ? 0 : -ENOMEM;

        while (r == 0 && atomic_load(&run->error) == 0) {
                const size_t number = atomic_fetch_add(&run->next, 1);

                if (number >= run->n)
                        break;
                r = run->work->job(own, run->work->shared, number);
        }
        if (own)
                run->work->end(own);
        if (r < 0 && atomic_compare_exchange_strong(&run->error, &expected, r))
                (void)snprintf(run->detail, sizeof(run->detail), "%s", own ? vmtee_detail() : "no memory to work in");
        return NULL;
}

static size_t thread_count(uint32_t wanted, size_t n) {
        const long online = sysconf(_SC_NPROCESSORS_ONLN);
        size_t threads = wanted > 0 ? wanted : online > 0 ? (size_t)online : 1;

        if (threads > THREADS_MAX)
                threads = THREADS_MAX;
        return threads < n ? threads : n;
}

int parallel_run(const struct parallel_work *work, size_t n, uint32_t threads) {
        struct run run = { .work = work, .n = n };
        pthread_t others[THREADS_MAX];
        size_t started = 0;

        if (n == 0)
                return 0;
        /* A thread that cannot be started only makes it slower. */
        for (size_t i = 1; i < thread_count(threads, n); i++)
                if (pthread_create(&others[started], NULL, work_off, &run) == 0)
                        started++;
        work_off(&run);
        for (size_t i = 0; i < started; i++)
                pthread_join(others[i], NULL);
        const int r = atomic_load(&run.error);
        return r < 0 ? vmtee_fail(r, "%s", run.detail) : 0;
}
