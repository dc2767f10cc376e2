/* SPDX-License-Identifier: Apache-2.0 */
#include "key_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "key_evidence.h"
#include "key_file.h"
#include "tpm_error.h"
#include "util/detail.h"

enum { LOCK_SECONDS = 30 };

/* Inside, -EAGAIN says that the TPM has lost our objects, see tpm_fail(). */
static int public_error(int r) {
        return r == -EAGAIN ? -EREMOTEIO : r;
}

/* ---- connection ---------------------------------------------------------------------------- */

static void disconnect(vmtee_key *k) {
        tpm_device_close(&k->device);
        k->connected = false;
}

static int reconnect(vmtee_key *k) {
        int r = tpm_device_open(&k->device, k->tcti);

        if (r == 0)
                r = tpm_identity_load(&k->device, &k->identity, &k->loaded);
        if (r < 0)
                disconnect(k);
        else
                k->connected = true;
        return r;
}

/* A TPM that hangs must not hang more than the one thread that is waiting for its answer. */
static int lock_in_time(vmtee_key *k) {
        struct timespec end;
        int r;

        (void)clock_gettime(CLOCK_MONOTONIC, &end);
        end.tv_sec += LOCK_SECONDS;
        r = pthread_mutex_clocklock(&k->lock, CLOCK_MONOTONIC, &end);
        return r == 0 ? 0 : vmtee_fail(-r, "the TPM has been busy for %d seconds", LOCK_SECONDS);
}

/* Does one operation under the lock. Where the TPM was restarted since the last one, our keys are loaded again. */
int key_run(vmtee_key *k, key_operation operation, void *argument) {
        int r = lock_in_time(k);

        if (r < 0)
                return r;
        for (unsigned attempt = 0; attempt < 2; attempt++) {
                r = k->connected ? 0 : reconnect(k);
                if (r == 0)
                        r = operation(k, argument);
                if (r != -ENODEV && r != -EAGAIN)
                        break;
                disconnect(k);
        }
        pthread_mutex_unlock(&k->lock);
        return public_error(r);
}

/* ---- opening ------------------------------------------------------------------------------- */

static int encode_evidence(vmtee_key *k, const struct tpm_endorsement *endorsement) {
        int r = key_evidence_encode(&k->device, endorsement, &k->identity, NULL, 0, &k->evidence_size);

        if (r != -ENOBUFS)
                return r;
        k->evidence = malloc(k->evidence_size);
        if (!k->evidence)
                return vmtee_fail(-ENOMEM, "no memory");
        r = key_evidence_encode(&k->device, endorsement, &k->identity, k->evidence, k->evidence_size, &k->evidence_size);
        if (r < 0)
                return r;
        SHA256(k->evidence, k->evidence_size, k->evidence_digest);
        return 0;
}

static int make_evidence(vmtee_key *k, int state_dirfd) {
        struct tpm_endorsement *endorsement = calloc(1, sizeof(*endorsement));

        if (!endorsement)
                return vmtee_fail(-ENOMEM, "no memory");
        int r = tpm_endorsement_read(&k->device, state_dirfd, endorsement);
        if (r == 0)
                r = encode_evidence(k, endorsement);
        k->endorsement_name = endorsement->name;
        free(endorsement);
        return r;
}

static int read_or_create_identity(vmtee_key *k, int state_dirfd) {
        int r = key_file_read(state_dirfd, &k->identity);

        if (r != 0)
                return r < 0 ? r : 0;
        r = tpm_identity_create(&k->device, &k->identity);
        return r < 0 ? r : key_file_write(state_dirfd, &k->identity);
}

static int open_with(vmtee_key *k, int state_dirfd) {
        int r = tpm_device_open(&k->device, k->tcti);

        if (r < 0)
                return r;
        /* Two processes must not both create keys. */
        if (flock(state_dirfd, LOCK_EX) < 0)
                return vmtee_fail(-errno, "locking the state directory: %s", strerror(errno));
        r = read_or_create_identity(k, state_dirfd);
        if (r == 0)
                r = make_evidence(k, state_dirfd);
        if (r == 0)
                r = ecdsa_key_new(&k->identity.signing.public.publicArea, &k->signing_public);
        if (r == 0)
                r = tpm_identity_load(&k->device, &k->identity, &k->loaded);
        k->connected = r == 0;
        return r;
}

static int open_in(vmtee_key *k, const char *state_dir) {
        const int fd = open(state_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        if (fd < 0)
                return vmtee_fail(-errno, "opening the state directory %.200s: %s", state_dir, strerror(errno));
        const int r = open_with(k, fd);
        (void)close(fd); /* and with it the lock */
        return r;
}

int vmtee_key_open(const char *tcti, const char *state_dir, vmtee_key **ret) {
        vmtee_key *k = calloc(1, sizeof(*k));

        if (!k)
                return vmtee_fail(-ENOMEM, "no memory");
        pthread_mutex_init(&k->lock, NULL);
        k->loaded = (struct tpm_loaded_identity){ .attestation = ESYS_TR_NONE, .signing = ESYS_TR_NONE };
        k->tcti = strdup(tcti);
        const int r = k->tcti ? open_in(k, state_dir) : vmtee_fail(-ENOMEM, "no memory");
        if (r < 0) {
                vmtee_key_close(k);
                return public_error(r);
        }
        *ret = k;
        return 0;
}

void vmtee_key_close(vmtee_key *k) {
        if (!k)
                return;
        if (k->connected)
                tpm_identity_unload(&k->device, &k->loaded);
        tpm_device_close(&k->device);
        ecdsa_key_free(k->signing_public);
        free(k->evidence);
        free(k->tcti);
        pthread_mutex_destroy(&k->lock);
        free(k);
}

/* ---- evidence ------------------------------------------------------------------------------ */

int key_copy_out(const void *data, size_t data_size, uint8_t *buf, size_t size, size_t *ret_size) {
        *ret_size = data_size;
        if (data_size > size)
                return vmtee_fail(-ENOBUFS, "the buffer has %zu bytes, %zu are needed", size, data_size);
        memcpy(buf, data, data_size);
        return 0;
}

const uint8_t *key_evidence_bytes(const vmtee_key *k, size_t *ret_size) {
        *ret_size = k->evidence_size;
        return k->evidence;
}

const uint8_t *key_evidence_digest(const vmtee_key *k) {
        return k->evidence_digest;
}

int vmtee_key_evidence(vmtee_key *k, uint8_t *buf, size_t size, size_t *ret_size) {
        return key_copy_out(k->evidence, k->evidence_size, buf, size, ret_size);
}
