// Pools of planes.

#include "check.h"

typedef struct {
  ptrdiff_t length, kernel, stride, dilation, before, after;
} axis;

static ck_window window_of(axis a) {
  const ptrdiff_t reach = (a.kernel - 1) * a.dilation + 1;
  const ptrdiff_t outputs = (a.length + a.before + a.after - reach) / a.stride + 1;
  return (ck_window){a.length, outputs, a.kernel, a.stride, a.dilation, a.before};
}

// Place k of window i, or -1 where it is outside.
static ptrdiff_t place_of(ck_window window, ptrdiff_t i, ptrdiff_t k) {
  const ptrdiff_t place = i * window.stride - window.before + k * window.dilation;
  return place >= 0 && place < window.length ? place : -1;
}

static float larger_of(float value, float next) { return next > value || next != next ? next : value; }

static float maximum_of(const float *plane, const ck_plane_pool *pool, ptrdiff_t i, ptrdiff_t j) {
  float value = -INFINITY;
  for (ptrdiff_t k = 0; k < pool->columns.kernel; k++) {
    const ptrdiff_t column = place_of(pool->columns, j, k);
    float own = -INFINITY;
    for (ptrdiff_t r = 0; r < pool->rows.kernel && column >= 0; r++) {
      const ptrdiff_t row = place_of(pool->rows, i, r);
      if (row >= 0) { own = larger_of(own, plane[row * pool->columns.length + column]); }
    }
    value = larger_of(value, own);
  }
  return value;
}

static float mean_of(const float *plane, const ck_plane_pool *pool, ptrdiff_t i, ptrdiff_t j) {
  double value = 0;
  for (ptrdiff_t k = 0; k < pool->columns.kernel; k++) {
    const ptrdiff_t column = place_of(pool->columns, j, k);
    double own = 0;
    for (ptrdiff_t r = 0; r < pool->rows.kernel && column >= 0; r++) {
      const ptrdiff_t row = place_of(pool->rows, i, r);
      if (row >= 0) { own += plane[row * pool->columns.length + column]; }
    }
    value += own;
  }
  return (float)(value * (pool->column_factors[j] * pool->row_factors[i]));
}

static void check_case(int is_maximum, axis rows, axis columns, int is_odd) {
  enum { PLANES = 2 };
  if (!is_maximum) { rows.dilation = columns.dilation = 1; }
  ck_plane_pool pool = {window_of(rows), window_of(columns), NULL, NULL};
  const ptrdiff_t size = rows.length * columns.length, gap = 3;
  const ptrdiff_t outputs = pool.rows.outputs * pool.columns.outputs;
  const ptrdiff_t line = (pool.columns.outputs - 1) * pool.columns.stride
                         + (pool.columns.kernel - 1) * pool.columns.dilation + 1;
  double row_factors[64], column_factors[64];
  for (int n = 0; n < 64; n++) {
    row_factors[n] = 1.0 / (n % 5 + 1);
    column_factors[n] = 1.0 / (n % 3 + 1);
  }
  if (!is_maximum) {
    pool.row_factors = row_factors;
    pool.column_factors = column_factors;
  }
  float *source = numbers(PLANES * (size + gap) - gap, 1, 0);
  if (is_odd) {
    const float odd[] = {NAN, INFINITY, -INFINITY, -0.0f, 0};
    for (int n = 0; n < COUNT(odd); n++) { source[any_place(size)] = odd[n]; }
  }
  float *work = room(2 * CK_POOL_LINES * line);
  for (ptrdiff_t n = 0; n < 2 * CK_POOL_LINES * line; n++) { work[n] = NAN; }
  float *target = room(PLANES * (outputs + gap) - gap), *wanted = room(PLANES * (outputs + gap) - gap);
  ck_pool_planes(set, is_maximum, source, size + gap, &pool, work, target, outputs + gap, PLANES);
  for (ptrdiff_t p = 0; p < PLANES; p++) {
    const float *plane = source + p * (size + gap);
    float *own = wanted + p * (outputs + gap);
    for (ptrdiff_t i = 0; i < pool.rows.outputs; i++) {
      for (ptrdiff_t j = 0; j < pool.columns.outputs; j++) {
        own[i * pool.columns.outputs + j] =
            is_maximum ? maximum_of(plane, &pool, i, j) : mean_of(plane, &pool, i, j);
      }
    }
  }
  expect_same(target, wanted, PLANES * (outputs + gap) - gap, is_maximum ? "maximum" : "mean");
  made(target, PLANES * (outputs + gap) - gap);
  give_back();
}

void check_pools(void) {
  static const axis axes[] = {
      // length, kernel, stride, dilation, padding before and behind
      {1, 1, 1, 1, 0, 0},  {5, 2, 2, 1, 0, 0},  {7, 3, 1, 1, 1, 1},   {8, 3, 2, 1, 1, 1},
      {17, 3, 1, 2, 2, 2}, {19, 5, 3, 1, 2, 2}, {33, 3, 1, 1, 0, 0},  {35, 2, 1, 1, 0, 1},
      {20, 4, 2, 3, 2, 1}, {40, 18, 1, 1, 9, 9}, {3, 7, 1, 1, 3, 3}, {16, 3, 2, 1, 0, 0},
  };
  for (int is_maximum = 0; is_maximum < 2; is_maximum++) {
    begin(is_maximum ? "ck_pool_planes/maximum" : "ck_pool_planes/mean", ALL_SETS);
    for (int r = 0; r < COUNT(axes); r++) {
      for (int c = 0; c < COUNT(axes); c++) { check_case(is_maximum, axes[r], axes[c], (r + c) % 3 == 2); }
    }
    end();
  }
}
