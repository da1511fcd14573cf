/*
 * fuzz: what a fuzz target is to replay.c and to libFuzzer.
 *
 * A target is fuzz_NAME.c; configure --enable-fuzzers makes the fuzzer
 * fuzz_NAME of it, and replay.c always the test replay_NAME.
 */
#ifndef XZB_FUZZ_H
#define XZB_FUZZ_H

#include "seeds.h"

/* The entry of libFuzzer.  What is wrong ends the program. */
int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

/* Inputs to begin with: number i, false when there is none.  *s is the
 * caller's. */
bool fuzz_seed(struct seed *s, size_t i);

#endif
