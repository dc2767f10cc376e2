/* SPDX-License-Identifier: Apache-2.0 */
/* A recorded stream as it is, cut short at every byte, with any byte changed, and with lies in it. */
#include "capture/capture.h"
#include "testing.h"

static void add_line(char *text, size_t size, const char *name, const uint8_t *digest) {
        const size_t used = strlen(text);
        char hex[2 * VMTEE_DIGEST_SIZE + 1];

        to_hex(digest, VMTEE_DIGEST_SIZE, hex);
        CHECK(snprintf(text + used, size - used, "%s %s\n", name, hex) < (int)(size - used));
}

/* The file is what src/test/python/stream_digests.py prints of the recording; `make check` compares the two. */
static void the_recording_has_the_digests_of_an_independent_reader(void) {
        vmtee_capture *c = measured_recording();
        const struct measurement *m = capture_measurement(c);
        char expected[4096] = "", found[4096] = "";
        FILE *f = fopen(TEST_DATA "/microvm.digests", "r");

        CHECK(f && fread(expected, 1, sizeof(expected) - 1, f) > 0);
        fclose(f);
        for (size_t i = 0; i < m->n_blocks; i++) {
                char name[300];

                (void)snprintf(name, sizeof(name), "block %s %llu", m->blocks[i].name,
                               (unsigned long long)m->blocks[i].length);
                add_line(found, sizeof(found), name, m->blocks[i].root);
        }
        for (size_t i = 0; i < m->n_components; i++)
                add_line(found, sizeof(found), m->components[i].name, m->components[i].digest);
        if (strcmp(expected, found) != 0)
                fprintf(stderr, "measured\n%snot\n%s", found, expected);
        CHECK(strcmp(expected, found) == 0);
        vmtee_capture_free(c);
}

static void the_recording_is_of_a_small_running_machine(void) {
        vmtee_capture *c = measured_recording();
        const struct measurement *m = capture_measurement(c);

        CHECK(strcmp(m->machine, "microvm") == 0);
        CHECK(m->mode == MODE_LIVE && m->n_blocks == 2 && m->n_vcpus == 1 && m->n_devices == 10 && m->n_components == 4);
        vmtee_capture_free(c);
}

static const struct measured_register *find_register(const vmtee_capture *c, const char *name) {
        const struct measured_vcpu *v = &capture_measurement(c)->vcpus[0];

        for (size_t i = 0; i < v->n_registers; i++)
                if (strcmp(v->registers[i].name, name) == 0)
                        return &v->registers[i];
        return NULL;
}

static void registers_are_those_the_firmware_left(void) {
        vmtee_capture *c = measured_recording();

        CHECK(is_hex(find_register(c, "RAX")->value, 8, "0000000000002000"));
        CHECK(is_hex(find_register(c, "DS.selector")->value, 4, "00002000"));
        CHECK(is_hex(find_register(c, "CS.base")->value, 8, "00000000000f0000"));
        CHECK(is_hex(find_register(c, "HLT")->value, 4, "00000001"));
        CHECK(is_hex(find_register(c, "CR0")->value, 8, "0000000060000010"));
        CHECK(!find_register(c, "RFLAG"));
        vmtee_capture_free(c);
}

static void the_switchover_is_refused(const uint8_t *bytes, size_t size) {
        static const uint8_t shut[] = { 0, 1, 0, 4, 0, 0, 0, 1 };
        uint8_t answer[8];
        vmtee_capture *c;

        CHECK_RESULT(capture_with(NULL, bytes, size, &c, answer), 0);
        CHECK(memcmp(answer, shut, sizeof(shut)) == 0);
        vmtee_capture_free(c);
}

static void every_truncation_is_an_error(const uint8_t *bytes, size_t size) {
        for (size_t n = 0; n < size; n++) {
                vmtee_capture *c;
                const int r = capture_bytes(bytes, n, &c);

                if (r != -EPIPE && r != -EPROTO) {
                        fprintf(stderr, "%zu bytes of %zu gave %d\n", n, size, r);
                        exit(1);
                }
        }
}

static void a_byte_too_many_is_an_error(const uint8_t *bytes, size_t size) {
        static const char last[] = { '}', '\0', ' ' };
        uint8_t *copy = malloc(size + 1);
        vmtee_capture *c;

        CHECK(copy);
        memcpy(copy, bytes, size);
        for (size_t i = 0; i < sizeof(last); i++) {
                copy[size] = (uint8_t)last[i];
                CHECK_RESULT(capture_bytes(copy, size + 1, &c), -EPIPE);
        }
        free(copy);
}

/* Whatever comes of it, it comes as a result, and a capture that is accepted can be measured. */
static void try_any(const uint8_t *bytes, size_t size) {
        static const struct vmtee_limits small = { .ram_bytes = 64 << 20, .blocks = 16, .tail_bytes = 1 << 20 };
        vmtee_capture *c;

        if (capture_with(&small, bytes, size, &c, NULL) == 0) {
                (void)vmtee_capture_measure(c, 1);
                vmtee_capture_free(c);
        }
}

static void no_changed_byte_does_harm(const uint8_t *bytes, size_t size) {
        uint8_t *copy = malloc(size);
        uint32_t random = 7;

        CHECK(copy);
        for (size_t round = 0; round < 3000; round++) {
                memcpy(copy, bytes, size);
                for (size_t i = 0; i < 1 + round % 4; i++) {
                        random = random * 1664525 + 1013904223;
                        /* Half of them in the description, where lengths are. */
                        const size_t at = round % 2 ? size - 1 - (random >> 8) % 18000 : (random >> 8) % size;
                        copy[at] = (uint8_t)(random >> 3);
                }
                try_any(copy, size);
        }
        free(copy);
}

static size_t find(const uint8_t *bytes, size_t size, size_t from, const void *what, size_t what_size) {
        const uint8_t *p = memmem(bytes + from, size - from, what, what_size);

        return p ? (size_t)(p - bytes) : size;
}

static void a_description_with_a_wrong_size_is_refused(uint8_t *bytes, size_t size) {
        static const char key[] = "\"size\": ";
        size_t tried = 0;

        for (size_t at = find(bytes, size, 0, key, strlen(key)); at < size;
             at = find(bytes, size, at + 1, key, strlen(key))) {
                uint8_t *digit = bytes + at + strlen(key);
                vmtee_capture *c;

                /* The inside of a field that writes itself is only for people; its own size is what counts. */
                while (digit[1] >= '0' && digit[1] <= '9')
                        digit++;
                const uint8_t saved = *digit;
                *digit = saved == '9' ? '8' : (uint8_t)(saved + 1);
                const int r = capture_bytes(bytes, size, &c);
                *digit = saved;
                if (r == 0) {
                        vmtee_capture_free(c);
                        CHECK(memmem(bytes + at - 80, 80, "tmp_", 4) != NULL);
                } else
                        CHECK_RESULT(r, -EPROTO);
                tried++;
        }
        CHECK(tried > 150);
}

static void limits_are_kept(const uint8_t *bytes, size_t size) {
        struct vmtee_limits l = { .ram_bytes = 1048576 + 65536, .blocks = 2, .tail_bytes = 1 << 20 };
        vmtee_capture *c;

        CHECK_RESULT(capture_with(&l, bytes, size, &c, NULL), 0);
        const size_t tail_size = c->tail.size;
        vmtee_capture_free(c);
        l.blocks = 1;
        CHECK_RESULT(capture_with(&l, bytes, size, &c, NULL), -E2BIG);
        l.blocks = 2;
        l.ram_bytes -= 4096;
        CHECK_RESULT(capture_with(&l, bytes, size, &c, NULL), -E2BIG);
        l.ram_bytes = 1048576 + 65536;
        l.tail_bytes = (uint32_t)tail_size;
        CHECK_RESULT(capture_with(&l, bytes, size, &c, NULL), 0);
        vmtee_capture_free(c);
        l.tail_bytes--;
        CHECK_RESULT(capture_with(&l, bytes, size, &c, NULL), -E2BIG);
        l.ram_bytes = UINT64_MAX;
        CHECK_RESULT(vmtee_capture_new(&l, &c), -EINVAL);
}

static void a_machine_that_was_paused_is_not_captured_live(uint8_t *bytes, size_t size) {
        const size_t at = find(bytes, size, 0, "running", 8);
        vmtee_capture *c;

        CHECK(at < size);
        memcpy(bytes + at, "paused\0", 8);
        CHECK_RESULT(capture_bytes(bytes, size, &c), -EBUSY);
        memcpy(bytes + at, "running", 8);
}

static const uint8_t end_of_records[] = { 0, 0, 0, 0, 0, 0, 0, 0x10, 0x7e };

/* The stream with a record for page 3 of microvm.ram put before an end of RAM records. */
static vmtee_capture *with_record(const uint8_t *bytes, size_t size, size_t at, uint8_t flags, const uint8_t *data,
                                  size_t data_size) {
        const uint8_t head[] = { 0, 0, 0, 0, 0, 0, 0x30, flags, 11, 'm', 'i', 'c', 'r',
                                 'o', 'v', 'm', '.', 'r', 'a', 'm' };
        uint8_t *copy = malloc(size + sizeof(head) + data_size);

        CHECK(copy);
        memcpy(copy, bytes, at);
        memcpy(copy + at, head, sizeof(head));
        memcpy(copy + at + sizeof(head), data, data_size);
        memcpy(copy + at + sizeof(head) + data_size, bytes + at, size - at);
        vmtee_capture *c = measured_bytes(copy, size + sizeof(head) + data_size);
        free(copy);
        return c;
}

static void the_last_version_of_a_page_counts(const uint8_t *bytes, size_t size) {
        const size_t first = find(bytes, size, 0, end_of_records, sizeof(end_of_records));
        size_t last = first;
        uint8_t page[VMTEE_PAGE_SIZE];
        vmtee_capture *plain = measured_recording();
        struct vmtee_page_run run;
        uint64_t total = 0;

        for (size_t at = first; at < size; at = find(bytes, size, at + 1, end_of_records, sizeof(end_of_records)))
                last = at;
        memset(page, 0xaa, sizeof(page));
        CHECK(first < last);
        vmtee_capture *before = with_record(bytes, size, first, 0x08, page, sizeof(page));
        CHECK(same_component(plain, before, "memory"));
        vmtee_capture *after = with_record(bytes, size, last, 0x08, page, sizeof(page));
        CHECK(!same_component(plain, after, "memory"));
        CHECK(vmtee_capture_diff(plain, after, &run, 1, &total) == 1 && total == 1);
        CHECK(strcmp(run.block, "microvm.ram") == 0 && run.offset == 0x3000 && run.pages == 1);
        CHECK(vmtee_capture_diff(plain, after, NULL, 0, &total) == 0 && total == 1);
        vmtee_capture_free(plain);
        vmtee_capture_free(before);
        vmtee_capture_free(after);
}

static void a_stream_without_some_page_is_refused(const uint8_t *bytes, size_t size) {
        /* The zero page at 0x5000, in the block that was named before. */
        static const uint8_t record[] = { 0, 0, 0, 0, 0, 0, 0x50, 0x22, 0 };
        uint8_t *copy = malloc(size);
        const size_t at = find(bytes, size, 0, record, sizeof(record));
        vmtee_capture *c;

        CHECK(copy && at < size);
        memcpy(copy, bytes, at);
        memcpy(copy + at, bytes + at + sizeof(record), size - at - sizeof(record));
        CHECK_RESULT(capture_bytes(copy, size - sizeof(record), &c), -EPROTO);
        free(copy);
}

static void a_background_snapshot_says_so_and_is_not_refused(const uint8_t *bytes, size_t size) {
        vmtee_capture *plain = measured_recording(), *c;

        CHECK_RESULT(background_bytes(bytes, size, &c), 0);
        CHECK_RESULT(vmtee_capture_measure(c, 0), 0);
        CHECK(capture_measurement(c)->mode == MODE_BACKGROUND && capture_measurement(c)->pause_micros == 0);
        CHECK(capture_measurement(c)->instant_millis > 0);
        CHECK(same_component(plain, c, "memory") && same_component(plain, c, "cpu"));
        vmtee_capture_free(c);
        vmtee_capture_free(plain);
        CHECK_RESULT(background_bytes(bytes, size - 1, &c), -EPIPE);
}

/* The second would be of a later instant than the rest. */
static void a_page_that_comes_twice_is_no_background_snapshot(const uint8_t *bytes, size_t size) {
        static const uint8_t record[] = { 0, 0, 0, 0, 0, 0, 0x50, 0x22, 0 };
        const size_t at = find(bytes, size, 0, record, sizeof(record));
        uint8_t *copy = malloc(size + sizeof(record));
        vmtee_capture *c;

        CHECK(copy && at < size);
        memcpy(copy, bytes, at);
        memcpy(copy + at, record, sizeof(record));
        memcpy(copy + at + sizeof(record), bytes + at, size - at);
        CHECK_RESULT(background_bytes(copy, size + sizeof(record), &c), -EPROTO);
        CHECK_RESULT(capture_bytes(copy, size + sizeof(record), &c), 0);
        vmtee_capture_free(c);
        free(copy);
}

int main(void) {
        size_t size;
        uint8_t *bytes = recorded_stream(&size);

        the_recording_has_the_digests_of_an_independent_reader();
        the_recording_is_of_a_small_running_machine();
        registers_are_those_the_firmware_left();
        the_switchover_is_refused(bytes, size);
        a_byte_too_many_is_an_error(bytes, size);
        a_description_with_a_wrong_size_is_refused(bytes, size);
        limits_are_kept(bytes, size);
        a_machine_that_was_paused_is_not_captured_live(bytes, size);
        the_last_version_of_a_page_counts(bytes, size);
        a_stream_without_some_page_is_refused(bytes, size);
        a_background_snapshot_says_so_and_is_not_refused(bytes, size);
        a_page_that_comes_twice_is_no_background_snapshot(bytes, size);
        every_truncation_is_an_error(bytes, size);
        no_changed_byte_does_harm(bytes, size);
        free(bytes);
        return 0;
}
