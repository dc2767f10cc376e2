/* SPDX-License-Identifier: Apache-2.0 */
/* What of a TPM's volatile state goes by the host's clocks, and what does not. */
#include "measure/tpm_state.h"
#include "testing.h"

enum { SIZE = 300, OUTER = SIZE - 263, INNER = SIZE - 62, MAGIC = SIZE - 24 };

static void make(uint8_t *state) {
        memset(state, 0xAA, SIZE);
        memcpy(state + OUTER, (const uint8_t[]){ 1, 0, 236 }, 3);
        memcpy(state + INNER, (const uint8_t[]){ 1, 0, 35 }, 3);
        memcpy(state + MAGIC, (const uint8_t[]){ 0x45, 0x63, 0x78, 0x89 }, 4);
}

static void only_clocks_and_hash_are_masked(void) {
        uint8_t before[SIZE], after[SIZE];

        make(before);
        memcpy(after, before, SIZE);
        tpm_state_mask(after, SIZE);
        for (size_t i = 0; i < SIZE; i++) {
                const int clock = (i >= OUTER - 8 && i < OUTER) || (i >= INNER + 3 && i < INNER + 19) || i >= SIZE - 20;

                CHECK(after[i] == (clock ? 0 : before[i]));
        }
}

static void another_form_is_left_as_it_is(void) {
        static const size_t places[] = { OUTER, OUTER + 2, INNER, INNER + 2, MAGIC, MAGIC + 3 };
        uint8_t before[SIZE], after[SIZE];

        for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
                make(before);
                before[places[i]] ^= 1;
                memcpy(after, before, SIZE);
                tpm_state_mask(after, SIZE);
                CHECK(memcmp(after, before, SIZE) == 0);
        }
}

/* Each in memory of its own, so that a sanitizer sees a byte too far. */
static void a_short_one_is_left_as_it_is(void) {
        uint8_t whole[SIZE];

        make(whole);
        for (size_t size = 0; size < 271; size++) {
                uint8_t *state = malloc(size ? size : 1);

                CHECK(state != NULL);
                memcpy(state, whole + SIZE - size, size);
                tpm_state_mask(state, size);
                CHECK(memcmp(state, whole + SIZE - size, size) == 0);
                free(state);
        }
}

int main(void) {
        only_clocks_and_hash_are_masked();
        another_form_is_left_as_it_is();
        a_short_one_is_left_as_it_is();
        return 0;
}
