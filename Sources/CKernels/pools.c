// Pools in space and in time, for each instruction set. See pools_variant.h.

#include "CKernels.h"
#include "dispatch.h"

// Frames or rows that are combined at once; of more, the result so far is the first of the next ones.
#define MOST_ROWS 16

// The places of a window that are inside.
typedef struct {
  ptrdiff_t first, count;
} ck_part;

static inline ck_part part_of(ck_window window, ptrdiff_t index) {
  const ptrdiff_t start = index * window.stride - window.before;
  const ptrdiff_t skipped = start < 0 ? (-start + window.dilation - 1) / window.dilation : 0;
  const ptrdiff_t first = start + skipped * window.dilation;
  const ptrdiff_t left =
      first < window.length ? (window.length - 1 - first) / window.dilation + 1 : 0;
  const ptrdiff_t most = window.kernel - skipped;
  const ptrdiff_t count = most < left ? most : left;
  return (ck_part){first, count < 0 ? 0 : count};
}

// The places that the windows of a line cover, padding included, and how many of them are inside.
static inline ptrdiff_t line_length(ck_window columns) {
  return (columns.outputs - 1) * columns.stride + (columns.kernel - 1) * columns.dilation + 1;
}

static inline ptrdiff_t inside_of(ck_window columns, ptrdiff_t length) {
  const ptrdiff_t rest = length - columns.before;
  return rest < columns.length ? rest : columns.length;
}

static inline void pick(const float *restrict source, ptrdiff_t step, float *restrict target,
                        ptrdiff_t count) {
  if (step == 2) {
    // A loop of its own, since the compiler has vectors for this step.
    for (ptrdiff_t n = 0; n < count; n++) { target[n] = source[2 * n]; }
  } else {
    for (ptrdiff_t n = 0; n < count; n++) { target[n] = source[n * step]; }
  }
}

#define VARIANT "pools_variant.h"
#include "instruction_sets.h"

void ck_pool_planes(int32_t instruction_set, int32_t is_maximum, const float *source,
                    ptrdiff_t source_plane, const ck_plane_pool *pool, float *work, float *target,
                    ptrdiff_t target_plane, ptrdiff_t planes) {
  for (ptrdiff_t p = 0; p < planes; p++) {
    if (is_maximum) {
      DISPATCH(pool_maximum, source, pool, work, target)
    } else {
      DISPATCH(pool_mean, source, pool, work, target)
    }
    source += source_plane;
    target += target_plane;
  }
}

void ck_pool_frames(int32_t instruction_set, int32_t is_maximum, ck_frames frames, float divisor,
                    float *target, ptrdiff_t stride, ptrdiff_t rows, ptrdiff_t columns) {
  // Rows without a gap are one row.
  if (stride == columns) {
    columns *= rows;
    rows = 1;
  }
  for (ptrdiff_t row = 0; row < rows; row++) {
    DISPATCH(pool_frames, is_maximum, frames, divisor, target, columns)
    frames.slots += columns;
    target += stride;
  }
}
