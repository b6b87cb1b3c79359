// Normalizations of the columns of a matrix: each has the same bits by itself and beside others.

#include "check.h"
#include "definitions.h"

static void check_case(ptrdiff_t size, ptrdiff_t columns, float offset, const float *weight,
                       const float *bias) {
  // What is far from zero has few digits behind the point, and its mean as well.
  const double eps = 1e-5, slack = 1e-12 + offset * 1e-15;
  const ptrdiff_t count = size * columns;
  float *source = numbers(count, 2, offset), *target = room(count), *alone = room(size);
  ck_normalize_columns(set, source, target, size, columns, eps, weight, bias);
  made(target, count);
  for (ptrdiff_t column = 0; column < columns; column++) {
    double mean = 0, variance = 0;
    for (ptrdiff_t i = 0; i < size; i++) {
      alone[i] = source[i * columns + column];
      mean += alone[i] / (double)size;
    }
    for (ptrdiff_t i = 0; i < size; i++) {
      variance += (alone[i] - mean) * (alone[i] - mean) / (double)size;
    }
    ck_normalize_columns(set, alone, alone, size, 1, eps, weight, bias);
    for (ptrdiff_t i = 0; i < size; i++) {
      const double standard = (source[i * columns + column] - mean) / sqrt(variance + eps);
      const double exact = standard * (weight ? weight[i] : 1) + (bias ? bias[i] : 0);
      const float found = target[i * columns + column];
      expect(fabs(found - exact) <= fabs(exact) * HALF_UNIT * 1.001 + slack,
             "%td x %td: %.9g, not %.9g", size, columns, found, exact);
      expect(has_same_bits(found, alone[i]), "%td x %td: a column by itself", size, columns);
    }
  }
  ck_normalize_columns(set, source, source, size, columns, eps, weight, bias);
  expect_same(source, target, count, "in place");
}

void check_columns(void) {
  static const ptrdiff_t sizes[] = {1, 2, 7, 8, 9, 16, 31, 65}, columns[] = {1, 2, 3, 4, 5, 15, 16, 17, 40};
  begin("ck_normalize_columns", FUSED_SETS);
  for (int s = 0; s < COUNT(sizes); s++) {
    for (int c = 0; c < COUNT(columns); c++) {
      for (int kind = 0; kind < 4; kind++) {
        float *weight = kind & 1 ? numbers(sizes[s], 2, 1) : NULL;
        float *bias = kind & 2 ? numbers(sizes[s], 2, -0.5f) : NULL;
        check_case(sizes[s], columns[c], (s + c) % 3 == 2 ? 1e6f : 0, weight, bias);
        give_back();
      }
    }
  }
  // A number that is not finite makes its column NaN, and no other.
  static const float odd[] = {NAN, INFINITY, -INFINITY};
  for (int n = 0; n < 9; n++) {
    float *source = numbers(80, 2, 0);
    const ptrdiff_t place = n / 3 * 19;
    source[place] = odd[n % 3];
    ck_normalize_columns(set, source, source, 40, 2, 1e-5, NULL, NULL);
    for (ptrdiff_t i = 0; i < 80; i++) {
      expect(!isfinite(source[i]) == (i % 2 == place % 2), "with %g", odd[n % 3]);
    }
    give_back();
  }
  end();
}
