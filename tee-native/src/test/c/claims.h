/* SPDX-License-Identifier: Apache-2.0 */
/* What a capture's claims say (docs/report-format.cddl), for tests that see nothing but vmtee.h. */
#ifndef VMTEE_TEST_CLAIMS_H
#define VMTEE_TEST_CLAIMS_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vmtee.h"

enum claim { CLAIM_INSTANT = 1, CLAIM_MODE = 2, CLAIM_PAUSE = 3, CLAIM_COMPONENTS = 4, CLAIM_VCPUS = 5, CLAIM_SNAPSHOT = 8 };

struct claims {
        uint8_t bytes[1 << 16];
        size_t size;
};

/* An item of CBOR; of arrays and maps `data` is the first of theirs. */
struct item {
        unsigned major;
        uint64_t value;
        const uint8_t *data, *end;
};

static inline struct item item_at(const uint8_t *p) {
        struct item item = { .major = *p >> 5, .value = *p & 0x1f };
        const size_t more = item.value < 24 ? 0 : (size_t)1 << (item.value - 24);

        p++;
        if (more > 0)
                item.value = 0;
        for (size_t i = 0; i < more; i++)
                item.value = item.value << 8 | *p++;
        item.data = item.end = p;
        if (item.major == 2 || item.major == 3)
                item.end += item.value;
        for (uint64_t i = 0; (item.major == 4 || item.major == 5) && i < item.value * (item.major - 3); i++)
                item.end = item_at(item.end).end;
        return item;
}

static inline struct claims *claims_of(const vmtee_capture *c) {
        struct claims *claims = malloc(sizeof(*claims));

        if (!claims || vmtee_capture_claims(c, claims->bytes, sizeof(claims->bytes), &claims->size) < 0) {
                fprintf(stderr, "no claims: %s\n", vmtee_detail());
                exit(1);
        }
        return claims;
}

static inline struct item claim(const struct claims *claims, enum claim key) {
        const struct item map = item_at(claims->bytes);
        const uint8_t *p = map.data;

        for (uint64_t i = 0; i < map.value; i++) {
                const struct item k = item_at(p), value = item_at(k.end);

                if (k.value == key)
                        return value;
                p = value.end;
        }
        fprintf(stderr, "no claim %d\n", key);
        exit(1);
}

static inline uint64_t claimed_number(const vmtee_capture *c, enum claim key) {
        struct claims *claims = claims_of(c);
        const uint64_t value = claim(claims, key).value;

        free(claims);
        return value;
}

static inline int is_mode(const vmtee_capture *c, const char *expected) {
        struct claims *claims = claims_of(c);
        const struct item mode = claim(claims, CLAIM_MODE);
        const int r = mode.value == strlen(expected) && memcmp(mode.data, expected, mode.value) == 0;

        free(claims);
        return r;
}

struct digest {
        uint8_t bytes[VMTEE_DIGEST_SIZE];
};

static inline struct digest snapshot_digest(const vmtee_capture *c) {
        struct claims *claims = claims_of(c);
        struct digest digest;

        memcpy(digest.bytes, claim(claims, CLAIM_SNAPSHOT).data, sizeof(digest.bytes));
        free(claims);
        return digest;
}

static inline struct digest component_digest(const vmtee_capture *c, const char *name) {
        struct claims *claims = claims_of(c);
        const struct item list = claim(claims, CLAIM_COMPONENTS);
        const uint8_t *p = list.data;
        struct digest digest;

        for (uint64_t i = 0; i < list.value; i++) {
                const struct item component = item_at(p), text = item_at(component.data);
                const struct item algorithm = item_at(text.end);

                if (text.value == strlen(name) && memcmp(text.data, name, text.value) == 0) {
                        memcpy(digest.bytes, item_at(algorithm.end).data, sizeof(digest.bytes));
                        free(claims);
                        return digest;
                }
                p = component.end;
        }
        fprintf(stderr, "no component %s\n", name);
        exit(1);
}

static inline int same_component(const vmtee_capture *a, const vmtee_capture *b, const char *name) {
        const struct digest left = component_digest(a, name), right = component_digest(b, name);

        return memcmp(&left, &right, sizeof(left)) == 0;
}

#endif
