/* SPDX-License-Identifier: Apache-2.0 */
/* A snapshot comes back as what it was, or is refused with the place of the damage. */
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "capture/capture.h"
#include "kept.h"
#include "util/files.h"
#include "snapshot/manifest.h"
#include "snapshot/sink.h"

static const char xml[] = "<domain type='qemu'/>";
static const char *const components[] = { "cpu", "cpu/control", "devices", "memory" };

static void an_opened_snapshot_makes_the_same_claims(const vmtee_capture *c, const struct kept *k) {
        uint8_t before[65536], after[65536];
        size_t before_size, after_size;
        vmtee_capture *opened;
        uint64_t total;

        CHECK_RESULT(open_kept(k, digest_of(c), &opened), 0);
        CHECK_RESULT(vmtee_capture_claims(c, before, sizeof(before), &before_size), 0);
        CHECK_RESULT(vmtee_capture_claims(opened, after, sizeof(after), &after_size), 0);
        CHECK(before_size == after_size && memcmp(before, after, before_size) == 0);
        CHECK(vmtee_capture_diff(c, opened, NULL, 0, &total) == 0 && total == 0);
        CHECK_RESULT(save_to(opened, k), -ESTALE);
        vmtee_capture_free(opened);
}

static void a_background_snapshot_is_one_when_it_is_opened(void) {
        struct kept k = new_kept();
        vmtee_capture *c;
        size_t size;
        uint8_t *bytes = recorded_stream(&size);

        CHECK_RESULT(background_bytes(bytes, size, &c), 0);
        CHECK_RESULT(vmtee_capture_measure(c, 0), 0);
        CHECK_RESULT(save_to(c, &k), 0);
        an_opened_snapshot_makes_the_same_claims(c, &k);
        remove_kept(&k);
        vmtee_capture_free(c);
        free(bytes);
}

#ifndef OVER_SOCKET /* a key that is none cannot be named */
/* There is no key, and it takes none to refuse. */
static void an_opened_snapshot_is_not_signed(const vmtee_capture *c, const struct kept *k) {
        const struct vmtee_host_claims host = { .vm_name = "vm", .host_id = "host", .trigger = "timer", .sequence = 1 };
        uint8_t report[65536];
        size_t size = 7;
        vmtee_capture *opened;

        CHECK_RESULT(open_kept(k, digest_of(c), &opened), 0);
        CHECK_RESULT(vmtee_report_sign(NULL, opened, &host, report, sizeof(report), &size), -EOPNOTSUPP);
        CHECK(size == 7);
        vmtee_capture_free(opened);
}
#endif

static int restore_to(const vmtee_capture *c, const struct kept *k, int out, struct vmtee_page_run *bad) {
        vmtee_store *s = opened(k);
        const int r = vmtee_snapshot_restore(s, k->files.fd, digest_of(c), xml, out, DEADLINE_MILLIS, bad);

        CHECK_RESULT(vmtee_snapshot_verify(s, k->files.fd, digest_of(c), NULL), r == -EBADMSG ? -EBADMSG : 0);
        vmtee_store_close(s);
        return r;
}

static void a_restored_stream_is_the_captured_state(const vmtee_capture *c, const struct kept *k) {
        static uint8_t image[1 << 20];
        char path[] = "/tmp/vmtee-image-XXXXXX";
        const int out = mkstemp(path);
        const size_t head = 92 + sizeof(xml);
        uint32_t version, length, was_running;

        CHECK(out >= 0 && unlink(path) == 0);
        CHECK_RESULT(restore_to(c, k, out, NULL), 0);
        const ssize_t size = pread(out, image, sizeof(image), 0);
        CHECK(size > (ssize_t)head && memcmp(image, "LibvirtQemudSave", 16) == 0);
        memcpy(&version, image + 16, 4);
        memcpy(&length, image + 20, 4);
        memcpy(&was_running, image + 24, 4);
        CHECK(version == 2 && length == sizeof(xml) && was_running == 0);
        CHECK(memcmp(image + 92, xml, sizeof(xml)) == 0);
        vmtee_capture *again = measured_bytes(image + head, (size_t)size - head);
        for (size_t i = 0; i < 4; i++)
                CHECK(same_component(c, again, components[i]));
        vmtee_capture_free(again);
        close(out);
}

/* The pages are random ones (see main): they lie uncompressed in the order of the memory behind the pack's header. */
static void a_flipped_page_is_named_and_the_image_stays_unusable(const vmtee_capture *c, const struct kept *k) {
        static const uint64_t pages[] = { 0, 17, RANDOM_PAGES - 1 };

        for (size_t i = 0; i < sizeof(pages) / sizeof(*pages); i++) {
                const off_t at = (off_t)(PACK_HEADER_SIZE + pages[i] * VMTEE_PAGE_SIZE + 123);
                struct vmtee_page_run bad = { .pages = 7 };
                char path[] = "/tmp/vmtee-image-XXXXXX";
                const int out = mkstemp(path);
                struct stat st;

                CHECK(out >= 0 && unlink(path) == 0);
                flip(&k->packs, "00000001.pack", at);
                CHECK_RESULT(restore_to(c, k, out, &bad), -EBADMSG);
                CHECK(strcmp(bad.block, "microvm.ram") == 0 && bad.offset == pages[i] * VMTEE_PAGE_SIZE && bad.pages == 1);
                CHECK(fstat(out, &st) == 0 && st.st_size == 0);
                flip(&k->packs, "00000001.pack", at);
                close(out);
        }
}

static void is_refused(const vmtee_capture *c, const struct kept *k) {
        struct vmtee_page_run bad = { .block = "untouched" };
        const int nowhere = open("/dev/null", O_WRONLY);
        vmtee_capture *opened;

        if (open_kept(k, digest_of(c), &opened) == 0) {
                /* Damage of pages is found where they are read. */
                vmtee_capture_free(opened);
                CHECK_RESULT(restore_to(c, k, nowhere, &bad), -EBADMSG);
                CHECK(strcmp(bad.block, "untouched") != 0);
        }
        close(nowhere);
}

static void any_damage_is_refused(const vmtee_capture *c, const struct kept *k) {
        const struct {
                const struct place *place;
                const char *name;
        } files[] = { { &k->files, "manifest.cbor" }, { &k->files, "pages.map" }, { &k->packs, "00000001.pack" } };

        for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
                const struct place *p = files[i].place;
                const off_t size = file_size(p, files[i].name);

                for (off_t at = 0; at < size; at += size / 61 + 1) {
                        flip(p, files[i].name, at);
                        is_refused(c, k);
                        flip(p, files[i].name, at);
                }
                for (off_t at = size - 1; at > size - 600 && at >= 0; at -= 7) {
                        flip(p, files[i].name, at);
                        is_refused(c, k);
                        flip(p, files[i].name, at);
                }
                CHECK(renameat(p->fd, files[i].name, p->fd, "away") == 0);
                is_refused(c, k);
                CHECK(renameat(p->fd, "away", p->fd, files[i].name) == 0);
        }
}

static void another_digest_is_refused(const vmtee_capture *c, const struct kept *k) {
        uint8_t other[VMTEE_DIGEST_SIZE];
        vmtee_capture *opened;

        memcpy(other, digest_of(c), sizeof(other));
        other[31] ^= 1;
        CHECK_RESULT(open_kept(k, other, &opened), -EBADMSG);
        CHECK_RESULT(save_to(c, k), -EEXIST);
}

/* As large as it is made anyway, and without room for even a small image. */
static void fill_pipe(int fd) {
        static const uint8_t zeros[4096];

        CHECK(fcntl(fd, F_SETPIPE_SZ, SINK_PIECE_SIZE) >= SINK_PIECE_SIZE && fcntl(fd, F_SETFL, O_NONBLOCK) == 0);
        while (write(fd, zeros, sizeof(zeros)) > 0)
                ;
        CHECK(errno == EAGAIN && fcntl(fd, F_SETFL, 0) == 0);
}

static void a_reader_that_goes_away_is_an_error_without_a_signal(const vmtee_capture *c, const struct kept *k) {
        int fds[2];

        CHECK(pipe(fds) == 0);
        close(fds[0]);
        CHECK_RESULT(restore_to(c, k, fds[1], NULL), -EPIPE);
        close(fds[1]);
        CHECK(pipe(fds) == 0);
        fill_pipe(fds[1]);
        vmtee_store *s = opened(k);
        CHECK_RESULT(vmtee_snapshot_restore(s, k->files.fd, digest_of(c), xml, fds[1], 50, NULL), -ETIMEDOUT);
        vmtee_store_close(s);
        CHECK((fcntl(fds[1], F_GETFL) & O_NONBLOCK) == 0);
        close(fds[0]);
        close(fds[1]);
}

static void write_file(const struct place *p, const char *name, const void *data, size_t size) {
        const int fd = openat(p->fd, name, O_WRONLY | O_CREAT | O_TRUNC, 0600);

        CHECK(fd >= 0 && write(fd, data, size) == (ssize_t)size);
        close(fd);
}

/* Puts a manifest with other sizes in the place of the right one, and opens the snapshot under the digest that fits. */
static int open_with_sizes(const struct kept *k, int64_t sections_more, int64_t json_more) {
        static const struct vmtee_limits limits = { .ram_bytes = 1 << 30, .blocks = 16, .tail_bytes = 1 << 20 };
        struct memory memory = { 0 };
        struct hasher *h = hasher_new();
        struct manifest m;
        struct node digest;
        uint8_t *right, *bytes;
        size_t right_size, size;
        vmtee_capture *opened = NULL;

        CHECK(h != NULL);
        CHECK_RESULT(file_read_whole(k->files.fd, "manifest.cbor", MANIFEST_SIZE_MAX, &right, &right_size), 0);
        CHECK_RESULT(manifest_decode(right, right_size, &limits, &m, &memory), 0);
        m.sections_size += (uint64_t)sections_more;
        m.json_size += (uint64_t)json_more;
        CHECK_RESULT(manifest_encode(&m, &memory, &bytes, &size), 0);
        CHECK_RESULT(hash_digest(h, bytes, size, &digest), 0);
        write_file(&k->files, "manifest.cbor", bytes, size);
        const int r = open_kept(k, digest.hash, &opened);
        write_file(&k->files, "manifest.cbor", right, right_size);
        vmtee_capture_free(opened);
        memory_free(&memory);
        hasher_free(h);
        free(bytes);
        free(right);
        return r;
}

static void a_manifest_that_lies_about_sizes_is_refused(const struct kept *k) {
        static const int64_t lies[] = { -1, 1, 4096, 64 << 20, INT64_MAX };

        CHECK_RESULT(open_with_sizes(k, 0, 0), 0);
        for (size_t i = 0; i < sizeof(lies) / sizeof(*lies); i++) {
                CHECK_RESULT(open_with_sizes(k, lies[i], 0), -EBADMSG);
                CHECK_RESULT(open_with_sizes(k, 0, lies[i]), -EBADMSG);
        }
}

/* In a child, which can be given a small file system of its own. */
static int save_on_small_disk(const vmtee_capture *c, const struct kept *k) {
        struct kept small = *k;

        if (unshare(CLONE_NEWNS) < 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
            mount("none", k->packs.path, "tmpfs", 0, "size=48k") < 0)
                return EXIT_SKIPPED;
        small.packs.fd = open(k->packs.path, O_RDONLY | O_DIRECTORY);
        const int r = save_to(c, &small);
        return r == -ENOSPC && count_files(&small.packs, 0) == 0 && count_files(&small.files, 0) == 0 ? 0 : 1;
}

static void a_full_disk_leaves_nothing(const vmtee_capture *c) {
        struct kept k = new_kept();
        const pid_t child = fork();
        int status;

        CHECK(child >= 0);
        if (child == 0)
                _exit(save_on_small_disk(c, &k));
        CHECK(waitpid(child, &status, 0) == child && WIFEXITED(status));
        if (WEXITSTATUS(status) == EXIT_SKIPPED)
                skipped("snapshot_test, a full disk leaves nothing", "no right to mount a small disk");
        else
                CHECK(WEXITSTATUS(status) == 0);
        remove_kept(&k);
}

#ifndef OVER_SOCKET /* the limit is of this process */
static void a_file_size_limit_leaves_nothing(const vmtee_capture *c) {
        struct kept k = new_kept();
        struct rlimit before, small;

        CHECK(getrlimit(RLIMIT_FSIZE, &before) == 0);
        small = before;
        small.rlim_cur = 16384;
        signal(SIGXFSZ, SIG_IGN);
        CHECK(setrlimit(RLIMIT_FSIZE, &small) == 0);
        const int r = save_to(c, &k);
        CHECK(setrlimit(RLIMIT_FSIZE, &before) == 0);
        CHECK_RESULT(r, -EFBIG);
        CHECK(strstr(vmtee_detail(), "File too large") != NULL);
        CHECK(count_files(&k.packs, 0) == 0 && count_files(&k.files, 0) == 0);
        remove_kept(&k);
}
#endif

int main(void) {
        vmtee_capture *c = measured_with_random_pages(RANDOM_PAGES);
        struct kept k = new_kept();

        CHECK_RESULT(save_to(c, &k), 0);
        CHECK(count_files(&k.packs, 0) == 1 && count_files(&k.files, 0) == 2);
        an_opened_snapshot_makes_the_same_claims(c, &k);
#ifndef OVER_SOCKET
        an_opened_snapshot_is_not_signed(c, &k);
#endif
        a_background_snapshot_is_one_when_it_is_opened();
        a_restored_stream_is_the_captured_state(c, &k);
        a_flipped_page_is_named_and_the_image_stays_unusable(c, &k);
        any_damage_is_refused(c, &k);
        another_digest_is_refused(c, &k);
        a_manifest_that_lies_about_sizes_is_refused(&k);
        a_reader_that_goes_away_is_an_error_without_a_signal(c, &k);
        a_full_disk_leaves_nothing(c);
#ifndef OVER_SOCKET
        a_file_size_limit_leaves_nothing(c);
#endif
        a_restored_stream_is_the_captured_state(c, &k);
        remove_kept(&k);
        vmtee_capture_free(c);
        return 0;
}
