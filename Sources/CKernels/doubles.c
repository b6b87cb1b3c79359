// Products of matrices in double precision, for each instruction set. See doubles_variant.h.

#include "CKernels.h"
#include "dispatch.h"

#include <stdlib.h>

// Every product is rounded before it is added, so that all instruction sets give the same bits.
#pragma clang fp contract(off)
#pragma STDC FP_CONTRACT OFF

#if defined(__x86_64__)

#define NAME(x) x##_baseline
#define LANES 2
#include "doubles_variant.h"
#undef NAME
#undef LANES

#pragma clang attribute push(__attribute__((target("avx2"))), apply_to = function)
#define NAME(x) x##_avx2
#define LANES 4
#include "doubles_variant.h"
#undef NAME
#undef LANES
#pragma clang attribute pop

#pragma clang attribute push(__attribute__((target("avx512f,avx512vl,avx2"))), apply_to = function)
#define NAME(x) x##_avx512
#define LANES 8
#include "doubles_variant.h"
#pragma clang attribute pop

#else

#define NAME(x) x##_baseline
#define LANES 2
#include "doubles_variant.h"

#endif

int32_t ck_multiply_doubles(int32_t instruction_set, const double *left, const double *right,
                            double *result, ptrdiff_t rows, ptrdiff_t inner, ptrdiff_t columns) {
  // A panel of the right factor, as wide as the widest tile.
  double *panel = malloc((size_t)inner * 16 * sizeof(double));
  if (!panel) { return 0; }
  DISPATCH(multiply_doubles, left, right, result, panel, rows, inner, columns)
  free(panel);
  return 1;
}
