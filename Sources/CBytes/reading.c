#include "CBytes.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

// Small enough to be summed while it is in the second cache, large enough that the calls of the system
// do not count.
#define PIECE ((size_t)1 << 17)

static int32_t checked(int file, int64_t *size) {
  if (file < 0) { return -errno; }
  struct stat status;
  int32_t reason = fstat(file, &status) != 0   ? errno
                   : S_ISDIR(status.st_mode)   ? EISDIR
                   : !S_ISREG(status.st_mode)  ? ESPIPE
                                               : 0;
  if (reason != 0) {
    close(file);
    return -reason;
  }
  *size = (int64_t)status.st_size;
  return file;
}

int32_t cb_open(const char *path, int64_t *size) {
  // Without O_NONBLOCK, a pipe would be waited for until somebody writes to it.
  return checked(open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), size);
}

int32_t cb_open_again(int32_t file, int64_t *size) {
  return checked(fcntl(file, F_DUPFD_CLOEXEC, 0), size);
}

int32_t cb_read(int32_t file, int64_t offset, uint8_t *target, size_t count, uint32_t *crc) {
  uint32_t sum = crc ? *crc : 0;
  while (count > 0) {
    size_t wanted = count < PIECE ? count : PIECE;
    ssize_t got = pread(file, target, wanted, (off_t)offset);
    if (got < 0 && errno == EINTR) { continue; }
    if (got < 0) { return errno; }
    if (got == 0) { return -1; }
    if (crc) { sum = cb_crc32(sum, target, (size_t)got); }
    target += got;
    offset += got;
    count -= (size_t)got;
  }
  if (crc) { *crc = sum; }
  return 0;
}
