/* SPDX-License-Identifier: Apache-2.0 */
#include "key_file.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <tss2/tss2_mu.h>
#include <unistd.h>

#include "util/cleanup.h"
#include "util/detail.h"

#define KEY_FILE "attestation.key"
#define NEW_KEY_FILE "attestation.key.new"
#define KEY_FILE_SIZE_MAX 8192u

static const char magic[] = { 'v', 'm', 't', 'e', 'e', '-', 'k', 'e', 'y', '-', '1', '\n' };

struct key_file {
        uint8_t bytes[KEY_FILE_SIZE_MAX];
        size_t size;
};

static bool marshal(const struct tpm_identity *identity, struct key_file *file) {
        uint8_t *b = file->bytes;
        size_t *n = &file->size;
        const size_t max = sizeof(file->bytes) - SHA256_DIGEST_LENGTH;

        memcpy(b, magic, sizeof(magic));
        *n = sizeof(magic);
        if (Tss2_MU_TPM2B_PUBLIC_Marshal(&identity->attestation.public, b, max, n) != TSS2_RC_SUCCESS ||
            Tss2_MU_TPM2B_PRIVATE_Marshal(&identity->attestation.private, b, max, n) != TSS2_RC_SUCCESS ||
            Tss2_MU_TPM2B_PUBLIC_Marshal(&identity->signing.public, b, max, n) != TSS2_RC_SUCCESS ||
            Tss2_MU_TPM2B_PRIVATE_Marshal(&identity->signing.private, b, max, n) != TSS2_RC_SUCCESS ||
            Tss2_MU_TPM2B_ATTEST_Marshal(&identity->certification, b, max, n) != TSS2_RC_SUCCESS ||
            Tss2_MU_TPMT_SIGNATURE_Marshal(&identity->certification_signature, b, max, n) != TSS2_RC_SUCCESS)
                return false;
        SHA256(b, *n, b + *n);
        *n += SHA256_DIGEST_LENGTH;
        return true;
}

static bool unmarshal(const struct key_file *file, struct tpm_identity *ret) {
        const uint8_t *b = file->bytes;
        uint8_t digest[SHA256_DIGEST_LENGTH];
        size_t n = sizeof(magic);

        if (file->size < sizeof(magic) + SHA256_DIGEST_LENGTH || memcmp(b, magic, sizeof(magic)) != 0)
                return false;
        const size_t end = file->size - SHA256_DIGEST_LENGTH;
        SHA256(b, end, digest);
        if (memcmp(digest, b + end, sizeof(digest)) != 0)
                return false;
        return Tss2_MU_TPM2B_PUBLIC_Unmarshal(b, end, &n, &ret->attestation.public) == TSS2_RC_SUCCESS &&
               Tss2_MU_TPM2B_PRIVATE_Unmarshal(b, end, &n, &ret->attestation.private) == TSS2_RC_SUCCESS &&
               Tss2_MU_TPM2B_PUBLIC_Unmarshal(b, end, &n, &ret->signing.public) == TSS2_RC_SUCCESS &&
               Tss2_MU_TPM2B_PRIVATE_Unmarshal(b, end, &n, &ret->signing.private) == TSS2_RC_SUCCESS &&
               Tss2_MU_TPM2B_ATTEST_Unmarshal(b, end, &n, &ret->certification) == TSS2_RC_SUCCESS &&
               Tss2_MU_TPMT_SIGNATURE_Unmarshal(b, end, &n, &ret->certification_signature) == TSS2_RC_SUCCESS && n == end;
}

static int fail_errno(int error, const char *doing) {
        return vmtee_fail(-error, "%s: %s", doing, strerror(error));
}

static int read_all(int fd, struct key_file *file) {
        file->size = 0;
        while (file->size < sizeof(file->bytes)) {
                const ssize_t n = read(fd, file->bytes + file->size, sizeof(file->bytes) - file->size);

                if (n == 0)
                        return 0;
                if (n > 0)
                        file->size += (size_t)n;
                else if (errno != EINTR)
                        return fail_errno(errno, "reading " KEY_FILE);
        }
        return vmtee_fail(-EBADMSG, KEY_FILE " is longer than a key file can be");
}

static int write_all(int fd, const struct key_file *file) {
        size_t done = 0;

        while (done < file->size) {
                const ssize_t n = write(fd, file->bytes + done, file->size - done);

                if (n >= 0)
                        done += (size_t)n;
                else if (errno != EINTR)
                        return fail_errno(errno, "writing " NEW_KEY_FILE);
        }
        return fsync(fd) == 0 ? 0 : fail_errno(errno, "syncing " NEW_KEY_FILE);
}

int key_file_read(int state_dirfd, struct tpm_identity *ret) {
        CLEANUP_CLOSE int fd = openat(state_dirfd, KEY_FILE, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
        struct key_file file;
        struct tpm_identity identity = { 0 };

        if (fd < 0)
                return errno == ENOENT ? 0 : fail_errno(errno, "opening " KEY_FILE);
        const int r = read_all(fd, &file);
        if (r < 0)
                return r;
        if (!unmarshal(&file, &identity))
                return vmtee_fail(-EBADMSG, KEY_FILE " is damaged: restore it from a backup, or remove it to let a new "
                                                     "key be created");
        *ret = identity;
        return 1;
}

int key_file_write(int state_dirfd, const struct tpm_identity *identity) {
        struct key_file file;

        if (!marshal(identity, &file))
                return vmtee_fail(-EOVERFLOW, "the keys do not fit into " KEY_FILE);

        CLEANUP_CLOSE int fd = openat(state_dirfd, NEW_KEY_FILE, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (fd < 0)
                return fail_errno(errno, "creating " NEW_KEY_FILE);
        /* A leftover of a crash may have another mode. */
        if (fchmod(fd, 0600) < 0)
                return fail_errno(errno, "protecting " NEW_KEY_FILE);
        const int r = write_all(fd, &file);
        if (r < 0)
                return r;
        if (renameat(state_dirfd, NEW_KEY_FILE, state_dirfd, KEY_FILE) < 0 || fsync(state_dirfd) < 0)
                return fail_errno(errno, "putting " KEY_FILE " in place");
        return 0;
}
