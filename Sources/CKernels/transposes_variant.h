// One variant of transposes; instruction_sets.h says how it is included.

#include "squares.h"

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

// Up to 16 rows of up to 16 columns.
INLINE void NAME(transpose_square)(const float *source, ptrdiff_t source_stride, ptrdiff_t rows,
                                   ptrdiff_t columns, float *target, ptrdiff_t target_stride) {
  floats row[16];
  _Pragma("unroll") for (int i = 0; i < 16; i++) {
    row[i] = i < rows ? NAME(some_lanes)(source + i * source_stride, columns) : ALL(0);
  }
  NAME(turn_square)(row);
  _Pragma("unroll") for (int j = 0; j < 16; j++) {
    if (j < columns) { NAME(store_lanes)(target + j * target_stride, row[j], rows); }
  }
}

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
