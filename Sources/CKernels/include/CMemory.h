// Memory for what is large and stays.

#ifndef CMEMORY_H
#define CMEMORY_H

#include <stddef.h>

/// So many bytes, from the beginning of a page on; NULL where there are not so many.
///
/// The system makes each page when it is touched first. To be freed by ck_free_pages.
void *ck_allocate_pages(size_t bytes);

/// Frees what ck_allocate_pages gave; nothing where that is NULL.
void ck_free_pages(void *memory);

#endif
