/* SPDX-License-Identifier: Apache-2.0 */
/* Trees against the test vectors that Certificate Transparency logs share, and threads against each other. */
#include "merkle/merkle.h"

#include "memory/memory.h"
#include "hashes.h"
#include "testing.h"

static const struct {
        const char *bytes;
        size_t size;
} inputs[] = {
        { "", 0 },
        { "\x00", 1 },
        { "\x10", 1 },
        { "\x20\x21", 2 },
        { "\x30\x31", 2 },
        { "\x40\x41\x42\x43", 4 },
        { "\x50\x51\x52\x53\x54\x55\x56\x57", 8 },
        { "\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f", 16 },
};

static const char *const roots[] = {
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
};

static void roots_are_those_of_the_known_trees(struct hasher *h) {
        struct node nodes[8], root;

        for (size_t n = 0; n <= 8; n++) {
                for (size_t i = 0; i < n; i++)
                        CHECK_RESULT(hash_leaf(h, inputs[i].bytes, inputs[i].size, &nodes[i]), 0);
                CHECK_RESULT(hash_fold(h, nodes, n, &root), 0);
                CHECK(is_hex(root.hash, sizeof(root.hash), roots[n]));
        }
}

static void a_page_of_zeros_has_the_hash_of_any_page(struct hasher *h) {
        uint8_t page[VMTEE_PAGE_SIZE] = { 0 };
        struct node quick, slow;

        CHECK_RESULT(hash_page(h, page, &quick), 0);
        CHECK_RESULT(hash_leaf(h, page, sizeof(page), &slow), 0);
        CHECK(memcmp(&quick, &slow, sizeof(quick)) == 0);
        for (size_t i = 0; i < sizeof(page); i++) {
                CHECK(page_is_zero(page));
                page[i] = 0x80;
                CHECK(!page_is_zero(page));
                page[i] = 0;
        }
}

/* By the definition of RFC 6962, 2.1: split at the largest power of two below n. */
static void root_by_definition(struct hasher *h, const struct node *leaves, size_t n, struct node *ret) {
        struct node left, right;
        size_t k = 1;

        if (n == 1) {
                *ret = leaves[0];
                return;
        }
        while (2 * k < n)
                k *= 2;
        root_by_definition(h, leaves, k, &left);
        root_by_definition(h, leaves + k, n - k, &right);
        CHECK_RESULT(hash_pair(h, &left, &right, ret), 0);
}

static const struct vmtee_limits limits = { .ram_bytes = 1 << 30, .blocks = 8, .tail_bytes = 1 };

/* Blocks of many sizes around the piece that one job hashes, with zero pages of both kinds, written and never seen. */
static struct memory filled_memory(void) {
        static const size_t pages[] = { 1, 2, 3, 4095, 4096, 4097, 9001 };
        struct memory m = { 0 };
        char name[] = "a";
        uint32_t random = 1;

        for (size_t i = 0; i < sizeof(pages) / sizeof(*pages); i++, name[0]++) {
                CHECK_RESULT(memory_add(&m, &limits, name, 1, pages[i] * VMTEE_PAGE_SIZE), 0);
                struct block *b = &m.blocks[i];

                CHECK_RESULT(block_map(&m, b), 0);
                for (size_t page = 0; page < pages[i]; page++) {
                        random = random * 1664525 + 1013904223;
                        if (random >> 30 == 0)
                                continue;
                        bit_set(b->written, page);
                        if (random >> 30 != 1)
                                memcpy(b->pages + page * VMTEE_PAGE_SIZE + (random >> 12) % 4000, &random, 4);
                }
        }
        return m;
}

static void any_number_of_threads_gives_the_root_by_definition(struct hasher *h) {
        struct memory m = filled_memory();
        static const uint32_t threads[] = { 1, 2, 7, 0 };

        for (size_t t = 0; t < sizeof(threads) / sizeof(*threads); t++) {
                forget_hashes(&m);
                CHECK_RESULT(memory_measure(&m, threads[t]), 0);
                for (size_t i = 0; i < m.n_blocks; i++) {
                        struct block *b = &m.blocks[i];
                        struct node expected;

                        for (size_t page = 0; page < block_pages(b); page += 97) {
                                CHECK_RESULT(hash_leaf(h, b->pages + page * VMTEE_PAGE_SIZE, VMTEE_PAGE_SIZE, &expected),
                                             0);
                                CHECK(memcmp(&expected, &b->leaves[page], sizeof(expected)) == 0);
                        }
                        root_by_definition(h, b->leaves, block_pages(b), &expected);
                        CHECK(memcmp(&expected, &b->root, sizeof(expected)) == 0);
                }
        }
        memory_free(&m);
}

/* RFC 9162, 2.1.3.2, in the words of RFC 6962: who stands left of whom. */
static void root_by_path(struct hasher *h, size_t index, size_t n, const struct node *path, size_t length, struct node *hash) {
        size_t at = 0;

        for (; n > 1; n = n / 2 + n % 2, index /= 2) {
                if ((index ^ 1) >= n)
                        continue;
                CHECK(at < length);
                CHECK_RESULT(index % 2 == 0 ? hash_pair(h, hash, &path[at], hash) : hash_pair(h, &path[at], hash, hash), 0);
                at++;
        }
        CHECK(at == length);
}

static void the_path_of_each_page_leads_to_its_blocks_root(struct hasher *h) {
        struct memory m = filled_memory();

        CHECK_RESULT(memory_measure(&m, 1), 0);
        for (size_t i = 0; i < m.n_blocks; i++) {
                struct block *b = &m.blocks[i];
                const size_t n = block_pages(b), pages[] = { 0, n / 3, n / 2, n - 1, n > 4096 ? 4096 : 0 };

                for (size_t j = 0; j < sizeof(pages) / sizeof(*pages); j++) {
                        struct node path[ZERO_LEVELS], hash = b->leaves[pages[j]];
                        size_t length;

                        CHECK_RESULT(block_path(b, pages[j], path, &length), 0);
                        root_by_path(h, pages[j], n, path, length, &hash);
                        CHECK(memcmp(&hash, &b->root, sizeof(hash)) == 0);
                }
        }
        memory_free(&m);
}

static void blocks_are_refused_that_cannot_be(void) {
        struct memory m = { 0 };

        CHECK_RESULT(memory_add(&m, &limits, "a", 1, 0), -EPROTO);
        CHECK_RESULT(memory_add(&m, &limits, "a", 1, 4095), -EPROTO);
        CHECK_RESULT(memory_add(&m, &limits, "", 0, 4096), -EPROTO);
        CHECK_RESULT(memory_add(&m, &limits, "a\0b", 3, 4096), -EPROTO);
        CHECK_RESULT(memory_add(&m, &limits, "\xff", 1, 4096), -EPROTO);
        CHECK_RESULT(memory_add(&m, &limits, "a", 1, limits.ram_bytes + 4096), -E2BIG);
        CHECK_RESULT(memory_add(&m, &limits, "a", 1, 4096), 0);
        CHECK_RESULT(memory_add(&m, &limits, "a", 1, 4096), -EPROTO);
        CHECK_RESULT(memory_add(&m, &limits, "b", 1, limits.ram_bytes), -E2BIG);
        memory_free(&m);
}

int main(void) {
        struct hasher *h = hasher_new();

        CHECK(h);
        roots_are_those_of_the_known_trees(h);
        a_page_of_zeros_has_the_hash_of_any_page(h);
        any_number_of_threads_gives_the_root_by_definition(h);
        the_path_of_each_page_leads_to_its_blocks_root(h);
        blocks_are_refused_that_cannot_be();
        hasher_free(h);
        return 0;
}
