/* SPDX-License-Identifier: Apache-2.0 */
/* Real guests: captured while they run and while they stand still, brought back, and left alone when we die. */
#include <sys/syscall.h>

#include "firmware.h"
#include "stream/head.h"

static char stream_file[32];

static const char *const components[] = { "cpu", "cpu/control", "devices", "memory" };

/* 16-bit code that goes on writing all over a segment. */
static void make_firmware(void) {
        static const uint8_t code[] = { 0xb8, 0x00, 0x20, 0x8e, 0xd8, 0x31, 0xdb, 0x31, 0xc0,
                                        0x40, 0x89, 0x07, 0x83, 0xc3, 0x40, 0xeb, 0xf8 };

        make_firmware_of(code, sizeof(code));
}

static void begin_migration_with(struct guest *g, int fd, const char *capability) {
        char capabilities[256];

        guest_command_with(g, fd, "getfd", "\"fdname\": \"capture\"");
        close(fd);
        (void)snprintf(capabilities, sizeof(capabilities),
                       "\"capabilities\": [{\"capability\": \"return-path\", \"state\": false}, "
                       "{\"capability\": \"background-snapshot\", \"state\": false}, "
                       "{\"capability\": \"%s\", \"state\": true}]",
                       capability);
        guest_command(g, "migrate-set-capabilities", capabilities);
        guest_command(g, "migrate-set-parameters", "\"max-bandwidth\": 1099511627776, \"downtime-limit\": 5");
        guest_command(g, "migrate", "\"uri\": \"fd:capture\"");
}

static void begin_migration(struct guest *g, int fd) {
        begin_migration_with(g, fd, "return-path");
}

static vmtee_capture *capture_background(struct guest *g) {
        vmtee_capture *c;
        int fds[2];

        CHECK_RESULT(vmtee_capture_new(NULL, &c), 0);
        CHECK_RESULT(vmtee_socketpair(fds), 0);
        begin_migration_with(g, fds[1], "background-snapshot");
        CHECK_RESULT(vmtee_capture_background(c, fds[0], DEADLINE_MILLIS), 0);
        close(fds[0]);
        CHECK_RESULT(vmtee_capture_measure(c, 0), 0);
        guest_await(g, "query-migrate", "\"completed\"");
        return c;
}

static vmtee_capture *capture_live(struct guest *g) {
        vmtee_capture *c;
        int fds[2];

        CHECK_RESULT(vmtee_capture_new(NULL, &c), 0);
        CHECK_RESULT(vmtee_socketpair(fds), 0);
        begin_migration(g, fds[1]);
        CHECK_RESULT(vmtee_capture_stream(c, fds[0], DEADLINE_MILLIS), 0);
        close(fds[0]);
        CHECK_RESULT(vmtee_capture_measure(c, 0), 0);
        guest_await(g, "query-status", "\"running\": true");
        guest_await(g, "query-migrate", "\"failed\"");
        return c;
}

/* What vmtee_capture_vmstate() says of the state that QEMU saves. */
static int capture_saved(struct guest *g, vmtee_capture **ret) {
        vmtee_capture *c;
        int fd;

        CHECK_RESULT(vmtee_vmstate_image(&fd), 0);
        guest_command_with(g, fd, "add-fd", "\"fdset-id\": 9");
        guest_command(g, "blockdev-add",
                      "\"driver\": \"qcow2\", \"node-name\": \"state\", \"file\": {\"driver\": \"file\", "
                      "\"filename\": \"/dev/fdset/9\", \"locking\": \"off\"}");
        guest_command(g, "snapshot-save",
                      "\"job-id\": \"save\", \"tag\": \"state\", \"vmstate\": \"state\", \"devices\": [\"state\"]");
        guest_await(g, "query-jobs", "\"concluded\"");
        CHECK(!strstr(g->line, "\"error\""));
        guest_command(g, "job-dismiss", "\"id\": \"save\"");
        guest_command(g, "blockdev-del", "\"node-name\": \"state\"");
        guest_command(g, "remove-fd", "\"fdset-id\": 9");
        CHECK_RESULT(vmtee_capture_new(NULL, &c), 0);
        const int r = vmtee_capture_vmstate(c, fd, DEADLINE_MILLIS);
        close(fd);
        *ret = c;
        return r;
}

static vmtee_capture *capture_stopped(struct guest *g) {
        vmtee_capture *c;

        CHECK_RESULT(capture_saved(g, &c), 0);
        CHECK_RESULT(vmtee_capture_measure(c, 0), 0);
        return c;
}

/* What vmtee_capture_standing() says of the stream that QEMU sends. */
static int capture_sent(struct guest *g, vmtee_capture **ret) {
        vmtee_capture *c;
        int fds[2];

        CHECK_RESULT(vmtee_capture_new(NULL, &c), 0);
        CHECK_RESULT(vmtee_socketpair(fds), 0);
        begin_migration(g, fds[1]);
        const int r = vmtee_capture_standing(c, fds[0], DEADLINE_MILLIS);
        close(fds[0]);
        guest_await(g, "query-migrate", "\"failed\"");
        *ret = c;
        return r;
}

static void check_same(const vmtee_capture *a, const vmtee_capture *b) {
        struct vmtee_page_run run;
        uint64_t total;

        CHECK_RESULT((int)vmtee_capture_diff(a, b, &run, 1, &total), 0);
        for (size_t i = 0; i < 4; i++)
                CHECK(same_component(a, b, components[i]));
}

static void a_captured_guest_runs_on(struct guest *g) {
        vmtee_capture *a = capture_live(g), *b = capture_live(g);
        uint64_t total;

        CHECK(is_mode(a, "live") && claimed_number(a, CLAIM_VCPUS) == 2);
        CHECK(g->resumed > g->stopped);
        printf("guest_test: a live capture stopped the guest for %.1f ms, the module's part of it %.3f ms\n",
               g->resumed - g->stopped, (double)claimed_number(b, CLAIM_PAUSE) / 1000);
        /* Between the two it wrote. */
        CHECK(vmtee_capture_diff(a, b, NULL, 0, &total) == 0 && total > 0);
        CHECK(!same_component(a, b, "memory"));
        CHECK(same_component(a, b, "cpu/control"));
        vmtee_capture_free(a);
        vmtee_capture_free(b);
}

static void a_standing_guest_sends_what_it_would_save_and_stands_on(struct guest *g) {
        const double resumed_before = g->resumed;
        vmtee_capture *sent;

        guest_command(g, "stop", "");
        vmtee_capture *before = capture_stopped(g);
        CHECK_RESULT(capture_sent(g, &sent), 0);
        CHECK_RESULT(vmtee_capture_measure(sent, 0), 0);
        CHECK(is_mode(sent, "suspended") && claimed_number(sent, CLAIM_PAUSE) == 0);
        check_same(before, sent);
        vmtee_capture *after = capture_stopped(g);
        check_same(before, after);
        guest_command(g, "query-status", "");
        CHECK(strstr(g->line, "\"running\": false") && !(g->resumed > resumed_before));
        vmtee_capture_free(before);
        vmtee_capture_free(sent);
        vmtee_capture_free(after);
        guest_command(g, "cont", "");
        vmtee_capture_free(capture_live(g));
}

static void a_running_guest_does_not_pass_for_one_that_stands(struct guest *g) {
        vmtee_capture *c;

        CHECK_RESULT(capture_sent(g, &c), -EBUSY);
        CHECK_RESULT(vmtee_capture_measure(c, 0), -ESTALE);
        vmtee_capture_free(c);
        guest_await(g, "query-status", "\"running\": true");
}

/* snapshot-save stops a running guest for itself, and starts it again. */
static void a_running_guest_does_not_pass_for_a_suspended_one(struct guest *g) {
        vmtee_capture *c;

        CHECK_RESULT(capture_saved(g, &c), -EBUSY);
        CHECK_RESULT(vmtee_capture_measure(c, 0), -ESTALE);
        vmtee_capture_free(c);
        guest_await(g, "query-status", "\"running\": true");
}

static void a_guest_whose_reader_dies_runs_on(struct guest *g) {
        uint8_t some[4096];
        int fds[2];

        CHECK_RESULT(vmtee_socketpair(fds), 0);
        begin_migration(g, fds[1]);
        CHECK(recv(fds[0], some, sizeof(some), 0) > 0);
        close(fds[0]);
        guest_await(g, "query-migrate", "\"failed\"");
        guest_await(g, "query-status", "\"running\": true");
}

static ssize_t read_socket(void *from, void *buf, size_t size) {
        return recv(*(const int *)from, buf, size, 0);
}

/* Reads the stream to the end of its RAM, when the guest stands. */
static void read_ram(int fd) {
        static const struct vmtee_limits limits = { .ram_bytes = 1 << 30, .blocks = 64 };
        struct source s = { .read = read_socket, .from = &fd, .end_error = -EPIPE };
        struct memory memory = { 0 };
        struct head head = { 0 };

        CHECK_RESULT(source_init(&s), 0);
        CHECK_RESULT(head_read(&head, &memory, &limits, false, &s), 0);
        source_free(&s);
        memory_free(&memory);
}

static void a_guest_whose_reader_dies_while_it_stands_runs_on(struct guest *g) {
        const double stopped_before = g->stopped;
        int fds[2];

        CHECK_RESULT(vmtee_socketpair(fds), 0);
        begin_migration(g, fds[1]);
        read_ram(fds[0]);
        close(fds[0]);
        guest_await(g, "query-migrate", "\"failed\"");
        guest_await(g, "query-status", "\"running\": true");
        CHECK(g->stopped > stopped_before && g->resumed > g->stopped);
}

static void a_stopped_guest_is_captured_any_number_of_times(struct guest *g) {
        guest_command(g, "stop", "");
        vmtee_capture *a = capture_stopped(g), *b = capture_stopped(g), *c = capture_stopped(g);

        CHECK(is_mode(a, "suspended") && claimed_number(a, CLAIM_PAUSE) == 0);
        check_same(a, b);
        check_same(a, c);
        guest_command(g, "query-status", "");
        CHECK(strstr(g->line, "\"paused\""));
        vmtee_capture_free(a);
        vmtee_capture_free(b);
        vmtee_capture_free(c);
        guest_command(g, "cont", "");
}

/* Writes the snapshot's stream, without the save header before it, to a file. */
static void write_stream(const vmtee_capture *c) {
        char directory[] = "/tmp/vmtee-test-XXXXXX", image[] = "/tmp/vmtee-image-XXXXXX", command[256];
        static const char xml[] = "<domain/>";
        const int out = mkstemp(image);
        vmtee_store *s;

        (void)strcpy(stream_file, "/tmp/vmtee-stream-XXXXXX");
        CHECK(mkdtemp(directory) && out >= 0 && close(mkstemp(stream_file)) == 0);
        const int fd = open(directory, O_RDONLY | O_DIRECTORY);
        CHECK_RESULT(vmtee_store_open(fd, NULL, &s), 0);
        CHECK_RESULT(vmtee_snapshot_save(s, c, fd, 0, NULL), 0);
        CHECK_RESULT(vmtee_snapshot_restore(s, fd, snapshot_digest(c).bytes, xml, out, DEADLINE_MILLIS, NULL),
                     0);
        vmtee_store_close(s);
        close(fd);
        close(out);
        (void)snprintf(command, sizeof(command), "tail -c +%zu %s > %s && rm -r %s %s", 92 + sizeof(xml) + 1, image,
                       stream_file, image, directory);
        CHECK(system(command) == 0);
}

static void a_restored_guest_is_in_the_captured_state(vmtee_capture *before) {
        char incoming[64];
        const char *incoming_arguments[24];
        size_t n = 0;

        write_stream(before);
        (void)snprintf(incoming, sizeof(incoming), "exec:cat %s", stream_file);
        for (; arguments[n]; n++)
                incoming_arguments[n] = arguments[n];
        incoming_arguments[n++] = "-S";
        incoming_arguments[n++] = "-incoming";
        incoming_arguments[n++] = incoming;
        incoming_arguments[n] = NULL;
        struct guest *restored = guest_start(incoming_arguments);
        guest_await(restored, "query-status", "\"paused\"");
        vmtee_capture *after = capture_stopped(restored);
        check_same(before, after);
        vmtee_capture_free(after);
        guest_command(restored, "cont", "");
        /* From there it goes on like any other. */
        vmtee_capture_free(capture_live(restored));
        guest_end(restored);
        vmtee_capture_free(before);
        CHECK(unlink(stream_file) == 0);
}

int main(void) {
        if (system("command -v qemu-system-x86_64 >/dev/null") != 0) {
                skipped("guest_test", "no qemu-system-x86_64: apt-get install qemu-system-x86");
                return EXIT_SKIPPED;
        }
        make_firmware();
        struct guest *g = guest_start(arguments);

        a_captured_guest_runs_on(g);
        a_running_guest_does_not_pass_for_a_suspended_one(g);
        a_standing_guest_sends_what_it_would_save_and_stands_on(g);
        a_running_guest_does_not_pass_for_one_that_stands(g);
        a_guest_whose_reader_dies_runs_on(g);
        a_guest_whose_reader_dies_while_it_stands_runs_on(g);
        a_stopped_guest_is_captured_any_number_of_times(g);
        a_restored_guest_is_in_the_captured_state(capture_live(g));
        if (geteuid() == 0 && syscall(SYS_userfaultfd, O_CLOEXEC) >= 0)
                a_restored_guest_is_in_the_captured_state(capture_background(g));
        else
                skipped("restore of a background snapshot", "userfaultfd(2) is refused: run as root");
        guest_end(g);
        CHECK(unlink(firmware) == 0);
        return 0;
}
