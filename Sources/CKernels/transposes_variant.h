// One variant of transposes; instruction_sets.h says how it is included.

#include "vectors.h"

// Four by four, and what is left over one by one.
//
// As many rows at once as fill a line of the cache of the target: its rows may be so far apart that their lines drive
// each other out of the cache before they are full.
static void NAME(transpose_by_fours)(const float *source, ptrdiff_t source_stride, ptrdiff_t rows,
                                     ptrdiff_t columns, float *target, ptrdiff_t target_stride) {
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

#if LANES == 16

#define PAIRS(a, b, low) /* of each four lanes two of a and two of b, in turn */                  \
  __builtin_shufflevector(a, b, low, low + 16, low + 1, low + 17, low + 4, low + 20, low + 5,      \
                          low + 21, low + 8, low + 24, low + 9, low + 25, low + 12, low + 28,      \
                          low + 13, low + 29)
#define FOURS(a, b, low) /* of each four lanes two of a, and then two of b */                     \
  __builtin_shufflevector(a, b, low, low + 1, low + 16, low + 17, low + 4, low + 5, low + 20,      \
                          low + 21, low + 8, low + 9, low + 24, low + 25, low + 12, low + 13,      \
                          low + 28, low + 29)
#define HALVES(a, b, low) /* eight lanes of a, and then eight of b */                             \
  __builtin_shufflevector(a, b, low, low + 1, low + 2, low + 3, low + 4, low + 5, low + 6,         \
                          low + 7, low + 16, low + 17, low + 18, low + 19, low + 20, low + 21,     \
                          low + 22, low + 23)
#define QUARTERS(a, b, low) /* of each eight lanes of a four, and then of those of b */           \
  __builtin_shufflevector(a, b, low, low + 1, low + 2, low + 3, low + 8, low + 9, low + 10,        \
                          low + 11, low + 16, low + 17, low + 18, low + 19, low + 24, low + 25,    \
                          low + 26, low + 27)

// Up to 16 rows of up to 16 columns, in registers: squares of four by four are turned, and then put in their places.
INLINE void NAME(transpose_square)(const float *source, ptrdiff_t source_stride, ptrdiff_t rows,
                                   ptrdiff_t columns, float *target, ptrdiff_t target_stride) {
  floats row[16];
  _Pragma("unroll") for (int i = 0; i < 16; i++) {
    row[i] = i < rows ? NAME(some_lanes)(source + i * source_stride, columns) : ALL(0);
  }
  floats turned[16];
  _Pragma("unroll") for (int i = 0; i < 16; i += 4) {
    const floats a = PAIRS(row[i], row[i + 1], 0), b = PAIRS(row[i], row[i + 1], 2);
    const floats c = PAIRS(row[i + 2], row[i + 3], 0), d = PAIRS(row[i + 2], row[i + 3], 2);
    turned[i] = FOURS(a, c, 0);
    turned[i + 1] = FOURS(a, c, 2);
    turned[i + 2] = FOURS(b, d, 0);
    turned[i + 3] = FOURS(b, d, 2);
  }
  // Vector 4 g + j has, of rows 4 g to 4 g + 3, the columns j, j + 4, j + 8 and j + 12.
  floats column[16];
  _Pragma("unroll") for (int j = 0; j < 4; j++) {
    const floats a = turned[j], b = turned[4 + j], c = turned[8 + j], d = turned[12 + j];
    const floats low[2] = {HALVES(a, b, 0), HALVES(c, d, 0)}, high[2] = {HALVES(a, b, 8), HALVES(c, d, 8)};
    column[j] = QUARTERS(low[0], low[1], 0);
    column[4 + j] = QUARTERS(low[0], low[1], 4);
    column[8 + j] = QUARTERS(high[0], high[1], 0);
    column[12 + j] = QUARTERS(high[0], high[1], 4);
  }
  _Pragma("unroll") for (int j = 0; j < 16; j++) {
    if (j < columns) { NAME(store_lanes)(target + j * target_stride, column[j], rows); }
  }
}
#undef PAIRS
#undef FOURS
#undef HALVES
#undef QUARTERS

// Lines of a matrix are far apart, and no prefetcher of a processor finds the next ones: those of a square that comes
// so many rows or columns later are asked for. A line may begin within a row of the square.
#define PLACES_AHEAD 64
INLINE void NAME(fetch_square)(const float *from, ptrdiff_t stride) {
  for (int i = PLACES_AHEAD; i < PLACES_AHEAD + 16; i++) {
    __builtin_prefetch(from + i * stride);
    __builtin_prefetch(from + i * stride + 15);
  }
}

// What fills less than a square at an edge.
static __attribute__((noinline)) void NAME(transpose_edge)(const float *source,
                                                           ptrdiff_t source_stride, ptrdiff_t rows,
                                                           ptrdiff_t columns, float *target,
                                                           ptrdiff_t target_stride) {
  if (rows < 4 || columns < 4) {
    NAME(transpose_by_fours)(source, source_stride, rows, columns, target, target_stride);
  } else {
    NAME(transpose_square)(source, source_stride, rows, columns, target, target_stride);
  }
}

static void NAME(transpose)(const float *source, ptrdiff_t source_stride, ptrdiff_t rows,
                            ptrdiff_t columns, float *target, ptrdiff_t target_stride) {
  if (rows < 4 || columns < 4) {
    NAME(transpose_by_fours)(source, source_stride, rows, columns, target, target_stride);
    return;
  }
  for (ptrdiff_t r = 0; r < rows; r += 16) {
    const ptrdiff_t height = rows - r < 16 ? rows - r : 16;
    for (ptrdiff_t n = 0; n < columns; n += 16) {
      const ptrdiff_t width = columns - n < 16 ? columns - n : 16;
      const float *from = source + r * source_stride + n;
      float *to = target + n * target_stride + r;
      if (r + PLACES_AHEAD + 16 <= rows) { NAME(fetch_square)(from, source_stride); }
      if (n + PLACES_AHEAD + 16 <= columns) { NAME(fetch_square)(to, target_stride); }
      if (height == 16 && width == 16) {
        NAME(transpose_square)(from, source_stride, 16, 16, to, target_stride);
      } else {
        NAME(transpose_edge)(from, source_stride, height, width, to, target_stride);
      }
    }
  }
}

#undef PLACES_AHEAD

#else

static void NAME(transpose)(const float *source, ptrdiff_t source_stride, ptrdiff_t rows,
                            ptrdiff_t columns, float *target, ptrdiff_t target_stride) {
  NAME(transpose_by_fours)(source, source_stride, rows, columns, target, target_stride);
}

#endif
