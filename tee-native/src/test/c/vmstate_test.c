/* SPDX-License-Identifier: Apache-2.0 */
/* An image with a saved state as it is, cut short, with any byte changed, and with lies in its tables. */
#include "image.h"
#include "testing.h"

static uint8_t *stream;
static size_t stream_size;

static int capture_image(int fd, vmtee_capture **ret) {
        static const struct vmtee_limits small = { .ram_bytes = 64 << 20, .blocks = 16, .tail_bytes = 1 << 20 };
        vmtee_capture *c;

        CHECK_RESULT(vmtee_capture_new(&small, &c), 0);
        const int r = vmtee_capture_vmstate(c, fd, DEADLINE_MILLIS);
        if (r < 0)
                vmtee_capture_free(c);
        else
                *ret = c;
        return r;
}

/* What comes of an image with one number changed. */
static int with(off_t at, size_t size, uint64_t value) {
        const int fd = image_make(stream, stream_size);
        vmtee_capture *c = NULL;

        image_put(fd, at, size, value);
        const int r = capture_image(fd, &c);
        vmtee_capture_free(c);
        close(fd);
        return r;
}

static void an_image_gives_the_state_that_was_saved(void) {
        static const char *const components[] = { "cpu", "cpu/control", "devices", "memory" };
        const int fd = image_make(stream, stream_size);
        vmtee_capture *live = measured_recording();
        vmtee_capture *c;

        CHECK_RESULT(capture_image(fd, &c), 0);
        CHECK_RESULT(vmtee_capture_measure(c, 0), 0);
        CHECK(capture_measurement(c)->mode == MODE_SUSPENDED && capture_measurement(c)->pause_micros == 0);
        for (size_t i = 0; i < 4; i++)
                CHECK(same_component(c, live, components[i]));
        vmtee_capture_free(c);
        vmtee_capture_free(live);
        close(fd);
}

static void truncate_to(off_t size) {
        const int fd = image_make(stream, stream_size);
        const int expected = size < IMAGE_DATA + (off_t)stream_size ? -EPROTO : 0;
        vmtee_capture *c = NULL;

        CHECK(ftruncate(fd, size) == 0);
        const int r = capture_image(fd, &c);
        vmtee_capture_free(c);
        close(fd);
        if (r != expected) {
                fprintf(stderr, "%lld bytes gave %d, not %d (%s)\n", (long long)size, r, expected, vmtee_detail());
                exit(1);
        }
}

/* At every byte where something is; between, where nothing is, here and there. */
static void every_truncation_is_an_error(void) {
        static const struct {
                off_t begin, size, step;
        } parts[] = { { 0, HEADER_SIZE, 1 },
                      { HEADER_SIZE, IMAGE_SNAPSHOTS - HEADER_SIZE, 40009 },
                      { IMAGE_SNAPSHOTS, SNAPSHOT_SIZE, 1 },
                      { IMAGE_SNAPSHOTS + SNAPSHOT_SIZE, IMAGE_CLUSTER - SNAPSHOT_SIZE, 40009 },
                      { IMAGE_L1, 16, 1 },
                      { IMAGE_L1 + 16, IMAGE_CLUSTER - 16, 40009 },
                      { IMAGE_L2, 16, 1 },
                      { IMAGE_L2 + 16, IMAGE_CLUSTER - 16, 40009 } };

        for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++)
                for (off_t n = 0; n <= parts[i].size; n += parts[i].step)
                        truncate_to(parts[i].begin + n);
        for (size_t n = 0; n < stream_size; n += n < 256 ? 1 : 61)
                truncate_to(IMAGE_DATA + (off_t)n);
        truncate_to(IMAGE_DATA + (off_t)stream_size - 1);
        truncate_to(IMAGE_DATA + (off_t)stream_size);
}

static void places_beyond_the_file_are_refused(void) {
        static const uint64_t far[] = { IMAGE_SIZE,       UINT64_C(1) << 40,        UINT64_C(1) << 55,
                                        INT64_MAX - 511,  UINT64_C(1) << 63,        UINT64_MAX - 511,
                                        INT64_MAX - 7,    UINT64_MAX - 7,           UINT64_MAX };

        for (size_t i = 0; i < sizeof(far) / sizeof(*far); i++) {
                CHECK_RESULT(with(FIELD_SNAPSHOTS_OFFSET, 8, far[i]), -EPROTO);
                CHECK_RESULT(with(FIELD_L1_OFFSET, 8, far[i]), -EPROTO);
                CHECK_RESULT(with(FIELD_L1, 8, far[i]), -EPROTO);
                CHECK_RESULT(with(FIELD_L2, 8, far[i]), -EPROTO);
        }
}

/* Such clusters read as zeros, which are no stream. */
static void clusters_without_bytes_of_their_own_are_no_stream(void) {
        CHECK_RESULT(with(FIELD_L1, 8, 0), -EPROTO);
        CHECK_RESULT(with(FIELD_L2, 8, 0), -EPROTO);
        CHECK_RESULT(with(FIELD_L2, 8, ENTRY_COPIED | IMAGE_DATA | 1), -EPROTO);
        CHECK_RESULT(with(FIELD_L2, 8, UINT64_C(1) << 62 | IMAGE_DATA), -EPROTO);
        CHECK(strstr(vmtee_detail(), "compressed"));
}

static void tables_that_point_to_themselves_come_to_an_end(void) {
        CHECK_RESULT(with(FIELD_L1_OFFSET, 8, IMAGE_SNAPSHOTS), -EPROTO);
        CHECK_RESULT(with(FIELD_L1, 8, IMAGE_L1), -EPROTO);
        CHECK_RESULT(with(FIELD_L2, 8, IMAGE_L2), -EPROTO);
        CHECK_RESULT(with(FIELD_SNAPSHOTS_OFFSET, 8, 0), -EPROTO);
}

static void a_state_of_another_size_is_refused(void) {
        const uint64_t table_bytes = UINT64_C(1) << 33; /* what the one L2 table covers */

        CHECK_RESULT(with(FIELD_STATE_SIZE, 8, stream_size), 0);
        CHECK_RESULT(with(FIELD_STATE_SIZE, 8, 0), -EPROTO);
        CHECK_RESULT(with(FIELD_STATE_SIZE, 8, stream_size - 1), -EPROTO);
        CHECK_RESULT(with(FIELD_STATE_SIZE, 8, stream_size + 1), -EPROTO);
        CHECK_RESULT(with(FIELD_STATE_SIZE, 8, IMAGE_CLUSTER + 1), -EPROTO);
        CHECK_RESULT(with(FIELD_STATE_SIZE, 8, table_bytes), -E2BIG);
        CHECK_RESULT(with(FIELD_STATE_SIZE, 8, table_bytes + 1), -EPROTO);
        CHECK_RESULT(with(FIELD_STATE_SIZE, 8, INT64_MAX), -EPROTO);
        CHECK_RESULT(with(FIELD_STATE_SIZE, 8, UINT64_MAX), -EPROTO);
}

static void an_image_holds_one_snapshot_with_tables_of_its_size(void) {
        CHECK_RESULT(with(FIELD_SNAPSHOTS, 4, 0), -EPROTO);
        CHECK_RESULT(with(FIELD_SNAPSHOTS, 4, 2), -EPROTO);
        CHECK_RESULT(with(FIELD_SNAPSHOTS, 4, UINT32_MAX), -EPROTO);
        CHECK_RESULT(with(FIELD_L1_ENTRIES, 4, 0), -EPROTO);
        CHECK_RESULT(with(FIELD_L1_ENTRIES, 4, 1), -EPROTO);
        CHECK_RESULT(with(FIELD_L1_ENTRIES, 4, 8193), -E2BIG);
        CHECK_RESULT(with(FIELD_L1_ENTRIES, 4, UINT32_MAX), -E2BIG);
        CHECK_RESULT(with(FIELD_EXTRA_SIZE, 4, 0), -EPROTO);
        CHECK_RESULT(with(FIELD_EXTRA_SIZE, 4, 7), -EPROTO);
}

static void a_header_that_this_library_did_not_make_is_refused(void) {
        static const struct {
                off_t at;
                size_t size;
                uint64_t value;
        } fields[] = { { 0, 4, 0x514649fa }, { 4, 4, 2 },  { 8, 8, 512 }, { 20, 4, 16 },
                       { 20, 4, 255 },       { 24, 8, 0 }, { 32, 4, 1 },  { 72, 8, 1 } };

        for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++)
                CHECK_RESULT(with(fields[i].at, fields[i].size, fields[i].value), -EPROTO);
}

static void no_changed_byte_does_harm(void) {
        static const struct {
                off_t begin, size;
        } parts[] = { { 0, HEADER_SIZE }, { IMAGE_SNAPSHOTS, SNAPSHOT_SIZE }, { IMAGE_L1, 16 }, { IMAGE_L2, 8 } };
        uint32_t random = 7;

        for (size_t round = 0; round < 4000; round++) {
                const int fd = image_make(stream, stream_size);
                vmtee_capture *c = NULL;

                for (size_t i = 0; i < 1 + round % 3; i++) {
                        random = random * 1664525 + 1013904223;
                        const size_t part = (random >> 8) % 4;
                        const off_t at = parts[part].begin + (off_t)(random >> 16) % parts[part].size;
                        image_put(fd, at, 1, random >> 3);
                }
                if (capture_image(fd, &c) == 0)
                        (void)vmtee_capture_measure(c, 1);
                vmtee_capture_free(c);
                close(fd);
        }
}

int main(void) {
        stream = recorded_stream(&stream_size);
        stream_of_stopped(stream, stream_size);
        an_image_gives_the_state_that_was_saved();
        every_truncation_is_an_error();
        places_beyond_the_file_are_refused();
        clusters_without_bytes_of_their_own_are_no_stream();
        tables_that_point_to_themselves_come_to_an_end();
        a_state_of_another_size_is_refused();
        an_image_holds_one_snapshot_with_tables_of_its_size();
        a_header_that_this_library_did_not_make_is_refused();
        no_changed_byte_does_harm();
        free(stream);
        return 0;
}
