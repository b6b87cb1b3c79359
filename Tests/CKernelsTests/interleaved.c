// Windows of frames whose channels are interleaved.

#include "check.h"

enum { BLOCK = CK_INTERLEAVED };

typedef struct {
  ptrdiff_t channels, rows, columns, step, bases;
  int is_finished;
} windows;

static void check_case(windows p) {
  enum { GAP = 3 };
  const ptrdiff_t width = (p.columns - 1) * p.step + 3 + p.is_finished, lines = (p.rows - 1) * p.step + 3;
  const ptrdiff_t frame = lines * width * BLOCK, stride = p.rows * p.columns + GAP;
  const ptrdiff_t bases[] = {frame, 2 * frame, 0};
  float *weights = numbers(p.bases * 9 * BLOCK, 1, 0), *initial = numbers(BLOCK, 1, 0);
  float *input = numbers(3 * frame, 1, 0), *scales = numbers(BLOCK, 1, 0), *shifts = numbers(BLOCK, 1, 0);
  const int is_scaled = p.is_finished && p.channels % 3;
  const ck_finish finish = {is_scaled ? scales : NULL, is_scaled ? shifts : NULL, -0.5f, 0.25f};
  const ptrdiff_t outputs = (p.channels - 1) * stride + p.rows * p.columns;
  float *before = numbers(outputs, 1, 0), *output = room_of(before, outputs), *wanted = room_of(before, outputs);
  float *work = room((CK_INTERLEAVED_BAND + 4 * p.columns) * BLOCK);
  if (p.is_finished) { input[any_place(3 * frame)] = NAN; }
  ck_multiply_interleaved(set, weights, input, bases, p.bases, initial, p.is_finished ? &finish : NULL, work, output,
                          stride, p.channels, p.rows, p.columns, width, p.step);
  for (ptrdiff_t channel = 0; channel < p.channels; channel++) {
    for (ptrdiff_t place = 0; place < p.rows * p.columns; place++) {
      const ptrdiff_t row = place / p.columns * p.step, column = place % p.columns * p.step;
      float sum = initial[channel];
      for (ptrdiff_t k = 0; k < p.bases * 9; k++) {
        const ptrdiff_t from = (row + k % 9 / 3) * width + column + k % 3;
        sum = add_product(weights[k * BLOCK + channel], input[bases[k / 9] + from * BLOCK + channel], sum);
      }
      if (is_scaled) {
        volatile float product = sum * scales[channel];
        sum = product + shifts[channel];
      }
      if (p.is_finished && sum < finish.low) { sum = finish.low; }
      if (p.is_finished && sum > finish.high) { sum = finish.high; }
      wanted[channel * stride + place] = sum;
    }
  }
  expect_same(output, wanted, outputs, "windows");
  made(output, outputs);
  give_back();
}

static void check_windows(void) {
  static const ptrdiff_t rows[] = {1, 2, 3, 4, 5, 6, 7, 9, 11, 30};
  static const ptrdiff_t columns[] = {3, 4, 5, 6, 7, 8, 9, 11, 14, 16, 17, 33};
  begin("ck_multiply_interleaved", FUSED_SETS);
  for (int r = 0; r < COUNT(rows); r++) {
    for (int c = 0; c < COUNT(columns); c++) {
      for (ptrdiff_t step = 1; step <= 2; step++) {
        const ptrdiff_t n = r * COUNT(columns) + c;
        check_case((windows){1 + n % BLOCK, rows[r], columns[c], step, n % 4, n % 5 < 2});
        check_case((windows){BLOCK, rows[r], columns[c], step, 3, n % 3 == 0});
      }
    }
  }
  end();
}

static void check_interleave(void) {
  begin("ck_interleave", ALL_SETS);
  for (ptrdiff_t channels = 1; channels <= BLOCK; channels++) {
    for (ptrdiff_t n = 0; n < 60; n++) {
      const ptrdiff_t rows = 1 + n % 5, columns = 1 + n * 7 % 37, stride = rows * columns + n % 3;
      const ptrdiff_t width = columns + n % 4, outputs = ((rows - 1) * width + columns) * BLOCK;
      float *source = numbers((channels - 1) * stride + rows * columns, 1, 0);
      float *before = numbers(outputs, 1, 0), *target = room_of(before, outputs), *wanted = room_of(before, outputs);
      ck_interleave(set, source, stride, channels, rows, columns, target, width);
      for (ptrdiff_t place = 0; place < rows * columns; place++) {
        for (ptrdiff_t channel = 0; channel < BLOCK; channel++) {
          wanted[(place / columns * width + place % columns) * BLOCK + channel] =
              channel < channels ? source[channel * stride + place] : 0;
        }
      }
      expect_same(target, wanted, outputs, "channels side by side");
      made(target, outputs);
      give_back();
    }
  }
  end();
}

void check_interleaved(void) {
  check_windows();
  check_interleave();
}
