/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a capture leaves of a VM's RAM block for the next capture of that VM: its room, so that no page has to be faulted in
 * and zeroed anew, and which page hashes to what, so that one that has not changed need not be hashed again. Both would take
 * longer than QEMU needs to send the memory, and what the guest writes meanwhile lengthens its pause.
 *
 * The pages belong to the kernel meanwhile, which takes any of them when memory is short (madvise(2), MADV_FREE). So a kept
 * page is worth something only once it was written to and then compared with what it should be, and never if that is zeros, which
 * the kernel leaves of any page: block_put().
 */
#ifndef VMTEE_ROOMS_H
#define VMTEE_ROOMS_H

#include <stdbool.h>

#include "memory/memory.h"

/* Gives the block what was kept for that VM, name and length. */
bool rooms_take(const uint8_t vm[VMTEE_UUID_SIZE], struct block *b);

/* Takes the block's pages, leaves and bits from it, if they are worth keeping. What has not been used for longest goes for it:
   the block has that then. */
void rooms_keep(const uint8_t vm[VMTEE_UUID_SIZE], struct block *b);

#endif
