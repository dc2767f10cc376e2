/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VMTEED_SERVER_H
#define VMTEED_SERVER_H

#include "daemon/daemon_key.h"
#include "daemon/options.h"

enum { CONNECTIONS_MAX = 128 };

/* Serves connections, each on a thread of its own, until stop_fd becomes readable; then ends them. */
int server_run(int listen_fd, int stop_fd, const struct options *options, struct daemon_key *key);

#endif
