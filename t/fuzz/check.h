#ifndef CHECK_H
#define CHECK_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

/*
 * A fuzz target takes any bytes and ends by abort(3) if a property fails.
 * libFuzzer calls it, or replay.c with files.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

#define CHECK(e)	((e) ? (void)0 : abort())

#endif
