/* SPDX-License-Identifier: Apache-2.0 */
#include "stream/json.h"

#include <errno.h>

#include "util/detail.h"

int json_fail(const struct json *j, const char *what) {
        return vmtee_fail(-EPROTO, "the stream's description is malformed at byte %zu: %s", j->offset, what);
}

static void skip_space(struct json *j) {
        while (j->offset < j->size && (j->text[j->offset] == ' ' || j->text[j->offset] == '\n' ||
                                       j->text[j->offset] == '\r' || j->text[j->offset] == '\t'))
                j->offset++;
}

bool json_accept(struct json *j, char c) {
        skip_space(j);
        if (j->offset >= j->size || j->text[j->offset] != c)
                return false;
        j->offset++;
        return true;
}

int json_expect(struct json *j, char c) {
        const char what[] = { '\'', c, '\'', ' ', 'w', 'a', 'n', 't', 'e', 'd', '\0' };

        return json_accept(j, c) ? 0 : json_fail(j, what);
}

int json_string(struct json *j, struct text *ret) {
        const int r = json_expect(j, '"');

        if (r < 0)
                return r;
        const size_t start = j->offset;
        for (; j->offset < j->size; j->offset++) {
                const unsigned char c = (unsigned char)j->text[j->offset];

                if (c == '"') {
                        *ret = (struct text){ .start = j->text + start, .size = j->offset++ - start };
                        return 0;
                }
                if (c == '\\' || c < ' ')
                        return json_fail(j, "a string with an escape or a control character");
        }
        return json_fail(j, "a string without an end");
}

int json_uint(struct json *j, uint64_t *ret) {
        uint64_t value = 0;

        skip_space(j);
        const size_t start = j->offset;
        for (; j->offset < j->size && j->text[j->offset] >= '0' && j->text[j->offset] <= '9'; j->offset++)
                if (__builtin_mul_overflow(value, 10, &value) ||
                    __builtin_add_overflow(value, (uint64_t)(j->text[j->offset] - '0'), &value))
                        return json_fail(j, "a number too large");
        if (j->offset == start)
                return json_fail(j, "a number wanted");
        *ret = value;
        return 0;
}

static int skip_members(struct json *j, bool named, char close, unsigned depth) {
        struct text name;

        if (json_accept(j, close))
                return 0;
        for (;;) {
                int r = named ? json_string(j, &name) : 0;

                if (r == 0 && named)
                        r = json_expect(j, ':');
                if (r == 0)
                        r = json_skip(j, depth + 1);
                if (r < 0)
                        return r;
                if (json_accept(j, close))
                        return 0;
                r = json_expect(j, ',');
                if (r < 0)
                        return r;
        }
}

/* true, false and null. */
static int skip_word(struct json *j) {
        static const char *const words[] = { "true", "false", "null" };

        for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
                const size_t size = strlen(words[i]);

                if (size <= j->size - j->offset && memcmp(j->text + j->offset, words[i], size) == 0) {
                        j->offset += size;
                        return 0;
                }
        }
        return json_fail(j, "a value wanted");
}

int json_skip(struct json *j, unsigned depth) {
        struct text string;
        uint64_t number;

        if (depth > JSON_DEPTH_MAX)
                return json_fail(j, "too deep");
        if (json_accept(j, '{'))
                return skip_members(j, true, '}', depth);
        if (json_accept(j, '['))
                return skip_members(j, false, ']', depth);
        if (j->offset < j->size && j->text[j->offset] == '"')
                return json_string(j, &string);
        if (json_accept(j, '-') || (j->offset < j->size && j->text[j->offset] >= '0' && j->text[j->offset] <= '9'))
                return json_uint(j, &number);
        return skip_word(j);
}

bool json_at_end(struct json *j) {
        skip_space(j);
        return j->offset == j->size;
}
