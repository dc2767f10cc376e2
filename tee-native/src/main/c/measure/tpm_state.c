/* SPDX-License-Identifier: Apache-2.0 */
#include "measure/tpm_state.h"

#include <string.h>

static const uint8_t magic[] = { 0x45, 0x63, 0x78, 0x89 };
static const uint8_t outer[] = { 1, 0, 236 };
static const uint8_t inner[] = { 1, 0, 35 };

enum {
        HASH_SIZE = 20,
        TIME_SIZE = 8,
        /* Where things begin, counted from the end. */
        AT_MAGIC = HASH_SIZE + sizeof(magic),
        AT_CLOCKS = AT_MAGIC + 35,
        AT_INNER = AT_CLOCKS + sizeof(inner),
        AT_OUTER = AT_MAGIC + 236 + sizeof(outer),
        AT_TIME = AT_OUTER + TIME_SIZE,
};

void tpm_state_mask(uint8_t *state, size_t size) {
        uint8_t *end = state + size;

        if (size < AT_TIME || memcmp(end - AT_MAGIC, magic, sizeof(magic)) != 0 ||
            memcmp(end - AT_INNER, inner, sizeof(inner)) != 0 || memcmp(end - AT_OUTER, outer, sizeof(outer)) != 0)
                return;
        memset(end - AT_TIME, 0, TIME_SIZE);
        memset(end - AT_CLOCKS, 0, (size_t)2 * TIME_SIZE);
        memset(end - HASH_SIZE, 0, HASH_SIZE);
}
