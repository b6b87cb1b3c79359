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

// `units` vectors of rows, all of them there but in the only vector of a panel that is not full, by `columns` columns.
// Both are constants where this is called.
#define TILE(vector, lanes)                                                                       \
  static inline __attribute__((always_inline)) void NAME(vector##_across)(                        \
      const int units, const int columns, ptrdiff_t rows, const float *weights, ptrdiff_t inner,  \
      const float *right, ptrdiff_t inner_step, ptrdiff_t column_step, const float *initial,      \
      float *output, ptrdiff_t stride) {                                                          \
    typedef NAME(vector##_memory) memory;                                                         \
    NAME(vector) sum[8][8];                                                                       \
    _Pragma("unroll") for (int u = 0; u < units; u++) {                                           \
      _Pragma("unroll") for (int c = 0; c < columns; c++) {                                       \
        const float *start = (initial ? initial : output + c * stride) + u * lanes;               \
        if (rows < lanes) {                                                                       \
          sum[u][c] = (NAME(vector))(0.0f);                                                       \
          for (int i = 0; i < rows; i++) { sum[u][c][i] = start[i]; }                             \
        } else {                                                                                  \
          sum[u][c] = *(const memory *)start;                                                     \
        }                                                                                         \
      }                                                                                           \
    }                                                                                             \
    for (ptrdiff_t k = 0; k < inner; k++) {                                                       \
      NAME(vector) weight[8];                                                                     \
      _Pragma("unroll") for (int u = 0; u < units; u++) {                                         \
        weight[u] = NAME(vector##_of_weights)(weights + u * lanes * inner, 8 * inner);            \
      }                                                                                           \
      _Pragma("unroll") for (int c = 0; c < columns; c++) {                                       \
        const NAME(vector) number = (NAME(vector))(right[c * column_step]);                       \
        _Pragma("unroll") for (int u = 0; u < units; u++) {                                       \
          sum[u][c] = FMA(weight[u], number, sum[u][c]);                                          \
        }                                                                                         \
      }                                                                                           \
      weights += 8;                                                                               \
      right += inner_step;                                                                        \
    }                                                                                             \
    _Pragma("unroll") for (int u = 0; u < units; u++) {                                           \
      _Pragma("unroll") for (int c = 0; c < columns; c++) {                                       \
        float *end = output + c * stride + u * lanes;                                             \
        if (rows < lanes) {                                                                       \
          for (int i = 0; i < rows; i++) { end[i] = sum[u][c][i]; }                               \
        } else {                                                                                  \
          *(memory *)end = sum[u][c];                                                             \
        }                                                                                         \
      }                                                                                           \
    }                                                                                             \
  }                                                                                               \
                                                                                                  \
  /* The same of any number of columns, in tiles of at most `most`. The weights stay in the nearest cache. */ \
  static inline __attribute__((always_inline)) void NAME(vector##_strip)(                         \
      const int units, const int most, ptrdiff_t rows, const float *weights, ptrdiff_t inner,     \
      const float *right, ptrdiff_t inner_step, ptrdiff_t column_step, const float *initial,      \
      float *output, ptrdiff_t stride, ptrdiff_t columns) {                                       \
    ptrdiff_t n = 0;                                                                              \
    TILES(vector, 8)                                                                              \
    TILES(vector, 4)                                                                              \
    TILES(vector, 3)                                                                              \
    TILES(vector, 2)                                                                              \
    TILES(vector, 1)                                                                              \
  }
#define TILES(vector, count)                                                                      \
  for (; most >= count && n + count <= columns; n += count) {                                     \
    NAME(vector##_across)(units, count, rows, weights, inner, right + n * column_step, inner_step,\
                          column_step, initial, output + n * stride, stride);                     \
  }
TILE(unit, UNIT)
#if UNIT > 8
TILE(panel, 8)
#endif
#undef TILES
#undef TILE

// One row of a matrix of fewer than five, whose panels are lower.
static inline __attribute__((always_inline)) void NAME(row_across)(
    const float *weights, ptrdiff_t height, ptrdiff_t inner, const float *right,
    ptrdiff_t inner_step, float start, float *output) {
  float sum = start;
  for (ptrdiff_t k = 0; k < inner; k++) {
    sum = FMA(weights[k * height], right[k * inner_step], sum);
  }
  *output = sum;
}

static void NAME(multiply_across)(const float *weights, ptrdiff_t rows, ptrdiff_t height,
                                  ptrdiff_t inner, const float *right, ptrdiff_t inner_step,
                                  ptrdiff_t column_step, const float *initial, float *output,
                                  ptrdiff_t stride, ptrdiff_t columns) {
  ptrdiff_t row = 0;
  if (height != 8) {
    for (; row < rows; row++) {
      const float *own = weights + row / height * height * inner + row % height;
      for (ptrdiff_t n = 0; n < columns; n++) {
        float *target = output + n * stride + row;
        NAME(row_across)(own, height, inner, right + n * column_step, inner_step,
                         initial ? initial[row] : *target, target);
      }
    }
    return;
  }
#define STRIPS(vector, units, most, lanes)                                                        \
  for (; row + units * lanes <= rows; row += units * lanes) {                                     \
    NAME(vector##_strip)(units, most, lanes, weights + row * inner, inner, right, inner_step,     \
                         column_step, initial ? initial + row : NULL, output + row, stride,       \
                         columns);                                                                \
  }
  if (columns < 4) { STRIPS(unit, 2 * UNITS, FEW, UNIT) }
  STRIPS(unit, UNITS, MOST, UNIT)
  STRIPS(unit, 1, MOST, UNIT)
#if UNIT > 8
  STRIPS(panel, 1, MOST, 8)
#endif
#undef STRIPS
#define LAST(vector)                                                                              \
  if (row < rows) {                                                                               \
    NAME(vector##_strip)(1, 4, rows - row, weights + row * inner, inner, right, inner_step,       \
                         column_step, initial ? initial + row : NULL, output + row, stride,       \
                         columns);                                                                \
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
