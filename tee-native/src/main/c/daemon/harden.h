/* SPDX-License-Identifier: Apache-2.0 */
/* Gives up what a daemon that only measures and signs does not need. */
#ifndef VMTEED_HARDEN_H
#define VMTEED_HARDEN_H

/* For good, and before there are threads: privileges by programs, capabilities, core dumps, being traced. As many open files
 * as may be. A negative errno, with the sentence. */
int harden(void);

/* From here on only the system calls in filter.c go through; others fail with EPERM. */
int filter_install(void);

#endif
