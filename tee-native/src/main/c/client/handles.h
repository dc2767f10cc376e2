/* SPDX-License-Identifier: Apache-2.0 */
/* What is behind vmtee.h's handles where vmteed has the real ones. */
#ifndef VMTEED_HANDLES_H
#define VMTEED_HANDLES_H

#include "client/link.h"

struct vmtee_capture {
        struct link link;
        int events[CAPTURE_EVENTS];
};

struct vmtee_store {
        struct link link;
};

struct vmtee_key {
        struct link link;
};

/* Makes a capture by a call that gives its id and its events. */
int capture_make(const struct call *call, vmtee_capture **ret);

/* The key's id, after it connected anew if it had to. */
int key_id(vmtee_key *k, uint8_t ret[static ID_SIZE]);

/* Takes the id out of the reply that made a handle. */
int take_id(int64_t result, struct wire_in *body, uint8_t ret[static ID_SIZE]);

#endif
