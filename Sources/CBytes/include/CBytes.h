// Reading and summing bytes at the speed of memory.
//
// The checksum is the CRC-32 of zip and PNG (reflected polynomial 0xEDB88320). Where the processor can
// multiply without carries (PCLMULQDQ of x86-64, found at run time), 64 bytes are folded at once; else
// zlib computes it. Both give the same number for the same bytes.
//
// Pointers. All memory that the arguments describe must be there; nothing is checked here.

#ifndef CBYTES_H
#define CBYTES_H

#include <stddef.h>
#include <stdint.h>

/// Whether the processor has the instructions of cb_crc32_folded.
int32_t cb_can_fold(void);

/// The CRC-32 of `count` bytes, where `crc` is that of the bytes before, or 0.
uint32_t cb_crc32(uint32_t crc, const uint8_t *bytes, size_t count);

/// The same, by zlib.
uint32_t cb_crc32_portable(uint32_t crc, const uint8_t *bytes, size_t count);

/// The same, by carry-less multiplication; must only be called where cb_can_fold.
uint32_t cb_crc32_folded(uint32_t crc, const uint8_t *bytes, size_t count);

/// Reads `count` bytes of a file from `offset` on, wherever its position is.
///
/// Where `crc` is not NULL, it is updated with the bytes, a piece at a time while that is in cache.
/// Gives 0, the number of an error of the system, or -1 where the file ends before.
int32_t cb_read(int32_t file, int64_t offset, uint8_t *target, size_t count, uint32_t *crc);

#endif
