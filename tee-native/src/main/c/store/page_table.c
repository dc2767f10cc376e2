/* SPDX-License-Identifier: Apache-2.0 */
#include "store/page_table.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>

#include "util/detail.h"

enum { WORD_BITS = 64, FIRST_BITS = 10 };

int page_table_init(struct page_table *t, size_t n) {
        unsigned bits = FIRST_BITS;
        uint64_t secret[2];

        /* At most half of it is taken. */
        while (((size_t)1 << bits) / 2 < n)
                bits++;
        if (getrandom(secret, sizeof(secret), 0) != (ssize_t)sizeof(secret))
                return vmtee_fail(-EIO, "the system has no random numbers");
        *t = (struct page_table){ .size = (size_t)1 << bits,
                                  .shift = WORD_BITS - bits,
                                  .mask = secret[0],
                                  .factor = secret[1] | 1 };
        void *p = mmap(NULL, t->size * sizeof(*t->entries), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (p == MAP_FAILED)
                return vmtee_fail(-ENOMEM, "no memory for the table of stored pages");
        (void)madvise(p, t->size * sizeof(*t->entries), MADV_HUGEPAGE);
        t->entries = p;
        return 0;
}

void page_table_free(struct page_table *t) {
        if (t->entries)
                munmap(t->entries, t->size * sizeof(*t->entries));
        t->entries = NULL;
}

struct page_entry *page_table_find(const struct page_table *t, const struct node *leaf) {
        uint64_t word;

        memcpy(&word, leaf->hash, sizeof(word));
        /* Multiply-shift hashing (Dietzfelbinger et al. 1997). */
        for (size_t i = ((word ^ t->mask) * t->factor) >> t->shift;; i = (i + 1) & (t->size - 1)) {
                struct page_entry *e = &t->entries[i];

                if (!e->leaf || memcmp(e->leaf, leaf, sizeof(*leaf)) == 0)
                        return e;
        }
}
