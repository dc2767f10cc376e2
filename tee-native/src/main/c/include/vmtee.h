/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vmtee: measures the complete state of a virtual machine and signs what it measured.
 *
 * Conventions
 *  - Every function returns 0 (or a count) on success and a negative errno on failure.
 *    -EPROTO    the stream, snapshot or device file is malformed
 *    -E2BIG     a limit of vmtee_limits was exceeded
 *    -ETIMEDOUT the deadline passed
 *    -ECANCELED vmtee_capture_cancel() was called
 *    -EPIPE     the peer closed before the end
 *    -EBUSY     the guest ran while it was captured as suspended, or was paused while it was captured live
 *    -EBADMSG   bytes differ from what was attested
 *    -ENOSPC, -EIO  as the kernel said
 *    -ENOBUFS   the caller's buffer is too small; *ret_size holds what is needed
 *    -EREMOTEIO the TPM answered with an error; the detail holds the TPM2_RC
 *    -ENODEV    no TPM answers; a vmtee_key that is open works again once it does
 *    -ENODATA   the TPM holds no endorsement certificate
 *    -EADDRINUSE the counter's NV index holds something else
 *    -EINVAL    the host's claims break a rule; there is no such counter
 *    -ENOKEY    the store is encrypted, and was opened without a key
 *    -EOPNOTSUPP the capture was opened from a snapshot, and is not signed
 *    -ENOENT, -ERANGE  there is no such RAM block; it has no such page
 *    -ESTALE    calls made in the wrong order
 *  - ret_ parameters are untouched on failure, but for -ENOBUFS.
 *  - vmtee_detail() gives a sentence about this thread's last failure.
 *  - The library never logs, never executes programs, and keeps no global state but that sentence.
 *  - Handles are not thread-safe, but for vmtee_capture_cancel(); vmtee_key is (it locks).
 */
#ifndef VMTEE_H
#define VMTEE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

#define VMTEE_API __attribute__((visibility("default")))
#define VMTEE_VERSION 2u
#define VMTEE_DIGEST_SIZE 32u
#define VMTEE_PAGE_SIZE 4096u
#define VMTEE_UUID_SIZE 16u
#define VMTEE_BLOCK_NAME_MAX 255u
#define VMTEE_PROOF_MAX 65u
#define VMTEE_COUNTER_INDEX 0x0180564du
#define VMTEE_COUNTER_SLOTS 16u
#define VMTEE_COUNTER_ID_SIZE 16u
#define VMTEE_NV_NAME_SIZE 34u

typedef struct vmtee_capture vmtee_capture;
typedef struct vmtee_key vmtee_key;
typedef struct vmtee_store vmtee_store;

struct vmtee_limits {
        uint64_t ram_bytes;    /* sum of all RAM blocks */
        uint32_t blocks;       /* RAM blocks */
        uint32_t tail_bytes;   /* device sections and description */
};

/* A run of differing pages. */
struct vmtee_page_run {
        char block[VMTEE_BLOCK_NAME_MAX + 1];
        uint64_t offset;       /* bytes into the block */
        uint64_t pages;
};

/* A component that the host measured or derived; the report marks it so. */
struct vmtee_host_component {
        const char *name;
        uint8_t digest[VMTEE_DIGEST_SIZE];
        uint64_t size;
};

/* What the host says about a capture. Optional parts are NULL with size 0. */
struct vmtee_host_claims {
        uint8_t vm_uuid[VMTEE_UUID_SIZE];
        const char *vm_name;                 /* UTF-8, 1..255 bytes */
        const char *host_id;                 /* UTF-8, 1..255 bytes */
        const char *trigger;                 /* UTF-8, 1..63 bytes */
        const uint8_t *nonce;                /* 8..64 bytes, RFC 9711 4.1 */
        size_t nonce_size;
        uint64_t pause_micros;               /* STOP to RESUME as the hypervisor's events say */
        uint64_t sequence;                   /* of this VM, from 1 */
        const uint8_t *previous_digest;      /* 32 bytes, digest of this VM's previous report */
        const struct vmtee_host_component *components;
        size_t n_components;                 /* at most 64 */
};

VMTEE_API uint32_t vmtee_version(void);
VMTEE_API const char *vmtee_detail(void);

/* ---- capture ------------------------------------------------------------------------------- */

/* limits may be NULL for the defaults. */
VMTEE_API int vmtee_capture_new(const struct vmtee_limits *limits, vmtee_capture **ret);
VMTEE_API void vmtee_capture_free(vmtee_capture *c);
/*
 * Before anything is read: whose capture it will be. Its room then stays with the process for the next capture of that VM, as
 * long as the kernel has no other use for it, and pages that have not changed until then are compared instead of hashed.
 */
VMTEE_API int vmtee_capture_of_vm(vmtee_capture *c, const uint8_t vm_uuid[VMTEE_UUID_SIZE]);

/* Makes the connected pair of stream sockets: [0] for the module, [1] for QEMU. Close [1] once QEMU has it: the
 * capture ends when nobody holds that end any more. */
VMTEE_API int vmtee_socketpair(int ret_fds[2]);

/*
 * Reads one migration stream from fd to its last byte and, once the trailing description is complete, refuses the
 * switchover over the return path, so that QEMU resumes the guest by itself. Mode "live". A stream that fails is refused
 * likewise, and one that does not come to its end 2 s after the end of the RAM, whatever the deadline, is malformed.
 * Blocks; fd stays the caller's.
 */
VMTEE_API int vmtee_capture_stream(vmtee_capture *c, int fd, uint32_t deadline_millis);
/*
 * For what has to be done while the guest stands: before vmtee_capture_stream(), asks it to wait between the stream's end and
 * the refusal until vmtee_capture_release(), at most so long (0: not at all). Not released in time, it refuses all the same,
 * and returns -ETIMEDOUT. QEMU serves its monitor meanwhile; the guest needs nobody's life to run on.
 */
VMTEE_API int vmtee_capture_hold(vmtee_capture *c, uint32_t millis);
/* Waits on another thread until the guest is held. -ETIMEDOUT, -ECANCELED. */
VMTEE_API int vmtee_capture_await_held(const vmtee_capture *c, uint32_t deadline_millis);
VMTEE_API void vmtee_capture_release(vmtee_capture *c);
/*
 * Reads one migration stream that QEMU makes with the capability background-snapshot: the state of everything but the RAM
 * is of a short pause at its beginning, and so is each page, which comes once, before the guest can write to it. Nothing is
 * refused, QEMU ends by itself. Mode "background". Whoever calls has to drain it: the guest waits for the reader wherever
 * it writes, and if the stream is not read to its end QEMU 7.2 leaves the guest hanging (see vmtee-watchdog).
 */
VMTEE_API int vmtee_capture_background(vmtee_capture *c, int fd, uint32_t deadline_millis);
/*
 * Reads one migration stream of a guest that stands still, as vmtee_capture_stream() does, several times as fast as QEMU
 * writes an image. Mode "suspended". The guest stands on; but QEMU 7.2 takes it for migrated (run state postmigrate) and
 * makes no second stream of it before it was resumed. So it is for a guest that will be resumed, or ended.
 */
VMTEE_API int vmtee_capture_standing(vmtee_capture *c, int fd, uint32_t deadline_millis);
/* May be called from any thread while one of the three blocks. */
VMTEE_API void vmtee_capture_cancel(vmtee_capture *c);

/*
 * Captures a guest that stands still, and leaves it so: QMP snapshot-save writes its complete state (RAM, vCPUs, devices,
 * description) as one stream into an image that holds nothing else, any number of times, without a change of run state.
 *  1. vmtee_vmstate_image() makes an empty image in memory; its descriptor goes to QEMU (add-fd).
 *  2. QMP blockdev-add {driver: qcow2, node-name: N, file: {driver: file, filename: /dev/fdset/ID, locking: off}},
 *     snapshot-save {vmstate: N, devices: [N]}, job-dismiss, blockdev-del, remove-fd.
 *  3. vmtee_capture_vmstate() reads the stream back. Mode "suspended".
 * The descriptors stay the caller's.
 */
VMTEE_API int vmtee_vmstate_image(int *ret_fd);
VMTEE_API int vmtee_capture_vmstate(vmtee_capture *c, int image_fd, uint32_t deadline_millis);

/* Hashes and decodes what was captured, on `threads` threads (0: one per online CPU). */
VMTEE_API int vmtee_capture_measure(vmtee_capture *c, uint32_t threads);

/* The measured claims as in docs/report-format.cddl (`measured-claims`), deterministic CBOR. After measure. */
VMTEE_API int vmtee_capture_claims(const vmtee_capture *c, uint8_t *buf, size_t size, size_t *ret_size);

/* Pages that differ between two measured captures, at most `size` runs; *ret_total counts all differing pages.
 * Returns the number of runs written. */
VMTEE_API int64_t vmtee_capture_diff(const vmtee_capture *a, const vmtee_capture *b, struct vmtee_page_run *buf,
                                     size_t size, uint64_t *ret_total);

/*
 * Copies guest memory as it was captured: `size` bytes of a RAM block from a byte offset on, also across pages. Returns how
 * many were copied, fewer where the block ends, 0 beyond. -ENOENT if there is no such block; -ESTALE before measure;
 * -EOPNOTSUPP for a capture that was opened from a snapshot, which has the pages' hashes alone.
 */
VMTEE_API int64_t vmtee_capture_read(const vmtee_capture *c, const char *block, uint64_t offset, void *buf, size_t size);

/*
 * Proves that a page is part of a measured capture, opened from a snapshot or not. buf[0] becomes the hash of the page's leaf,
 * SHA-256 of a byte 0 and the page; what follows is its audit path (RFC 6962, 2.1.1) to the RAM block's root in the claims, from
 * the leaf's sibling up. Returns how many were written. -ENOENT if there is no such block, -ERANGE if it has no such page.
 */
VMTEE_API int64_t vmtee_capture_proof(const vmtee_capture *c, const char *block, uint64_t page,
                                      uint8_t buf[VMTEE_PROOF_MAX][VMTEE_DIGEST_SIZE]);

/* ---- store --------------------------------------------------------------------------------- */

/*
 * Opens the directory with the pages of one VM's snapshots, each page once however many snapshots have it. Opened with a
 * key, what is written is encrypted with a data key that the key's TPM seals, and that is made where there is none yet; a
 * store that has one gives -ENOKEY without. Nobody else may write to the directory until it is closed.
 */
VMTEE_API int vmtee_store_open(int dirfd, vmtee_key *k, vmtee_store **ret);
VMTEE_API void vmtee_store_close(vmtee_store *s);

/* Gives back the room of pages that none of these snapshots has; they must be all that the VM still has. Fails without
 * having removed anything if one of them cannot be read. With only_count nothing is removed. *ret_bytes, which may be NULL,
 * is what was given back, or how much whole files would give back. */
VMTEE_API int vmtee_store_collect(vmtee_store *s, const int *dirfds, size_t n, int only_count, uint64_t *ret_bytes);

/* ---- snapshot ------------------------------------------------------------------------------ */

/* What keeping a capture cost. */
struct vmtee_saved {
        uint64_t pages;     /* of the snapshot */
        uint64_t new_pages; /* that the store did not have */
        uint64_t bytes;     /* that were added to the store */
};

/* Writes the measured capture: its new pages into the store, compressed on `threads` threads (0: one per online CPU), and
 * what makes it a snapshot into an empty directory. Durable on return (files and directories synced). */
VMTEE_API int vmtee_snapshot_save(vmtee_store *s, const vmtee_capture *c, int dirfd, uint32_t threads,
                                  struct vmtee_saved *ret);

/* Opens a snapshot as a measured capture, after checking that its pages' hashes add up to `digest`, the snapshot digest
 * that a report attests. It has the claims and the hash of every page, to compare with, but not the pages; it cannot be
 * signed, for its files and the digest are the caller's. It needs the store no more. */
VMTEE_API int vmtee_snapshot_open(vmtee_store *s, int dirfd, const uint8_t digest[VMTEE_DIGEST_SIZE], vmtee_capture **ret);

/*
 * Writes a libvirt save image (save header, domain XML, migration stream) to out_fd. Every page is checked against the
 * attested tree before it is written, and the tail is withheld until the whole has been checked: a damaged snapshot
 * leaves a truncated image that libvirt refuses. On -EBADMSG *ret_bad names the first bad page (block "" if the damage
 * is elsewhere).
 */
VMTEE_API int vmtee_snapshot_restore(vmtee_store *s, int dirfd, const uint8_t digest[VMTEE_DIGEST_SIZE],
                                     const char *domain_xml, int out_fd, uint32_t deadline_millis,
                                     struct vmtee_page_run *ret_bad);

/* Reads and checks everything of a snapshot, as a restore would; *ret_bad as there. Pages that were found good once are not
 * read again while the store is open. Bad ones are remembered in the store: nothing new is built upon them, and once the
 * same page is stored again, snapshots that have the bad one are good again. */
VMTEE_API int vmtee_snapshot_verify(vmtee_store *s, int dirfd, const uint8_t digest[VMTEE_DIGEST_SIZE],
                                    struct vmtee_page_run *ret_bad);

/*
 * Writes one RAM block of a snapshot, byte by byte from 0 on, into an empty regular file that is open for writing (-EINVAL for
 * another). Every page is checked against the attested tree before it is written; pages of zeros become holes. On failure the
 * file is left empty. -ENOENT if there is no such block; *ret_bad as for a restore.
 */
VMTEE_API int vmtee_snapshot_ram(vmtee_store *s, int dirfd, const uint8_t digest[VMTEE_DIGEST_SIZE], const char *block,
                                 int out_fd, struct vmtee_page_run *ret_bad);

/* ---- key ----------------------------------------------------------------------------------- */

/* Opens the TPM (tcti as tss2-tctildr takes it, e.g. "swtpm:path=/run/x" or "device:/dev/tpmrm0") and the keys whose
 * blobs lie in state_dir, which are created on first use. */
VMTEE_API int vmtee_key_open(const char *tcti, const char *state_dir, vmtee_key **ret);
VMTEE_API void vmtee_key_close(vmtee_key *k);

/* KeyEvidence, docs/report-format.cddl, deterministic CBOR. Its SHA-256 stands in every report. */
VMTEE_API int vmtee_key_evidence(vmtee_key *k, uint8_t *buf, size_t size, size_t *ret_size);

/* TPM2_ActivateCredential (TPM 2.0 part 3, 12.5) with the attestation key under the endorsement key: credential is
 * TPM2B_ID_OBJECT, secret is TPM2B_ENCRYPTED_SECRET, both marshalled. The answer is at most 64 bytes. */
VMTEE_API int vmtee_key_activate(vmtee_key *k, const uint8_t *credential, size_t credential_size,
                                 const uint8_t *secret, size_t secret_size, uint8_t *buf, size_t size,
                                 size_t *ret_size);

/* ---- counter ------------------------------------------------------------------------------- */

struct vmtee_counter {
        uint64_t value;                        /* never above INT64_MAX */
        uint8_t id[VMTEE_COUNTER_ID_SIZE];
        uint8_t nv_name[VMTEE_NV_NAME_SIZE];
};

/*
 * A counter in the TPM that grows and never shrinks, to notice by it that a database is an older copy; one for each slot, 0 to
 * VMTEE_COUNTER_SLOTS - 1 (-EINVAL otherwise), for databases that share a TPM: NV index VMTEE_COUNTER_INDEX + slot, TPM_NT_COUNTER,
 * 8 bytes, attributes AUTHREAD, AUTHWRITE and NO_DA, an empty authorisation. All of them, 0x0180564D to 0x0180565C, are in the
 * owner's range, 0x01800000 to 0x01BFFFFF (TCG Registry of Reserved TPM 2.0 Handles and Localities). It is defined with the
 * owner's authorisation, which must be empty then, and incremented once, where it is missing; whoever sets an owner password
 * defines it beforehand. What else is at that index is refused, -EADDRINUSE.
 *  - The first value is none that can be foreseen: a TPM begins above all counters it ever had (TPM 2.0 part 3, 31.2), so that an
 *    index that was removed and defined again goes on above what it was.
 *  - nv_name is the index's Name (TPM 2.0 part 1, 16): 00 0B and SHA-256 of its public area, TPMA_NV_WRITTEN set. It tells
 *    the slot, and is the same on every TPM.
 *  - id tells the TPM, too, and stays while the TPM keeps its endorsement seed: the first 16 bytes of SHA-256 over the Name of
 *    the endorsement key (RSA-2048, template L-1) and nv_name.
 *  - A TPM may have room for fewer (TPM_PT_NV_COUNTERS_MAX); -EREMOTEIO then. A slot takes none before it is used.
 *  - Whoever may open the TPM can increment it. Increments by one key (all of vmteed's clients have the same) give a value each;
 *    who counts with another at the same time may be given the same.
 *  - Where the TPM or vmteed was gone for a moment, an increment is made again: it then grew by two. One that failed may have
 *    been made all the same.
 *  - A TPM's NV memory wears out by being written, and some TPMs refuse increments that follow too fast (TPM_RC_NV_RATE,
 *    -EREMOTEIO). Increment seldom.
 */
VMTEE_API int vmtee_counter_read(vmtee_key *k, uint8_t slot, struct vmtee_counter *ret);
VMTEE_API int vmtee_counter_increment(vmtee_key *k, uint8_t slot, struct vmtee_counter *ret);

/* ---- report -------------------------------------------------------------------------------- */

/* The signed report (COSE_Sign1, tagged 18, KeyEvidence in the unprotected header). Only a capture that was
 * read from a hypervisor and measured can be signed: there is no call that signs bytes of the caller's. */
VMTEE_API int vmtee_report_sign(vmtee_key *k, const vmtee_capture *c, const struct vmtee_host_claims *host,
                                uint8_t *buf, size_t size, size_t *ret_size);

#ifdef __cplusplus
}
#endif
#endif
