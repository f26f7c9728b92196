#include "dns/dns_data.h"

#include <string.h>

#include "shared/ascii.h"

static bool is_name_octet(char c)
{
    return ascii_is_letter(c) || ascii_is_digit(c) || c == '-' || c == '_';
}

static void add_label(struct buf *out, struct view label)
{
    for (size_t i = 0; i < label.n; i++)
        buf_add_char(out, ascii_lower(label.p[i]));
}

/* The next label; the root's is empty. */
static bool cut_label(struct view *octets, struct view *label)
{
    size_t length = octets->n > 0 ? (unsigned char)octets->p[0] : 64;

    if (length > 63 || length >= octets->n)
        return false;
    *label = view_slice(*octets, 1, 1 + length);
    *octets = view_slice(*octets, 1 + length, octets->n);
    for (size_t i = 0; i < label->n; i++) {
        if (!is_name_octet(label->p[i]))
            return false; /* no host's name: RFC 1123 section 2.1 */
    }
    return true;
}

bool name_data_read(struct view octets, struct buf *out)
{
    struct view label;

    do {
        if (octets.n == 1 && octets.p[0] == '\0')
            return !out->full;
        if (!cut_label(&octets, &label) || label.n == 0)
            return false;
        if (out->len > 0)
            buf_add_char(out, '.');
        add_label(out, label);
    } while (!out->full);
    return false;
}

bool mx_data_read(struct view octets, struct mx_data *out)
{
    struct mx_data got = { 0 };
    struct buf name = buf_over(got.host, sizeof(got.host) - 1);

    if (octets.n < 3)
        return false;
    got.preference = (unsigned)(unsigned char)octets.p[0] << 8 | (unsigned char)octets.p[1];
    if (!name_data_read(view_slice(octets, 2, octets.n), &name))
        return false;
    *out = got;
    return true;
}

bool tlsa_data_read(struct view octets, struct tlsa_data *out)
{
    if (octets.n < 4 || octets.n - 3 > TLSA_DATA_MAX)
        return false;
    out->usage = (uint8_t)octets.p[0];
    out->selector = (uint8_t)octets.p[1];
    out->matching = (uint8_t)octets.p[2];
    out->data_length = octets.n - 3;
    memcpy(out->data, octets.p + 3, out->data_length);
    return true;
}

bool tlsa_usable(const struct tlsa_data *tlsa)
{
    static const size_t lengths[] = { 0, 32, 64 }; /* whole, SHA-256, SHA-512 */

    if (tlsa->usage != 2 && tlsa->usage != 3)
        return false;
    if (tlsa->selector > 1 || tlsa->matching > 2)
        return false;
    return tlsa->matching == 0 || tlsa->data_length == lengths[tlsa->matching];
}

bool txt_data_read(struct view octets, struct buf *out)
{
    while (octets.n > 0) {
        size_t length = (unsigned char)octets.p[0];

        if (length >= octets.n)
            return false;
        buf_add(out, view_slice(octets, 1, 1 + length));
        octets = view_slice(octets, 1 + length, octets.n);
    }
    return !out->full;
}
