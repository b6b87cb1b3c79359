#include "CAllocationCounter.h"

#if defined(__APPLE__)
#include <malloc/malloc.h>

long bytesInUse(void) {
  malloc_statistics_t statistics;
  malloc_zone_statistics(NULL, &statistics);
  return (long)statistics.size_in_use;
}
#elif defined(__GLIBC__) || __has_include(<gnu/libc-version.h>)
#include <malloc.h>

long bytesInUse(void) {
  struct mallinfo2 information = mallinfo2();
  return (long)(information.uordblks + information.hblkhd);
}
#else
long bytesInUse(void) { return -1; }
#endif
