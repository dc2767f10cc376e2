/* SPDX-License-Identifier: Apache-2.0 */
/*
 * seccomp(2): which system calls vmteed may make. What is not listed fails with EPERM; clone3 fails with ENOSYS, so that glibc
 * takes clone, whose flags can be looked at. There are no programs to run and no processes to make, no sockets but unix ones,
 * no memory that is both written and executed, and no new files but below a directory that is open. (That a path below an
 * open directory does not lead elsewhere is not seen here; that there is nothing else to write to is the service manager's.)
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "daemon/harden.h"
#include "util/detail.h"

#ifndef __x86_64__
#error "the numbers and arguments below are those of x86-64"
#endif

#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
/* The low half of an argument (little-endian); flags and small numbers fit in. */
#define LOAD_ARGUMENT(n) LOAD(args[n])
#define RETURN(value) BPF_STMT(BPF_RET | BPF_K, (value))
#define REFUSE RETURN(SECCOMP_RET_ERRNO | EPERM)
#define ALLOW RETURN(SECCOMP_RET_ALLOW)
/* Each is whole: the number of the call is in the accumulator before and after, or it returns. */
#define CALL(name) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_##name, 0, 1), ALLOW
#define UNLESS(name, instructions) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_##name, 0, instructions)
#define IS(value, yes, no) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (value), yes, no)
#define HAS(bits, yes, no) BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, (bits), yes, no)

static const struct sock_filter program[] = {
        LOAD(arch),
        IS(AUDIT_ARCH_X86_64, 1, 0),
        RETURN(SECCOMP_RET_KILL_PROCESS),
        LOAD(nr),

        /* Bytes of what is open. */
        CALL(read), CALL(write), CALL(readv), CALL(writev), CALL(pread64), CALL(pwrite64), CALL(lseek), CALL(close),
        CALL(fstat), CALL(newfstatat), CALL(fcntl), CALL(ftruncate), CALL(fallocate), CALL(fsync), CALL(fdatasync),
        CALL(sync_file_range), CALL(fchmod), CALL(flock), CALL(getdents64), CALL(faccessat), CALL(faccessat2), CALL(unlinkat),
        CALL(renameat), CALL(renameat2), CALL(readlinkat), CALL(fadvise64),
        CALL(poll), CALL(ppoll), CALL(select), CALL(pselect6), CALL(eventfd2), CALL(memfd_create), CALL(copy_file_range),
        /* Sockets that there are, and that of a TPM emulator. */
        CALL(recvmsg), CALL(sendmsg), CALL(recvfrom), CALL(sendto), CALL(accept4), CALL(shutdown), CALL(connect),
        CALL(getsockopt), CALL(setsockopt), CALL(getsockname), CALL(getpeername),
        /* Memory, threads, time. */
        CALL(munmap), CALL(mremap), CALL(madvise), CALL(brk), CALL(futex), CALL(set_robust_list), CALL(rseq),
        CALL(rt_sigaction), CALL(rt_sigprocmask), CALL(rt_sigreturn), CALL(sigaltstack), CALL(gettid),
        CALL(getpid), CALL(tgkill), CALL(exit), CALL(exit_group), CALL(sched_getaffinity), CALL(sched_yield),
        CALL(clock_gettime), CALL(clock_nanosleep), CALL(nanosleep), CALL(gettimeofday), CALL(restart_syscall),
        CALL(getrandom), CALL(sysinfo), CALL(uname), CALL(getuid), CALL(geteuid), CALL(getgid), CALL(getegid),

        UNLESS(openat, 7),
        LOAD_ARGUMENT(0),
        IS((uint32_t)AT_FDCWD, 1, 0),
        ALLOW,
        LOAD_ARGUMENT(2),
        HAS(O_CREAT | O_TRUNC | (O_TMPFILE & ~O_DIRECTORY), 0, 1),
        REFUSE,
        ALLOW,

        UNLESS(socket, 4),
        LOAD_ARGUMENT(0),
        IS(AF_UNIX, 0, 1),
        ALLOW,
        REFUSE,

        UNLESS(mmap, 5),
        LOAD_ARGUMENT(2),
        HAS(PROT_EXEC, 0, 2),
        HAS(PROT_WRITE, 0, 1),
        REFUSE,
        ALLOW,

        UNLESS(mprotect, 4),
        LOAD_ARGUMENT(2),
        HAS(PROT_EXEC, 0, 1),
        REFUSE,
        ALLOW,

        UNLESS(clone, 4),
        LOAD_ARGUMENT(0),
        HAS(CLONE_THREAD, 0, 1),
        ALLOW,
        REFUSE,

        UNLESS(clone3, 1),
        RETURN(SECCOMP_RET_ERRNO | ENOSYS),

        REFUSE,
};

int filter_install(void) {
        const struct sock_fprog filter = { .len = sizeof(program) / sizeof(*program), .filter = (struct sock_filter *)program };

#ifdef __SANITIZE_ADDRESS__ /* what the sanitizers do at the end is not listed */
        (void)filter;
        return 0;
#else
        if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) < 0)
                return vmtee_fail(-errno, "limiting the system calls: %s", strerror(errno));
        return 0;
#endif
}
