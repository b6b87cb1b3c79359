#include "CBytes.h"

#if defined(__GLIBC__)
#include <malloc.h>
#endif

void cb_keep_freed_memory(void) {
#if defined(__GLIBC__)
  // The largest threshold that is taken; setting either keeps the library from moving it.
  mallopt(M_MMAP_THRESHOLD, 32 << 20);
  mallopt(M_TRIM_THRESHOLD, 64 << 20);
#endif
}
