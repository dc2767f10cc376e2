/* SPDX-License-Identifier: Apache-2.0 */
/* A snapshot's RAM is written as it was captured, or the file stays empty. */
#include "kept.h"

static const char *const blocks[] = { "microvm.ram", "pc.bios" };

static int empty_file(void) {
        char path[] = "/tmp/vmtee-ram-XXXXXX";
        const int fd = mkstemp(path);

        CHECK(fd >= 0 && unlink(path) == 0);
        return fd;
}

static int ram_to(const vmtee_capture *c, const struct kept *k, const char *block, int out, struct vmtee_page_run *bad) {
        vmtee_store *s = opened(k);
        const int r = vmtee_snapshot_ram(s, k->files.fd, digest_of(c), block, out, bad);

        vmtee_store_close(s);
        return r;
}

static void a_ram_block_is_written_as_it_was_captured(const vmtee_capture *c, const struct kept *k) {
        for (size_t i = 0; i < sizeof(blocks) / sizeof(*blocks); i++) {
                uint8_t found[VMTEE_PAGE_SIZE], captured[VMTEE_PAGE_SIZE];
                const int out = empty_file();
                struct stat st;
                off_t at = 0;

                CHECK_RESULT(ram_to(c, k, blocks[i], out, NULL), 0);
                while (vmtee_capture_read(c, blocks[i], (uint64_t)at, captured, sizeof(captured)) == sizeof(captured)) {
                        CHECK(pread(out, found, sizeof(found), at) == sizeof(found));
                        CHECK(memcmp(found, captured, sizeof(found)) == 0);
                        at += VMTEE_PAGE_SIZE;
                }
                CHECK(at > 0 && fstat(out, &st) == 0 && st.st_size == at);
                close(out);
        }
}

static void a_damaged_page_leaves_no_ram(const vmtee_capture *c, const struct kept *k) {
        const off_t at = (off_t)(PACK_HEADER_SIZE + (RANDOM_PAGES - 1) * VMTEE_PAGE_SIZE + 5);
        struct vmtee_page_run bad = { .pages = 7 };
        const int out = empty_file();
        struct stat st;

        flip(&k->packs, "00000001.pack", at);
        CHECK_RESULT(ram_to(c, k, "microvm.ram", out, &bad), -EBADMSG);
        CHECK(strcmp(bad.block, "microvm.ram") == 0 && bad.offset == (RANDOM_PAGES - 1) * VMTEE_PAGE_SIZE && bad.pages == 1);
        CHECK(fstat(out, &st) == 0 && st.st_size == 0 && st.st_blocks == 0);
        flip(&k->packs, "00000001.pack", at);
        close(out);
}

static void ram_goes_to_an_empty_file_only(const vmtee_capture *c, const struct kept *k) {
        const int out = empty_file();
        char name[VMTEE_BLOCK_NAME_MAX + 10];
        int fds[2];

        memset(name, 'x', sizeof(name));
        name[sizeof(name) - 1] = '\0';
        CHECK_RESULT(ram_to(c, k, "no.ram", out, NULL), -ENOENT);
        CHECK_RESULT(ram_to(c, k, name, out, NULL), -ENOENT);
        CHECK(write(out, "x", 1) == 1);
        CHECK_RESULT(ram_to(c, k, "microvm.ram", out, NULL), -EINVAL);
        CHECK(lseek(out, 0, SEEK_END) == 1);
        CHECK(pipe(fds) == 0);
        CHECK(ram_to(c, k, "microvm.ram", fds[1], NULL) < 0);
        close(fds[0]);
        close(fds[1]);
        close(out);
}

/* The pages are random ones: they lie uncompressed in the order of the memory behind the pack's header. */
int main(void) {
        vmtee_capture *c = measured_with_random_pages(RANDOM_PAGES);
        struct kept k = new_kept();

        CHECK_RESULT(save_to(c, &k), 0);
        a_ram_block_is_written_as_it_was_captured(c, &k);
        a_damaged_page_leaves_no_ram(c, &k);
        ram_goes_to_an_empty_file_only(c, &k);
        remove_kept(&k);
        vmtee_capture_free(c);
        return 0;
}
