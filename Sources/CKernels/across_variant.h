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

typedef int NAME(panel_places) __attribute__((ext_vector_type(8)));
typedef int NAME(unit_places) __attribute__((ext_vector_type(UNIT)));
typedef float NAME(panel) __attribute__((ext_vector_type(8)));
typedef float NAME(panel_memory) __attribute__((ext_vector_type(8), aligned(4)));
typedef float NAME(unit) __attribute__((ext_vector_type(UNIT)));
typedef float NAME(unit_memory) __attribute__((ext_vector_type(UNIT), aligned(4)));

static inline __attribute__((always_inline)) NAME(panel)
    NAME(panel_of_weights)(const float *weights, ptrdiff_t panel) {
  (void)panel;
  return *(const NAME(panel_memory) *)weights;
}

static inline __attribute__((always_inline)) NAME(unit)
    NAME(unit_of_weights)(const float *weights, ptrdiff_t panel) {
#if UNIT == 16
  return __builtin_shufflevector(NAME(panel_of_weights)(weights, panel),
                                 NAME(panel_of_weights)(weights + panel, panel), 0, 1, 2, 3, 4, 5,
                                 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
#else
  return NAME(panel_of_weights)(weights, panel);
#endif
}

// Whether each place of a vector is one of the first `count`.
static inline __attribute__((always_inline)) NAME(panel_places)
    NAME(panel_places_to)(ptrdiff_t count) {
  return (NAME(panel_places)){0, 1, 2, 3, 4, 5, 6, 7} < (NAME(panel_places))((int)count);
}

static inline __attribute__((always_inline)) NAME(unit_places)
    NAME(unit_places_to)(ptrdiff_t count) {
#if UNIT == 16
  return (NAME(unit_places)){0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15} <
         (NAME(unit_places))((int)count);
#else
  return NAME(panel_places_to)(count);
#endif
}

// The place of a row in a column of the output.
static inline __attribute__((always_inline)) ptrdiff_t NAME(place_of_row)(ptrdiff_t row,
                                                                          ptrdiff_t block) {
  return row / CK_INTERLEAVED * block + row % CK_INTERLEAVED;
}

// `units` vectors of rows from `row` on, all of them there but in the only vector of a panel that is not full, by
// `columns` columns. Both are constants where this is called.
#define TILE(vector, lanes)                                                                       \
  /* The numbers of the first rows of a vector, of which there are `rows`. */                     \
  static inline __attribute__((always_inline)) NAME(vector)                                       \
      NAME(vector##_of_rows)(const float *numbers, ptrdiff_t rows) {                              \
    if (rows >= lanes) { return *(const NAME(vector##_memory) *)numbers; }                        \
    NAME(vector) result = (NAME(vector))(0.0f);                                                   \
    for (int i = 0; i < rows; i++) { result[i] = numbers[i]; }                                    \
    return result;                                                                                \
  }                                                                                               \
                                                                                                  \
  static inline __attribute__((always_inline)) void NAME(vector##_across)(                        \
      const int units, const int columns, ptrdiff_t row, ptrdiff_t rows, const float *weights,    \
      ptrdiff_t inner, const float *right, ptrdiff_t inner_step, const ck_columns *all,           \
      const float *initial, const ck_finish *finish, float *output) {                             \
    NAME(vector) sum[8][8];                                                                       \
    _Pragma("unroll") for (int u = 0; u < units; u++) {                                           \
      const ptrdiff_t first = row + u * lanes;                                                    \
      const float *own = output + NAME(place_of_row)(first, all->block);                          \
      _Pragma("unroll") for (int c = 0; c < columns; c++) {                                       \
        sum[u][c] = NAME(vector##_of_rows)(                                                       \
            initial ? initial + first : own + c * all->output_step, rows);                        \
      }                                                                                           \
    }                                                                                             \
    for (ptrdiff_t k = 0; k < inner; k++) {                                                       \
      NAME(vector) weight[8];                                                                     \
      _Pragma("unroll") for (int u = 0; u < units; u++) {                                         \
        weight[u] = NAME(vector##_of_weights)(weights + u * lanes * inner, 8 * inner);            \
      }                                                                                           \
      _Pragma("unroll") for (int c = 0; c < columns; c++) {                                       \
        const NAME(vector) number = (NAME(vector))(right[c * all->right_step]);                   \
        _Pragma("unroll") for (int u = 0; u < units; u++) {                                       \
          sum[u][c] = FMA(weight[u], number, sum[u][c]);                                          \
        }                                                                                         \
      }                                                                                           \
      weights += 8;                                                                               \
      right += inner_step;                                                                        \
    }                                                                                             \
    if (finish != NULL) {                                                                         \
      const NAME(vector) low = (NAME(vector))(finish->low), high = (NAME(vector))(finish->high);  \
      _Pragma("unroll") for (int u = 0; u < units; u++) {                                         \
        if (finish->scales != NULL) {                                                             \
          const ptrdiff_t first = row + u * lanes;                                                \
          const NAME(vector) scale = NAME(vector##_of_rows)(finish->scales + first, rows);        \
          const NAME(vector) shift = NAME(vector##_of_rows)(finish->shifts + first, rows);        \
          _Pragma("unroll") for (int c = 0; c < columns; c++) {                                   \
            sum[u][c] = sum[u][c] * scale + shift;                                                \
          }                                                                                       \
        }                                                                                         \
        /* Comparisons are written so that a NaN stays. */                                        \
        _Pragma("unroll") for (int c = 0; c < columns; c++) {                                     \
          sum[u][c] = sum[u][c] < low ? low : sum[u][c];                                          \
          sum[u][c] = sum[u][c] > high ? high : sum[u][c];                                        \
        }                                                                                         \
      }                                                                                           \
    }                                                                                             \
    if (rows < lanes && all->is_filled) {                                                         \
      const NAME(vector##_places) is_row = NAME(vector##_places_to)(rows);                        \
      float *own = output + NAME(place_of_row)(row, all->block);                                  \
      _Pragma("unroll") for (int c = 0; c < columns; c++) {                                       \
        *(NAME(vector##_memory) *)(own + c * all->output_step) =                                  \
            is_row ? sum[0][c] : (NAME(vector))(0.0f);                                            \
      }                                                                                           \
      return;                                                                                     \
    }                                                                                             \
    _Pragma("unroll") for (int u = 0; u < units; u++) {                                           \
      float *own = output + NAME(place_of_row)(row + u * lanes, all->block);                      \
      _Pragma("unroll") for (int c = 0; c < columns; c++) {                                       \
        float *end = own + c * all->output_step;                                                  \
        if (rows < lanes) {                                                                       \
          for (int i = 0; i < rows; i++) { end[i] = sum[u][c][i]; }                               \
        } else {                                                                                  \
          *(NAME(vector##_memory) *)end = sum[u][c];                                              \
        }                                                                                         \
      }                                                                                           \
    }                                                                                             \
  }                                                                                               \
                                                                                                  \
  /* The same of all columns, in tiles of at most `most`. The weights stay in the nearest cache. */ \
  static inline __attribute__((always_inline)) void NAME(vector##_strip)(                         \
      const int units, const int most, ptrdiff_t row, ptrdiff_t rows, const float *weights,       \
      ptrdiff_t inner, const float *right, ptrdiff_t inner_step, const ck_columns *all,           \
      const float *initial, const ck_finish *finish, float *output) {                             \
    for (ptrdiff_t run = 0; run < all->runs; run++) {                                             \
      ptrdiff_t n = 0;                                                                            \
      TILES(vector, 8)                                                                            \
      TILES(vector, 4)                                                                            \
      TILES(vector, 3)                                                                            \
      TILES(vector, 2)                                                                            \
      TILES(vector, 1)                                                                            \
      right += all->right_run;                                                                    \
      output += all->output_run;                                                                  \
    }                                                                                             \
  }
#define TILES(vector, count)                                                                      \
  for (; most >= count && n + count <= all->columns; n += count) {                                \
    NAME(vector##_across)(units, count, row, rows, weights, inner, right + n * all->right_step,   \
                          inner_step, all, initial, finish, output + n * all->output_step);       \
  }
TILE(unit, UNIT)
#if UNIT > 8
TILE(panel, 8)
#endif
#undef TILES
#undef TILE

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
#define STRIPS(vector, units, most, lanes)                                                        \
  for (; row + units * lanes <= rows; row += units * lanes) {                                     \
    NAME(vector##_strip)(units, most, row, lanes, weights + row * inner, inner, right, inner_step,\
                         all, initial, finish, output);                                           \
  }
  if (all->columns < 4) { STRIPS(unit, 2 * UNITS, FEW, UNIT) }
  STRIPS(unit, UNITS, MOST, UNIT)
  STRIPS(unit, 1, MOST, UNIT)
#if UNIT > 8
  STRIPS(panel, 1, MOST, 8)
#endif
#undef STRIPS
#define LAST(vector)                                                                              \
  if (row < rows) {                                                                               \
    NAME(vector##_strip)(1, MOST, row, rows - row, weights + row * inner, inner, right, inner_step,  \
                         all, initial, finish, output);                                           \
  }
#if UNIT > 8
  LAST(panel)
#else
  LAST(unit)
#endif
#undef LAST
}

#undef UNIT
#undef UNITS
#undef MOST
#undef FEW
