/* SPDX-License-Identifier: Apache-2.0 */
/* vmteed: the measurement module as a process of its own. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/harden.h"
#include "daemon/listener.h"
#include "daemon/server.h"
#include "util/detail.h"

enum { EXIT_USAGE = 2 };

static int stop_fd = -1;

static void stop(int signal) {
        const int saved = errno;

        (void)signal;
        (void)eventfd_write(stop_fd, 1);
        errno = saved;
}

static int catch_signals(void) {
        const struct sigaction ignore = { .sa_handler = SIG_IGN };
        const struct sigaction end = { .sa_handler = stop };

        stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        if (stop_fd < 0 || sigaction(SIGPIPE, &ignore, NULL) < 0 || sigaction(SIGXFSZ, &ignore, NULL) < 0 ||
            sigaction(SIGTERM, &end, NULL) < 0 || sigaction(SIGINT, &end, NULL) < 0)
                return vmtee_fail(-errno, "preparing for signals: %s", strerror(errno));
        return 0;
}

/* A TPM that is not there yet may be there when it is asked for. */
static void try_key(struct daemon_key *key) {
        vmtee_key *ignored;

        if (daemon_key_get(key, &ignored) < 0)
                fprintf(stderr, "vmteed: no key yet, only measuring: %s\n", vmtee_detail());
}

static int serve(const struct options *o, const struct listener *l) {
        struct daemon_key key = { .tcti = o->tcti, .state_dir = o->state_dir, .lock = PTHREAD_MUTEX_INITIALIZER };
        int r = harden();

        if (r == 0)
                r = filter_install();
        if (r < 0)
                return r;
        try_key(&key);
        fprintf(stderr, "vmteed: ready\n");
        r = server_run(l->fd, stop_fd, o, &key);
        daemon_key_close(&key);
        return r;
}

static int run(const struct options *o) {
        struct listener l;
        int r = catch_signals();

        if (r == 0)
                r = listener_open(o->socket, &l);
        if (r < 0)
                return r;
        r = serve(o, &l);
        listener_close(&l);
        return r;
}

int main(int argc, char *argv[]) {
        struct options o;
        const int parsed = options_parse(argc, argv, &o);

        if (parsed <= 0)
                return parsed < 0 ? EXIT_USAGE : 0;
        umask(077);
        if (run(&o) == 0)
                return 0;
        fprintf(stderr, "vmteed: %s\n", vmtee_detail());
        return 1;
}
