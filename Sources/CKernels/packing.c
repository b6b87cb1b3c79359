// Transposes, and matrices in panels. Both only move floats: four by four of them go through registers.

#include "CKernels.h"

// Four rows of four floats, as columns.
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

void ck_transpose(const float *source, ptrdiff_t source_stride, ptrdiff_t rows, ptrdiff_t columns,
                  float *target, ptrdiff_t target_stride) {
  // As many rows at once as fill a line of the cache of the target: its rows may be so far apart that their
  // lines drive each other out of the cache before they are full.
  const ptrdiff_t most = 16;
  for (ptrdiff_t first = 0; first < rows; first += most) {
    const ptrdiff_t end = rows - first < most ? rows : first + most;
    const ptrdiff_t fours = first + (end - first) / 4 * 4;
    ptrdiff_t n = 0;
    for (; n + 4 <= columns; n += 4) {
      float *to = target + n * target_stride;
      for (ptrdiff_t r = first; r < fours; r += 4) {
        transpose_four(source + r * source_stride + n, source_stride, to + r, target_stride);
      }
    }
    for (; n < columns; n++) {
      for (ptrdiff_t r = first; r < fours; r++) {
        target[n * target_stride + r] = source[r * source_stride + n];
      }
    }
    for (ptrdiff_t r = fours; r < end; r++) {
      for (n = 0; n < columns; n++) {
        target[n * target_stride + r] = source[r * source_stride + n];
      }
    }
  }
}

// Eight rows whose columns stay in order.
static void pack_eight(const float *rows, ptrdiff_t columns, float *panel) {
  ptrdiff_t k = 0;
  for (; k + 4 <= columns; k += 4) {
    transpose_four(rows + k, columns, panel + k * 8, 8);
    transpose_four(rows + 4 * columns + k, columns, panel + k * 8 + 4, 8);
  }
  for (; k < columns; k++) {
    for (ptrdiff_t r = 0; r < 8; r++) { panel[k * 8 + r] = rows[r * columns + k]; }
  }
}

static inline __attribute__((always_inline)) void pack_panel(const float *restrict matrix, ptrdiff_t rows,
                                                             ptrdiff_t columns, ptrdiff_t height,
                                                             const ptrdiff_t *restrict order,
                                                             float *restrict panel) {
  for (ptrdiff_t k = 0; k < columns; k++) {
    const float *column = matrix + (order ? order[k] : k);
    for (ptrdiff_t r = 0; r < rows; r++) { panel[k * height + r] = column[r * columns]; }
    for (ptrdiff_t r = rows; r < height; r++) { panel[k * height + r] = 0; }
  }
}

void ck_pack(const float *matrix, ptrdiff_t rows, ptrdiff_t columns, ptrdiff_t height,
             const ptrdiff_t *order, float *panels) {
  for (ptrdiff_t row = 0; row < rows; row += height) {
    const ptrdiff_t count = rows - row < height ? rows - row : height;
    const float *from = matrix + row * columns;
    float *panel = panels + row * columns;
    if (height == 8 && count == 8 && !order) {
      pack_eight(from, columns, panel);
    } else if (height == 8 && count == 8) {
      pack_panel(from, 8, columns, 8, order, panel);
    } else {
      pack_panel(from, count, columns, height, order, panel);
    }
  }
}
