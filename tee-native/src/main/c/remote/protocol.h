/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How the client library and vmteed speak: one request, one reply, over a SOCK_SEQPACKET unix socket. Integers are
 * big-endian. A message is
 *
 *   a packet with its header: magic "VMTD", u16 PROTOCOL_VERSION, u16 VMTEE_VERSION, i64 code, u32 descriptors, u32 bytes
 *   of body; and with the first of its descriptors (SCM_RIGHTS)
 *   packets of one byte with FDS_PER_PACKET more descriptors each (the last fewer)
 *   packets with PACKET_SIZE bytes of the body each (the last fewer)
 *
 * The code is the operation in a request and the function's result in a reply. The body of a reply whose code is negative
 * begins with the sentence about the failure. A handle is a connection: the first request on it makes the handle, the daemon
 * frees it when the connection ends. Another connection of the same user can name it by its id.
 */
#ifndef VMTEED_PROTOCOL_H
#define VMTEED_PROTOCOL_H

#include "vmtee.h"

#define PROTOCOL_MAGIC "VMTD"

enum {
        PROTOCOL_VERSION = 3,
        HEADER_SIZE = 24,
        ID_SIZE = 16,
        PACKET_SIZE = 1 << 16,
        FDS_PER_PACKET = 250, /* the kernel takes 253 */
        FDS_MAX = 1024,
        REQUEST_MAX = 4 << 20, /* a domain's XML is the longest that is sent */
        REPLY_MAX = 8 << 20,
        READ_MAX = 1 << 20, /* bytes of memory in one reply */
        RUNS_MAX = 16384, /* of pages; so many fit into a reply in any case */
        DETAIL_MAX = 512,
        IO_MILLIS = 10000, /* for what is left of a message once it has begun */
};

/* `own` in the comments is the handle of the connection; "id" names another one; [..] are descriptors. */
/* What goes on while a call blocks goes by eventfds that both have. */
enum capture_event { EVENT_CANCEL, EVENT_HELD, EVENT_RELEASE, CAPTURE_EVENTS };

enum operation {
        OP_CAPTURE_NEW = 1,  /* u8 given, u64 ram bytes, u32 blocks, u32 tail bytes -> id [its events] */
        OP_CAPTURE_OF_VM,    /* own capture, the VM's UUID -> */
        OP_CAPTURE_HOLD,     /* own capture, u32 millis -> */
        OP_CAPTURE_STREAM,   /* own capture, u32 millis [socket] -> */
        OP_CAPTURE_STANDING,   /* the same */
        OP_CAPTURE_BACKGROUND, /* the same */
        OP_CAPTURE_VMSTATE,  /* own capture, u32 millis [image] -> */
        OP_CAPTURE_MEASURE,  /* own capture, u32 threads -> */
        OP_CAPTURE_CLAIMS,   /* own capture, u64 room -> blob */
        OP_CAPTURE_DIFF,     /* own capture, id of the other, u32 runs at most -> u64 total, runs */
        OP_CAPTURE_READ,     /* own capture, blob block, u64 offset, u32 size -> the bytes */
        OP_CAPTURE_PROOF,    /* own capture, blob block, u64 page -> the hashes */
        OP_VMSTATE_IMAGE,    /* -> [image] */
        OP_KEY_OPEN,         /* -> id */
        OP_KEY_EVIDENCE,     /* own key, u64 room -> blob */
        OP_KEY_ACTIVATE,     /* own key, u64 room, blob credential, blob secret -> blob */
        OP_COUNTER_READ,     /* own key, u8 slot -> u64 value, id, name */
        OP_COUNTER_INCREMENT, /* the same */
        OP_REPORT_SIGN,      /* own key, id of the capture, u64 room, claims -> blob */
        OP_STORE_OPEN,       /* u8 with key, id of the key [directory] -> id */
        OP_STORE_COLLECT,    /* own store, u8 only count [directories] -> u64 bytes */
        OP_SNAPSHOT_SAVE,    /* own store, id of the capture, u32 threads [directory] -> u64 pages, u64 new, u64 bytes */
        OP_SNAPSHOT_OPEN,    /* id of the store, digest [directory] -> id [its events] */
        OP_SNAPSHOT_RESTORE, /* own store, digest, u32 millis, blob XML [directory, output] -> ; if bad: run */
        OP_SNAPSHOT_VERIFY,  /* own store, digest [directory] -> ; if bad: run */
        OP_SNAPSHOT_RAM,     /* own store, digest, blob block [directory, output] -> ; if bad: run */
        OP_CLOSE,            /* frees the own handle; the connection ends after the reply */
        OP_COUNT,
};

#endif
