/* SPDX-License-Identifier: Apache-2.0 */
/* What a capture leaves for the next one of the same VM makes it faster, and no different. */
#include <sys/mman.h>

#include "memory/rooms.h"
#include "testing.h"

enum { PAGES = 4096 + 321, VMS = 100 };

static const struct vmtee_limits limits = { .ram_bytes = 1 << 30, .blocks = 8, .tail_bytes = 1 };

static struct memory memory_of(uint8_t vm) {
        struct memory m = { .vm = { vm }, .named = vm > 0 };

        CHECK_RESULT(memory_add(&m, &limits, "ram", 3, PAGES * VMTEE_PAGE_SIZE), 0);
        CHECK_RESULT(block_map(&m, &m.blocks[0]), 0);
        return m;
}

/* What page i holds in the capture of that number: some never have bytes, some change, some come and go. */
static bool fill_page(size_t i, unsigned capture, uint8_t bytes[VMTEE_PAGE_SIZE]) {
        if (i % 7 == 0 || (i % 7 == 1 && capture % 2 == 0) || (i % 7 == 2 && capture % 2 == 1))
                return false;
        memset(bytes, (int)(i % 251) + 1, VMTEE_PAGE_SIZE);
        memcpy(bytes + 100, &i, sizeof(i));
        if (i % 7 == 3)
                memcpy(bytes + VMTEE_PAGE_SIZE - sizeof(capture), &capture, sizeof(capture));
        return true;
}

static void receive(struct memory *m, unsigned capture) {
        uint8_t bytes[VMTEE_PAGE_SIZE];

        for (size_t i = 0; i < PAGES; i++)
                if (fill_page(i, capture, bytes))
                        block_put(&m->blocks[0], i, bytes);
                else
                        block_put_zero(&m->blocks[0], i);
}

static struct node root_of(struct memory *m) {
        CHECK_RESULT(memory_measure(m, 2), 0);
        return m->blocks[0].root;
}

/* In room that nobody has used. */
static struct node expected_root(unsigned capture) {
        struct memory m = memory_of(0);

        receive(&m, capture);
        const struct node root = root_of(&m);
        memory_free(&m);
        return root;
}

static bool same(const struct node *a, const struct node *b) {
        return memcmp(a, b, sizeof(*a)) == 0;
}

static size_t count_hashed(const struct memory *m) {
        size_t n = 0;

        for (size_t i = 0; i < PAGES; i++)
                n += bit_test(m->blocks[0].hashed, i);
        return n;
}

static uint8_t *capture(uint8_t vm, unsigned number, size_t *ret_hashed_before) {
        const struct node expected = expected_root(number);
        struct memory m = memory_of(vm);
        uint8_t *room = m.blocks[0].pages;

        receive(&m, number);
        *ret_hashed_before = count_hashed(&m);
        const struct node root = root_of(&m);
        CHECK(same(&root, &expected));
        memory_free(&m);
        return room;
}

static void only_what_has_changed_is_hashed_again_and_the_root_is_the_same(void) {
        size_t hashed;
        const uint8_t *room = capture(1, 0, &hashed);

        CHECK(hashed == 0);
        for (unsigned number = 1; number < 5; number++) {
                CHECK(capture(1, number, &hashed) == room);
                /* Three of seven never change; one that comes and goes is known only where it did not go. */
                CHECK(hashed > PAGES * 2 / 5 && hashed < PAGES * 4 / 5);
        }
}

static void a_page_that_is_sent_again_counts_as_it_came_last(void) {
        const struct node expected = expected_root(1);
        struct memory m = memory_of(1);

        receive(&m, 1);
        receive(&m, 2);
        receive(&m, 1);
        const struct node root = root_of(&m);
        CHECK(same(&root, &expected));
        memory_free(&m);
}

/* As when memory is short: some pages are zeros again. */
static void what_the_kernel_took_meanwhile_is_taken_from_the_stream(void) {
        size_t hashed, all;
        uint8_t *room = capture(1, 0, &hashed);

        CHECK(capture(1, 0, &all) == room);
        for (size_t i = 0; i < PAGES; i += 5)
                CHECK(madvise(room + i * VMTEE_PAGE_SIZE, VMTEE_PAGE_SIZE, MADV_DONTNEED) == 0);
        CHECK(capture(1, 0, &hashed) == room && hashed < all);
        CHECK(capture(1, 0, &hashed) == room && hashed == all);
}

static struct node root_of_one_page(uint8_t vm, const uint8_t bytes[VMTEE_PAGE_SIZE], uint8_t **ret_page) {
        struct memory m = memory_of(vm);

        block_put(&m.blocks[0], 5, bytes);
        *ret_page = m.blocks[0].pages + 5 * VMTEE_PAGE_SIZE;
        const struct node root = root_of(&m);
        memory_free(&m);
        return root;
}

static void expect_root_of_one_page(const uint8_t bytes[VMTEE_PAGE_SIZE]) {
        uint8_t *page;
        const struct node actual = root_of_one_page(1, bytes, &page), expected = root_of_one_page(0, bytes, &page);

        CHECK(same(&actual, &expected));
}

static void each_byte_that_changes_is_found(void) {
        uint8_t bytes[VMTEE_PAGE_SIZE];

        memset(bytes, 7, sizeof(bytes));
        expect_root_of_one_page(bytes);
        for (size_t i = 0; i < sizeof(bytes); i += i < 70 || i > 4000 ? 1 : 131) {
                bytes[i] ^= 1;
                expect_root_of_one_page(bytes);
        }
}

/* The page that comes is what the kernel left of the one that was hashed. */
static void what_the_kernel_left_of_a_page_is_not_taken_for_it(void) {
        uint8_t bytes[VMTEE_PAGE_SIZE], blank[VMTEE_PAGE_SIZE] = { 0 };
        uint8_t *page;

        memset(bytes, 7, sizeof(bytes));
        for (int first = 0; first < 2; first++) {
                (void)root_of_one_page(1, bytes, &page);
                CHECK(madvise(page, VMTEE_PAGE_SIZE, MADV_DONTNEED) == 0);
                page[0] = blank[0] = first == 0 ? 0 : bytes[0];
                expect_root_of_one_page(blank);
        }
}

static void a_capture_that_ends_early_leaves_nothing_wrong_behind(void) {
        size_t hashed;
        uint8_t bytes[VMTEE_PAGE_SIZE];
        const uint8_t *room = capture(1, 0, &hashed);
        struct memory m = memory_of(1);

        for (size_t i = 0; i < PAGES / 2; i++)
                if (fill_page(i, 1, bytes))
                        block_put(&m.blocks[0], i, bytes);
        memory_free(&m);
        CHECK(capture(1, 0, &hashed) == room);
}

static void a_room_is_lent_to_the_same_block_of_the_same_vm_alone(void) {
        size_t hashed;
        const uint8_t *room = capture(1, 0, &hashed);
        struct memory other = memory_of(2), mine = memory_of(1), again = memory_of(1);

        CHECK(other.blocks[0].pages != room && count_hashed(&other) == 0);
        CHECK(mine.blocks[0].pages == room && again.blocks[0].pages != room);
        memory_free(&other);
        memory_free(&mine);
        memory_free(&again);
        struct block longer = { .name = "ram", .length = (PAGES + 1) * VMTEE_PAGE_SIZE };
        struct block another = { .name = "vga", .length = PAGES * VMTEE_PAGE_SIZE };
        static const uint8_t vm[VMTEE_UUID_SIZE] = { 1 };
        CHECK(!rooms_take(vm, &longer) && !rooms_take(vm, &another));
}

static void the_rooms_that_were_not_used_for_longest_are_given_up(void) {
        size_t hashed, all;

        (void)capture(1, 0, &hashed);
        (void)capture(1, 0, &all);
        CHECK(all > 0);
        for (uint8_t vm = 2; vm < VMS; vm++)
                (void)capture(vm, 0, &hashed);
        (void)capture(VMS - 1, 0, &hashed);
        CHECK(hashed == all);
        (void)capture(1, 0, &hashed);
        CHECK(hashed == 0);
}

int main(void) {
        only_what_has_changed_is_hashed_again_and_the_root_is_the_same();
        a_page_that_is_sent_again_counts_as_it_came_last();
        what_the_kernel_took_meanwhile_is_taken_from_the_stream();
        each_byte_that_changes_is_found();
        what_the_kernel_left_of_a_page_is_not_taken_for_it();
        a_capture_that_ends_early_leaves_nothing_wrong_behind();
        a_room_is_lent_to_the_same_block_of_the_same_vm_alone();
        the_rooms_that_were_not_used_for_longest_are_given_up();
        return 0;
}
