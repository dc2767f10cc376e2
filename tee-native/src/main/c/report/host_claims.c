/* SPDX-License-Identifier: Apache-2.0 */
#include "host_claims.h"

#include <errno.h>
#include <string.h>

#include "cbor/cbor.h"
#include "util/detail.h"

enum {
        NAME_MAX_BYTES = 255,
        TRIGGER_MAX_BYTES = 63,
        NONCE_MIN = 8,
        NONCE_MAX = 64,
        COMPONENTS_MAX = 64,
};

static int check_text(const char *text, size_t max, const char *what) {
        const size_t size = text ? strnlen(text, max + 1) : 0;

        if (size < 1 || size > max)
                return vmtee_fail(-EINVAL, "%s must have 1 to %zu bytes", what, max);
        if (!cbor_utf8_valid(text, size))
                return vmtee_fail(-EINVAL, "%s is not UTF-8", what);
        return 0;
}

static int check_nonce(const struct vmtee_host_claims *host) {
        if (!host->nonce && host->nonce_size == 0)
                return 0;
        if (!host->nonce || host->nonce_size < NONCE_MIN || host->nonce_size > NONCE_MAX)
                return vmtee_fail(-EINVAL, "the nonce must have %d to %d bytes", NONCE_MIN, NONCE_MAX);
        return 0;
}

static bool is_measured(const struct measurement *measured, const char *name) {
        for (size_t i = 0; i < measured->n_components; i++)
                if (strcmp(measured->components[i].name, name) == 0)
                        return true;
        return false;
}

static int check_components(const struct vmtee_host_claims *host, const struct measurement *measured) {
        if (host->n_components > COMPONENTS_MAX || (host->n_components > 0 && !host->components))
                return vmtee_fail(-EINVAL, "at most %d components of the host's are allowed", COMPONENTS_MAX);
        for (size_t i = 0; i < host->n_components; i++) {
                const char *name = host->components[i].name;
                const int r = check_text(name, NAME_MAX_BYTES, "a component's name");

                if (r < 0)
                        return r;
                if (i > 0 && strcmp(host->components[i - 1].name, name) >= 0)
                        return vmtee_fail(-EINVAL, "the components are not in the order of their names at \"%s\"", name);
                if (is_measured(measured, name))
                        return vmtee_fail(-EINVAL, "\"%s\" is a component that the module measures itself", name);
        }
        return 0;
}

int host_claims_check(const struct vmtee_host_claims *host, const struct measurement *measured) {
        int r = check_text(host->vm_name, NAME_MAX_BYTES, "the virtual machine's name");

        if (r == 0)
                r = check_text(host->host_id, NAME_MAX_BYTES, "the host's identifier");
        if (r == 0)
                r = check_text(host->trigger, TRIGGER_MAX_BYTES, "the trigger");
        if (r == 0)
                r = check_nonce(host);
        if (r == 0 && host->sequence == 0)
                r = vmtee_fail(-EINVAL, "sequence numbers start at 1");
        return r < 0 ? r : check_components(host, measured);
}
