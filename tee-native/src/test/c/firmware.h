/* SPDX-License-Identifier: Apache-2.0 */
/* A machine that does nothing but write. */
#ifndef VMTEE_TEST_FIRMWARE_H
#define VMTEE_TEST_FIRMWARE_H

#include "guest.h"

static char firmware[] = "/tmp/vmtee-firmware-XXXXXX";

static const char *const arguments[] = { "-machine", "q35",   "-m",      "64",      "-smp",
                                         "2",        "-vga",  "std",     "-device", "virtio-net-pci",
                                         "-device",  "virtio-balloon-pci", "-bios", firmware, NULL };

static inline void make_firmware_of(const uint8_t *code, size_t size) {
        static const uint8_t reset[] = { 0xea, 0x00, 0x00, 0x00, 0xf0 };
        const int fd = mkstemp(firmware);

        CHECK(fd >= 0 && ftruncate(fd, 65536) == 0);
        CHECK(pwrite(fd, code, size, 0) == (ssize_t)size);
        CHECK(pwrite(fd, reset, sizeof(reset), 0xfff0) == sizeof(reset));
        close(fd);
}

#endif
