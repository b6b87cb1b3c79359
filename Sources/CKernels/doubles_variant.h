// One variant of the product of two matrices in double precision; instruction_sets.h says how it is included.
//
// The right factor is copied in panels of two vectors a row; a tile of four rows keeps its eight sums in
// registers. Each sum goes over the inner places in order. Every product is rounded before it is added, so that
// all instruction sets give the same bits.

// Doubles in the widest vector.
#define PLACES (LANES / 2)

typedef double NAME(doubles) __attribute__((ext_vector_type(PLACES)));
typedef double NAME(doubles_memory) __attribute__((ext_vector_type(PLACES), aligned(8)));

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
    const NAME(doubles) one = *(const NAME(doubles_memory) *)(panel + k * 2 * PLACES);
    const NAME(doubles) other = *(const NAME(doubles_memory) *)(panel + k * 2 * PLACES + PLACES);
    _Pragma("unroll") for (int i = 0; i < rows; i++) {
      const NAME(doubles) factor = (NAME(doubles))(left[i * inner + k]);
      sum[i][0] = sum[i][0] + factor * one;
      sum[i][1] = sum[i][1] + factor * other;
    }
  }
  _Pragma("unroll") for (int i = 0; i < rows; i++) {
    double own[2 * PLACES];
    *(NAME(doubles_memory) *)own = sum[i][0];
    *(NAME(doubles_memory) *)(own + PLACES) = sum[i][1];
    for (ptrdiff_t n = 0; n < count; n++) { result[i * columns + n] = own[n]; }
  }
}

static void NAME(multiply_doubles)(const double *left, const double *right, double *result,
                                   double *panel, ptrdiff_t rows, ptrdiff_t inner,
                                   ptrdiff_t columns) {
  for (ptrdiff_t first = 0; first < columns; first += 2 * PLACES) {
    const ptrdiff_t count = columns - first < 2 * PLACES ? columns - first : 2 * PLACES;
    for (ptrdiff_t k = 0; k < inner; k++) {
      const double *source = right + k * columns + first;
      double *target = panel + k * 2 * PLACES;
      for (ptrdiff_t n = 0; n < count; n++) { target[n] = source[n]; }
      for (ptrdiff_t n = count; n < 2 * PLACES; n++) { target[n] = 0; }
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
