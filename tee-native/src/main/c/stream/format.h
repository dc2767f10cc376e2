/* SPDX-License-Identifier: Apache-2.0 */
/* Constants of QEMU's migration stream. Integers are big-endian. */
#ifndef VMTEE_FORMAT_H
#define VMTEE_FORMAT_H

#define STREAM_MAGIC "QEVM"

enum {
        STREAM_VERSION = 3,
        /* Types of section. */
        SECTION_EOF = 0x00,
        SECTION_START = 0x01,
        SECTION_PART = 0x02,
        SECTION_END = 0x03,
        SECTION_FULL = 0x04,
        SECTION_SUBSECTION = 0x05,
        SECTION_DESCRIPTION = 0x06,
        SECTION_CONFIGURATION = 0x07,
        SECTION_COMMAND = 0x08,
        SECTION_FOOTER = 0x7e,
        /* Commands inside the stream that carry no state. */
        COMMAND_OPEN_RETURN_PATH = 1,
        COMMAND_PING = 2,
        /* Messages of the return path. */
        RETURN_SHUT = 1,
        /* The RAM section. */
        RAM_VERSION = 4,
        RAM_ZERO = 0x02,
        RAM_MEM_SIZE = 0x04,
        RAM_PAGE = 0x08,
        RAM_EOS = 0x10,
        RAM_CONTINUE = 0x20,
        RAM_FLAGS = 0xfff,
};

#endif
