/* SPDX-License-Identifier: Apache-2.0 */
/* The TPM emulator that with_swtpm.sh made. It ends with the test's process. */
#ifndef VMTEE_TEST_SWTPM_H
#define VMTEE_TEST_SWTPM_H

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <tss2/tss2_esys.h>
#include <tss2/tss2_tctildr.h>

#include "testing.h"

static inline const char *swtpm_path(char ret[static 128], const char *format) {
        const char *folder = getenv("SWTPM_FOLDER");

        CHECK(folder);
        (void)snprintf(ret, 128, format, folder);
        return ret;
}

static inline bool swtpm_listens(void) {
        struct sockaddr_un a = { .sun_family = AF_UNIX };
        char path[128];
        const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

        CHECK(fd >= 0 && strlen(swtpm_path(path, "%s/socket")) < sizeof(a.sun_path));
        strcpy(a.sun_path, path);
        const bool listens = connect(fd, (const struct sockaddr *)&a, sizeof(a)) == 0;
        close(fd);
        return listens;
}

static inline void swtpm_exec(void) {
        char state[128], server[128], control[128], log[128];
        const int fd = open(swtpm_path(log, "%s/log"), O_WRONLY | O_APPEND | O_CREAT, 0600);

        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        (void)dup2(fd, STDERR_FILENO);
        execlp("swtpm", "swtpm", "socket", "--tpm2", "--tpmstate", swtpm_path(state, "dir=%s/state"), "--server",
               swtpm_path(server, "type=unixio,path=%s/socket"), "--ctrl", swtpm_path(control, "type=unixio,path=%s/socket.ctrl"),
               "--flags", "not-need-init,startup-clear", NULL);
        _exit(127);
}

static inline pid_t swtpm_start(void) {
        const struct timespec pause = { .tv_nsec = 5000000 };
        char path[128];

        (void)unlink(swtpm_path(path, "%s/socket"));
        const pid_t pid = fork();
        CHECK(pid >= 0);
        if (pid == 0)
                swtpm_exec();
        for (int i = 0; i < DEADLINE_MILLIS / 5; i++) {
                if (swtpm_listens())
                        return pid;
                CHECK(waitpid(pid, NULL, WNOHANG) == 0);
                nanosleep(&pause, NULL);
        }
        fprintf(stderr, "swtpm does not start\n");
        exit(1);
}

/* As a power cut would. */
static inline void swtpm_kill(pid_t pid) {
        CHECK(kill(pid, SIGKILL) == 0 && waitpid(pid, NULL, 0) == pid);
}

/* ---- what another client of the TPM does --------------------------------------------------- */

struct other_client {
        TSS2_TCTI_CONTEXT *tcti;
        ESYS_CONTEXT *esys;
};

static inline struct other_client other_client(void) {
        struct other_client c = { 0 };
        char tcti[128];

        CHECK(Tss2_TctiLdr_Initialize(swtpm_path(tcti, "swtpm:path=%s/socket"), &c.tcti) == TSS2_RC_SUCCESS);
        CHECK(Esys_Initialize(&c.esys, c.tcti, NULL) == TSS2_RC_SUCCESS);
        return c;
}

static inline void other_client_close(struct other_client *c) {
        Esys_Finalize(&c->esys);
        Tss2_TctiLdr_Finalize(&c->tcti);
}

static inline void define_index(TPM2_HANDLE handle, TPMI_ALG_HASH name_algorithm, TPMA_NV attributes) {
        const TPM2B_NV_PUBLIC public = {
                .nvPublic = { .nvIndex = handle, .nameAlg = name_algorithm, .attributes = attributes, .dataSize = 8 },
        };
        const TPM2B_AUTH none = { 0 };
        struct other_client c = other_client();
        ESYS_TR index;

        CHECK(Esys_NV_DefineSpace(c.esys, ESYS_TR_RH_OWNER, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE, &none, &public,
                                  &index) == TSS2_RC_SUCCESS);
        other_client_close(&c);
}

static inline void undefine_index(TPM2_HANDLE handle) {
        struct other_client c = other_client();
        ESYS_TR index;

        CHECK(Esys_TR_FromTPMPublic(c.esys, handle, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, &index) == TSS2_RC_SUCCESS);
        CHECK(Esys_NV_UndefineSpace(c.esys, ESYS_TR_RH_OWNER, index, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE) ==
              TSS2_RC_SUCCESS);
        other_client_close(&c);
}

#endif
