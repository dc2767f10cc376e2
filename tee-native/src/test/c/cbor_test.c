/* SPDX-License-Identifier: Apache-2.0 */
/* The encoder against the examples of RFC 8949, appendix A. */
#include "cbor/cbor.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHECK(condition) \
        do { \
                if (!(condition)) { \
                        fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition); \
                        exit(1); \
                } \
        } while (0)

static void check_hex(const struct cbor_writer *w, const char *expected) {
        char hex[256] = "";

        for (size_t i = 0; i < w->offset; i++)
                (void)snprintf(hex + 2 * i, 3, "%02x", w->buf[i]);
        if (strcmp(hex, expected) != 0) {
                fprintf(stderr, "encoded %s, not %s\n", hex, expected);
                exit(1);
        }
}

#define ENCODES(expected, ...) \
        do { \
                uint8_t bytes[64]; \
                struct cbor_writer w = CBOR_WRITER(bytes, sizeof(bytes)); \
                __VA_ARGS__; \
                check_hex(&w, expected); \
        } while (0)

static void integers_take_the_shortest_form(void) {
        ENCODES("00", cbor_uint(&w, 0));
        ENCODES("17", cbor_uint(&w, 23));
        ENCODES("1818", cbor_uint(&w, 24));
        ENCODES("18ff", cbor_uint(&w, 255));
        ENCODES("190100", cbor_uint(&w, 256));
        ENCODES("1903e8", cbor_uint(&w, 1000));
        ENCODES("19ffff", cbor_uint(&w, 65535));
        ENCODES("1a00010000", cbor_uint(&w, 65536));
        ENCODES("1affffffff", cbor_uint(&w, UINT32_MAX));
        ENCODES("1b0000000100000000", cbor_uint(&w, UINT64_C(1) << 32));
        ENCODES("1b000000e8d4a51000", cbor_uint(&w, UINT64_C(1000000000000)));
        ENCODES("1bffffffffffffffff", cbor_uint(&w, UINT64_MAX));
        ENCODES("20", cbor_int(&w, -1));
        ENCODES("3903e7", cbor_int(&w, -1000));
        ENCODES("3a0001116f", cbor_int(&w, -70000));
        ENCODES("3b7fffffffffffffff", cbor_int(&w, INT64_MIN));
        ENCODES("0a", cbor_int(&w, 10));
}

static void the_other_types_are_as_in_the_rfc(void) {
        ENCODES("f4", cbor_bool(&w, false));
        ENCODES("f5", cbor_bool(&w, true));
        ENCODES("40", cbor_bytes(&w, NULL, 0));
        ENCODES("4401020304", cbor_bytes(&w, "\1\2\3\4", 4));
        ENCODES("60", cbor_text(&w, ""));
        ENCODES("6449455446", cbor_text(&w, "IETF"));
        ENCODES("62c3bc", cbor_text(&w, "\xc3\xbc"));
        ENCODES("83010203", cbor_array(&w, 3); cbor_uint(&w, 1); cbor_uint(&w, 2); cbor_uint(&w, 3));
        ENCODES("a201020304", cbor_map(&w, 2); for (unsigned i = 1; i <= 4; i++) cbor_uint(&w, i));
        ENCODES("d24100", cbor_tag(&w, 18); cbor_bytes_head(&w, 1); cbor_raw(&w, "", 1));
}

static void a_full_buffer_is_not_overrun_and_the_size_is_told(void) {
        uint8_t bytes[8];

        for (size_t size = 0; size <= 5; size++) {
                struct cbor_writer w = CBOR_WRITER(bytes, size);
                size_t needed = 0;

                memset(bytes, 0xee, sizeof(bytes));
                cbor_bytes(&w, "\1\2\3\4", 4);
                CHECK(cbor_finish(&w, &needed) == (size < 5 ? -ENOBUFS : 0));
                CHECK(needed == 5);
                for (size_t i = size; i < sizeof(bytes); i++)
                        CHECK(bytes[i] == 0xee);
        }
}

static void a_size_that_overflows_is_an_error(void) {
        struct cbor_writer w = CBOR_WRITER(NULL, 0);
        size_t needed = 7;

        w.offset = SIZE_MAX - 2;
        cbor_text(&w, "IETF");
        CHECK(!cbor_fits(&w));
        CHECK(cbor_finish(&w, &needed) == -EOVERFLOW);
        CHECK(needed == 7);
}

static void text_keys_are_ordered_by_their_encoding(void) {
        CHECK(cbor_compare_text_keys("b", "aa") < 0);
        CHECK(cbor_compare_text_keys("aa", "ab") < 0);
        CHECK(cbor_compare_text_keys("aa", "aa") == 0);
        CHECK(cbor_compare_text_keys("\xc3\xbc", "zz") > 0);
}

static bool valid(const char *text) {
        return cbor_utf8_valid(text, strlen(text));
}

static void only_utf8_is_taken_for_utf8(void) {
        CHECK(valid(""));
        CHECK(valid("pc.ram"));
        CHECK(valid("\xc3\xbc"));
        CHECK(valid("\xe6\xb0\xb4"));
        CHECK(valid("\xf0\x90\x85\x91"));
        CHECK(valid("\xf4\x8f\xbf\xbf"));
        CHECK(!valid("\x80"));
        CHECK(!valid("\xc3"));
        CHECK(!valid("\xc3\x28"));
        CHECK(!valid("\xe6\xb0"));
        CHECK(!valid("\xc0\xaf"));
        CHECK(!valid("\xe0\x80\xaf"));
        CHECK(!valid("\xed\xa0\x80"));
        CHECK(!valid("\xf4\x90\x80\x80"));
        CHECK(!valid("\xf8\x88\x80\x80\x80"));
        CHECK(!valid("\xff"));
}

int main(void) {
        integers_take_the_shortest_form();
        the_other_types_are_as_in_the_rfc();
        a_full_buffer_is_not_overrun_and_the_size_is_told();
        a_size_that_overflows_is_an_error();
        text_keys_are_ordered_by_their_encoding();
        only_utf8_is_taken_for_utf8();
        return 0;
}
