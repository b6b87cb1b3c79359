// One variant of the product whose columns are written side by side; instruction_sets.h says how it is included.
//
// The lanes of a vector are rows of the left factor, so that all sums of a column can be stored as they are. A tile
// reads a vector of weights for each of its units and spreads one number of each column over a vector: with two
// units and eight columns these are ten reads for sixteen products, less than what the processor can do at the same
// time. Where there are few columns, more units hide the time that one addition takes.

// A unit of rows: the panels that fill the widest vector, and where that is narrower than a panel, one of them.
#if LANES > 8
#define UNIT 16
#else
#define UNIT 8
#endif

// Tiles of many columns have UNITS units and at most MOST columns. Those of a product of one, two or three columns have
// twice the units and at most FEW columns.
#if LANES > 8
#define MOST 8
#define FEW 3
#else
#define MOST 4
#define FEW 2
#endif
#if LANES > 4 || !defined(__x86_64__)
#define UNITS 2
#else
#define UNITS 1
#endif

// Asks for a line of the cache that need not be there: behind the last run nothing is read.
#define FETCH_LINE(floats) __builtin_prefetch((const void *)(uintptr_t)(floats))

typedef float NAME(panel) __attribute__((ext_vector_type(8)));
typedef float NAME(panel_memory) __attribute__((ext_vector_type(8), aligned(4)));
typedef float NAME(unit) __attribute__((ext_vector_type(UNIT)));
typedef float NAME(unit_memory) __attribute__((ext_vector_type(UNIT), aligned(4)));
typedef int NAME(unit_places) __attribute__((ext_vector_type(UNIT)));

// The weights of a unit, whose second panel is `panel` floats behind the first.
static inline __attribute__((always_inline)) NAME(unit)
    NAME(weights_of_unit)(const float *weights, ptrdiff_t panel) {
  const NAME(panel) first = *(const NAME(panel_memory) *)weights;
#if UNIT == 16
  const NAME(panel) second = *(const NAME(panel_memory) *)(weights + panel);
  return __builtin_shufflevector(first, second, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
#else
  (void)panel;
  return first;
#endif
}

// The numbers of the rows of a unit, of which there are `rows`.
static inline __attribute__((always_inline)) NAME(unit)
    NAME(numbers_of_unit)(const float *numbers, ptrdiff_t rows) {
  if (rows >= UNIT) { return *(const NAME(unit_memory) *)numbers; }
  float all[UNIT] = {0};
  for (ptrdiff_t i = 0; i < rows; i++) { all[i] = numbers[i]; }
  return *(const NAME(unit_memory) *)all;
}

// The place of a row in a column of the output.
static inline __attribute__((always_inline)) ptrdiff_t NAME(place_of_row)(ptrdiff_t row,
                                                                          ptrdiff_t block) {
  return row / CK_INTERLEAVED * block + row % CK_INTERLEAVED;
}

// Stores the sums of a unit that starts at a row, of which there are `rows`.
static inline __attribute__((always_inline)) void NAME(store_unit)(NAME(unit) sum, ptrdiff_t row,
                                                                   ptrdiff_t rows, int is_filled,
                                                                   float *output) {
  if (rows >= UNIT) {
    *(NAME(unit_memory) *)output = sum;
  } else if (is_filled) {
#if UNIT == 16
    const NAME(unit_places) places = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
#else
    const NAME(unit_places) places = {0, 1, 2, 3, 4, 5, 6, 7};
#endif
    *(NAME(unit_memory) *)output =
        places < (NAME(unit_places))((int)rows) ? sum : (NAME(unit))(0.0f);
  } else {
    float all[UNIT];
    *(NAME(unit_memory) *)all = sum;
    for (ptrdiff_t i = 0; i < rows; i++) { output[i] = all[i]; }
  }
#if UNIT == 8
  // The other half of the last 16 rows.
  if (is_filled && row % CK_INTERLEAVED == 0) {
    *(NAME(unit_memory) *)(output + 8) = (NAME(unit))(0.0f);
  }
#else
  (void)row;
#endif
}

// `units` vectors of rows from `row` on, of the last of which there are `rows` rows, by `columns` columns. The numbers
// of units and columns are constants where this is called. The last 16 rows may have to be filled up.
static inline __attribute__((always_inline)) void NAME(tile_across)(
    const int units, const int columns, ptrdiff_t row, ptrdiff_t rows, const float *weights,
    ptrdiff_t inner, const float *right, ptrdiff_t inner_step, const ck_columns *all,
    const float *initial, const ck_finish *finish, int is_filled, float *output) {
  NAME(unit) sum[8][8];
  _Pragma("unroll") for (int u = 0; u < units; u++) {
    const ptrdiff_t first = row + u * UNIT, there = u == units - 1 ? rows : UNIT;
    if (initial) {
      const NAME(unit) start = NAME(numbers_of_unit)(initial + first, there);
      _Pragma("unroll") for (int c = 0; c < columns; c++) { sum[u][c] = start; }
    } else {
      const float *own = output + NAME(place_of_row)(first, all->block);
      _Pragma("unroll") for (int c = 0; c < columns; c++) {
        sum[u][c] = NAME(numbers_of_unit)(own + c * all->output_step, there);
      }
    }
  }
  // Where a unit has no second panel, the first one is read twice.
  const ptrdiff_t last_panel = rows > 8 ? 8 * inner : 0;
  for (ptrdiff_t k = 0; k < inner; k++) {
    // The numbers of the next run may come from a far cache.
    FETCH_LINE(right + all->right_run);
    NAME(unit) weight[8];
    _Pragma("unroll") for (int u = 0; u < units; u++) {
      weight[u] = NAME(weights_of_unit)(weights + u * UNIT * inner,
                                        u == units - 1 ? last_panel : 8 * inner);
    }
    _Pragma("unroll") for (int c = 0; c < columns; c++) {
      const NAME(unit) number = (NAME(unit))(right[c * all->right_step]);
      _Pragma("unroll") for (int u = 0; u < units; u++) {
        sum[u][c] = FMA(weight[u], number, sum[u][c]);
      }
    }
    weights += 8;
    right += inner_step;
  }
  if (finish != NULL) {
    const NAME(unit) low = (NAME(unit))(finish->low), high = (NAME(unit))(finish->high);
    _Pragma("unroll") for (int u = 0; u < units; u++) {
      if (finish->scales != NULL) {
        const ptrdiff_t first = row + u * UNIT, there = u == units - 1 ? rows : UNIT;
        const NAME(unit) scale = NAME(numbers_of_unit)(finish->scales + first, there);
        const NAME(unit) shift = NAME(numbers_of_unit)(finish->shifts + first, there);
        _Pragma("unroll") for (int c = 0; c < columns; c++) {
          sum[u][c] = sum[u][c] * scale + shift;
        }
      }
      // Comparisons are written so that a NaN stays.
      _Pragma("unroll") for (int c = 0; c < columns; c++) {
        sum[u][c] = sum[u][c] < low ? low : sum[u][c];
        sum[u][c] = sum[u][c] > high ? high : sum[u][c];
      }
    }
  }
  _Pragma("unroll") for (int u = 0; u < units; u++) {
    const ptrdiff_t first = row + u * UNIT;
    float *own = output + NAME(place_of_row)(first, all->block);
    const int is_last = u == units - 1;
    _Pragma("unroll") for (int c = 0; c < columns; c++) {
      NAME(store_unit)(sum[u][c], first, is_last ? rows : UNIT, is_last && is_filled,
                       own + c * all->output_step);
    }
  }
}

#define TILES(count)                                                                              \
  for (; most >= count && n + count <= all->columns; n += count) {                                \
    NAME(tile_across)(units, count, row, rows, weights, inner, right + n * all->right_step,       \
                      inner_step, all, initial, finish, is_filled, output + n * all->output_step);\
  }
// The same of all columns, in tiles of at most `most`. The weights stay in the nearest cache.
static inline __attribute__((always_inline)) void NAME(strip_across)(
    const int units, const int most, ptrdiff_t row, ptrdiff_t rows, const float *weights,
    ptrdiff_t inner, const float *right, ptrdiff_t inner_step, const ck_columns *all,
    const float *initial, const ck_finish *finish, int is_filled, float *output) {
  for (ptrdiff_t run = 0; run < all->runs; run++) {
    ptrdiff_t n = 0;
    TILES(8)
    TILES(4)
    TILES(3)
    TILES(2)
    TILES(1)
    right += all->right_run;
    output += all->output_run;
  }
}

// One number of a matrix of fewer than five rows, whose panels are lower.
static inline __attribute__((always_inline)) void NAME(number_across)(
    const float *weights, ptrdiff_t height, ptrdiff_t inner, const float *right,
    ptrdiff_t inner_step, float start, const ck_finish *finish, ptrdiff_t row, float *output) {
  float sum = start;
  for (ptrdiff_t k = 0; k < inner; k++) {
    sum = FMA(weights[k * height], right[k * inner_step], sum);
  }
  if (finish != NULL) {
    if (finish->scales != NULL) { sum = sum * finish->scales[row] + finish->shifts[row]; }
    sum = sum < finish->low ? finish->low : sum;
    sum = sum > finish->high ? finish->high : sum;
  }
  *output = sum;
}

#define STRIPS(count, most, condition)                                                            \
  if (units >= count && (condition)) {                                                            \
    const ptrdiff_t last = left < count * UNIT ? left - (count - 1) * UNIT : UNIT;                \
    NAME(strip_across)(count, most, row, last, weights + row * inner, inner, right, inner_step,   \
                       all, initial, finish, all->is_filled && left <= count * UNIT, output);     \
    row += count * UNIT;                                                                          \
    continue;                                                                                     \
  }
static void NAME(multiply_across)(const float *weights, ptrdiff_t rows, ptrdiff_t height,
                                  ptrdiff_t inner, const float *right, ptrdiff_t inner_step,
                                  const ck_columns *all, const float *initial,
                                  const ck_finish *finish, float *output) {
  ptrdiff_t row = 0;
  if (height != 8) {
    for (; row < rows; row++) {
      const float *own = weights + row / height * height * inner + row % height;
      for (ptrdiff_t n = 0; n < all->runs * all->columns; n++) {
        const ptrdiff_t run = n / all->columns, column = n % all->columns;
        float *target = output + run * all->output_run + column * all->output_step + row;
        NAME(number_across)(own, height, inner,
                            right + run * all->right_run + column * all->right_step, inner_step,
                            initial ? initial[row] : *target, finish, row, target);
      }
    }
    return;
  }
  // Rows that are left are one tile as well, of fewer units or with a last one that is not full.
  while (row < rows) {
    const ptrdiff_t left = rows - row, units = (left + UNIT - 1) / UNIT;
    STRIPS(2 * UNITS, FEW, all->columns < 4)
    STRIPS(UNITS, MOST, 1)
#if UNITS > 1
    STRIPS(1, MOST, 1)
#endif
  }
}

#undef FETCH_LINE
#undef UNIT
#undef UNITS
#undef MOST
#undef FEW
#undef TILES
#undef STRIPS
