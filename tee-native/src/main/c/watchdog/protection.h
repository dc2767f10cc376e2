/* SPDX-License-Identifier: Apache-2.0 */
/* Memory of a process that is write-protected by userfaultfd(2): who writes there waits for whoever serves the fault. */
#ifndef WATCHDOG_PROTECTION_H
#define WATCHDOG_PROTECTION_H

#include "watchdog/process.h"

/* How many of its mappings are registered so (flag `uw` in smaps); or a negative errno. */
int protection_count(const struct process *p);

/* Lifts the protection with the process's own userfaultfds and wakes who waits. How many mappings that were; or a negative
 * errno. Mappings that are registered for anything but write-protection are left alone. */
int protection_lift(const struct process *p);

#endif
