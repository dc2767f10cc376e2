/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libvmtee-client.so: all of vmtee.h, done by vmteed behind its socket. Each handle is a connection; what its process leaves
 * behind, the daemon frees. Beside vmtee.h's errors, -ENODEV says that vmteed cannot be reached or has gone: handles of before
 * are then of no use any more, but for a vmtee_key, which connects anew; new ones can be made once it is back.
 * vmtee_key_open() gives the daemon's own key, whatever its arguments say.
 */
#ifndef VMTEE_CLIENT_H
#define VMTEE_CLIENT_H

#include "vmtee.h"

#define VMTEE_CLIENT_SOCKET "/run/vmteed/vmteed.sock"

/* Where handles made from now on find vmteed; otherwise at the environment's VMTEED_SOCKET, or at VMTEE_CLIENT_SOCKET.
 * -ENAMETOOLONG. */
VMTEE_API int vmtee_client_use(const char *socket_path);

#endif
