// Products of matrices of one row, each with a plane of its own.

#include "check.h"

typedef struct {
  ptrdiff_t rows, columns, width, slack;
  const ptrdiff_t *offsets;
  ptrdiff_t offset_count;
} planes;

static void check_case(planes p) {
  enum { PLANES = 3, GAP = 3 };
  static const ptrdiff_t bases[] = {11, 3};
  const ptrdiff_t computed = (p.rows - 1) * p.width + p.columns + p.slack, plane = computed + 5;
  const ptrdiff_t depth = COUNT(bases) * p.offset_count, output_plane = p.rows * p.columns + GAP;
  ptrdiff_t reach = 0;
  for (ptrdiff_t j = 0; j < p.offset_count; j++) {
    reach = p.offsets[j] > reach ? p.offsets[j] : reach;
  }
  float *weights = numbers(PLANES * depth, 1, 0), *initial = numbers(PLANES, 1, 0);
  // The last element that may be read is the last one there is.
  float *input = numbers((PLANES - 1) * plane + 11 + reach + computed, 1, 0);
  float *product = room(computed), *output = room(PLANES * output_plane - GAP);
  ck_multiply_planes(set, weights, PLANES,
                     (ck_taps){input, bases, COUNT(bases), p.offsets, p.offset_count, 1, 0, NULL, 0},
                     plane, initial, NULL, product, output, output_plane, p.rows, p.columns, p.width, computed);
  made(output, PLANES * output_plane - GAP);
  for (ptrdiff_t n = 0; n < PLANES * output_plane - GAP; n++) {
    const ptrdiff_t matrix = n / output_plane, place = n % output_plane;
    float sum = 9;
    if (place < p.rows * p.columns) {
      const float *weight = weights + matrix * depth;
      const float *from = input + matrix * plane + place / p.columns * p.width + place % p.columns;
      sum = initial[matrix];
      for (ptrdiff_t i = 0; i < COUNT(bases); i++) {
        for (ptrdiff_t j = 0; j < p.offset_count; j++) {
          sum = add_product(*weight++, from[bases[i] + p.offsets[j]], sum);
        }
      }
    }
    expect(has_same_bits(output[n], sum), "%td rows of %td, %td places: element %td is %.9g, not %.9g",
           p.rows, p.columns, p.offset_count, n, output[n], sum);
  }
  give_back();
}

void check_planes(void) {
  static const ptrdiff_t rows[] = {1, 3, 4, 5, 6, 7, 8, 10, 13, 14, 15, 29};
  static const ptrdiff_t columns[] = {1, 2, 3, 4, 5, 7, 8, 9, 10, 14, 16, 17, 33};
  begin("ck_multiply_planes", FUSED_SETS);
  for (int r = 0; r < COUNT(rows); r++) {
    for (int c = 0; c < COUNT(columns); c++) {
      const ptrdiff_t width = columns[c] + 2;
      ptrdiff_t window[9], other[9];
      for (ptrdiff_t k = 0; k < 9; k++) {
        window[k] = k / 3 * width + k % 3;
        other[k] = k / 3 % 2 * 200 + k / 6 * width + k % 3;
      }
      for (ptrdiff_t slack = 0; slack <= 16; slack += 16) {
        check_case((planes){rows[r], columns[c], width, slack, window, 9});
      }
      check_case((planes){rows[r], columns[c], width, 16, other, 9});
      check_case((planes){rows[r], columns[c], width, 0, window, 4});
    }
  }
  end();
}
