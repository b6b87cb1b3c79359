// Copies, and loops over elements that only add, multiply and compare.

#include "check.h"

static void check_copy_rows(void) {
  static const ptrdiff_t columns[] = {0, 1, 3, 4, 7, 8, 11, 16, 19, 33, 70};
  static const ptrdiff_t counts[][2] = {{0, 2}, {2, 0}, {1, 1}, {1, 4}, {3, 2}};
  begin("ck_copy_rows", ALL_SETS);
  for (ptrdiff_t step = 1; step <= 5; step++) {
    for (ptrdiff_t target_step = 1; target_step <= 3; target_step++) {
      for (int c = 0; c < COUNT(columns); c++) {
        for (int n = 0; n < COUNT(counts) * 2; n++) {
          const ptrdiff_t length = columns[c], gap = n % 2;
          const ptrdiff_t planes = counts[n / 2][0], rows = counts[n / 2][1];
          const ptrdiff_t stride = length * step + 2 * gap, target_stride = length * target_step + gap;
          const ptrdiff_t plane = rows * stride + 3 * gap, target_plane = rows * target_stride + 2 * gap;
          const int is_empty = planes == 0 || rows == 0 || length == 0;
          const ptrdiff_t last = (planes - 1) * plane + (rows - 1) * stride + (length - 1) * step;
          const ptrdiff_t target_last = (planes - 1) * target_plane + (rows - 1) * target_stride
                                        + (length - 1) * target_step;
          const ptrdiff_t count = is_empty ? 0 : target_last + 1;
          float *source = numbers(is_empty ? 0 : last + 1, 1, 0);
          float *target = room(count), *wanted = room(count);
          ck_copy_rows(set, source, plane, stride, step, target, target_plane, target_stride, target_step,
                       planes, rows, length);
          for (ptrdiff_t p = 0; p < planes; p++) {
            for (ptrdiff_t r = 0; r < rows; r++) {
              for (ptrdiff_t i = 0; i < length; i++) {
                wanted[p * target_plane + r * target_stride + i * target_step] =
                    source[p * plane + r * stride + i * step];
              }
            }
          }
          expect_same(target, wanted, count, "copy");
          made(target, count);
          give_back();
        }
      }
    }
  }
  end();
}

static void check_transpose(void) {
  begin("ck_transpose", ALL_SETS);
  for (ptrdiff_t rows = 0; rows <= 100; rows += rows < 36 ? 1 : 16) {
    for (ptrdiff_t columns = 0; columns <= 100; columns += columns < 36 ? 1 : 16) {
      for (ptrdiff_t gap = 0; gap <= 2; gap += 2) {
        const ptrdiff_t stride = columns + gap, target_stride = rows + gap;
        const int is_empty = rows == 0 || columns == 0;
        const ptrdiff_t count = is_empty ? 0 : (columns - 1) * target_stride + rows;
        float *source = numbers(is_empty ? 0 : (rows - 1) * stride + columns, 1, 0);
        float *target = room(count), *wanted = room(count);
        ck_transpose(set, source, stride, rows, columns, target, target_stride);
        for (ptrdiff_t r = 0; r < rows; r++) {
          for (ptrdiff_t c = 0; c < columns; c++) {
            wanted[c * target_stride + r] = source[r * stride + c];
          }
        }
        expect_same(target, wanted, count, "transposed");
        made(target, count);
        give_back();
      }
    }
  }
  end();
}

// Numbers among which are those that comparisons and sums treat in their own ways.
static float *odd_numbers(ptrdiff_t count) {
  static const float odd[] = {0,       -0.0f,    INFINITY,  -INFINITY, NAN,    0x1p-149f,
                              -0x1p-149f, 0x1p-126f, -0x1p-127f, FLT_MAX,   -FLT_MAX};
  float *own = numbers(count, 1, 0);
  for (ptrdiff_t n = 0; n < count; n++) {
    if (any_place(2) == 0) { own[n] = odd[any_place(COUNT(odd))]; }
  }
  return own;
}

typedef void (*pair_loop)(int32_t, const float *, float *, ptrdiff_t);

static float sum_of(float target, float source) { return target + source; }
static float product_of(float target, float source) { return target * source; }
static float larger_of(float target, float source) {
  return target >= source || target != target ? target : source;
}

static void check_pairs(const char *name, pair_loop run, float (*define)(float, float)) {
  begin(name, ALL_SETS);
  for (ptrdiff_t count = 0; count <= 150; count++) {
    float *source = odd_numbers(count), *target = odd_numbers(count), *wanted = room(count);
    for (ptrdiff_t n = 0; n < count; n++) { wanted[n] = define(target[n], source[n]); }
    run(set, source, target, count);
    expect_same(target, wanted, count, "pairs");
    made(target, count);
    give_back();
  }
  end();
}

void check_copies(void) {
  check_copy_rows();
  check_transpose();
  check_pairs("ck_add", ck_add, sum_of);
  check_pairs("ck_multiply_elements", ck_multiply_elements, product_of);
  check_pairs("ck_maximum", ck_maximum, larger_of);
}
