// What is called of libFuzzer, which comes with -sanitize=fuzzer.
#ifndef GATEHOUSE_CLIBFUZZER_H
#define GATEHOUSE_CLIBFUZZER_H

#include <stddef.h>
#include <stdint.h>

// The entry that leaves main to the program.
int LLVMFuzzerRunDriver(int *argc, char ***argv, int (*input)(const uint8_t *data, size_t size));

// libFuzzer's own changes to any bytes; the new size.
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t most);

#endif
