/* SPDX-License-Identifier: Apache-2.0 */
#include "util/detail.h"

#include <stdarg.h>
#include <stdio.h>

#include "vmtee.h"

static _Thread_local char sentence[512];

int vmtee_fail(int error, const char *format, ...) {
        va_list arguments;

        va_start(arguments, format);
        (void)vsnprintf(sentence, sizeof(sentence), format, arguments);
        va_end(arguments);
        return error;
}

const char *vmtee_detail(void) {
        return sentence;
}
