// The variants of ck_finish_rows, which products call for outputs that they have just written.

#ifndef CKERNELS_FINISH_H
#define CKERNELS_FINISH_H

#include "CKernels.h"

#define FINISH_ROWS(set)                                                                          \
  void ck_finish_rows_##set(const ck_finish *finish, ptrdiff_t rows, float *output,               \
                            ptrdiff_t stride, ptrdiff_t columns);
FINISH_ROWS(baseline)
#if defined(__x86_64__)
FINISH_ROWS(avx2)
FINISH_ROWS(avx512)
#endif
#undef FINISH_ROWS

#endif
