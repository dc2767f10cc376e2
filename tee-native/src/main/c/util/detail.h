/* SPDX-License-Identifier: Apache-2.0 */
/* The sentence about the calling thread's last failure, which vmtee_detail() gives. */
#ifndef VMTEE_DETAIL_H
#define VMTEE_DETAIL_H

/* Remembers the sentence (cut at 511 bytes) and returns `error`, a negative errno, so that callers can write
 * `return vmtee_fail(-EPROTO, "...")`. */
int vmtee_fail(int error, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
