/* SPDX-License-Identifier: Apache-2.0 */
/* What a capture does when nothing comes, too much time goes by, or the calls are in the wrong order. */
#include <pthread.h>

#include "merkle/merkle.h"
#include "testing.h"

struct scene {
        vmtee_capture *capture;
        int fds[2];
};

static struct scene begin(void) {
        struct scene s;

        CHECK_RESULT(vmtee_capture_new(NULL, &s.capture), 0);
        CHECK_RESULT(vmtee_socketpair(s.fds), 0);
        return s;
}

static void end(struct scene *s) {
        close(s->fds[0]);
        close(s->fds[1]);
        vmtee_capture_free(s->capture);
}

static void a_silent_peer_meets_the_deadline(void) {
        struct scene s = begin();

        CHECK_RESULT(vmtee_capture_stream(s.capture, s.fds[0], 20), -ETIMEDOUT);
        CHECK_RESULT(vmtee_capture_measure(s.capture, 0), -ESTALE);
        end(&s);
}

/* A peer that never closes could still send something else. */
static void a_peer_that_stays_open_meets_the_deadline(void) {
        struct scene s = begin();
        size_t size;
        uint8_t *bytes = recorded_stream(&size);

        CHECK(send(s.fds[1], bytes, size, 0) == (ssize_t)size);
        CHECK_RESULT(vmtee_capture_stream(s.capture, s.fds[0], 300), -ETIMEDOUT);
        free(bytes);
        end(&s);
}

/* Sends the stream's first bytes and then neither goes on nor closes. */
static void stall_after(const uint8_t *bytes, size_t size, uint32_t deadline_millis, int expected) {
        static const uint8_t shut[] = { 0, 1, 0, 4, 0, 0, 0, 1 };
        struct scene s = begin();
        uint8_t answer[sizeof(shut)];

        CHECK(send(s.fds[1], bytes, size, 0) == (ssize_t)size);
        CHECK_RESULT(vmtee_capture_stream(s.capture, s.fds[0], deadline_millis), expected);
        CHECK(recv(s.fds[1], answer, sizeof(answer), MSG_DONTWAIT) == sizeof(answer));
        CHECK(memcmp(answer, shut, sizeof(shut)) == 0);
        CHECK_RESULT(vmtee_capture_measure(s.capture, 0), -ESTALE);
        end(&s);
}

/* Its limit is far below this deadline; it is what the result tells apart. */
static void a_guest_that_stands_does_not_wait_for_the_deadline(void) {
        size_t size;
        uint8_t *bytes = recorded_stream(&size);
        const size_t ram = end_of_ram(bytes, size);

        stall_after(bytes, ram, 600000, -EPROTO);
        stall_after(bytes, size - 1, 600000, -EPROTO);
        stall_after(bytes, size - 1, 50, -ETIMEDOUT);
        stall_after(bytes, ram - 1, 50, -ETIMEDOUT);
        free(bytes);
}

static vmtee_capture *measured_of_vm(const uint8_t vm[VMTEE_UUID_SIZE], const uint8_t *bytes, size_t size) {
        struct scene s = begin();

        CHECK_RESULT(vmtee_capture_of_vm(s.capture, vm), 0);
        CHECK(send(s.fds[1], bytes, size, 0) == (ssize_t)size);
        CHECK(shutdown(s.fds[1], SHUT_WR) == 0);
        CHECK_RESULT(vmtee_capture_stream(s.capture, s.fds[0], DEADLINE_MILLIS), 0);
        CHECK_RESULT(vmtee_capture_measure(s.capture, 0), 0);
        close(s.fds[0]);
        close(s.fds[1]);
        return s.capture;
}

static void a_vms_second_capture_is_like_its_first(void) {
        static const uint8_t vm[VMTEE_UUID_SIZE] = { 7 };
        struct vmtee_page_run run;
        uint64_t differing;
        size_t size;
        uint8_t *bytes = recorded_stream(&size);
        vmtee_capture *first = measured_recording();

        for (int i = 0; i < 3; i++) {
                vmtee_capture *c = measured_of_vm(vm, bytes, size);

                CHECK(vmtee_capture_diff(first, c, &run, 1, &differing) == 0 && differing == 0);
                CHECK_RESULT(vmtee_capture_of_vm(c, vm), -ESTALE);
                vmtee_capture_free(c);
        }
        vmtee_capture_free(first);
        free(bytes);
}

static void memory_is_read_as_it_came_across_pages_and_to_the_blocks_end(void) {
        enum { N = 5, BLOCK = 1 << 20, FROM = VMTEE_PAGE_SIZE - 3, SIZE = 2 * VMTEE_PAGE_SIZE + 7 };
        uint8_t *pages = noise(N), buf[SIZE], *all = malloc(BLOCK + 1);
        vmtee_capture *c = measured_with_pages(pages, N);

        CHECK(all && vmtee_capture_read(c, "microvm.ram", FROM, buf, SIZE) == SIZE);
        CHECK(memcmp(buf, pages + FROM, SIZE) == 0);
        CHECK(vmtee_capture_read(c, "microvm.ram", 0, all, BLOCK + 1) == BLOCK);
        CHECK(memcmp(all, pages, N * VMTEE_PAGE_SIZE) == 0);
        CHECK(vmtee_capture_read(c, "microvm.ram", BLOCK - 5, buf, SIZE) == 5);
        CHECK(memcmp(buf, all + BLOCK - 5, 5) == 0);
        CHECK(vmtee_capture_read(c, "microvm.ram", BLOCK, buf, 1) == 0);
        CHECK(vmtee_capture_read(c, "microvm.ram", UINT64_MAX - 1, buf, 4) == 0);
        CHECK(vmtee_capture_read(c, "microvm.ram", 0, NULL, 0) == 0);
        CHECK_RESULT((int)vmtee_capture_read(c, "", 0, buf, 1), -ENOENT);
        CHECK_RESULT((int)vmtee_capture_read(c, "microvm.ram.and.a.name.that.is.longer.than.any", 0, buf, 1), -ENOENT);
        vmtee_capture_free(c);
        free(pages);
        free(all);
}

static void pages_are_proven_and_no_others(void) {
        enum { N = 5, PAGES = (1 << 20) / VMTEE_PAGE_SIZE };
        uint8_t *pages = noise(N), hashes[VMTEE_PROOF_MAX][VMTEE_DIGEST_SIZE];
        struct hasher *h = hasher_new();
        struct node leaf;
        vmtee_capture *c = measured_with_pages(pages, N);

        /* 256 leaves are a tree of 8 levels. */
        CHECK(h && vmtee_capture_proof(c, "microvm.ram", 3, hashes) == 9);
        CHECK_RESULT(hash_leaf(h, pages + 3 * VMTEE_PAGE_SIZE, VMTEE_PAGE_SIZE, &leaf), 0);
        CHECK(memcmp(hashes[0], leaf.hash, VMTEE_DIGEST_SIZE) == 0);
        CHECK_RESULT((int)vmtee_capture_proof(c, "microvm.ram", PAGES, hashes), -ERANGE);
        CHECK_RESULT((int)vmtee_capture_proof(c, "microvm.ram", UINT64_MAX, hashes), -ERANGE);
        CHECK_RESULT((int)vmtee_capture_proof(c, "ram", 0, hashes), -ENOENT);
        hasher_free(h);
        vmtee_capture_free(c);
        free(pages);
}

/* An earlier capture's bytes lie in the room of a page that came as zeros. */
static void a_page_of_zeros_reads_as_zeros_whatever_was_there_before(void) {
        static const uint8_t vm[VMTEE_UUID_SIZE] = { 8 }, zeros[VMTEE_PAGE_SIZE];
        size_t size;
        uint8_t *bytes = recorded_stream(&size), page[VMTEE_PAGE_SIZE];
        const size_t begin = end_of_ram(bytes, size) - 8 - 1 - 4;
        uint8_t *noisy = malloc(size + VMTEE_PAGE_SIZE + 64), *pages = noise(1);

        CHECK(noisy);
        memcpy(noisy, bytes, begin);
        uint8_t *end = put_page(noisy + begin, 200, pages);
        memcpy(end, bytes + begin, size - begin);
        for (int round = 0; round < 2; round++) {
                vmtee_capture *c = measured_of_vm(vm, noisy, (size_t)(end - noisy) + size - begin);
                CHECK(vmtee_capture_read(c, "microvm.ram", 200 * VMTEE_PAGE_SIZE, page, sizeof(page)) == sizeof(page));
                CHECK(memcmp(page, pages, sizeof(page)) == 0);
                vmtee_capture_free(c);
                c = measured_of_vm(vm, bytes, size);
                CHECK(vmtee_capture_read(c, "microvm.ram", 200 * VMTEE_PAGE_SIZE, page, sizeof(page)) == sizeof(page));
                CHECK(memcmp(page, zeros, sizeof(page)) == 0);
                vmtee_capture_free(c);
        }
        free(bytes);
        free(noisy);
        free(pages);
}

static void *release_once_held(void *capture) {
        CHECK_RESULT(vmtee_capture_await_held(capture, DEADLINE_MILLIS), 0);
        vmtee_capture_release(capture);
        return NULL;
}

static void *shut_after_the_refusal(void *fd) {
        uint8_t answer[8];

        CHECK(recv(*(int *)fd, answer, sizeof(answer), MSG_WAITALL) == sizeof(answer));
        shutdown(*(int *)fd, SHUT_RDWR);
        return NULL;
}

static void a_guest_is_held_until_it_is_released(void) {
        struct scene s = begin();
        pthread_t hypervisor, switcher;
        size_t size;
        uint8_t *bytes = recorded_stream(&size);

        CHECK_RESULT(vmtee_capture_hold(s.capture, DEADLINE_MILLIS), 0);
        CHECK(send(s.fds[1], bytes, size, 0) == (ssize_t)size);
        CHECK(pthread_create(&hypervisor, NULL, shut_after_the_refusal, &s.fds[1]) == 0);
        CHECK(pthread_create(&switcher, NULL, release_once_held, s.capture) == 0);
        CHECK_RESULT(vmtee_capture_stream(s.capture, s.fds[0], DEADLINE_MILLIS), 0);
        pthread_join(hypervisor, NULL);
        pthread_join(switcher, NULL);
        CHECK_RESULT(vmtee_capture_measure(s.capture, 0), 0);
        CHECK_RESULT(vmtee_capture_hold(s.capture, 1), -ESTALE);
        free(bytes);
        end(&s);
}

static void a_guest_that_nobody_releases_is_let_go(void) {
        struct scene s = begin();
        uint8_t answer[8];
        size_t size;
        uint8_t *bytes = recorded_stream(&size);

        CHECK_RESULT(vmtee_capture_hold(s.capture, 50), 0);
        CHECK_RESULT(vmtee_capture_await_held(s.capture, 1), -ETIMEDOUT);
        CHECK(send(s.fds[1], bytes, size, 0) == (ssize_t)size);
        CHECK_RESULT(vmtee_capture_stream(s.capture, s.fds[0], DEADLINE_MILLIS), -ETIMEDOUT);
        CHECK_RESULT(vmtee_capture_await_held(s.capture, DEADLINE_MILLIS), 0);
        CHECK(recv(s.fds[1], answer, sizeof(answer), MSG_DONTWAIT) == sizeof(answer));
        free(bytes);
        end(&s);
}

static void *cancel(void *capture) {
        vmtee_capture_cancel(capture);
        return NULL;
}

static void another_thread_can_cancel(void) {
        struct scene s = begin();
        pthread_t thread;

        CHECK(pthread_create(&thread, NULL, cancel, s.capture) == 0);
        CHECK_RESULT(vmtee_capture_stream(s.capture, s.fds[0], DEADLINE_MILLIS), -ECANCELED);
        pthread_join(thread, NULL);
        end(&s);
}

static void a_peer_that_closes_early_is_told_apart(void) {
        struct scene s = begin();

        shutdown(s.fds[1], SHUT_RDWR);
        CHECK_RESULT(vmtee_capture_stream(s.capture, s.fds[0], DEADLINE_MILLIS), -EPIPE);
        end(&s);
}

static void *go_on_after_the_refusal(void *fd) {
        uint8_t answer[8];

        CHECK(recv(*(int *)fd, answer, sizeof(answer), MSG_WAITALL) == sizeof(answer));
        CHECK(send(*(int *)fd, "", 1, 0) == 1);
        return NULL;
}

static void a_stream_that_goes_on_after_its_end_is_refused(void) {
        struct scene s = begin();
        pthread_t thread;
        size_t size;
        uint8_t *bytes = recorded_stream(&size);

        CHECK(send(s.fds[1], bytes, size, 0) == (ssize_t)size);
        CHECK(pthread_create(&thread, NULL, go_on_after_the_refusal, &s.fds[1]) == 0);
        CHECK_RESULT(vmtee_capture_stream(s.capture, s.fds[0], DEADLINE_MILLIS), -EPROTO);
        pthread_join(thread, NULL);
        free(bytes);
        end(&s);
}

static void calls_in_the_wrong_order_are_refused(void) {
        uint8_t hashes[VMTEE_PROOF_MAX][VMTEE_DIGEST_SIZE];
        struct scene s = begin();
        uint64_t total;
        size_t size;
        vmtee_capture *c = measured_recording();

        CHECK_RESULT(vmtee_capture_measure(s.capture, 0), -ESTALE);
        CHECK_RESULT(vmtee_capture_claims(s.capture, NULL, 0, &size), -ESTALE);
        CHECK_RESULT((int)vmtee_capture_read(s.capture, "microvm.ram", 0, &size, 1), -ESTALE);
        CHECK_RESULT((int)vmtee_capture_proof(s.capture, "microvm.ram", 0, hashes), -ESTALE);
        CHECK_RESULT((int)vmtee_capture_diff(s.capture, c, NULL, 0, &total), -ESTALE);
        CHECK_RESULT((int)vmtee_capture_diff(c, s.capture, NULL, 0, &total), -ESTALE);
#ifndef OVER_SOCKET /* neither of the two can be sent */
        CHECK_RESULT(vmtee_snapshot_save(NULL, s.capture, -1, 0, NULL), -ESTALE);
#endif
        CHECK_RESULT(vmtee_capture_stream(c, s.fds[0], DEADLINE_MILLIS), -ESTALE);
        CHECK_RESULT(vmtee_capture_measure(c, 0), 0);
        vmtee_capture_free(c);
        end(&s);
}

static void an_image_that_nothing_was_saved_to_is_refused(void) {
        struct scene s = begin();
        int fd;

        CHECK_RESULT(vmtee_vmstate_image(&fd), 0);
        CHECK_RESULT(vmtee_capture_vmstate(s.capture, fd, DEADLINE_MILLIS), -EPROTO);
        close(fd);
        end(&s);
}

int main(void) {
        a_vms_second_capture_is_like_its_first();
        memory_is_read_as_it_came_across_pages_and_to_the_blocks_end();
        pages_are_proven_and_no_others();
        a_page_of_zeros_reads_as_zeros_whatever_was_there_before();
        a_silent_peer_meets_the_deadline();
        a_peer_that_stays_open_meets_the_deadline();
        a_guest_that_stands_does_not_wait_for_the_deadline();
        a_guest_is_held_until_it_is_released();
        a_guest_that_nobody_releases_is_let_go();
        another_thread_can_cancel();
        a_peer_that_closes_early_is_told_apart();
        a_stream_that_goes_on_after_its_end_is_refused();
        calls_in_the_wrong_order_are_refused();
        an_image_that_nothing_was_saved_to_is_refused();
        return 0;
}
