#include "CMachine.h"

#if defined(__APPLE__)
#include <malloc/malloc.h>

long machine_bytes_in_use(void) {
  malloc_statistics_t statistics;
  malloc_zone_statistics(NULL, &statistics);
  return (long)statistics.size_in_use;
}
#elif defined(__GLIBC__) || __has_include(<gnu/libc-version.h>)
#include <malloc.h>

long machine_bytes_in_use(void) {
  struct mallinfo2 information = mallinfo2();
  return (long)(information.uordblks + information.hblkhd);
}
#else
long machine_bytes_in_use(void) { return -1; }
#endif
