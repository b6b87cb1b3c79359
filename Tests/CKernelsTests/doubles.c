// Products of matrices in double precision, which all sets round in the same way.

#include "check.h"

static void check_case(ptrdiff_t rows, ptrdiff_t inner, ptrdiff_t columns) {
  // A double takes the room of two floats.
  double *left = (double *)room(2 * rows * inner), *right = (double *)room(2 * inner * columns);
  double *result = (double *)room(2 * rows * columns);
  for (ptrdiff_t n = 0; n < rows * inner; n++) { left[n] = any_number() * 0.1; }
  for (ptrdiff_t n = 0; n < inner * columns; n++) { right[n] = any_number() * 0.1; }
  if (rows * inner > 20) { left[3] = -0.0, left[20] = NAN, left[5] = 0x1p-1074; }
  expect(ck_multiply_doubles(set, left, right, result, rows, inner, columns) == 1, "there is no memory");
  for (ptrdiff_t n = 0; n < rows * columns; n++) {
    double sum = 0;
    for (ptrdiff_t k = 0; k < inner; k++) {
      sum += left[n / columns * inner + k] * right[k * columns + n % columns];
    }
    expect(memcmp(&sum, result + n, sizeof sum) == 0 || (sum != sum && result[n] != result[n]),
           "%td x %td x %td: element %td is %.17g, not %.17g", rows, inner, columns, n, result[n], sum);
  }
  made_doubles(result, rows * columns);
  give_back();
}

void check_doubles(void) {
  static const ptrdiff_t sizes[] = {1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 33};
  begin("ck_multiply_doubles", ALL_SETS);
  for (int r = 0; r < COUNT(sizes); r++) {
    for (int c = 0; c < COUNT(sizes); c++) {
      check_case(sizes[r], sizes[(r * 5 + c) % COUNT(sizes)], sizes[c]);
    }
  }
  check_case(5, 0, 6);
  end();
}
