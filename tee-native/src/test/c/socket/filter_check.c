/* SPDX-License-Identifier: Apache-2.0 */
/* What vmteed may not do any more once its filter is installed, and what it still may. Without sanitizers: they need more. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "daemon/harden.h"
#include "vmtee.h"

#define CHECK(condition) \
        do { \
                if (!(condition)) { \
                        fprintf(stderr, "%s:%d: not so: %s (%s)\n", __FILE__, __LINE__, #condition, strerror(errno)); \
                        exit(1); \
                } \
        } while (0)

#define REFUSED(call) \
        do { \
                errno = 0; \
                CHECK((long)(call) == -1 && errno == EPERM); \
        } while (0)

static void programs_and_processes_are_refused(void) {
        char *const arguments[] = { "true", NULL };

        REFUSED(execv("/bin/true", arguments));
        REFUSED(fork());
        REFUSED(vfork());
        REFUSED(ptrace(PTRACE_TRACEME, 0, NULL, NULL));
        REFUSED(kill(getpid(), 0));
        REFUSED(unshare(CLONE_NEWUSER));
        REFUSED(syscall(SYS_io_uring_setup, 1, NULL));
        REFUSED(syscall(SYS_bpf, 0, NULL, 0));
}

static void networks_are_refused(void) {
        REFUSED(socket(AF_INET, SOCK_STREAM, 0));
        REFUSED(socket(AF_INET6, SOCK_STREAM, 0));
        REFUSED(socket(AF_NETLINK, SOCK_RAW, 0));
        const int fd = socket(AF_UNIX, SOCK_STREAM, 0);
        CHECK(fd >= 0 && close(fd) == 0);
}

static void memory_is_written_or_executed(void) {
        REFUSED(mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
        void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        CHECK(p != MAP_FAILED);
        REFUSED(mprotect(p, 4096, PROT_READ | PROT_EXEC));
        CHECK(mprotect(p, 4096, PROT_READ) == 0 && munmap(p, 4096) == 0);
}

static void new_files_are_made_below_open_directories_alone(int dirfd) {
        REFUSED(open("/tmp/vmteed-filter-check", O_WRONLY | O_CREAT, 0600));
        REFUSED(open("/dev/null", O_WRONLY | O_TRUNC));
        REFUSED(open("/tmp", O_WRONLY | O_TMPFILE, 0600));
        REFUSED(syscall(SYS_open, "/dev/null", O_RDONLY));
        REFUSED(syscall(SYS_openat2, dirfd, "x", NULL, 0));
        REFUSED(mkdirat(dirfd, "x", 0700));
        REFUSED(symlinkat("/", dirfd, "x"));
        REFUSED(chmod("/tmp", 0777));
        const int fd = openat(dirfd, "x", O_WRONLY | O_CREAT | O_EXCL, 0600);
        CHECK(fd >= 0 && write(fd, "x", 1) == 1 && fsync(fd) == 0 && close(fd) == 0);
        CHECK(renameat(dirfd, "x", dirfd, "y") == 0 && unlinkat(dirfd, "y", 0) == 0);
        const int read_only = open("/dev/null", O_RDONLY);
        CHECK(read_only >= 0 && close(read_only) == 0);
}

static void *nothing(void *argument) {
        return argument;
}

static void threads_are_allowed(void) {
        pthread_t thread;

        CHECK(pthread_create(&thread, NULL, nothing, NULL) == 0 && pthread_join(thread, NULL) == 0);
}

int main(void) {
        char path[] = "/tmp/vmteed-filter-XXXXXX";

        CHECK(mkdtemp(path));
        const int dirfd = open(path, O_RDONLY | O_DIRECTORY);
        CHECK(dirfd >= 0);
        CHECK(harden() == 0 && filter_install() == 0);
        programs_and_processes_are_refused();
        networks_are_refused();
        memory_is_written_or_executed();
        new_files_are_made_below_open_directories_alone(dirfd);
        threads_are_allowed();
        CHECK(unlinkat(AT_FDCWD, path, AT_REMOVEDIR) == 0);
        return 0;
}
