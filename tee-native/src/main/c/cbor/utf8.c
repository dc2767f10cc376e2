/* SPDX-License-Identifier: Apache-2.0 */
#include "cbor.h"

/* How many bytes follow a lead byte, and the least code point that needs so many (RFC 3629, 3). */
struct utf8_form {
        unsigned follow;
        uint32_t initial; /* the lead byte's share of the code point */
        uint32_t least;
};

static bool utf8_form(uint8_t lead, struct utf8_form *ret) {
        if (lead < 0x80)
                *ret = (struct utf8_form){ 0, lead, 0 };
        else if ((lead & 0xe0) == 0xc0)
                *ret = (struct utf8_form){ 1, lead & 0x1fu, 0x80 };
        else if ((lead & 0xf0) == 0xe0)
                *ret = (struct utf8_form){ 2, lead & 0x0fu, 0x800 };
        else if ((lead & 0xf8) == 0xf0)
                *ret = (struct utf8_form){ 3, lead & 0x07u, 0x10000 };
        else
                return false;
        return true;
}

bool cbor_utf8_valid(const char *text, size_t size) {
        size_t i = 0;

        while (i < size) {
                struct utf8_form form;

                if (!utf8_form((uint8_t)text[i++], &form) || form.follow > size - i)
                        return false;
                uint32_t c = form.initial;
                for (unsigned k = 0; k < form.follow; k++) {
                        const uint8_t next = (uint8_t)text[i++];

                        if ((next & 0xc0) != 0x80)
                                return false;
                        c = c << 6 | (next & 0x3fu);
                }
                if (c < form.least || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
                        return false;
        }
        return true;
}
