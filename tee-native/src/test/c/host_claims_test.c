/* SPDX-License-Identifier: Apache-2.0 */
/* What the host may and may not claim. */
#include "report/host_claims.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHECK(condition) \
        do { \
                if (!(condition)) { \
                        fprintf(stderr, "%s:%d: not so: %s (%s)\n", __FILE__, __LINE__, #condition, vmtee_detail()); \
                        exit(1); \
                } \
        } while (0)

static const struct measured_component own[] = { { .name = "cpu" }, { .name = "memory" } };
static const struct measurement measured = { .components = own, .n_components = 2 };
static const uint8_t nonce[65] = { 1 };
static char long_text[257];

static struct vmtee_host_claims good(void) {
        return (struct vmtee_host_claims){
                .vm_name = "vm",
                .host_id = "host",
                .trigger = "timer",
                .nonce = nonce,
                .nonce_size = 8,
                .sequence = 1,
        };
}

/* Checks good claims with one thing changed. */
#define WITH(change, expected) \
        do { \
                struct vmtee_host_claims h = good(); \
                change; \
                CHECK(host_claims_check(&h, &measured) == (expected)); \
        } while (0)

static void texts_have_bounds_and_are_utf8(void) {
        WITH(, 0);
        WITH(h.vm_name = NULL, -EINVAL);
        WITH(h.vm_name = "", -EINVAL);
        WITH(h.vm_name = "\xc3", -EINVAL);
        WITH(h.vm_name = long_text + 1, 0);
        WITH(h.vm_name = long_text, -EINVAL);
        WITH(h.host_id = NULL, -EINVAL);
        WITH(h.host_id = long_text, -EINVAL);
        WITH(h.trigger = long_text + 256 - 63, 0);
        WITH(h.trigger = long_text + 256 - 64, -EINVAL);
}

static void a_nonce_has_8_to_64_bytes_or_is_not_there(void) {
        WITH(h.nonce_size = 64, 0);
        WITH(h.nonce_size = 7, -EINVAL);
        WITH(h.nonce_size = 65, -EINVAL);
        WITH(h.nonce_size = 0, -EINVAL);
        WITH(h.nonce = NULL, -EINVAL);
        WITH(h.nonce = NULL; h.nonce_size = 0, 0);
}

static void sequence_numbers_start_at_1(void) {
        WITH(h.sequence = 0, -EINVAL);
        WITH(h.sequence = UINT64_MAX, 0);
}

#define COMPONENTS(expected, ...) \
        do { \
                const struct vmtee_host_component list[] = { __VA_ARGS__ }; \
                WITH(h.components = list; h.n_components = sizeof(list) / sizeof(list[0]), expected); \
        } while (0)

static void components_are_ordered_and_none_passes_for_measured(void) {
        COMPONENTS(0, { .name = "config" }, { .name = "disk/vda" }, { .name = "disk/vdb" });
        COMPONENTS(-EINVAL, { .name = "disk/vda" }, { .name = "config" });
        COMPONENTS(-EINVAL, { .name = "config" }, { .name = "config" });
        COMPONENTS(-EINVAL, { .name = "memory" });
        COMPONENTS(-EINVAL, { .name = "config" }, { .name = "cpu" });
        COMPONENTS(-EINVAL, { .name = "" });
        COMPONENTS(-EINVAL, { .name = NULL });
        COMPONENTS(-EINVAL, { .name = "\xff" });
        COMPONENTS(-EINVAL, { .name = long_text });
}

static void there_are_at_most_64_components(void) {
        static char names[65][4];
        struct vmtee_host_component list[65] = { 0 };

        for (size_t i = 0; i < 65; i++) {
                (void)snprintf(names[i], sizeof(names[i]), "x%02zu", i);
                list[i].name = names[i];
        }
        WITH(h.components = list; h.n_components = 64, 0);
        WITH(h.components = list; h.n_components = 65, -EINVAL);
        WITH(h.components = list; h.n_components = SIZE_MAX, -EINVAL);
        WITH(h.components = NULL; h.n_components = 1, -EINVAL);
}

int main(void) {
        memset(long_text, 'x', sizeof(long_text) - 1);
        texts_have_bounds_and_are_utf8();
        a_nonce_has_8_to_64_bytes_or_is_not_there();
        sequence_numbers_start_at_1();
        components_are_ordered_and_none_passes_for_measured();
        there_are_at_most_64_components();
        return 0;
}
