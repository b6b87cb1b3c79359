// For O_TMPFILE, O_PATH and renameat2; it has to stand before any header.
#define _GNU_SOURCE

#include "CBytes.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "interrupts.h"

#ifdef O_PATH
#define FOLDER_FLAGS (O_PATH | O_DIRECTORY | O_CLOEXEC)
#else
#define FOLDER_FLAGS (O_RDONLY | O_DIRECTORY | O_CLOEXEC)
#endif

int32_t cb_open_folder(const char *path) {
  int folder = open(path, FOLDER_FLAGS);
  return folder < 0 ? -errno : folder;
}

void cb_synchronize_folder(int32_t folder) {
  // What is opened for its names alone cannot be forced to the disk.
  int file = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (file < 0) { return; }
  fsync(file);
  close(file);
}

static void describe(const struct stat *status, cb_status *result) {
  result->device = (uint64_t)status->st_dev;
  result->inode = (uint64_t)status->st_ino;
  result->mode = (uint32_t)(status->st_mode & 07777);
  result->owner = (uint32_t)status->st_uid;
  result->size = (int64_t)status->st_size;
  result->kind = S_ISREG(status->st_mode)   ? CB_REGULAR
                 : S_ISDIR(status->st_mode) ? CB_FOLDER
                 : S_ISLNK(status->st_mode) ? CB_LINK
                                            : CB_OTHER;
}

int32_t cb_status_of_name(int32_t folder, const char *name, cb_status *result) {
  struct stat status;
  if (fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) != 0) { return errno; }
  describe(&status, result);
  return 0;
}

int32_t cb_status_of_path(const char *path, cb_status *result) {
  struct stat status;
  if (stat(path, &status) != 0) { return errno; }
  describe(&status, result);
  return 0;
}

int32_t cb_status_of_file(int32_t file, cb_status *result) {
  struct stat status;
  if (fstat(file, &status) != 0) { return errno; }
  describe(&status, result);
  return 0;
}

#define DESCRIPTOR_PATH 32

static void descriptor_path(char *path, int32_t file) {
  snprintf(path, DESCRIPTOR_PATH, "/proc/self/fd/%d", file);
}

int32_t cb_create_unnamed(int32_t folder) {
#ifdef O_TMPFILE
  int file = openat(folder, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0666);
  if (file < 0) { return -errno; }
  // It gets its name by way of this path.
  char path[DESCRIPTOR_PATH];
  descriptor_path(path, file);
  if (access(path, F_OK) == 0) { return file; }
  close(file);
#endif
  (void)folder;
  return -ENOTSUP;
}

int32_t cb_create_named(int32_t folder, const char *name) {
  cb_remember(folder, name);
  int file = openat(folder, name, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0666);
  if (file >= 0) { return file; }
  int reason = errno;
  cb_forget(folder, name);
  return -reason;
}

void cb_remove(int32_t folder, const char *name) {
  unlinkat(folder, name, 0);
  cb_forget(folder, name);
}

/// Gives the file a name that is free. EEXIST where it is not.
static int take(int32_t folder, int32_t file, int is_named, const char *temporary, const char *name) {
  if (!is_named) {
    char path[DESCRIPTOR_PATH];
    descriptor_path(path, file);
    return linkat(AT_FDCWD, path, folder, name, AT_SYMLINK_FOLLOW) == 0 ? 0 : errno;
  }
  if (linkat(folder, temporary, folder, name, 0) == 0) {
    cb_remove(folder, temporary);
    return 0;
  }
  // Some file systems, as those of memory cards, have no second name for a file.
  if (errno != EPERM && errno != ENOTSUP && errno != ENOSYS && errno != EMLINK) { return errno; }
  struct stat status;
  if (fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) == 0) { return EEXIST; }
  if (renameat(folder, temporary, folder, name) != 0) { return errno; }
  cb_forget(folder, temporary);
  return 0;
}

/// Whether what has a name may be replaced: 0, or why not.
static int judge(int32_t folder, const char *name, const cb_status *inputs, size_t count) {
  cb_status found;
  int reason = cb_status_of_name(folder, name, &found);
  if (reason != 0) { return reason; }
  if (found.kind != CB_REGULAR) { return CB_NOT_A_FILE; }
  for (size_t index = 0; index < count; index++) {
    if (inputs[index].device == found.device && inputs[index].inode == found.inode) {
      return CB_IS_INPUT;
    }
  }
  return 0;
}

/// Puts the file, which is at `temporary`, in the place of what has the name.
static int replace(
    int32_t folder, const char *temporary, const char *name, const cb_status *inputs, size_t count) {
#ifdef RENAME_EXCHANGE
  // The two change places, so that what is judged is what was replaced, and not what was there a moment
  // before.
  if (renameat2(folder, temporary, folder, name, RENAME_EXCHANGE) == 0) {
    int reason = judge(folder, temporary, inputs, count);
    if (reason != 0) { renameat2(folder, temporary, folder, name, RENAME_EXCHANGE); }
    cb_remove(folder, temporary);
    return reason;
  }
  if (errno != EINVAL && errno != ENOSYS && errno != ENOTSUP) { return errno; }
#endif
  int reason = judge(folder, name, inputs, count);
  if (reason != 0) { return reason; }
  if (renameat(folder, temporary, folder, name) != 0) { return errno; }
  cb_forget(folder, temporary);
  return 0;
}

static int publish(
    int32_t folder, int32_t file, int is_named, const char *temporary, const char *name,
    int may_replace, const cb_status *inputs, size_t count) {
  int reason = EEXIST;
  // The name can be taken and given up by others in between.
  for (int attempt = 0; attempt < 8; attempt++) {
    reason = take(folder, file, is_named, temporary, name);
    if (reason != EEXIST || !may_replace) { return reason; }
    if (!is_named) {
      // A file without a name cannot replace another: it gets one for the moment.
      cb_remember(folder, temporary);
      reason = take(folder, file, 0, temporary, temporary);
      if (reason != 0) {
        cb_forget(folder, temporary);
        return reason;
      }
      is_named = 1;
    }
    reason = replace(folder, temporary, name, inputs, count);
    if (reason != ENOENT) { return reason; }
  }
  return reason;
}

int32_t cb_publish(
    int32_t folder, int32_t file, int32_t is_named, const char *temporary, const char *name,
    int32_t may_replace, const cb_status *inputs, size_t count) {
  cb_hold_interrupts();
  int reason = publish(folder, file, is_named, temporary, name, may_replace, inputs, count);
  // Whatever could not be named must not stay.
  if (reason != 0) { cb_remove(folder, temporary); }
  cb_release_interrupts();
  return reason;
}
