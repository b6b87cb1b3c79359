// Reading and summing bytes at the speed of memory, and files that get their name when they are complete.
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

/// The CRC-32 of the last `count` bytes, where `whole` is that of all, and `start` that of those before.
uint32_t cb_crc32_rest(uint32_t whole, uint32_t start, size_t count);

/// Whether the processor has the instructions of cb_sha256_blocks_fast.
int32_t cb_has_sha256(void);

/// Takes `count` blocks of 64 bytes into a state of SHA-256 (FIPS 180-4).
void cb_sha256_blocks(uint32_t state[8], const uint8_t *bytes, size_t count);

/// The same, in plain C.
void cb_sha256_blocks_portable(uint32_t state[8], const uint8_t *bytes, size_t count);

/// The same, by the instructions of the processor; must only be called where cb_has_sha256.
void cb_sha256_blocks_fast(uint32_t state[8], const uint8_t *bytes, size_t count);

/// Opens a file for reading at any place, and never waits for somebody to write to it.
///
/// Gives its descriptor and sets `size`; or gives minus the number of an error of the system: EISDIR for
/// a folder, ESPIPE for a pipe, a device or a socket.
int32_t cb_open(const char *path, int64_t *size);

/// Reads `count` bytes of a file from `offset` on, wherever its position is.
///
/// Where `crc` is not NULL, it is updated with the bytes, a piece at a time while that is in cache.
/// Gives 0, the number of an error of the system, or -1 where the file ends before.
int32_t cb_read(int32_t file, int64_t offset, uint8_t *target, size_t count, uint32_t *crc);

/// Makes a file in a folder that has no name, so that nothing is left of it when the program ends in
/// any way. Not every system and file system can do that.
///
/// Gives its descriptor, for reading and writing, or the number of an error of the system, negated.
int32_t cb_create_unnamed(const char *folder);

/// Makes a file that must not be there yet; it is removed where a signal ends the program before it
/// is given another name or removed. Signals that the program handles or ignores are left to it.
///
/// Gives its descriptor, for reading and writing, or the number of an error of the system, negated.
int32_t cb_create_named(const char *path);

/// Removes a file that cb_create_named made.
void cb_remove(const char *path);

/// Gives a file that cb_create_unnamed or cb_create_named made, at `temporary` then, its name, in one
/// step that no reader sees half of. Where it replaces a file, it gets the permissions of that.
///
/// Gives 0, or the number of an error of the system, and EEXIST where there is a file and none is to be
/// replaced. The temporary path must lie in the folder of the other.
int32_t cb_name(
    int32_t file, int32_t is_named, const char *temporary, const char *path, int32_t replace);

#endif
