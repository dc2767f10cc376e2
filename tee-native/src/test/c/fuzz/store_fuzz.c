/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libFuzzer: any changes to the files of a good snapshot and its store. The first byte chooses the file, the next four say
 * where in it the others begin to change it. A changed pack gets the digest of its index that anybody can make; a changed
 * manifest is opened under the digest that fits, as if a report attested it.
 */
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "util/files.h"
#include "store/store.h"
#include "testing.h"
#include "util/reader.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { FILE_SIZE_MAX = 1 << 20, AT_SIZE = 5, MAP, MANIFEST, PACK, BAD, N_FILES };

static const char *const names[N_FILES] = {
        [MAP] = "pages.map", [MANIFEST] = "manifest.cbor", [PACK] = "00000001.pack", [BAD] = "00000001.bad"
};

static struct {
        uint8_t bytes[FILE_SIZE_MAX];
        size_t size;
} good[N_FILES];

static char directory[] = "/dev/shm/vmtee-fuzz-XXXXXX";
static int dirfd_;
static uint8_t digest[VMTEE_DIGEST_SIZE];

static void clean_up(void) {
        for (int i = MAP; i < N_FILES; i++)
                (void)unlinkat(dirfd_, names[i], 0);
        (void)rmdir(directory);
}

static void put(int file, const uint8_t *bytes, size_t size) {
        const int fd = openat(dirfd_, names[file], O_WRONLY | O_CREAT | O_TRUNC, 0600);

        if (fd < 0 || write(fd, bytes, size) != (ssize_t)size)
                abort();
        close(fd);
}

int LLVMFuzzerInitialize(int *argc, char ***argv) {
        vmtee_capture *c = measured_with_random_pages(FRAME_PAGES + 1);
        vmtee_store *s;

        (void)argc;
        (void)argv;
        CHECK(mkdtemp(directory));
        dirfd_ = open(directory, O_RDONLY | O_DIRECTORY);
        atexit(clean_up);
        CHECK_RESULT(vmtee_store_open(dirfd_, NULL, &s), 0);
        CHECK_RESULT(vmtee_snapshot_save(s, c, dirfd_, 1, NULL), 0);
        vmtee_store_close(s);
        memcpy(digest, capture_measurement(c)->snapshot_digest, sizeof(digest));
        vmtee_capture_free(c);
        memcpy(good[BAD].bytes, "vmtbad-1\0\0\0\1\0\0\0\7", 16);
        good[BAD].size = 16;
        for (int i = MAP; i < BAD; i++) {
                const int fd = openat(dirfd_, names[i], O_RDONLY);

                good[i].size = (size_t)read(fd, good[i].bytes, FILE_SIZE_MAX);
                close(fd);
        }
        return 0;
}

static void sha256(const struct hash_part *parts, size_t n, uint8_t *ret) {
        struct hasher *h = hasher_new();
        struct node found;

        CHECK(h && hash_parts(h, parts, n, &found) == 0);
        memcpy(ret, found.hash, sizeof(found.hash));
        hasher_free(h);
}

static void fit_digest(uint8_t *pack, size_t size) {
        if (size < PACK_HEADER_SIZE + PACK_FOOTER_SIZE)
                return;
        uint8_t *footer = pack + size - PACK_FOOTER_SIZE;
        const uint64_t index = peek_u64(footer), index_size = peek_u64(footer + 8);

        if (index <= size - PACK_FOOTER_SIZE && index_size <= size - PACK_FOOTER_SIZE - index)
                sha256((const struct hash_part[]){ { pack, PACK_HEADER_SIZE },
                                                   { pack + index, index_size },
                                                   { footer, PACK_FOOTER_COUNTS_SIZE } },
                       3, footer + PACK_FOOTER_COUNTS_SIZE);
}

static void use(const uint8_t attested[VMTEE_DIGEST_SIZE], int out) {
        const int ram = memfd_create("ram", MFD_CLOEXEC);
        vmtee_capture *opened;
        vmtee_store *s;

        CHECK(ram >= 0);
        if (vmtee_store_open(dirfd_, NULL, &s) < 0) {
                close(ram);
                return;
        }
        if (vmtee_snapshot_open(s, dirfd_, attested, &opened) == 0)
                vmtee_capture_free(opened);
        (void)vmtee_snapshot_restore(s, dirfd_, attested, "<domain/>", out, 10000, NULL);
        (void)vmtee_snapshot_ram(s, dirfd_, attested, "microvm.ram", ram, NULL);
        (void)vmtee_snapshot_verify(s, dirfd_, attested, NULL);
        (void)vmtee_store_collect(s, &dirfd_, 1, 1, NULL);
        vmtee_store_close(s);
        close(ram);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        static uint8_t bytes[FILE_SIZE_MAX];
        const int nowhere = open("/dev/null", O_WRONLY);
        uint8_t attested[VMTEE_DIGEST_SIZE];

        if (size >= AT_SIZE) {
                const int file = MAP + data[0] % (N_FILES - MAP);
                const size_t n = good[file].size, at = peek_u32(data + 1) % (n + 1), rest = size - AT_SIZE;
                const size_t changed = rest < n - at ? rest : n - at;

                memcpy(bytes, good[file].bytes, n);
                for (size_t i = 0; i < changed; i++)
                        bytes[at + i] ^= data[AT_SIZE + i];
                memcpy(attested, digest, sizeof(digest));
                if (file == PACK)
                        fit_digest(bytes, n);
                if (file == MANIFEST)
                        sha256((const struct hash_part[]){ { bytes, n } }, 1, attested);
                put(file, bytes, n);
                use(attested, nowhere);
                (void)unlinkat(dirfd_, names[BAD], 0);
                put(file, good[file].bytes, n);
                if (file == BAD)
                        (void)unlinkat(dirfd_, names[BAD], 0);
        }
        close(nowhere);
        return 0;
}
