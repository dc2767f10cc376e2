/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VMTEED_LISTENER_H
#define VMTEED_LISTENER_H

#include <stdbool.h>

struct listener {
        int fd;
        const char *path; /* to be removed at the end; NULL if the socket was handed over */
};

/* Takes the socket that the service manager hands over (sd_listen_fds(3)), or makes one at the path, for its user and group.
 * A negative errno, with the sentence. */
int listener_open(const char *path, struct listener *ret);
void listener_close(struct listener *l);

#endif
