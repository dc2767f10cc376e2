/* SPDX-License-Identifier: Apache-2.0 */
/* The components of a report that the module measures itself, as docs/report-format.cddl defines their digests. A
 * component's size is the number of bytes that were measured. */
#ifndef VMTEE_COMPONENTS_H
#define VMTEE_COMPONENTS_H

#include "measure/registers.h"
#include "merkle/merkle.h"

/* In bytewise order of their names. */
enum { COMPONENT_CPU, COMPONENT_CONTROL, COMPONENT_DEVICES, COMPONENT_MEMORY };

int component_cpu(struct hasher *h, const struct tail *t, struct measured_component *ret);
int component_control(struct hasher *h, const struct vcpus *v, struct measured_component *ret);
int component_devices(struct hasher *h, const struct tail *t, const struct measured_device *devices, size_t n,
                      struct measured_component *ret);
/* Sorts the blocks by name. */
int component_memory(struct hasher *h, struct measured_block *blocks, size_t n, struct measured_component *ret);

/* SHA-256 over a section's payload with its clock fields zeroed. */
int measure_device(struct hasher *h, const struct tail *t, const struct section *s, struct measured_device *ret);

#endif
