/* SPDX-License-Identifier: BSD-2-Clause */
/* What libfdt asks of a C library; memcpy and its relatives are in string.c. */
#include <stddef.h>
#include <stdint.h>

#include "boot.h"

extern uintptr_t __stack_chk_guard;
uintptr_t __stack_chk_guard = 0x595e9fbd94fda766; /* any value: it finds overflows, it does not stop an attacker */
void __stack_chk_fail(void);
void *memchr(const void *s, int c, size_t n);
char *strchr(const char *s, int c);
char *strrchr(const char *s, int c);
size_t strlen(const char *s);
size_t strnlen(const char *s, size_t max);
unsigned long strtoul(const char *s, char **end, int base);

void __stack_chk_fail(void) { boot_fail("stack overflow while reading the device tree"); }

void *memchr(const void *s, int c, size_t n)
{
    const uint8_t *p = s;
    for (; n; n--, p++)
        if (*p == (uint8_t)c)
            return (void *)(uintptr_t)p;
    return NULL;
}

size_t strnlen(const char *s, size_t max)
{
    size_t n = 0;
    while (n < max && s[n])
        n++;
    return n;
}

size_t strlen(const char *s)
{
    size_t n = 0;
    while (s[n])
        n++;
    return n;
}

char *strchr(const char *s, int c) { return memchr(s, c, strlen(s) + 1); }

char *strrchr(const char *s, int c)
{
    char *last = NULL;
    for (;; s++) {
        if (*s == (char)c)
            last = (char *)(uintptr_t)s;
        if (!*s)
            return last;
    }
}

/* Only overlays call this, which the boot stage does not use; numbers are decimal there. */
unsigned long strtoul(const char *s, char **end, int base)
{
    unsigned long value = 0;
    for (; *s >= '0' && *s < '0' + (base < 10 ? base : 10); s++)
        value = value * (unsigned)base + (unsigned)(*s - '0');
    if (end)
        *end = (char *)(uintptr_t)s;
    return value;
}
