/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/hold.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "util/detail.h"

/* A description alone is about 110 KB; a display's or network card's state goes up to some MB. */
static const struct vmtee_limits default_limits = {
        .ram_bytes = UINT64_C(64) << 30,
        .blocks = 256,
        .tail_bytes = 64u << 20,
};

const struct vmtee_limits capture_limits_max = {
        .ram_bytes = UINT64_C(1) << 46,
        .blocks = 65536,
        .tail_bytes = 1u << 30,
};

static int check_limits(const struct vmtee_limits *l) {
        const struct vmtee_limits *max = &capture_limits_max;

        if (l->ram_bytes > max->ram_bytes || l->blocks > max->blocks || l->tail_bytes > max->tail_bytes)
                return vmtee_fail(-EINVAL, "limits beyond what the module can keep");
        return 0;
}

int vmtee_capture_new(const struct vmtee_limits *limits, vmtee_capture **ret) {
        int r = limits ? check_limits(limits) : 0;
        vmtee_capture *c;

        if (r < 0)
                return r;
        c = calloc(1, sizeof(*c));
        if (!c)
                return vmtee_fail(-ENOMEM, "no memory for a capture");
        c->limits = limits ? *limits : default_limits;
        c->cancel_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        if (c->cancel_fd < 0) {
                const int error = -errno;

                free(c);
                return vmtee_fail(error, "eventfd: %s", strerror(-error));
        }
        r = hold_init(&c->hold);
        if (r < 0) {
                close(c->cancel_fd);
                free(c);
                return r;
        }
        *ret = c;
        return 0;
}

void vmtee_capture_free(vmtee_capture *c) {
        if (!c)
                return;
        measured_free(&c->measured);
        tail_free(&c->tail);
        memory_free(&c->memory);
        hold_free(&c->hold);
        close(c->cancel_fd);
        free(c);
}

int vmtee_capture_of_vm(vmtee_capture *c, const uint8_t vm_uuid[VMTEE_UUID_SIZE]) {
        if (c->state != CAPTURE_NEW)
                return vmtee_fail(-ESTALE, "the capture was used already");
        memcpy(c->memory.vm, vm_uuid, VMTEE_UUID_SIZE);
        c->memory.named = true;
        return 0;
}

void vmtee_capture_cancel(vmtee_capture *c) {
        (void)eventfd_write(c->cancel_fd, 1);
}

const struct measurement *capture_measurement(const vmtee_capture *c) {
        return c->state == CAPTURE_MEASURED ? &c->measured.measurement : NULL;
}

bool capture_was_opened(const vmtee_capture *c) {
        return c->opened;
}

int capture_conclude(vmtee_capture *c) {
        const int r = measured_make(&c->measured, &c->head, &c->memory, &c->tail, &c->instant);

        c->state = r < 0 ? CAPTURE_FAILED : CAPTURE_MEASURED;
        return r;
}

int vmtee_capture_measure(vmtee_capture *c, uint32_t threads) {
        if (c->state == CAPTURE_MEASURED)
                return 0;
        if (c->state != CAPTURE_READ)
                return vmtee_fail(-ESTALE, "nothing was captured that could be measured");
        const int r = memory_measure(&c->memory, threads);
        if (r < 0) {
                c->state = CAPTURE_FAILED;
                return r;
        }
        return capture_conclude(c);
}
