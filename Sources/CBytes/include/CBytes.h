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

/// What something in the file system is.
enum { CB_REGULAR = 0, CB_FOLDER = 1, CB_LINK = 2, CB_OTHER = 3 };

typedef struct {
  /// Both together tell a file from every other.
  uint64_t device;
  uint64_t inode;
  /// One of CB_REGULAR, …
  int32_t kind;
  /// The permissions, with set-user-ID and its like.
  uint32_t mode;
  uint32_t owner;
  /// The number of bytes.
  int64_t size;
} cb_status;

/// What a name in a folder is; a link is not followed. Gives 0, or the number of an error of the system.
int32_t cb_status_of_name(int32_t folder, const char *name, cb_status *result);

/// What a path leads to; links are followed. Gives 0, or the number of an error of the system.
int32_t cb_status_of_path(const char *path, cb_status *result);

/// What an open file is. Gives 0, or the number of an error of the system.
int32_t cb_status_of_file(int32_t file, cb_status *result);

/// Opens a file that is open once more, for reading at any place; as cb_open otherwise.
int32_t cb_open_again(int32_t file, int64_t *size);

/// Opens a folder, to name files in it: what follows is done in this folder, whatever becomes of its path.
///
/// Gives its descriptor, or the number of an error of the system, negated.
int32_t cb_open_folder(const char *path);

/// Forces the names in a folder to the disk, where the file system can do that.
void cb_synchronize_folder(int32_t folder);

/// Makes a file in a folder that has no name, so that nothing is left of it when the program ends in
/// any way. Not every system and file system can do that.
///
/// Gives its descriptor, for reading and writing, or the number of an error of the system, negated.
int32_t cb_create_unnamed(int32_t folder);

/// Makes a file that must not be there yet; it is removed where a signal ends the program before it
/// is given another name or removed. Signals that the program handles or ignores are left to it.
///
/// Gives its descriptor, for reading and writing, or the number of an error of the system, negated.
int32_t cb_create_named(int32_t folder, const char *name);

/// Removes a file that cb_create_named made.
void cb_remove(int32_t folder, const char *name);

/// What keeps a name from being taken, beside the errors of the system.
enum { CB_NOT_A_FILE = -1, CB_IS_INPUT = -2 };

/// Gives a file that cb_create_unnamed or cb_create_named made, called `temporary` then, its name, in one
/// step that no reader sees half of. A signal waits until that is done.
///
/// A file that is replaced must be a regular one and none of the `count` inputs; that is told of the very
/// file that is replaced. Permissions and owner are those of a new file.
///
/// Gives 0, CB_NOT_A_FILE, CB_IS_INPUT, or the number of an error of the system: EEXIST where there is a
/// file and none may be replaced. But for 0, the file is gone then.
int32_t cb_publish(
    int32_t folder, int32_t file, int32_t is_named, const char *temporary, const char *name,
    int32_t may_replace, const cb_status *inputs, size_t count);

/// From here on, SIGHUP, SIGINT, SIGTERM and SIGXCPU end the program with a sentence on stderr and exit
/// code 2, after incomplete files are removed, and a limit of the size of files is an error of writing.
/// For programs only, at their start: a library leaves signals alone.
void cb_end_with_sentences(void);

/// From here on, printing to a pipe that nobody reads is an error like any other.
void cb_ignore_broken_pipes(void);

/// Makes sure that no file that is opened later becomes stdin, stdout or stderr, where one of them is closed.
void cb_reserve_standard_streams(void);

/// Keeps memory that is freed for what comes next, instead of giving it back to the system each time.
///
/// Does nothing where the C library has no such choice.
void cb_keep_freed_memory(void);

#endif
