/* SPDX-License-Identifier: Apache-2.0 */
/* A snapshot comes back as what it was, or is refused with the place of the damage. */
#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "capture/capture.h"
#include "snapshot/manifest.h"
#include "testing.h"

static const char xml[] = "<domain type='qemu'/>";
static const char *const components[] = { "cpu", "cpu/control", "devices", "memory" };

struct place {
        char path[64];
        int fd;
};

static struct place new_directory(void) {
        struct place p = { .path = "/tmp/vmtee-test-XXXXXX" };

        CHECK(mkdtemp(p.path));
        p.fd = open(p.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        CHECK(p.fd >= 0);
        return p;
}

static int count_files(const struct place *p, int remove) {
        DIR *d = opendir(p->path);
        int n = 0;

        CHECK(d);
        for (struct dirent *e; (e = readdir(d)) != NULL;)
                if (e->d_name[0] != '.') {
                        n++;
                        if (remove)
                                CHECK(unlinkat(p->fd, e->d_name, 0) == 0);
                }
        closedir(d);
        return n;
}

static void remove_directory(struct place *p) {
        count_files(p, 1);
        close(p->fd);
        CHECK(rmdir(p->path) == 0);
}

static const uint8_t *digest_of(const vmtee_capture *c) {
        return capture_measurement(c)->snapshot_digest;
}

static void an_opened_snapshot_makes_the_same_claims(const vmtee_capture *c, const struct place *p) {
        uint8_t before[65536], after[65536];
        size_t before_size, after_size;
        vmtee_capture *opened;
        uint64_t total;

        CHECK_RESULT(vmtee_snapshot_open(p->fd, digest_of(c), &opened), 0);
        CHECK_RESULT(vmtee_capture_claims(c, before, sizeof(before), &before_size), 0);
        CHECK_RESULT(vmtee_capture_claims(opened, after, sizeof(after), &after_size), 0);
        CHECK(before_size == after_size && memcmp(before, after, before_size) == 0);
        CHECK(vmtee_capture_diff(c, opened, NULL, 0, &total) == 0 && total == 0);
        CHECK_RESULT(vmtee_snapshot_save(opened, p->fd), -ESTALE);
        vmtee_capture_free(opened);
}

/* There is no key, and it takes none to refuse. */
static void a_background_snapshot_is_one_when_it_is_opened(void) {
        struct place p = new_directory();
        vmtee_capture *c;
        size_t size;
        uint8_t *bytes = recorded_stream(&size);

        CHECK_RESULT(background_bytes(bytes, size, &c), 0);
        CHECK_RESULT(vmtee_capture_measure(c, 0), 0);
        CHECK_RESULT(vmtee_snapshot_save(c, p.fd), 0);
        an_opened_snapshot_makes_the_same_claims(c, &p);
        remove_directory(&p);
        vmtee_capture_free(c);
        free(bytes);
}

static void an_opened_snapshot_is_not_signed(const vmtee_capture *c, const struct place *p) {
        const struct vmtee_host_claims host = { .vm_name = "vm", .host_id = "host", .trigger = "timer", .sequence = 1 };
        uint8_t report[65536];
        size_t size = 7;
        vmtee_capture *opened;

        CHECK_RESULT(vmtee_snapshot_open(p->fd, digest_of(c), &opened), 0);
        CHECK_RESULT(vmtee_report_sign(NULL, opened, &host, report, sizeof(report), &size), -EOPNOTSUPP);
        CHECK(size == 7);
        vmtee_capture_free(opened);
}

static int restore_to(const vmtee_capture *c, const struct place *p, int out, struct vmtee_page_run *bad) {
        return vmtee_snapshot_restore(p->fd, digest_of(c), xml, out, DEADLINE_MILLIS, bad);
}

static void a_restored_stream_is_the_captured_state(const vmtee_capture *c, const struct place *p) {
        static uint8_t image[1 << 20];
        char path[] = "/tmp/vmtee-image-XXXXXX";
        const int out = mkstemp(path);
        const size_t head = 92 + sizeof(xml);
        uint32_t version, length, was_running;

        CHECK(out >= 0 && unlink(path) == 0);
        CHECK_RESULT(restore_to(c, p, out, NULL), 0);
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

static void flip(const struct place *p, const char *name, off_t at) {
        const int fd = openat(p->fd, name, O_RDWR);
        uint8_t byte;

        CHECK(fd >= 0 && pread(fd, &byte, 1, at) == 1);
        byte ^= 1;
        CHECK(pwrite(fd, &byte, 1, at) == 1);
        close(fd);
}

/* A written page, a zero page that is a hole in the file, and the last page of the last block. */
static void a_flipped_page_is_named_and_the_image_stays_unusable(const vmtee_capture *c, const struct place *p) {
        static const struct {
                off_t at;
                const char *block;
                uint64_t offset;
        } flips[] = { { 0x10000, "microvm.ram", 0x10000 },
                      { 0x30123, "microvm.ram", 0x30000 },
                      { 0x100000 + 65535, "pc.bios", 0xf000 } };

        for (size_t i = 0; i < sizeof(flips) / sizeof(*flips); i++) {
                struct vmtee_page_run bad = { .pages = 7 };
                char path[] = "/tmp/vmtee-image-XXXXXX";
                const int out = mkstemp(path);
                struct stat st;

                CHECK(out >= 0 && unlink(path) == 0);
                flip(p, "ram.img", flips[i].at);
                CHECK_RESULT(restore_to(c, p, out, &bad), -EBADMSG);
                CHECK(strcmp(bad.block, flips[i].block) == 0 && bad.offset == flips[i].offset && bad.pages == 1);
                CHECK(fstat(out, &st) == 0 && st.st_size < 25000);
                flip(p, "ram.img", flips[i].at);
                close(out);
        }
}

static void any_other_damage_is_refused(const vmtee_capture *c, const struct place *p) {
        static const char *const files[] = { "manifest.cbor", "leaves.bin", "devices.bin", "description.json" };
        uint8_t other[VMTEE_DIGEST_SIZE];
        vmtee_capture *opened;

        for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
                struct vmtee_page_run bad = { .block = "untouched" };
                struct stat st;

                CHECK(fstatat(p->fd, files[i], &st, 0) == 0);
                for (off_t at = 0; at < st.st_size; at += st.st_size / 7 + 1) {
                        flip(p, files[i], at);
                        CHECK_RESULT(vmtee_snapshot_open(p->fd, digest_of(c), &opened), -EBADMSG);
                        flip(p, files[i], at);
                }
                CHECK(renameat(p->fd, files[i], p->fd, "away") == 0);
                CHECK_RESULT(vmtee_snapshot_open(p->fd, digest_of(c), &opened), -EBADMSG);
                CHECK_RESULT(restore_to(c, p, -1, &bad), -EBADMSG);
                CHECK(bad.block[0] == '\0');
                CHECK(renameat(p->fd, "away", p->fd, files[i]) == 0);
        }
        memcpy(other, digest_of(c), sizeof(other));
        other[31] ^= 1;
        CHECK_RESULT(vmtee_snapshot_open(p->fd, other, &opened), -EBADMSG);
        CHECK_RESULT(vmtee_snapshot_save(c, p->fd), -EEXIST);
}

static void a_reader_that_goes_away_is_an_error_without_a_signal(const vmtee_capture *c, const struct place *p) {
        int fds[2];

        CHECK(pipe(fds) == 0);
        close(fds[0]);
        CHECK_RESULT(restore_to(c, p, fds[1], NULL), -EPIPE);
        close(fds[1]);
        CHECK(pipe(fds) == 0 && fcntl(fds[1], F_SETPIPE_SZ, 4096) > 0);
        CHECK_RESULT(vmtee_snapshot_restore(p->fd, digest_of(c), xml, fds[1], 50, NULL), -ETIMEDOUT);
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
static int open_with_sizes(const vmtee_capture *c, const struct place *p, int64_t sections_more, int64_t json_more) {
        struct memory memory = { 0 };
        struct hasher *h = hasher_new();
        struct manifest m;
        struct node digest;
        uint8_t *bytes;
        size_t size;
        vmtee_capture *opened = NULL;

        CHECK(h != NULL);
        CHECK_RESULT(manifest_decode(c->measured.manifest, c->measured.manifest_size, &capture_limits_max, &m, &memory), 0);
        m.sections_size += (uint64_t)sections_more;
        m.json_size += (uint64_t)json_more;
        CHECK_RESULT(manifest_encode(&m, &memory, &bytes, &size), 0);
        CHECK_RESULT(hash_digest(h, bytes, size, &digest), 0);
        write_file(p, "manifest.cbor", bytes, size);
        const int r = vmtee_snapshot_open(p->fd, digest.hash, &opened);
        write_file(p, "manifest.cbor", c->measured.manifest, c->measured.manifest_size);
        vmtee_capture_free(opened);
        memory_free(&memory);
        hasher_free(h);
        free(bytes);
        return r;
}

static void a_manifest_that_lies_about_sizes_is_refused(const vmtee_capture *c, const struct place *p) {
        static const int64_t lies[] = { -1, 1, 4096, 64 << 20, INT64_MAX };

        CHECK_RESULT(open_with_sizes(c, p, 0, 0), 0);
        for (size_t i = 0; i < sizeof(lies) / sizeof(*lies); i++) {
                CHECK_RESULT(open_with_sizes(c, p, lies[i], 0), -EBADMSG);
                CHECK_RESULT(open_with_sizes(c, p, 0, lies[i]), -EBADMSG);
        }
}

/* In a child, which can be given a small file system of its own. */
static int save_on_small_disk(const vmtee_capture *c, const struct place *p) {
        if (unshare(CLONE_NEWNS) < 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
            mount("none", p->path, "tmpfs", 0, "size=48k") < 0)
                return EXIT_SKIPPED;
        struct place small = *p;
        small.fd = open(p->path, O_RDONLY | O_DIRECTORY);
        const int r = vmtee_snapshot_save(c, small.fd);
        return r == -ENOSPC && count_files(&small, 0) == 0 ? 0 : 1;
}

static void a_full_disk_leaves_nothing(const vmtee_capture *c) {
        struct place p = new_directory();
        const pid_t child = fork();
        int status;

        CHECK(child >= 0);
        if (child == 0)
                _exit(save_on_small_disk(c, &p));
        CHECK(waitpid(child, &status, 0) == child && WIFEXITED(status));
        if (WEXITSTATUS(status) == EXIT_SKIPPED)
                skipped("snapshot_test, a full disk leaves nothing", "no right to mount a small disk");
        else
                CHECK(WEXITSTATUS(status) == 0);
        remove_directory(&p);
}

static void a_file_size_limit_leaves_nothing(const vmtee_capture *c) {
        struct place p = new_directory();
        struct rlimit before, small;

        CHECK(getrlimit(RLIMIT_FSIZE, &before) == 0);
        small = before;
        small.rlim_cur = 16384;
        signal(SIGXFSZ, SIG_IGN);
        CHECK(setrlimit(RLIMIT_FSIZE, &small) == 0);
        const int r = vmtee_snapshot_save(c, p.fd);
        CHECK(setrlimit(RLIMIT_FSIZE, &before) == 0);
        CHECK_RESULT(r, -EFBIG);
        CHECK(count_files(&p, 0) == 0);
        remove_directory(&p);
}

int main(void) {
        vmtee_capture *c = measured_recording();
        struct place p = new_directory();

        CHECK_RESULT(vmtee_snapshot_save(c, p.fd), 0);
        CHECK(count_files(&p, 0) == 5);
        an_opened_snapshot_makes_the_same_claims(c, &p);
        an_opened_snapshot_is_not_signed(c, &p);
        a_background_snapshot_is_one_when_it_is_opened();
        a_restored_stream_is_the_captured_state(c, &p);
        a_flipped_page_is_named_and_the_image_stays_unusable(c, &p);
        any_other_damage_is_refused(c, &p);
        a_manifest_that_lies_about_sizes_is_refused(c, &p);
        a_reader_that_goes_away_is_an_error_without_a_signal(c, &p);
        a_full_disk_leaves_nothing(c);
        a_file_size_limit_leaves_nothing(c);
        a_restored_stream_is_the_captured_state(c, &p);
        remove_directory(&p);
        vmtee_capture_free(c);
        return 0;
}
