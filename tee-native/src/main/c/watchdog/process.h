/* SPDX-License-Identifier: Apache-2.0 */
/* Another process, held so that a later one with the same number is never taken for it. */
#ifndef WATCHDOG_PROCESS_H
#define WATCHDOG_PROCESS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct process {
        int pidfd;
        int proc; /* its folder in /proc, which ends with it */
};

/* Called for each open descriptor with what its link in /proc says; other than 0 ends the walk. */
typedef int (*descriptor_visit)(void *context, int fd, const char *link);

/* start_time: field 22 of proc(5)'s stat, in clock ticks since the host's boot. -ESRCH if the process with that number
 * is another one. */
int process_open(struct process *p, pid_t pid, uint64_t start_time);

bool process_has_ended(const struct process *p);

/* Waits so long, or until it ends. */
void process_wait(const struct process *p, int millis);

/* The visit's result, 0 at the end of the walk, or a negative errno. */
int process_visit_descriptors(const struct process *p, descriptor_visit visit, void *context);

/* A duplicate of its descriptor, or a negative errno; wants the right to trace it (ptrace(2)). */
int process_take_descriptor(const struct process *p, int fd);

/* Whether it has this socket open: 1, 0 or a negative errno. */
int process_has_socket(const struct process *p, uint64_t inode);

#endif
