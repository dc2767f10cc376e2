/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/options.h"

#include <errno.h>
#include <getopt.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "remote/protocol.h"

static const char usage[] =
        "usage: vmteed [OPTION...]\n"
        "\n"
        "Measures virtual machines and signs what it measured, for the server at the other end of its socket, which needs\n"
        "neither the TPM nor the key.\n"
        "\n"
        "  --socket PATH        where to listen, unless the service manager hands a socket over (LISTEN_FDS);\n"
        "                       default /run/vmteed/vmteed.sock\n"
        "  --tcti TCTI          the TPM as tss2-tctildr takes it, by device: or swtpm:path= (no TCP);\n"
        "                       default device:/dev/tpmrm0\n"
        "  --state DIR          where the key's blobs lie; default /var/lib/vmteed\n"
        "  --allow-user USER    who may use it, by name or number; may be repeated; default the daemon's own user\n"
        "  --allow-group GROUP  processes with that first group may use it too; may be repeated\n"
        "  --help, --version\n";

/* A number, or -1. */
static long number_of(const char *text) {
        char *end;

        errno = 0;
        const long n = strtol(text, &end, 10);
        return errno == 0 && end != text && *end == '\0' && n >= 0 && n < UINT32_MAX ? n : -1;
}

static int full(const char *option) {
        fprintf(stderr, "vmteed: %s may be given at most %d times\n", option, ALLOWED_MAX);
        return -1;
}

static int add_user(struct options *o, const char *name) {
        const struct passwd *p = getpwnam(name);
        const long n = p ? (long)p->pw_uid : number_of(name);

        if (n < 0) {
                fprintf(stderr, "vmteed: there is no user %s\n", name);
                return -1;
        }
        if (o->n_users == ALLOWED_MAX)
                return full("--allow-user");
        o->users[o->n_users++] = (uid_t)n;
        return 0;
}

static int add_group(struct options *o, const char *name) {
        const struct group *g = getgrnam(name);
        const long n = g ? (long)g->gr_gid : number_of(name);

        if (n < 0) {
                fprintf(stderr, "vmteed: there is no group %s\n", name);
                return -1;
        }
        if (o->n_groups == ALLOWED_MAX)
                return full("--allow-group");
        o->groups[o->n_groups++] = (gid_t)n;
        return 0;
}

/* As options_parse(), but 1 to go on. */
static int take(struct options *o, int option) {
        switch (option) {
        case 's':
                o->socket = optarg;
                return 1;
        case 't':
                o->tcti = optarg;
                return 1;
        case 'd':
                o->state_dir = optarg;
                return 1;
        case 'u':
                return add_user(o, optarg) < 0 ? -1 : 1;
        case 'g':
                return add_group(o, optarg) < 0 ? -1 : 1;
        case 'h':
                (void)fputs(usage, stdout);
                return 0;
        case 'v':
                printf("vmteed %d.%u\n", PROTOCOL_VERSION, VMTEE_VERSION);
                return 0;
        default:
                fputs("vmteed: see vmteed --help\n", stderr);
                return -1;
        }
}

int options_parse(int argc, char *argv[], struct options *ret) {
        static const struct option known[] = {
                { "socket", required_argument, NULL, 's' },     { "tcti", required_argument, NULL, 't' },
                { "state", required_argument, NULL, 'd' },      { "allow-user", required_argument, NULL, 'u' },
                { "allow-group", required_argument, NULL, 'g' }, { "help", no_argument, NULL, 'h' },
                { "version", no_argument, NULL, 'v' },          { 0 },
        };
        int option, r = 1;

        *ret = (struct options){ .socket = "/run/vmteed/vmteed.sock",
                                 .tcti = "device:/dev/tpmrm0",
                                 .state_dir = "/var/lib/vmteed" };
        while (r == 1 && (option = getopt_long(argc, argv, "", known, NULL)) != -1)
                r = take(ret, option);
        if (r == 1 && optind < argc) {
                fprintf(stderr, "vmteed: unexpected argument %s\n", argv[optind]);
                return -1;
        }
        if (r == 1 && ret->n_users == 0 && ret->n_groups == 0)
                ret->users[ret->n_users++] = geteuid();
        return r;
}

bool options_allow(const struct options *o, uid_t user, gid_t group) {
        for (size_t i = 0; i < o->n_users; i++)
                if (o->users[i] == user)
                        return true;
        for (size_t i = 0; i < o->n_groups; i++)
                if (o->groups[i] == group)
                        return true;
        return false;
}
