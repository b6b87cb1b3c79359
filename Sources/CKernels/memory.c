// madvise is no part of POSIX.
#define _DEFAULT_SOURCE

#include "CMemory.h"

#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

// The large pages of x86-64, and of most arm64.
#define LARGE_PAGE ((size_t)1 << 21)

void *ck_allocate_pages(size_t bytes) {
  void *memory = NULL;
  if (bytes > SIZE_MAX - LARGE_PAGE) { return NULL; }
  if (posix_memalign(&memory, LARGE_PAGE, (bytes + LARGE_PAGE - 1) / LARGE_PAGE * LARGE_PAGE) != 0) {
    return NULL;
  }
#if defined(MADV_HUGEPAGE)
  // Where the system has none, its small pages are as good.
  madvise(memory, bytes, MADV_HUGEPAGE);
#endif
  return memory;
}

void ck_free_pages(void *memory) { free(memory); }
