/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/harden.h"

#include <errno.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "util/detail.h"

static int fail(const char *doing) {
        return vmtee_fail(-errno, "%s: %s", doing, strerror(errno));
}

static int drop_capabilities(void) {
        struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
        struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = { 0 };

        return syscall(SYS_capset, &header, none) < 0 ? fail("giving up capabilities") : 0;
}

static int set_limits(void) {
        const struct rlimit no_core = { 0, 0 };
        struct rlimit files;

        if (setrlimit(RLIMIT_CORE, &no_core) < 0 || getrlimit(RLIMIT_NOFILE, &files) < 0)
                return fail("setting limits");
        files.rlim_cur = files.rlim_max;
        return setrlimit(RLIMIT_NOFILE, &files) < 0 ? fail("setting limits") : 0;
}

int harden(void) {
        int r = set_limits();

        if (r == 0)
                r = drop_capabilities();
        if (r < 0)
                return r;
        if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
                return fail("giving up new privileges");
#ifndef __SANITIZE_ADDRESS__ /* the search for leaks traces its own process */
        if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
                return fail("keeping tracers out");
#endif
        return 0;
}
