/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VMTEED_OPTIONS_H
#define VMTEED_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum { ALLOWED_MAX = 16 };

struct options {
        const char *socket; /* used unless the socket was handed over */
        const char *tcti;
        const char *state_dir;
        uid_t users[ALLOWED_MAX];
        size_t n_users;
        gid_t groups[ALLOWED_MAX];
        size_t n_groups;
};

/* 1, or 0 where all is done (--help), or -1 after it said what is wrong. */
int options_parse(int argc, char *argv[], struct options *ret);

/* Whether a process of this user and (first) group may use the daemon. */
bool options_allow(const struct options *o, uid_t user, gid_t group);

#endif
