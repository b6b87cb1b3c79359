#include "CMemory.h"

#include <stdint.h>
#include <stdlib.h>

// The largest page that anybody begins memory at.
#define PAGE ((size_t)1 << 16)

void *ck_allocate_pages(size_t bytes) {
  void *memory = NULL;
  if (bytes > SIZE_MAX - PAGE) { return NULL; }
  // To ask for pages of two megabytes (MADV_HUGEPAGE) makes it faster where these are at hand. But in a virtual
  // machine that gives memory back to its host they mostly are not, and then it takes several times as long.
  return posix_memalign(&memory, PAGE, (bytes + PAGE - 1) / PAGE * PAGE) == 0 ? memory : NULL;
}

void ck_free_pages(void *memory) { free(memory); }
