/* SPDX-License-Identifier: Apache-2.0 */
/* The counters in a TPM emulator; also by vmteed. */
#include <openssl/sha.h>
#include <pthread.h>

#include "tpm/swtpm.h"
#ifdef OVER_SOCKET
#include "client/handles.h"
#endif

enum {
        ROUNDS = 10,
        /* Which one is of no account, but for what is said otherwise. */
        SLOT = 3,
        INDEX = VMTEE_COUNTER_INDEX + SLOT,
        /* TPM 2.0 part 2, 13.4 */
        COUNTER = 0x10,
        AUTHWRITE = 0x4,
        AUTHREAD = 0x40000,
        NO_DA = 0x2000000,
        OURS = COUNTER | AUTHWRITE | AUTHREAD | NO_DA,
};

static vmtee_key *opened(void) {
        char tcti[128], keys[128];
        vmtee_key *k;

        CHECK_RESULT(vmtee_key_open(swtpm_path(tcti, "swtpm:path=%s/socket"), swtpm_path(keys, "%s/keys"), &k), 0);
        return k;
}

static struct vmtee_counter read_by(vmtee_key *k) {
        struct vmtee_counter c;

        CHECK_RESULT(vmtee_counter_read(k, SLOT, &c), 0);
        return c;
}

static struct vmtee_counter incremented_by(vmtee_key *k) {
        struct vmtee_counter c;

        CHECK_RESULT(vmtee_counter_increment(k, SLOT, &c), 0);
        return c;
}

static bool same_counter(const struct vmtee_counter *a, const struct vmtee_counter *b) {
        return memcmp(a->id, b->id, sizeof(a->id)) == 0 && memcmp(a->nv_name, b->nv_name, sizeof(a->nv_name)) == 0;
}

static void it_is_there_at_the_first_read_and_grows_by_one_each_time(void) {
        vmtee_key *k = opened();
        const struct vmtee_counter first = read_by(k);

        CHECK(first.value > 0);
        for (uint64_t i = 1; i <= 3; i++) {
                const struct vmtee_counter next = incremented_by(k);

                CHECK(next.value == first.value + i && same_counter(&first, &next));
                CHECK(read_by(k).value == next.value);
        }
        vmtee_key_close(k);
}

/* TPMS_NV_PUBLIC written (TPM 2.0 part 2, 13.5), by hand. */
static void its_name_is_that_of_a_written_index(void) {
        static const uint8_t public[] = { 0x01, 0x80, 0x56, 0x50, 0, 0x0b, 0x22, 0x04, 0, 0x14, 0, 0, 0, 8 };
        uint8_t name[VMTEE_NV_NAME_SIZE] = { 0, 0x0b };
        vmtee_key *k = opened();
        const struct vmtee_counter c = read_by(k);

        SHA256(public, sizeof(public), name + 2);
        CHECK(memcmp(c.nv_name, name, sizeof(name)) == 0);
        vmtee_key_close(k);
}

static void another_handle_has_the_same(void) {
        vmtee_key *k = opened();
        const struct vmtee_counter before = incremented_by(k);

        vmtee_key_close(k);
        k = opened();
        const struct vmtee_counter after = read_by(k);
        CHECK(after.value == before.value && same_counter(&before, &after));
        vmtee_key_close(k);
}

static void a_power_cut_does_not_turn_it_back(pid_t *swtpm) {
        vmtee_key *k = opened();

        for (int i = 0; i < 4; i++) {
                struct vmtee_counter before = incremented_by(k), untouched = before;

                swtpm_kill(*swtpm);
                CHECK_RESULT(vmtee_counter_increment(k, SLOT, &untouched), -ENODEV);
                CHECK_RESULT(vmtee_counter_read(k, SLOT, &untouched), -ENODEV);
                CHECK(untouched.value == before.value);
                *swtpm = swtpm_start();
                const struct vmtee_counter after = read_by(k);
                CHECK(after.value == before.value && same_counter(&before, &after));
                CHECK(incremented_by(k).value == before.value + 1);
        }
        vmtee_key_close(k);
}

/* It would be a way to turn it back. */
static void one_that_was_removed_goes_on_above_what_it_was(void) {
        vmtee_key *k = opened();
        const struct vmtee_counter before = incremented_by(k);

        undefine_index(INDEX);
        const struct vmtee_counter after = read_by(k);
        CHECK(after.value > before.value && same_counter(&before, &after));
        vmtee_key_close(k);
}

static void one_that_an_administrator_defined_is_taken(void) {
        vmtee_key *k = opened();
        const struct vmtee_counter before = read_by(k);

        undefine_index(INDEX);
        define_index(INDEX, TPM2_ALG_SHA256, OURS);
        const struct vmtee_counter after = read_by(k);
        CHECK(after.value > before.value && same_counter(&before, &after));
        vmtee_key_close(k);
}

static void an_index_that_is_something_else_is_refused_and_left_as_it_is(void) {
        static const struct {
                TPMI_ALG_HASH name_algorithm;
                TPMA_NV attributes;
        } others[] = {
                { TPM2_ALG_SHA256, AUTHWRITE | AUTHREAD | NO_DA },    /* bytes that can be written */
                { TPM2_ALG_SHA256, (OURS & ~COUNTER) | TPM2_NT_BITS << 4 },
                { TPM2_ALG_SHA256, OURS | TPMA_NV_ORDERLY },          /* loses counts in a power cut */
                { TPM2_ALG_SHA256, OURS | TPMA_NV_OWNERWRITE },
                { TPM2_ALG_SHA256, OURS & ~NO_DA },
                { TPM2_ALG_SHA384, OURS },                            /* has another Name */
        };
        vmtee_key *k = opened();

        for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
                struct vmtee_counter c = read_by(k);

                undefine_index(INDEX);
                define_index(INDEX, others[i].name_algorithm, others[i].attributes);
                CHECK_RESULT(vmtee_counter_read(k, SLOT, &c), -EADDRINUSE);
                CHECK(strstr(vmtee_detail(), "NV index 0x01805650") && strstr(vmtee_detail(), "something else"));
                CHECK_RESULT(vmtee_counter_increment(k, SLOT, &c), -EADDRINUSE);
                undefine_index(INDEX); /* it was left */
        }
        CHECK(read_by(k).value > 0);
        vmtee_key_close(k);
}

/* ---- slots --------------------------------------------------------------------------------- */

static void two_slots_count_apart(void) {
        vmtee_key *k = opened();
        struct vmtee_counter other, again;
        const struct vmtee_counter one = read_by(k);

        CHECK_RESULT(vmtee_counter_read(k, SLOT + 1, &other), 0);
        CHECK(memcmp(one.id, other.id, sizeof(one.id)) != 0 && memcmp(one.nv_name, other.nv_name, sizeof(one.nv_name)) != 0);
        for (uint64_t i = 1; i <= 3; i++) {
                CHECK(incremented_by(k).value == one.value + i);
                CHECK_RESULT(vmtee_counter_read(k, SLOT + 1, &again), 0);
                CHECK(again.value == other.value && same_counter(&again, &other));
        }
        CHECK_RESULT(vmtee_counter_increment(k, SLOT + 1, &again), 0);
        CHECK(again.value == other.value + 1 && read_by(k).value == one.value + 3);
        vmtee_key_close(k);
}

static void the_slots_are_from_0_to_the_last(void) {
        static const uint8_t outside[] = { VMTEE_COUNTER_SLOTS, VMTEE_COUNTER_SLOTS + SLOT, 0x80 | SLOT, UINT8_MAX };
        vmtee_key *k = opened();
        struct vmtee_counter all[VMTEE_COUNTER_SLOTS], untouched = { .value = 7 };

        for (uint8_t slot = 0; slot < VMTEE_COUNTER_SLOTS; slot++) {
                CHECK_RESULT(vmtee_counter_increment(k, slot, &all[slot]), 0);
                for (uint8_t before = 0; before < slot; before++)
                        CHECK(memcmp(all[before].id, all[slot].id, sizeof(all[slot].id)) != 0);
                undefine_index(VMTEE_COUNTER_INDEX + slot); /* it was there */
        }
        for (size_t i = 0; i < sizeof(outside); i++) {
                CHECK_RESULT(vmtee_counter_read(k, outside[i], &untouched), -EINVAL);
                CHECK(strstr(vmtee_detail(), "of 16"));
                CHECK_RESULT(vmtee_counter_increment(k, outside[i], &untouched), -EINVAL);
                CHECK(untouched.value == 7);
        }
        CHECK(read_by(k).value > 0); /* the key goes on */
        vmtee_key_close(k);
}

/* ---- side by side -------------------------------------------------------------------------- */

struct side {
        vmtee_key *key;
        pthread_barrier_t *start;
        uint64_t value;
};

static void *increment_at_once(void *argument) {
        struct side *s = argument;

        (void)pthread_barrier_wait(s->start);
        s->value = incremented_by(s->key).value;
        return NULL;
}

/* Each has a connection to the TPM of its own, as two processes have; by vmteed they have one. */
static void two_that_find_none_at_the_same_time_both_count(void) {
        pthread_barrier_t start;
        struct side sides[2] = { { .key = opened(), .start = &start }, { .key = opened(), .start = &start } };

        CHECK(pthread_barrier_init(&start, NULL, 2) == 0);
        for (int i = 0; i < ROUNDS; i++) {
                const uint64_t before = read_by(sides[0].key).value;
                pthread_t threads[2];

                undefine_index(INDEX);
                for (int j = 0; j < 2; j++)
                        CHECK(pthread_create(&threads[j], NULL, increment_at_once, &sides[j]) == 0);
                for (int j = 0; j < 2; j++)
                        CHECK(pthread_join(threads[j], NULL) == 0);
                const uint64_t after = read_by(sides[0].key).value;
                CHECK(sides[0].value > before && sides[1].value > before);
                CHECK(after == (sides[0].value > sides[1].value ? sides[0].value : sides[1].value) && after >= before + 3);
        }
        pthread_barrier_destroy(&start);
        for (int j = 0; j < 2; j++)
                vmtee_key_close(sides[j].key);
}

#ifdef OVER_SOCKET
static void a_request_with_less_or_more_in_it_is_refused_and_counts_nothing(void) {
        vmtee_key *k = opened();
        const uint64_t before = read_by(k).value;

        for (enum operation op = OP_COUNTER_READ; op <= OP_COUNTER_INCREMENT; op++)
                for (size_t size = 0; size <= 2; size += 2) {
                        WIRE_OUT_CLEANUP struct wire_out w = { 0 };

                        put_raw(&w, (const uint8_t[]){ SLOT, SLOT }, size);
                        CHECK_RESULT(link_do(&k->link, &(struct call){ .op = op, .request = &w, .millis = DEADLINE_MILLIS }),
                                     -EPROTO);
                }
        CHECK(read_by(k).value == before);
        vmtee_key_close(k);
}
#endif

int main(void) {
        pid_t swtpm = swtpm_start();

        it_is_there_at_the_first_read_and_grows_by_one_each_time();
        its_name_is_that_of_a_written_index();
        another_handle_has_the_same();
        a_power_cut_does_not_turn_it_back(&swtpm);
        one_that_was_removed_goes_on_above_what_it_was();
        one_that_an_administrator_defined_is_taken();
        an_index_that_is_something_else_is_refused_and_left_as_it_is();
        two_slots_count_apart();
        the_slots_are_from_0_to_the_last();
        two_that_find_none_at_the_same_time_both_count();
#ifdef OVER_SOCKET
        a_request_with_less_or_more_in_it_is_refused_and_counts_nothing();
#endif
        swtpm_kill(swtpm);
        return 0;
}
