/* SPDX-License-Identifier: Apache-2.0 */
/* Makes a measurement out of what a capture read, and owns everything the measurement points to. */
#ifndef VMTEE_MEASURED_H
#define VMTEE_MEASURED_H

#include "measure/measurement.h"
#include "measure/registers.h"
#include "merkle/merkle.h"
#include "stream/head.h"
#include "stream/tail.h"

/* When and how a capture was made. */
struct instant {
        uint64_t millis; /* since 1970 */
        uint64_t pause_micros;
        enum capture_mode mode;
};

enum { N_COMPONENTS = 4 };

struct measured {
        struct measurement measurement;
        struct measured_component components[N_COMPONENTS];
        struct measured_device *devices;
        struct measured_block *blocks;
        struct vcpus vcpus;
        uint8_t *manifest; /* its SHA-256 is the snapshot digest */
        size_t manifest_size;
};

/* The roots of `memory` must be known. Texts go on pointing into what is given. */
int measured_make(struct measured *m, const struct head *head, const struct memory *memory, const struct tail *tail,
                  const struct instant *instant);
void measured_free(struct measured *m);

#endif
