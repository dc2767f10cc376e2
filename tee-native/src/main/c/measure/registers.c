/* SPDX-License-Identifier: Apache-2.0 */
#include "measure/registers.h"

#include <errno.h>
#include <stdlib.h>

#include "cbor/cbor.h"
#include "util/detail.h"

const char *const control_registers[N_CONTROL_REGISTERS] = {
        "CR0", "CR4", "EFER", "LSTAR", "IDTR.base", "IDTR.limit", "GDTR.base", "GDTR.limit",
};

/* Where a register stands in section "cpu" of QEMU's x86 targets: a field, or a part of a struct, and which element. */
struct place {
        const char *name;
        const char *struct_field; /* NULL: not in a struct */
        const char *field;
        uint32_t element; /* of the struct if there is one */
        uint32_t size;
};

#define PLAIN(name, field, size) { name, NULL, field, 0, size }
#define GENERAL(name, i) { name, NULL, "env.regs", i, 8 }
#define DEBUG(i) { "DR" #i, NULL, "env.dr", i, 8 }
#define SEGMENT(name, parent, i)                                                                        \
        { name ".selector", parent, "selector", i, 4 }, { name ".base", parent, "base", i, 8 },         \
                { name ".limit", parent, "limit", i, 4 }, { name ".flags", parent, "flags", i, 4 }
#define TABLE(name, parent) { name ".base", parent, "base", 0, 8 }, { name ".limit", parent, "limit", 0, 4 }
#define VECTOR(i)                                                       \
        { "XMM" #i ".low", "env.xmm_regs[0]", "_q_ZMMReg[0]", i, 8 },   \
                { "XMM" #i ".high", "env.xmm_regs[0]", "_q_ZMMReg[1]", i, 8 }

static const struct place places[] = {
        GENERAL("RAX", 0), GENERAL("RCX", 1), GENERAL("RDX", 2), GENERAL("RBX", 3),
        GENERAL("RSP", 4), GENERAL("RBP", 5), GENERAL("RSI", 6), GENERAL("RDI", 7),
        GENERAL("R8", 8), GENERAL("R9", 9), GENERAL("R10", 10), GENERAL("R11", 11),
        GENERAL("R12", 12), GENERAL("R13", 13), GENERAL("R14", 14), GENERAL("R15", 15),
        PLAIN("RIP", "env.eip", 8), PLAIN("RFLAGS", "env.eflags", 8),
        PLAIN("CR0", "env.cr[0]", 8), PLAIN("CR2", "env.cr[2]", 8), PLAIN("CR3", "env.cr[3]", 8),
        PLAIN("CR4", "env.cr[4]", 8), PLAIN("EFER", "env.efer", 8), PLAIN("STAR", "env.star", 8),
        PLAIN("LSTAR", "env.lstar", 8), PLAIN("CSTAR", "env.cstar", 8), PLAIN("FMASK", "env.fmask", 8),
        PLAIN("KERNELGSBASE", "env.kernelgsbase", 8), PLAIN("PAT", "env.pat", 8),
        PLAIN("SYSENTER_CS", "env.sysenter_cs", 4), PLAIN("SYSENTER_ESP", "env.sysenter_esp", 8),
        PLAIN("SYSENTER_EIP", "env.sysenter_eip", 8), PLAIN("MXCSR", "env.mxcsr", 4),
        DEBUG(0), DEBUG(1), DEBUG(2), DEBUG(3), DEBUG(6), DEBUG(7),
        SEGMENT("ES", "env.segs", 0), SEGMENT("CS", "env.segs", 1), SEGMENT("SS", "env.segs", 2),
        SEGMENT("DS", "env.segs", 3), SEGMENT("FS", "env.segs", 4), SEGMENT("GS", "env.segs", 5),
        SEGMENT("LDTR", "env.ldt", 0), SEGMENT("TR", "env.tr", 0), TABLE("GDTR", "env.gdt"), TABLE("IDTR", "env.idt"),
        VECTOR(0), VECTOR(1), VECTOR(2), VECTOR(3), VECTOR(4), VECTOR(5), VECTOR(6), VECTOR(7), VECTOR(8),
        VECTOR(9), VECTOR(10), VECTOR(11), VECTOR(12), VECTOR(13), VECTOR(14), VECTOR(15),
};
enum { N_PLACES = sizeof(places) / sizeof(*places) };

static const struct place halted = PLAIN("HLT", "halted", 4);

struct decoding {
        const struct tail *tail;
        struct vcpu_registers *vcpu;
        const struct place *places;
        size_t n_places;
};

bool section_is_cpu(const struct section *s) {
        return strcmp(s->name, "cpu") == 0 || strcmp(s->name, "cpu_common") == 0;
}

static bool is_at(const struct place *p, const struct field_visit *v) {
        if (!p->struct_field)
                return !v->parent && v->element == p->element && text_is(v->field->name, p->field);
        return v->parent && v->parent_element == p->element && text_is(v->parent->name, p->struct_field) &&
               text_is(v->field->name, p->field);
}

const struct measured_register *vcpu_find(const struct vcpu_registers *v, const char *name) {
        for (size_t i = 0; i < v->n; i++)
                if (strcmp(v->list[i].name, name) == 0)
                        return &v->list[i];
        return NULL;
}

static int take(void *context, const struct field_visit *v) {
        struct decoding *d = context;

        for (size_t i = 0; i < d->n_places; i++) {
                const struct place *p = &d->places[i];

                if (!is_at(p, v))
                        continue;
                if (vcpu_find(d->vcpu, p->name) || d->vcpu->n == d->vcpu->capacity)
                        return vmtee_fail(-EPROTO, "vCPU %u has register %s twice", d->vcpu->instance, p->name);
                if (v->field->size != p->size)
                        return vmtee_fail(-EPROTO, "register %s of vCPU %u has %u bytes, not %u", p->name,
                                          d->vcpu->instance, v->field->size, p->size);
                d->vcpu->list[d->vcpu->n++] = (struct measured_register){
                        .name = p->name, .value = d->tail->bytes + v->offset, .size = p->size
                };
                return 0;
        }
        return 0;
}

static int decode_section(const struct tail *t, const struct section *s, struct vcpu_registers *vcpu) {
        const bool has_registers = strcmp(s->name, "cpu") == 0;
        struct decoding d = { .tail = t,
                              .vcpu = vcpu,
                              .places = has_registers ? places : &halted,
                              .n_places = has_registers ? N_PLACES : 1 };
        const int r = section_visit(t->bytes, s, &t->description, take, &d);

        if (r < 0)
                return r;
        for (size_t i = 0; i < d.n_places; i++)
                if (!vcpu_find(vcpu, d.places[i].name))
                        return vmtee_fail(-EPROTO, "vCPU %u has no register %s", vcpu->instance, d.places[i].name);
        return 0;
}

static int by_instance(const void *a, const void *b) {
        const struct vcpu_registers *left = a, *right = b;

        return (left->instance > right->instance) - (left->instance < right->instance);
}

static int by_name(const void *a, const void *b) {
        return cbor_compare_text_keys(((const struct measured_register *)a)->name,
                                      ((const struct measured_register *)b)->name);
}

static struct vcpu_registers *find_vcpu(const struct vcpus *v, uint32_t instance) {
        for (size_t i = 0; i < v->n; i++)
                if (v->list[i].instance == instance)
                        return &v->list[i];
        return NULL;
}

static int allocate(const struct tail *t, struct vcpus *v) {
        v->list = calloc(t->sections.n + 1, sizeof(*v->list));
        v->measured = calloc(t->sections.n + 1, sizeof(*v->measured));
        if (!v->list || !v->measured)
                return vmtee_fail(-ENOMEM, "no memory for the vCPUs");
        for (size_t i = 0; i < t->sections.n; i++) {
                if (strcmp(t->sections.list[i].name, "cpu") != 0)
                        continue;
                struct vcpu_registers *vcpu = &v->list[v->n++];
                vcpu->instance = t->sections.list[i].instance;
                vcpu->capacity = N_PLACES + 1;
                vcpu->list = calloc(vcpu->capacity, sizeof(*vcpu->list));
                if (!vcpu->list)
                        return vmtee_fail(-ENOMEM, "no memory for the vCPUs");
        }
        return v->n > 0 ? 0 : vmtee_fail(-EPROTO, "the stream has no vCPU");
}

static int decode(const struct tail *t, struct vcpus *v) {
        int r = allocate(t, v);

        for (size_t i = 0; r == 0 && i < t->sections.n; i++) {
                const struct section *s = &t->sections.list[i];

                if (!section_is_cpu(s))
                        continue;
                struct vcpu_registers *vcpu = find_vcpu(v, s->instance);
                r = vcpu ? decode_section(t, s, vcpu) :
                           vmtee_fail(-EPROTO, "section %s %u belongs to no vCPU", s->name, s->instance);
        }
        if (r < 0)
                return r;
        qsort(v->list, v->n, sizeof(*v->list), by_instance);
        for (size_t i = 0; i < v->n; i++) {
                qsort(v->list[i].list, v->list[i].n, sizeof(*v->list[i].list), by_name);
                v->measured[i] = (struct measured_vcpu){ .registers = v->list[i].list, .n_registers = v->list[i].n };
        }
        return 0;
}

int vcpus_decode(const struct tail *t, struct vcpus *ret) {
        struct vcpus v = { 0 };
        const int r = decode(t, &v);

        if (r < 0) {
                vcpus_free(&v);
                return r;
        }
        *ret = v;
        return 0;
}

void vcpus_free(struct vcpus *v) {
        for (size_t i = 0; i < v->n; i++)
                free(v->list[i].list);
        free(v->list);
        free(v->measured);
        *v = (struct vcpus){ 0 };
}
