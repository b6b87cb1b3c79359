// Memory for what is large and stays.

#ifndef CMEMORY_H
#define CMEMORY_H

#include <stddef.h>

/// So many bytes, in pages as large as the system gives; NULL where there are not so many.
///
/// Of a large page that nobody has touched yet, the first touch makes two megabytes at once, and 511 faults of small
/// pages do not happen. To be freed by ck_free_pages.
void *ck_allocate_pages(size_t bytes);

/// Frees what ck_allocate_pages gave; nothing where that is NULL.
void ck_free_pages(void *memory);

#endif
