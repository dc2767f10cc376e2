/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Room for the RAM of guests, lent from one capture to the next. Faulting in and zeroing every page of a guest anew takes
 * longer than QEMU needs to send it, and what the guest writes meanwhile lengthens its pause. What is given back stays mapped
 * but belongs to the kernel, which takes it when memory is short (madvise(2), MADV_FREE).
 */
#ifndef VMTEE_ARENA_H
#define VMTEE_ARENA_H

#include <stddef.h>
#include <stdint.h>

/* Of `size` bytes, a multiple of the page size, in no core file. What lies in it is undefined: zeros, or what another guest
   has left. NULL if there is no room. */
uint8_t *arena_take(size_t size);

/* NULL is let pass. */
void arena_give(uint8_t *p, size_t size);

#endif
