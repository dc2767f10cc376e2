/* SPDX-License-Identifier: Apache-2.0 */
#include "store/store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/data_key.h"
#include "util/detail.h"

enum { NUMBER_DIGITS = 8, NUMBER_BASE = 16, PACKS_MAX = 1 << 20 };

/* 0 if it is no pack's name. */
static uint32_t number_of(const char *name) {
        if (strlen(name) != NUMBER_DIGITS + strlen(".pack") || strspn(name, "0123456789abcdef") != NUMBER_DIGITS ||
            strcmp(name + NUMBER_DIGITS, ".pack") != 0)
                return 0;
        return (uint32_t)strtoul(name, NULL, NUMBER_BASE);
}

static int by_number(const void *a, const void *b) {
        const uint32_t left = ((const struct stored_pack *)a)->pack.id;
        const uint32_t right = ((const struct stored_pack *)b)->pack.id;

        return (left > right) - (left < right);
}

static int add_pack(struct vmtee_store *s, uint32_t id) {
        struct stored_pack *packs;

        if (s->n_packs >= PACKS_MAX)
                return vmtee_fail(-E2BIG, "the store has more than %d packs", PACKS_MAX);
        packs = reallocarray(s->packs, s->n_packs + 1, sizeof(*packs));
        if (!packs)
                return vmtee_fail(-ENOMEM, "no memory to open the store");
        s->packs = packs;
        s->packs[s->n_packs++] = (struct stored_pack){ .pack = { .id = id, .fd = -1 } };
        return 0;
}

/* Those behind what is known. */
static int list_packs(struct vmtee_store *s) {
        const size_t known = s->n_packs;
        const uint32_t last = known > 0 ? s->packs[known - 1].pack.id : 0;
        const int fd = openat(s->dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        DIR *d = fd >= 0 ? fdopendir(fd) : NULL;
        int r = 0;

        if (!d) {
                const int error = -errno;

                if (fd >= 0)
                        close(fd);
                return vmtee_fail(error, "cannot list the store: %s", strerror(-error));
        }
        for (const struct dirent *e; r == 0 && (e = readdir(d)) != NULL;) {
                const uint32_t id = number_of(e->d_name);

                if (id > last)
                        r = add_pack(s, id);
        }
        closedir(d);
        if (s->n_packs > known)
                qsort(s->packs + known, s->n_packs - known, sizeof(*s->packs), by_number);
        return r;
}

/* One that is damaged costs the snapshots that rest on it, and no others. */
static int open_listed(struct vmtee_store *s, struct stored_pack *p) {
        const uint32_t id = p->pack.id;

        p->error = pack_open(s->dirfd, id, s->encrypted ? s->data_key : NULL, s->hasher, &p->pack);
        if (p->error == 0)
                p->error = bad_pages_read(s->dirfd, &p->pack, &p->bad);
        return p->error == -ENOMEM ? p->error : 0;
}

static int open_packs(struct vmtee_store *s, size_t first) {
        int r = 0;

        for (size_t i = first; r == 0 && i < s->n_packs; i++)
                r = open_listed(s, &s->packs[i]);
        return r;
}

int store_refresh(struct vmtee_store *s) {
        const size_t known = s->n_packs;
        const int r = list_packs(s);

        if (s->n_packs > known)
                page_table_free(&s->good);
        return r < 0 ? r : open_packs(s, known);
}

int store_add(struct vmtee_store *s, uint32_t id) {
        const int r = add_pack(s, id);

        page_table_free(&s->good);
        return r < 0 ? r : open_listed(s, &s->packs[s->n_packs - 1]);
}

static int open_store(struct vmtee_store *s, int dirfd, vmtee_key *k) {
        s->dirfd = fcntl(dirfd, F_DUPFD_CLOEXEC, 0);
        if (s->dirfd < 0)
                return vmtee_fail(-errno, "cannot open the store: %s", strerror(errno));
        s->hasher = hasher_new();
        if (!s->hasher)
                return vmtee_fail(-ENOMEM, "no memory to open the store");
        int r = data_key_get(dirfd, k, s->data_key);
        if (r < 0)
                return r;
        s->encrypted = r > 0;
        r = list_packs(s);
        return r < 0 ? r : open_packs(s, 0);
}

int vmtee_store_open(int dirfd, vmtee_key *k, vmtee_store **ret) {
        vmtee_store *s = calloc(1, sizeof(*s));

        if (!s)
                return vmtee_fail(-ENOMEM, "no memory to open the store");
        s->dirfd = -1;
        const int r = open_store(s, dirfd, k);
        if (r < 0) {
                vmtee_store_close(s);
                return r;
        }
        *ret = s;
        return 0;
}

void vmtee_store_close(vmtee_store *s) {
        if (!s)
                return;
        for (size_t i = 0; i < s->n_packs; i++) {
                pack_close(&s->packs[i].pack);
                free(s->packs[i].verified);
                bad_pages_free(&s->packs[i].bad);
        }
        page_table_free(&s->good);
        free(s->packs);
        hasher_free(s->hasher);
        OPENSSL_cleanse(s->data_key, sizeof(s->data_key));
        if (s->dirfd >= 0)
                close(s->dirfd);
        free(s);
}

struct stored_pack *store_find(const struct vmtee_store *s, uint32_t id) {
        const struct stored_pack key = { .pack = { .id = id } };

        return s->n_packs > 0 ? bsearch(&key, s->packs, s->n_packs, sizeof(*s->packs), by_number) : NULL;
}

int store_pages(const struct vmtee_store *s, struct location at, uint32_t n, const struct pack **ret) {
        const struct stored_pack *p = store_find(s, at.pack);

        if (!p)
                return vmtee_fail(-EBADMSG, "pack %08x of the store is missing", at.pack);
        if (p->error < 0)
                return vmtee_fail(p->error, "pack %08x of the store cannot be used: %s", at.pack,
                                  p->error == -EBADMSG ? "it is damaged" : strerror(-p->error));
        if (at.slot >= p->pack.pages || n > p->pack.pages - at.slot)
                return vmtee_fail(-EBADMSG, "pack %08x of the store has no %u pages at %u", at.pack, n, at.slot);
        *ret = &p->pack;
        return 0;
}

/* Made when it is first asked for: most snapshots refer to nothing bad. */
static bool have_good(struct vmtee_store *s) {
        if (s->good.entries)
                return true;
        if (page_table_init(&s->good, store_count_pages(s)) < 0)
                return false;
        store_list_good(s, &s->good);
        return true;
}

struct location store_replace(struct vmtee_store *s, struct location at) {
        const struct stored_pack *p = store_find(s, at.pack);

        if (!p || p->error < 0 || at.slot >= p->pack.pages || !bad_pages_have(&p->bad, at.slot) || !have_good(s))
                return at;
        const struct page_entry *e = page_table_find(&s->good, &p->pack.leaves[at.slot]);
        return e->leaf ? e->at : at;
}

size_t store_count_pages(const struct vmtee_store *s) {
        size_t n = 0;

        for (size_t i = 0; i < s->n_packs; i++)
                n += s->packs[i].pack.pages;
        return n;
}

void store_list_good(const struct vmtee_store *s, struct page_table *t) {
        for (size_t i = 0; i < s->n_packs; i++) {
                const struct stored_pack *p = &s->packs[i];

                for (uint32_t slot = 0; p->error == 0 && slot < p->pack.pages; slot++) {
                        struct page_entry *e;

                        if (bad_pages_have(&p->bad, slot))
                                continue;
                        e = page_table_find(t, &p->pack.leaves[slot]);
                        if (!e->leaf)
                                *e = (struct page_entry){ &p->pack.leaves[slot], { p->pack.id, slot } };
                }
        }
}

uint32_t store_next_id(const struct vmtee_store *s) {
        return s->n_packs > 0 ? s->packs[s->n_packs - 1].pack.id + 1 : 1;
}
