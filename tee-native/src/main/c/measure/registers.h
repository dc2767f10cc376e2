/* SPDX-License-Identifier: Apache-2.0 */
/* The registers of each virtual CPU, by the names that people know. */
#ifndef VMTEE_REGISTERS_H
#define VMTEE_REGISTERS_H

#include "measure/measurement.h"
#include "stream/tail.h"

struct vcpu_registers {
        uint32_t instance;
        struct measured_register *list; /* sorted; values point into the tail */
        size_t n;
        size_t capacity;
};

struct vcpus {
        struct vcpu_registers *list; /* by instance */
        struct measured_vcpu *measured;
        size_t n;
};

/* Whether a section belongs to a virtual CPU: "cpu" has its registers, "cpu_common" whether it is halted. */
bool section_is_cpu(const struct section *s);

/* -EPROTO if a register is missing, comes twice or has another size than an x86-64 one. */
int vcpus_decode(const struct tail *t, struct vcpus *ret);
void vcpus_free(struct vcpus *v);

const struct measured_register *vcpu_find(const struct vcpu_registers *v, const char *name);

/* The registers that decide where the kernel's code begins, on any guest in any moment the same: `cpu/control`. */
enum { N_CONTROL_REGISTERS = 8 };
extern const char *const control_registers[N_CONTROL_REGISTERS];

#endif
