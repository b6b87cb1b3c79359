// One variant of the product of two matrices in double precision. Included by doubles.c once for each
// instruction set, inside a region that turns the set on, with these macros:
//
//   NAME(x)  x with the suffix of the variant
//   LANES    doubles in the widest vector
//
// The right factor is copied in panels of two vectors a row; a tile of four rows keeps its eight sums in
// registers. Each sum goes over the inner places in order.

typedef double NAME(doubles) __attribute__((ext_vector_type(LANES)));
typedef double NAME(doubles_memory) __attribute__((ext_vector_type(LANES), aligned(8)));

// `rows` rows, `count` of the two vectors of columns. `rows` is a constant where this is called.
static inline __attribute__((always_inline)) void NAME(tile_of_doubles)(
    const int rows, const double *left, const double *panel, double *result, ptrdiff_t inner,
    ptrdiff_t columns, ptrdiff_t count) {
  NAME(doubles) sum[4][2];
  _Pragma("unroll") for (int i = 0; i < rows; i++) {
    sum[i][0] = (NAME(doubles))(0.0);
    sum[i][1] = (NAME(doubles))(0.0);
  }
  for (ptrdiff_t k = 0; k < inner; k++) {
    const NAME(doubles) one = *(const NAME(doubles_memory) *)(panel + k * 2 * LANES);
    const NAME(doubles) other = *(const NAME(doubles_memory) *)(panel + k * 2 * LANES + LANES);
    _Pragma("unroll") for (int i = 0; i < rows; i++) {
      const NAME(doubles) factor = (NAME(doubles))(left[i * inner + k]);
      sum[i][0] = sum[i][0] + factor * one;
      sum[i][1] = sum[i][1] + factor * other;
    }
  }
  _Pragma("unroll") for (int i = 0; i < rows; i++) {
    double own[2 * LANES];
    *(NAME(doubles_memory) *)own = sum[i][0];
    *(NAME(doubles_memory) *)(own + LANES) = sum[i][1];
    for (ptrdiff_t n = 0; n < count; n++) { result[i * columns + n] = own[n]; }
  }
}

static void NAME(multiply_doubles)(const double *left, const double *right, double *result,
                                   double *panel, ptrdiff_t rows, ptrdiff_t inner,
                                   ptrdiff_t columns) {
  for (ptrdiff_t first = 0; first < columns; first += 2 * LANES) {
    const ptrdiff_t count = columns - first < 2 * LANES ? columns - first : 2 * LANES;
    for (ptrdiff_t k = 0; k < inner; k++) {
      const double *source = right + k * columns + first;
      double *target = panel + k * 2 * LANES;
      for (ptrdiff_t n = 0; n < count; n++) { target[n] = source[n]; }
      for (ptrdiff_t n = count; n < 2 * LANES; n++) { target[n] = 0; }
    }
    ptrdiff_t row = 0;
    for (; row + 4 <= rows; row += 4) {
      NAME(tile_of_doubles)(4, left + row * inner, panel, result + row * columns + first, inner,
                            columns, count);
    }
    for (; row < rows; row++) {
      NAME(tile_of_doubles)(1, left + row * inner, panel, result + row * columns + first, inner,
                            columns, count);
    }
  }
}
