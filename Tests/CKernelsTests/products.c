// Products of packed matrices with scattered rows, products of lanes, and the packing.

#include "check.h"

typedef struct {
  ptrdiff_t rows, height, columns, stride, bases, offsets, repeats, phases;
  int has_initial;
} product;

static void pack(const float *matrix, ptrdiff_t rows, ptrdiff_t columns, ptrdiff_t height,
                 const ptrdiff_t *order, float filling, float *panels) {
  for (ptrdiff_t row = 0; row < (rows + height - 1) / height * height; row++) {
    for (ptrdiff_t k = 0; k < columns; k++) {
      const ptrdiff_t column = order ? order[k] : k;
      panels[row / height * height * columns + k * height + row % height] =
          row < rows ? matrix[row * columns + column] : filling;
    }
  }
}

// The kinds of numbers that a product is made of.
typedef enum { PLAIN, TINY, INFINITE, KINDS } kind;

static void check_product(product p, kind kind) {
  const ptrdiff_t depth = p.bases * p.repeats * p.offsets;
  ptrdiff_t bases[3], phases[3], offsets[11];
  const ptrdiff_t step = 3, length = 20;
  for (ptrdiff_t i = 0; i < p.bases; i++) {
    bases[i] = any_place(50);
    phases[i] = any_place(3);
  }
  ptrdiff_t reach = 0;
  for (ptrdiff_t j = 0; j < p.offsets; j++) {
    offsets[j] = any_place(40);
    reach = offsets[j] > reach ? offsets[j] : reach;
  }
  // Products of tiny numbers are denormal.
  const float scale = kind == TINY ? 0x1p-70f : 1;
  const ptrdiff_t panels = (p.rows + p.height - 1) / p.height * p.height;
  // The farthest tap ends at the last float.
  ptrdiff_t farthest = 0;
  for (ptrdiff_t i = 0; i < p.bases; i++) {
    const ptrdiff_t base = bases[i] + (p.phases ? phases[i] * length : 0);
    farthest = base > farthest ? base : farthest;
  }
  float *matrix = numbers(p.rows * depth, scale, 0), *weights = room(panels * depth);
  float *input = numbers(farthest + (p.repeats - 1) * step + reach + p.columns, scale, 0);
  float *initial = numbers(p.rows, scale * scale, 0);
  if (kind == INFINITE) {
    const float odd[] = {INFINITY, NAN, -INFINITY, -0.0f, FLT_MAX};
    for (int n = 0; n < COUNT(odd); n++) {
      input[any_place(farthest + (p.repeats - 1) * step + reach + p.columns)] = odd[n];
    }
  }
  // What fills up the last panel must not matter.
  pack(matrix, p.rows, depth, p.height, NULL, NAN, weights);
  const ptrdiff_t outputs = (p.rows - 1) * p.stride + p.columns;
  float *before = numbers(outputs, scale * scale, 0), *output = room_of(before, outputs);
  ck_multiply(set, weights, p.rows, p.height,
              (ck_taps){input, bases, p.bases, offsets, p.offsets, p.repeats, step,
                        p.phases ? phases : NULL, length},
              p.has_initial ? initial : NULL, NULL, output, p.stride, p.columns);
  made(output, outputs);
  for (ptrdiff_t row = 0; row < p.rows; row++) {
    for (ptrdiff_t n = 0; n < p.stride && row * p.stride + n < outputs; n++) {
      const float found = output[row * p.stride + n], old = before[row * p.stride + n];
      if (n >= p.columns) {
        expect(found == old, "row %td is written behind its last column", row);
        continue;
      }
      float sum = p.has_initial ? initial[row] : old;
      double exact = sum, magnitude = fabs(sum);
      const float *weight = matrix + row * depth;
      for (ptrdiff_t i = 0; i < p.bases; i++) {
        for (ptrdiff_t r = 0; r < p.repeats; r++) {
          for (ptrdiff_t j = 0; j < p.offsets; j++) {
            const float tap =
                input[bases[i] + (p.phases ? phases[i] * length : 0) + r * step + offsets[j] + n];
            sum = add_product(*weight, tap, sum);
            exact += (double)*weight * tap;
            magnitude += fabs((double)*weight * tap);
            weight++;
          }
        }
      }
      expect(has_same_bits(found, sum), "%td x %td, height %td, depth %td: [%td, %td] is %.9g, not %.9g",
             p.rows, p.columns, p.height, depth, row, n, found, sum);
      // Each step rounds at most twice; denormal numbers have fewer digits.
      const double bound = (double)(2 * depth + 2) * (magnitude * 2 * HALF_UNIT + 0x1p-149);
      expect(kind == INFINITE || fabs(found - exact) <= bound, "[%td, %td] is %.9g, far from %.17g",
             row, n, found, exact);
    }
  }
  give_back();
}

static void check_multiply(void) {
  static const ptrdiff_t rows[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 14, 15, 16, 17, 32, 33, 48, 71};
  static const ptrdiff_t columns[] = {0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13,
                                      15, 16, 17, 22, 23, 24, 31, 33, 47, 48, 49, 53, 67, 96, 97,
                                      98, 131, 200};
  begin("ck_multiply", FUSED_SETS);
  int n = 0;
  for (int r = 0; r < COUNT(rows); r++) {
    for (int c = 0; c < COUNT(columns); c++) {
      for (ptrdiff_t height = 1; height <= 8; height *= 2) {
        // Lower panels are for few rows, but may have more.
        if (height > rows[r] * 2 || (height < 8 && rows[r] > 17) || columns[c] * rows[r] > 4000) { continue; }
        product p = {rows[r], height, columns[c], columns[c] + n % 3, 1 + n % 3, 1 + n * 7 % 11, 1, 0, n % 2};
        check_product(p, n % 7 == 6 ? INFINITE : n % 5 == 4 ? TINY : PLAIN);
        n++;
      }
    }
  }
  // Long sums, of which more columns are left to pairs of panels.
  for (ptrdiff_t columns = 20; columns < 32; columns++) {
    for (int r = 16; r <= 48; r += 16) {
      n++;
      check_product((product){r, 8, columns, columns + n % 2, 3, 11, 5, n % 3 == 0, n % 2},
                    n % 5 == 0 ? INFINITE : PLAIN);
    }
  }
  // Places that are counted, and no products at all.
  check_product((product){11, 8, 19, 19, 3, 2, 3, 1, 1}, PLAIN);
  check_product((product){11, 8, 19, 20, 2, 3, 5, 0, 0}, PLAIN);
  check_product((product){3, 4, 33, 33, 1, 1, CK_MOST_REPEATED, 1, 1}, PLAIN);
  check_product((product){9, 8, 21, 21, 0, 1, 1, 0, 1}, PLAIN);
  end();
}

// Some runs of columns, and rows in blocks of 16. Where the right factor is transposed, the numbers of a column are
// side by side.
typedef struct {
  ptrdiff_t rows, height, columns, inner, more, runs;
  int has_initial, is_transposed, is_finished, is_in_blocks;
} across;

static void check_product_across(across p) {
  const ptrdiff_t panels = (p.rows + p.height - 1) / p.height * p.height, runs = p.runs;
  const ptrdiff_t blocks = p.is_in_blocks ? (p.rows + 15) / 16 : 1;
  const ptrdiff_t step = (p.is_in_blocks ? 16 : p.rows) + p.more;
  const ptrdiff_t output_run = p.columns * step + p.more;
  const ptrdiff_t outputs = p.columns ? blocks * runs * output_run + p.rows + 16 : 0;
  const ptrdiff_t right_step = p.is_transposed ? p.inner + p.more : 1;
  const ptrdiff_t right_run = p.columns * right_step + p.more;
  const ptrdiff_t inner_step = p.is_transposed ? 1 : runs * right_run;
  const ptrdiff_t block = p.is_in_blocks ? runs * output_run : 16;
  const int is_filled = p.is_in_blocks && p.height == 8 && p.more != 2;
  const ck_columns columns = {p.columns, runs, right_step, right_run, step, output_run, block, is_filled};
  const ptrdiff_t numbers_of_right =
      p.inner && p.columns
          ? (p.inner - 1) * inner_step + (runs - 1) * right_run + (p.columns - 1) * right_step + 1 : 0;
  float *matrix = numbers(p.rows * p.inner, 1, 0), *weights = room(panels * p.inner);
  float *right = numbers(numbers_of_right, 1, 0), *initial = numbers(p.rows, 1, 0);
  float *scales = numbers(p.rows, 1, 0), *shifts = numbers(p.rows, 1, 0);
  const int is_scaled = p.is_finished && p.more != 1;
  const ck_finish finish = {is_scaled ? scales : NULL, is_scaled ? shifts : NULL, -0.5f, 0.25f};
  float *before = numbers(outputs, 1, 0), *output = room_of(before, outputs), *wanted = room_of(before, outputs);
  if (p.is_finished && numbers_of_right) { right[any_place(numbers_of_right)] = NAN; }
  // What fills up the last panel must not matter.
  pack(matrix, p.rows, p.inner, p.height, NULL, NAN, weights);
  ck_multiply_across(set, weights, p.rows, p.height, p.inner, right, inner_step, columns,
                     p.has_initial ? initial : NULL, p.is_finished ? &finish : NULL, output);
  for (ptrdiff_t n = 0; n < runs * p.columns; n++) {
    const ptrdiff_t run = n / p.columns, column = n % p.columns;
    const float *numbers_of_column = right + run * right_run + column * right_step;
    for (ptrdiff_t row = p.rows; is_filled && row % 16; row++) {
      wanted[run * output_run + column * step + row / 16 * block + row % 16] = 0;
    }
    for (ptrdiff_t row = 0; row < p.rows; row++) {
      float *sum = wanted + run * output_run + column * step + row / 16 * block + row % 16;
      if (p.has_initial) { *sum = initial[row]; }
      for (ptrdiff_t k = 0; k < p.inner; k++) {
        *sum = add_product(matrix[row * p.inner + k], numbers_of_column[k * inner_step], *sum);
      }
      if (is_scaled) {
        volatile float product = *sum * scales[row];
        *sum = product + shifts[row];
      }
      if (p.is_finished && *sum < finish.low) { *sum = finish.low; }
      if (p.is_finished && *sum > finish.high) { *sum = finish.high; }
    }
  }
  expect_same(output, wanted, outputs, "columns side by side");
  made(output, outputs);
  give_back();
}

static void check_across(void) {
  static const ptrdiff_t rows[] = {1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 71, 140};
  begin("ck_multiply_across", FUSED_SETS);
  for (int r = 0; r < COUNT(rows); r++) {
    for (ptrdiff_t columns = 0; columns <= 35; columns++) {
      const ptrdiff_t height = rows[r] >= 5 ? 8 : rows[r] >= 3 ? 4 : rows[r];
      const ptrdiff_t n = r + columns, inner = n * 5 % 12;
      for (ptrdiff_t runs = 1; runs <= 3; runs += 2) {
        const int is_finished = (n + runs) % 3 == 0, is_in_blocks = (columns + runs) % 4 < 2;
        check_product_across((across){rows[r], height, columns, inner, n % 3, runs, n % 2, columns / 2 % 2,
                                      is_finished, is_in_blocks});
      }
    }
  }
  end();
}

// A product that is finished has the bits of one that is finished afterwards, and that those of plain arithmetic.
static void check_finish(void) {
  static const ptrdiff_t rows[] = {1, 2, 7, 8, 17, 33};
  static const ptrdiff_t columns[] = {1, 2, 3, 5, 8, 15, 16, 17, 48, 50, 97, 200};
  begin("ck_finish_rows", FUSED_SETS);
  for (int r = 0; r < COUNT(rows); r++) {
    for (int c = 0; c < COUNT(columns); c++) {
      for (int kind = 0; kind < 4; kind++) {
        const ptrdiff_t offsets[] = {0, 3, 4}, bases[] = {2};
        const ptrdiff_t stride = columns[c] + (kind == 3 ? 0 : kind), outputs = (rows[r] - 1) * stride + columns[c];
        float *matrix = numbers(rows[r] * 3, 1, 0), *weights = room((rows[r] + 7) / 8 * 8 * 3);
        pack(matrix, rows[r], 3, 8, NULL, 0, weights);
        float *input = numbers(6 + columns[c], 1, 0), *initial = numbers(rows[r], 1, 0);
        if (kind == 1) { input[any_place(6 + columns[c])] = NAN; }
        float *scales = numbers(rows[r], 1, 0), *shifts = numbers(rows[r], 1, 0);
        const ck_finish finish = {kind == 2 ? NULL : scales, kind == 2 ? NULL : shifts, kind == 0 ? -INFINITY : -0.5f,
                                  kind == 0 ? INFINITY : 0.25f};
        float *before = numbers(outputs, 1, 0), *found = room_of(before, outputs), *wanted = room_of(before, outputs);
        const ck_taps taps = {input, bases, 1, offsets, 3, 1, 0, NULL, 0};
        ck_multiply(set, weights, rows[r], 8, taps, initial, &finish, found, stride, columns[c]);
        ck_multiply(set, weights, rows[r], 8, taps, initial, NULL, wanted, stride, columns[c]);
        float *later = room_of(wanted, outputs);
        ck_finish_rows(set, &finish, rows[r], later, stride, columns[c]);
        for (ptrdiff_t row = 0; row < rows[r]; row++) {
          for (ptrdiff_t n = 0; n < columns[c]; n++) {
            float *x = wanted + row * stride + n;
            if (finish.scales != NULL) {
              volatile float product = *x * scales[row];
              *x = product + shifts[row];
            }
            if (*x < finish.low) { *x = finish.low; }
            if (*x > finish.high) { *x = finish.high; }
          }
        }
        expect_same(found, wanted, outputs, "finished products");
        expect_same(later, wanted, outputs, "finished rows");
        made(found, outputs);
        give_back();
      }
    }
  }
  end();
}

static void check_lanes(void) {
  begin("ck_multiply_lanes", FUSED_SETS);
  for (ptrdiff_t count = 0; count <= 140; count++) {
    const ptrdiff_t bases[] = {7, 0, 3, 11, 7}, base_count = count % 6;
    const ptrdiff_t used = base_count < COUNT(bases) ? base_count : COUNT(bases);
    float *weights = numbers(used * count, 1, 0), *initial = numbers(count, 1, 0);
    float *input = numbers(11 + count, 1, 0), *output = room(count), *wanted = room(count);
    ck_multiply_lanes(set, weights, input, bases, used, initial, output, count);
    for (ptrdiff_t n = 0; n < count; n++) {
      wanted[n] = initial[n];
      for (ptrdiff_t i = 0; i < used; i++) {
        wanted[n] = add_product(weights[i * count + n], input[bases[i] + n], wanted[n]);
      }
    }
    expect_same(output, wanted, count, "lanes");
    made(output, count);
    give_back();
  }
  end();
}

static void check_pack(void) {
  begin("ck_pack", ALL_SETS);
  for (ptrdiff_t rows = 1; rows <= 26; rows++) {
    for (ptrdiff_t height = 1; height <= 8; height *= 2) {
      for (ptrdiff_t columns = 0; columns <= 21; columns++) {
        ptrdiff_t places[21];
        for (ptrdiff_t k = 0; k < columns; k++) { places[k] = (k * 5 + rows) % columns; }
        const ptrdiff_t *order = (rows + columns) % 3 ? places : NULL;
        const ptrdiff_t count = (rows + height - 1) / height * height * columns;
        float *matrix = numbers(rows * columns, 1, 0), *panels = room(count), *wanted = room(count);
        ck_pack(matrix, rows, columns, height, order, panels);
        pack(matrix, rows, columns, height, order, 0, wanted);
        expect_same(panels, wanted, count, "panels");
        made(panels, count);
        give_back();
      }
    }
  }
  end();
}

void check_products(void) {
  check_multiply();
  check_across();
  check_finish();
  check_lanes();
  check_pack();
}
