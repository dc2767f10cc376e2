/* SPDX-License-Identifier: Apache-2.0 */
/* What is behind the handle of a capture. */
#ifndef VMTEE_CAPTURE_H
#define VMTEE_CAPTURE_H

#include "measure/measured.h"
#include "memory/memory.h"
#include "stream/head.h"
#include "stream/tail.h"

enum capture_state { CAPTURE_NEW, CAPTURE_READ, CAPTURE_MEASURED, CAPTURE_FAILED };

struct hold {
        uint32_t millis;         /* at most; 0 for none */
        int held_fd, release_fd; /* readable once that has happened */
};

struct vmtee_capture {
        enum capture_state state;
        bool opened; /* comes from a snapshot's files, not from a hypervisor */
        struct vmtee_limits limits;
        int cancel_fd;
        struct hold hold;
        struct head head;
        struct memory memory;
        struct tail tail;
        struct instant instant;
        struct measured measured;
};

/* The most that vmtee_capture_new() allows. */
extern const struct vmtee_limits capture_limits_max;

/* Fills in the measurement from memory roots and tail; after this the capture counts as measured. */
int capture_conclude(vmtee_capture *c);

#endif
