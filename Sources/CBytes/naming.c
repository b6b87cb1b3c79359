// For O_TMPFILE; it has to stand before any header.
#define _GNU_SOURCE

#include "CBytes.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

// The files that have a name which is not theirs yet. A handler may do nothing but read them.
#define MOST 8
static char pending[MOST][PATH_MAX];
static atomic_int state[MOST];  // 0 free, 1 being changed, 2 in use

static const int signals[] = {SIGHUP, SIGINT, SIGQUIT, SIGPIPE, SIGTERM, SIGXCPU, SIGXFSZ};

static void remove_pending(int number) {
  for (int index = 0; index < MOST; index++) {
    if (atomic_load(&state[index]) == 2) { unlink(pending[index]); }
  }
  // What the signal does by default was set again when it arrived.
  raise(number);
}

static void handle_signals(void) {
  for (size_t index = 0; index < sizeof signals / sizeof *signals; index++) {
    struct sigaction action;
    // What the program has decided itself, as to ignore a signal, stays.
    if (sigaction(signals[index], NULL, &action) != 0 || action.sa_handler != SIG_DFL) { continue; }
    memset(&action, 0, sizeof action);
    action.sa_handler = remove_pending;
    action.sa_flags = (int)SA_RESETHAND;
    sigaction(signals[index], &action, NULL);
  }
}

/// Remembers a name, if there is room.
static void remember(const char *path) {
  if (strlen(path) >= PATH_MAX) { return; }
  for (int index = 0; index < MOST; index++) {
    int expected = 0;
    if (!atomic_compare_exchange_strong(&state[index], &expected, 1)) { continue; }
    strcpy(pending[index], path);
    atomic_store(&state[index], 2);
    handle_signals();
    return;
  }
}

static void forget(const char *path) {
  for (int index = 0; index < MOST; index++) {
    if (atomic_load(&state[index]) == 2 && strcmp(pending[index], path) == 0) {
      atomic_store(&state[index], 0);
      return;
    }
  }
}

#define DESCRIPTOR_PATH 32

static void descriptor_path(char *path, int32_t file) {
  snprintf(path, DESCRIPTOR_PATH, "/proc/self/fd/%d", file);
}

int32_t cb_create_unnamed(const char *folder) {
#ifdef O_TMPFILE
  int file = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0666);
  if (file < 0) { return -errno; }
  // It gets its name by way of this path.
  char path[DESCRIPTOR_PATH];
  descriptor_path(path, file);
  if (access(path, R_OK) == 0) { return file; }
  close(file);
#endif
  (void)folder;
  return -ENOTSUP;
}

int32_t cb_create_named(const char *path) {
  remember(path);
  int file = open(path, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0666);
  if (file >= 0) { return file; }
  int reason = errno;
  forget(path);
  return -reason;
}

void cb_remove(const char *path) {
  unlink(path);
  forget(path);
}

int32_t cb_name(int32_t file, int32_t is_named, const char *temporary, const char *path, int32_t replace) {
  char unnamed[DESCRIPTOR_PATH];
  descriptor_path(unnamed, file);
  if (!replace) {
    // Both fail where the name is taken, and nothing can take it in between.
    if (!is_named) {
      return linkat(AT_FDCWD, unnamed, AT_FDCWD, path, AT_SYMLINK_FOLLOW) == 0 ? 0 : errno;
    }
    if (link(temporary, path) == 0) {
      cb_remove(temporary);
      return 0;
    }
    // Some file systems, as those of memory cards, have no second name for a file.
    if (errno != EPERM && errno != ENOTSUP && errno != ENOSYS && errno != EMLINK) { return errno; }
    struct stat status;
    if (lstat(path, &status) == 0) { return EEXIST; }
  } else {
    struct stat status;
    if (stat(path, &status) == 0) { fchmod(file, status.st_mode & 07777); }
  }
  if (!is_named) {
    // A file without a name cannot replace another: it gets one for the moment.
    remember(temporary);
    if (linkat(AT_FDCWD, unnamed, AT_FDCWD, temporary, AT_SYMLINK_FOLLOW) != 0) {
      int reason = errno;
      forget(temporary);
      return reason;
    }
  }
  if (rename(temporary, path) == 0) {
    forget(temporary);
    return 0;
  }
  int reason = errno;
  cb_remove(temporary);
  return reason;
}
