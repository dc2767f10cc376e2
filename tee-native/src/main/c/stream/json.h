/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads the JSON (RFC 8259) of a stream's description, token by token and in place. Narrower than JSON where QEMU is:
 * strings without escapes, integers of at most 64 bits, at most JSON_DEPTH_MAX levels. Everything else is -EPROTO.
 */
#ifndef VMTEE_JSON_H
#define VMTEE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/text.h"

enum { JSON_DEPTH_MAX = 64 };

struct json {
        const char *text;
        size_t size;
        size_t offset;
};

/* Takes `c` (after white space) if it comes next. */
bool json_accept(struct json *j, char c);
/* Takes `c`, or fails. */
int json_expect(struct json *j, char c);
int json_string(struct json *j, struct text *ret);
int json_uint(struct json *j, uint64_t *ret);
/* Skips any one value. */
int json_skip(struct json *j, unsigned depth);
/* Whether nothing but white space is left. */
bool json_at_end(struct json *j);
int json_fail(const struct json *j, const char *what);

#endif
