/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a measured capture knows of itself, in the shape of `measured-claims` in docs/report-format.cddl. The measuring
 * side fills it once and keeps it, sorted as the report wants it; the reporting side only reads and encodes it.
 */
#ifndef VMTEE_MEASUREMENT_H
#define VMTEE_MEASUREMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vmtee.h"

/* How a capture was made; a snapshot's manifest holds these numbers. */
enum capture_mode {
        MODE_LIVE = 0,       /* a migration whose switchover was refused */
        MODE_SUSPENDED = 1,  /* the guest stood still */
        MODE_BACKGROUND = 2, /* a background snapshot */
        N_MODES,
};

struct measured_component {
        const char *name; /* UTF-8 */
        uint8_t digest[VMTEE_DIGEST_SIZE];
        uint64_t size;
};

struct measured_register {
        const char *name; /* UTF-8, no two alike in a vCPU */
        const uint8_t *value; /* big-endian */
        size_t size;
};

struct measured_vcpu {
        const struct measured_register *registers; /* in the order of cbor_compare_text_keys() */
        size_t n_registers;
};

struct measured_device {
        const char *section; /* UTF-8 */
        uint32_t instance;
        uint32_t version;
        uint8_t digest[VMTEE_DIGEST_SIZE];
};

struct measured_block {
        const char *name; /* UTF-8 */
        uint64_t length;  /* bytes */
        uint8_t root[VMTEE_DIGEST_SIZE];
};

struct measurement {
        uint64_t instant_millis; /* since 1970 */
        enum capture_mode mode;
        uint64_t pause_micros;
        const struct measured_component *components; /* in bytewise order of their names */
        size_t n_components;
        const struct measured_vcpu *vcpus; /* in vCPU order */
        size_t n_vcpus;
        const struct measured_device *devices; /* in stream order */
        size_t n_devices;
        const struct measured_block *blocks; /* in bytewise order of their names */
        size_t n_blocks;
        uint8_t snapshot_digest[VMTEE_DIGEST_SIZE];
        const char *machine; /* UTF-8 */
};

/* The capture's measurement, which lives as long as the capture; NULL before vmtee_capture_measure(). */
const struct measurement *capture_measurement(const vmtee_capture *c);

/* Whether the capture was read from a snapshot's files: what it says was measured once, but whoever opened it chose it. */
bool capture_was_opened(const vmtee_capture *c);

#endif
