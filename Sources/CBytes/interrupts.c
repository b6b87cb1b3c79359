#include "interrupts.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include "CBytes.h"

// The files that have a name which is not theirs yet. A handler may do nothing but read them.
#define MOST 8
static struct {
  int32_t folder;
  char name[NAME_MAX + 1];
} pending[MOST];
static atomic_int state[MOST];  // 0 free, 1 being changed, 2 in use

static atomic_int holders;  // how many are naming a file just now
static atomic_int waiting;  // the signal that came meanwhile, or 0
static atomic_int has_sentence;  // whether the program ends with a sentence, and code 2

static const struct {
  int number;
  int is_told;
  const char *sentence;
} signals[] = {
    {SIGHUP, 1, "error: the terminal was closed (SIGHUP); no incomplete file is left\n"},
    {SIGINT, 1, "error: interrupted (SIGINT); no incomplete file is left\n"},
    {SIGTERM, 1, "error: terminated (SIGTERM); no incomplete file is left\n"},
    {SIGXCPU, 1, "error: the limit of processor time is reached (SIGXCPU); no incomplete file is left\n"},
    {SIGQUIT, 0, ""},
    {SIGPIPE, 0, ""},
    {SIGXFSZ, 0, ""},
};
#define SIGNALS (sizeof signals / sizeof *signals)

static void end(int number) {
  for (int index = 0; index < MOST; index++) {
    if (atomic_load(&state[index]) == 2) { unlinkat(pending[index].folder, pending[index].name, 0); }
  }
  for (size_t index = 0; index < SIGNALS && atomic_load(&has_sentence); index++) {
    if (signals[index].number != number || !signals[index].is_told) { continue; }
    // A line that shows progress is cleared.
    const char *sentence = signals[index].sentence;
    if (isatty(STDERR_FILENO)) { (void)!write(STDERR_FILENO, "\r\033[K", 4); }
    (void)!write(STDERR_FILENO, sentence, strlen(sentence));
    _exit(2);
  }
  signal(number, SIG_DFL);
  raise(number);
}

static void on_signal(int number) {
  int reason = errno;
  if (atomic_load(&holders) > 0) {
    atomic_store(&waiting, number);
  } else {
    end(number);
  }
  errno = reason;
}

static void handle(int number) {
  struct sigaction action;
  // What the program has decided itself, as to ignore a signal, stays.
  if (sigaction(number, NULL, &action) != 0 || action.sa_handler != SIG_DFL) { return; }
  memset(&action, 0, sizeof action);
  action.sa_handler = on_signal;
  action.sa_flags = SA_RESTART;
  sigaction(number, &action, NULL);
}

void cb_remember(int32_t folder, const char *name) {
  if (strlen(name) > NAME_MAX) { return; }
  for (int index = 0; index < MOST; index++) {
    int expected = 0;
    if (!atomic_compare_exchange_strong(&state[index], &expected, 1)) { continue; }
    pending[index].folder = folder;
    strcpy(pending[index].name, name);
    atomic_store(&state[index], 2);
    for (size_t other = 0; other < SIGNALS; other++) { handle(signals[other].number); }
    return;
  }
}

void cb_forget(int32_t folder, const char *name) {
  for (int index = 0; index < MOST; index++) {
    if (atomic_load(&state[index]) == 2 && pending[index].folder == folder
        && strcmp(pending[index].name, name) == 0) {
      atomic_store(&state[index], 0);
      return;
    }
  }
}

void cb_hold_interrupts(void) { atomic_fetch_add(&holders, 1); }

void cb_release_interrupts(void) {
  if (atomic_fetch_sub(&holders, 1) != 1) { return; }
  int number = atomic_exchange(&waiting, 0);
  if (number != 0) { end(number); }
}

void cb_end_with_sentences(void) {
  atomic_store(&has_sentence, 1);
  sigset_t told;
  sigemptyset(&told);
  for (size_t index = 0; index < SIGNALS; index++) {
    if (!signals[index].is_told) { continue; }
    handle(signals[index].number);
    sigaddset(&told, signals[index].number);
  }
  // A program that is started by a thread which blocks signals blocks them too.
  sigprocmask(SIG_UNBLOCK, &told, NULL);
  // A file that grows beyond the limit is an error of write() then.
  signal(SIGXFSZ, SIG_IGN);
}

void cb_ignore_broken_pipes(void) { signal(SIGPIPE, SIG_IGN); }

void cb_reserve_standard_streams(void) {
  for (int file = 0; file < 3; file++) {
    if (fcntl(file, F_GETFD) == -1 && errno == EBADF) {
      // The lowest number that is free is this one. What is opened the wrong way round cannot be read or
      // written, as is so where nothing is open.
      (void)!open("/dev/null", file == STDIN_FILENO ? O_WRONLY : O_RDONLY);
    }
  }
}
