// Four rows of four floats become columns: what transposes and panels are made of.

#ifndef CKERNELS_TRANSPOSING_H
#define CKERNELS_TRANSPOSING_H

#include <stddef.h>

static inline __attribute__((always_inline)) void transpose_four(const float *source,
                                                                 ptrdiff_t source_stride,
                                                                 float *target,
                                                                 ptrdiff_t target_stride) {
  typedef float four __attribute__((ext_vector_type(4), aligned(4)));
  const four a = *(const four *)source, b = *(const four *)(source + source_stride),
             c = *(const four *)(source + 2 * source_stride),
             d = *(const four *)(source + 3 * source_stride);
  const four ab = __builtin_shufflevector(a, b, 0, 4, 1, 5),
             cd = __builtin_shufflevector(c, d, 0, 4, 1, 5),
             ab_high = __builtin_shufflevector(a, b, 2, 6, 3, 7),
             cd_high = __builtin_shufflevector(c, d, 2, 6, 3, 7);
  *(four *)target = __builtin_shufflevector(ab, cd, 0, 1, 4, 5);
  *(four *)(target + target_stride) = __builtin_shufflevector(ab, cd, 2, 3, 6, 7);
  *(four *)(target + 2 * target_stride) = __builtin_shufflevector(ab_high, cd_high, 0, 1, 4, 5);
  *(four *)(target + 3 * target_stride) = __builtin_shufflevector(ab_high, cd_high, 2, 3, 6, 7);
}

#endif
