// Products of frames, without what is between their lines.

#include "check.h"

// A window of four places, and how often it is repeated at the most.
#define MOST_REPEATS 1024

typedef struct {
  ptrdiff_t rows, lines, columns, gap, most, slack, repeats;
  int is_odd, is_finished;
} lines;

static void check_case(lines p) {
  static const ptrdiff_t bases[] = {11, 3};
  const ptrdiff_t height = p.rows >= 5 ? 8 : p.rows >= 3 ? 4 : p.rows, width = p.columns + p.gap;
  const ptrdiff_t offset_count = 4 * p.repeats, depth = COUNT(bases) * offset_count;
  ptrdiff_t offsets[MOST_REPEATS * 4];
  for (ptrdiff_t j = 0; j < offset_count; j++) { offsets[j] = (ptrdiff_t[]){0, 1, 5 + width, 2}[j % 4]; }
  const ptrdiff_t count = p.lines * p.columns, stride = count + p.gap;
  const ptrdiff_t outputs = (p.rows - 1) * stride + count, panels = (p.rows + height - 1) / height * height;
  // The last float that is needed, or that may be read behind it, is the last one there is.
  const ptrdiff_t inputs = 11 + offsets[2] + (p.lines - 1) * width + p.columns + p.slack;
  const ptrdiff_t most = p.most < p.lines ? p.most : p.lines;
  float *matrix = numbers(p.rows * depth, 1, 0), *weights = room(panels * depth), *input = numbers(inputs, 1, 0);
  float *initial = numbers(p.rows, 1, 0), *product = room(p.rows * (((most - 1) * width + p.columns + 15) / 16 * 16));
  float *scales = numbers(p.rows, 1, 0), *shifts = numbers(p.rows, 1, 0);
  float *output = room(outputs), *wanted = room(outputs);
  if (p.is_odd) {
    input[any_place(inputs)] = INFINITY;
    input[any_place(inputs)] = NAN;
  }
  const ck_finish finish = {scales, shifts, -0.5f, 0.25f};
  ck_pack(matrix, p.rows, depth, height, NULL, weights);
  ck_multiply_lines(set, weights, p.rows, height,
                    (ck_taps){input, bases, COUNT(bases), offsets, offset_count, 1, 0, NULL, 0}, initial,
                    p.is_finished ? &finish : NULL, product, p.most, output, stride, p.lines, p.columns, width, p.slack);
  for (ptrdiff_t row = 0; row < p.rows; row++) {
    for (ptrdiff_t n = 0; n < count; n++) {
      const float *from = input + n / p.columns * width + n % p.columns;
      float sum = initial[row];
      for (ptrdiff_t k = 0; k < depth; k++) {
        const float tap = from[bases[k / offset_count] + offsets[k % offset_count]];
        sum = add_product(matrix[row * depth + k], tap, sum);
      }
      wanted[row * stride + n] = sum;
    }
  }
  if (p.is_finished) { ck_finish_rows(set, &finish, p.rows, wanted, stride, count); }
  if (!expect_same(output, wanted, outputs, "lines")) {
    expect(0, "%td rows, %td lines of %td, %td apart", p.rows, p.lines, p.columns, width);
  }
  made(output, outputs);
  give_back();
}

void check_lines(void) {
  static const ptrdiff_t rows[] = {1, 3, 5, 8, 12, 16, 20, 22, 24, 41, 48};
  static const ptrdiff_t columns[] = {1, 2, 4, 5, 6, 7, 8, 9, 11, 14, 15, 16, 17, 20, 28, 31, 33, 56};
  static const ptrdiff_t counts[] = {1, 2, 3, 4, 7, 13};
  begin("ck_multiply_lines", FUSED_SETS);
  int n = 0;
  for (int r = 0; r < COUNT(rows); r++) {
    for (int c = 0; c < COUNT(columns); c++) {
      for (int l = 0; l < COUNT(counts); l++, n++) {
        check_case((lines){rows[r], counts[l], columns[c], n % 4, 1 + n % 5, n % 2 * 16, n % 5 == 4 ? 10 : 1, n % 7 == 6, n % 3 == 1});
      }
    }
  }
  // Weights that do not fit into a near cache.
  check_case((lines){72, 3, 7, 2, 2, 16, MOST_REPEATS, 0, 1});
  check_case((lines){68, 2, 24, 2, 1, 16, MOST_REPEATS, 0, 1});
  end();
}
