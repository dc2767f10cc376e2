/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/handles.h"
#include "util/detail.h"

static int open_in(vmtee_store *s, int dirfd, vmtee_key *k) {
        MESSAGE_CLEANUP struct message reply = { 0 };
        WIRE_OUT_CLEANUP struct wire_out w = { 0 };
        uint8_t id[ID_SIZE] = { 0 };
        struct wire_in body;
        int r = link_open(&s->link);

        if (r == 0)
                r = link_check_fd(dirfd, "directory to open as a store");
        if (r == 0 && k)
                r = key_id(k, id);
        if (r < 0)
                return r;
        put_u8(&w, k != NULL);
        put_raw(&w, id, ID_SIZE);
        const struct call call = { .op = OP_STORE_OPEN, .request = &w, .fds = &dirfd, .n_fds = 1, .millis = TPM_MILLIS };
        return take_id(link_call(&s->link, &call, &reply, &body), &body, s->link.id);
}

int vmtee_store_open(int dirfd, vmtee_key *k, vmtee_store **ret) {
        vmtee_store *s = malloc(sizeof(*s));

        if (!s)
                return vmtee_fail(-ENOMEM, "no memory to open the store");
        const int r = open_in(s, dirfd, k);
        if (r < 0)
                vmtee_store_close(s);
        else
                *ret = s;
        return r;
}

void vmtee_store_close(vmtee_store *s) {
        char sentence[DETAIL_MAX];

        if (!s)
                return;
        (void)snprintf(sentence, sizeof(sentence), "%s", vmtee_detail());
        link_close(&s->link);
        free(s);
        (void)vmtee_fail(0, "%s", sentence);
}

int vmtee_store_collect(vmtee_store *s, const int *dirfds, size_t n, int only_count, uint64_t *ret_bytes) {
        MESSAGE_CLEANUP struct message reply = { 0 };
        WIRE_OUT_CLEANUP struct wire_out w = { 0 };
        struct wire_in body;
        int r = n <= FDS_MAX ? 0 : vmtee_fail(-E2BIG, "vmteed takes at most %d snapshots at once", FDS_MAX);

        for (size_t i = 0; r == 0 && i < n; i++)
                r = link_check_fd(dirfds[i], "directory of a snapshot");
        if (r < 0)
                return r;
        put_u8(&w, only_count != 0);
        const struct call call = { .op = OP_STORE_COLLECT, .request = &w, .fds = dirfds, .n_fds = n, .millis = BULK_MILLIS };
        const int64_t result = link_call(&s->link, &call, &reply, &body);
        if (result < 0)
                return (int)result;
        const uint64_t bytes = get_u64(&body);
        if (result > 0 || !wire_in_done(&body))
                return link_nonsense();
        if (ret_bytes)
                *ret_bytes = bytes;
        return 0;
}

int vmtee_snapshot_save(vmtee_store *s, const vmtee_capture *c, int dirfd, uint32_t threads, struct vmtee_saved *ret) {
        MESSAGE_CLEANUP struct message reply = { 0 };
        WIRE_OUT_CLEANUP struct wire_out w = { 0 };
        struct vmtee_saved saved;
        struct wire_in body;
        const int r = link_check_fd(dirfd, "directory for a snapshot");

        if (r < 0)
                return r;
        put_raw(&w, c->link.id, ID_SIZE);
        put_u32(&w, threads);
        const struct call call = { .op = OP_SNAPSHOT_SAVE, .request = &w, .fds = &dirfd, .n_fds = 1, .millis = BULK_MILLIS };
        const int64_t result = link_call(&s->link, &call, &reply, &body);
        if (result < 0)
                return (int)result;
        saved.pages = get_u64(&body);
        saved.new_pages = get_u64(&body);
        saved.bytes = get_u64(&body);
        if (result > 0 || !wire_in_done(&body))
                return link_nonsense();
        if (ret)
                *ret = saved;
        return 0;
}

int vmtee_snapshot_open(vmtee_store *s, int dirfd, const uint8_t digest[VMTEE_DIGEST_SIZE], vmtee_capture **ret) {
        WIRE_OUT_CLEANUP struct wire_out w = { 0 };
        const int r = link_check_fd(dirfd, "directory of a snapshot");

        if (r < 0)
                return r;
        put_raw(&w, s->link.id, ID_SIZE);
        put_raw(&w, digest, VMTEE_DIGEST_SIZE);
        return capture_make(&(struct call){ .op = OP_SNAPSHOT_OPEN, .request = &w, .fds = &dirfd, .n_fds = 1,
                                            .millis = BULK_MILLIS, .fds_back = CAPTURE_EVENTS },
                            ret);
}

/* A call that tells of the first bad page. */
static int check_pages(vmtee_store *s, const struct call *call, struct vmtee_page_run *ret_bad) {
        MESSAGE_CLEANUP struct message reply = { 0 };
        struct vmtee_page_run bad = { 0 };
        struct wire_in body;
        const int64_t r = link_call(&s->link, call, &reply, &body);

        if (r == -EBADMSG) {
                get_run(&body, &bad);
                if (!wire_in_done(&body))
                        return link_nonsense();
                if (ret_bad)
                        *ret_bad = bad;
        }
        return r > 0 ? link_nonsense() : (int)r;
}

int vmtee_snapshot_restore(vmtee_store *s, int dirfd, const uint8_t digest[VMTEE_DIGEST_SIZE], const char *domain_xml,
                           int out_fd, uint32_t deadline_millis, struct vmtee_page_run *ret_bad) {
        WIRE_OUT_CLEANUP struct wire_out w = { 0 };
        const int fds[] = { dirfd, out_fd };
        const size_t size = strnlen(domain_xml, REQUEST_MAX);
        int r = link_check_fd(dirfd, "directory of a snapshot");

        if (r == 0)
                r = link_check_fd(out_fd, "file to write the save image to");
        if (r == 0 && size > REQUEST_MAX - PACKET_SIZE)
                r = vmtee_fail(-E2BIG, "vmteed takes at most %d bytes of XML", REQUEST_MAX - PACKET_SIZE);
        if (r < 0)
                return r;
        put_raw(&w, digest, VMTEE_DIGEST_SIZE);
        put_u32(&w, deadline_millis);
        put_blob(&w, domain_xml, size);
        return check_pages(s,
                           &(struct call){ .op = OP_SNAPSHOT_RESTORE, .request = &w, .fds = fds, .n_fds = 2,
                                           .millis = (uint64_t)deadline_millis + BULK_MILLIS },
                           ret_bad);
}

int vmtee_snapshot_verify(vmtee_store *s, int dirfd, const uint8_t digest[VMTEE_DIGEST_SIZE],
                          struct vmtee_page_run *ret_bad) {
        WIRE_OUT_CLEANUP struct wire_out w = { 0 };
        const int r = link_check_fd(dirfd, "directory of a snapshot");

        if (r < 0)
                return r;
        put_raw(&w, digest, VMTEE_DIGEST_SIZE);
        return check_pages(s,
                           &(struct call){ .op = OP_SNAPSHOT_VERIFY, .request = &w, .fds = &dirfd, .n_fds = 1,
                                           .millis = BULK_MILLIS },
                           ret_bad);
}

int vmtee_snapshot_ram(vmtee_store *s, int dirfd, const uint8_t digest[VMTEE_DIGEST_SIZE], const char *block, int out_fd,
                       struct vmtee_page_run *ret_bad) {
        WIRE_OUT_CLEANUP struct wire_out w = { 0 };
        const int fds[] = { dirfd, out_fd };
        const size_t size = strnlen(block, VMTEE_BLOCK_NAME_MAX + 1);
        int r = link_check_fd(dirfd, "directory of a snapshot");

        if (r == 0)
                r = link_check_fd(out_fd, "file to write RAM to");
        if (r == 0 && size > VMTEE_BLOCK_NAME_MAX)
                r = vmtee_fail(-ENOENT, "the snapshot has no RAM block of that name");
        if (r < 0)
                return r;
        put_raw(&w, digest, VMTEE_DIGEST_SIZE);
        put_blob(&w, block, size);
        return check_pages(s,
                           &(struct call){ .op = OP_SNAPSHOT_RAM, .request = &w, .fds = fds, .n_fds = 2,
                                           .millis = BULK_MILLIS },
                           ret_bad);
}
