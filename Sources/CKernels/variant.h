// One variant of the dense loops. Included by CKernels.c once for each instruction set, inside a
// region that turns the set on, with these macros:
//
//   NAME(x)      x with the suffix of the variant
//   LANES        floats in the widest vector
//   TALL         rows of a tile of full height; 8 or 4
//   VECTORS      vectors a row in a tile of full height
//   PANELS       panels of 8 rows that the product with one column works on at once
//   FMA(a, b, c) c + a * b on vectors, FMA1 on floats
//
// A tile keeps all its accumulators in registers: TALL x VECTORS of them, VECTORS of the right factor
// and one weight, which is loaded, spread over a vector, and used VECTORS times. At least one register
// stays free: with all 16 of avx2 in use (4 x 3 accumulators) the compiler moves them around, and the
// tile is half as fast.

typedef float NAME(wide) __attribute__((ext_vector_type(LANES)));
typedef float NAME(wide_memory) __attribute__((ext_vector_type(LANES), aligned(4)));
typedef float NAME(four) __attribute__((ext_vector_type(4)));
typedef float NAME(four_memory) __attribute__((ext_vector_type(4), aligned(4)));
typedef float NAME(eight) __attribute__((ext_vector_type(8)));
typedef float NAME(eight_memory) __attribute__((ext_vector_type(8), aligned(4)));

// rows x (vectors * LANES) outputs. `rows` and `vectors` are constants where this is called.
static inline __attribute__((always_inline)) void NAME(tile)(
    const int rows, const int vectors, const float *weights, ptrdiff_t height, const ck_taps *taps,
    ptrdiff_t column, const float *initial, float *output, ptrdiff_t stride) {
  NAME(wide) sum[8][8];
  _Pragma("unroll") for (int i = 0; i < rows; i++) {
    _Pragma("unroll") for (int j = 0; j < vectors; j++) {
      sum[i][j] = initial ? (NAME(wide))(initial[i])
                          : *(const NAME(wide_memory) *)(output + i * stride + j * LANES);
    }
  }
  for (ptrdiff_t base = 0; base < taps->base_count; base++) {
    const float *frame = taps->input + taps->bases[base] + column;
    for (ptrdiff_t tap = 0; tap < taps->offset_count; tap++) {
      const float *source = frame + taps->offsets[tap];
      NAME(wide) right[8];
      _Pragma("unroll") for (int j = 0; j < vectors; j++) {
        right[j] = *(const NAME(wide_memory) *)(source + j * LANES);
      }
      _Pragma("unroll") for (int i = 0; i < rows; i++) {
        NAME(wide) weight = (NAME(wide))(weights[i]);
        _Pragma("unroll") for (int j = 0; j < vectors; j++) {
          sum[i][j] = FMA(weight, right[j], sum[i][j]);
        }
      }
      weights += height;
    }
  }
  _Pragma("unroll") for (int i = 0; i < rows; i++) {
    _Pragma("unroll") for (int j = 0; j < vectors; j++) {
      *(NAME(wide_memory) *)(output + i * stride + j * LANES) = sum[i][j];
    }
  }
}

// rows x 4 and rows x 8 outputs, for the last columns.
#define SMALL_TILE(vector)                                                                        \
  static inline __attribute__((always_inline)) void NAME(tile_of_##vector)(                       \
      const int rows, const float *weights, ptrdiff_t height, const ck_taps *taps,                \
      ptrdiff_t column, const float *initial, float *output, ptrdiff_t stride) {                  \
    NAME(vector) sum[8];                                                                          \
    _Pragma("unroll") for (int i = 0; i < rows; i++) {                                            \
      sum[i] = initial ? (NAME(vector))(initial[i])                                               \
                       : *(const NAME(vector##_memory) *)(output + i * stride);                   \
    }                                                                                             \
    for (ptrdiff_t base = 0; base < taps->base_count; base++) {                                   \
      const float *frame = taps->input + taps->bases[base] + column;                              \
      for (ptrdiff_t tap = 0; tap < taps->offset_count; tap++) {                                  \
        NAME(vector) right = *(const NAME(vector##_memory) *)(frame + taps->offsets[tap]);        \
        _Pragma("unroll") for (int i = 0; i < rows; i++) {                                        \
          sum[i] = FMA((NAME(vector))(weights[i]), right, sum[i]);                                \
        }                                                                                         \
        weights += height;                                                                        \
      }                                                                                           \
    }                                                                                             \
    _Pragma("unroll") for (int i = 0; i < rows; i++) {                                            \
      *(NAME(vector##_memory) *)(output + i * stride) = sum[i];                                   \
    }                                                                                             \
  }
SMALL_TILE(four)
#if LANES > 8
SMALL_TILE(eight)
#endif
#undef SMALL_TILE

// Some rows of a panel for `columns` columns, as many vectors at a time as there are.
static inline __attribute__((always_inline)) void NAME(strip)(
    const int rows, const int most, const float *weights, ptrdiff_t height, const ck_taps *taps,
    ptrdiff_t column, const float *initial, float *output, ptrdiff_t stride, ptrdiff_t columns) {
  ptrdiff_t n = 0;
#define TILES(vectors)                                                                            \
  if (most >= vectors) {                                                                          \
    for (; n + vectors * LANES <= columns; n += vectors * LANES) {                                \
      NAME(tile)(rows, vectors, weights, height, taps, column + n, initial, output + n, stride);  \
    }                                                                                             \
  }
  TILES(8)
  TILES(4)
  TILES(3)
  TILES(2)
  TILES(1)
#undef TILES
#if LANES > 8
  for (; n + 8 <= columns; n += 8) {
    NAME(tile_of_eight)(rows, weights, height, taps, column + n, initial, output + n, stride);
  }
#endif
  for (; n + 4 <= columns; n += 4) {
    NAME(tile_of_four)(rows, weights, height, taps, column + n, initial, output + n, stride);
  }
}

// One column of `count` panels of 8 rows. The lanes of a vector are the rows of a panel, and several
// panels hide the time that one addition takes.
static inline __attribute__((always_inline)) void NAME(column_of_panels)(
    const int count, const float *weights, ptrdiff_t rows, const ck_taps *taps, ptrdiff_t column,
    const float *initial, float *output, ptrdiff_t stride) {
  const ptrdiff_t panel = taps->base_count * taps->offset_count * 8;
  NAME(eight) sum[8];
  _Pragma("unroll") for (int p = 0; p < count; p++) {
    if (rows >= p * 8 + 8 && initial) {
      sum[p] = *(const NAME(eight_memory) *)(initial + p * 8);
    } else if (rows >= p * 8 + 8 && stride == 1) {
      sum[p] = *(const NAME(eight_memory) *)(output + p * 8);
    } else {
      sum[p] = (NAME(eight))(0.0f);
      for (int i = 0; i < 8 && p * 8 + i < rows; i++) {
        sum[p][i] = initial ? initial[p * 8 + i] : output[(p * 8 + i) * stride];
      }
    }
  }
  for (ptrdiff_t base = 0; base < taps->base_count; base++) {
    const float *frame = taps->input + taps->bases[base] + column;
    for (ptrdiff_t tap = 0; tap < taps->offset_count; tap++) {
      NAME(eight) right = (NAME(eight))(frame[taps->offsets[tap]]);
      _Pragma("unroll") for (int p = 0; p < count; p++) {
        sum[p] = FMA(*(const NAME(eight_memory) *)(weights + p * panel), right, sum[p]);
      }
      weights += 8;
    }
  }
  _Pragma("unroll") for (int p = 0; p < count; p++) {
    if (rows >= p * 8 + 8 && stride == 1) {
      *(NAME(eight_memory) *)(output + p * 8) = sum[p];
    } else {
      for (int i = 0; i < 8 && p * 8 + i < rows; i++) {
        output[(p * 8 + i) * stride] = sum[p][i];
      }
    }
  }
}

// One column of one row.
static inline __attribute__((always_inline)) void NAME(column_of_row)(
    const float *weights, ptrdiff_t height, const ck_taps *taps, ptrdiff_t column,
    const float *initial, float *output) {
  float sum = initial ? *initial : *output;
  for (ptrdiff_t base = 0; base < taps->base_count; base++) {
    const float *frame = taps->input + taps->bases[base] + column;
    for (ptrdiff_t tap = 0; tap < taps->offset_count; tap++) {
      sum = FMA1(*weights, frame[taps->offsets[tap]], sum);
      weights += height;
    }
  }
  *output = sum;
}

static void NAME(multiply_column)(const float *weights, ptrdiff_t rows, ptrdiff_t height,
                                  const ck_taps *taps, ptrdiff_t column, const float *initial,
                                  float *output, ptrdiff_t stride) {
  const ptrdiff_t taps_count = taps->base_count * taps->offset_count;
  ptrdiff_t row = 0;
  if (height == 8) {
#define COLUMNS(panels)                                                                           \
  for (; PANELS >= panels && row + panels * 8 < rows + 8; row += panels * 8) {                    \
    NAME(column_of_panels)(panels, weights + row * taps_count, rows - row, taps, column,          \
                           initial ? initial + row : NULL, output + row * stride, stride);        \
  }
    COLUMNS(8)
    COLUMNS(4)
    COLUMNS(2)
    COLUMNS(1)
#undef COLUMNS
    return;
  }
  for (; row < rows; row++) {
    NAME(column_of_row)(weights + row / height * height * taps_count + row % height, height, taps,
                        column, initial ? initial + row : NULL, output + row * stride);
  }
}

// The rows of the matrix for a block of columns whose part of the right factor stays in the caches.
static void NAME(multiply_block)(const float *weights, ptrdiff_t rows, ptrdiff_t height,
                                 const ck_taps *taps, ptrdiff_t column, const float *initial,
                                 float *output, ptrdiff_t stride, ptrdiff_t columns) {
  const ptrdiff_t taps_count = taps->base_count * taps->offset_count;
  for (ptrdiff_t row = 0; row < rows;) {
    const ptrdiff_t rest = rows - row;
    const float *own = weights + row / height * height * taps_count + row % height;
    const float *start = initial ? initial + row : NULL;
    float *target = output + row * stride;
    // A tile must not reach into the next panel.
    const ptrdiff_t left = height - row % height;
#define STRIP(count, most)                                                                        \
  if (rest >= count && left >= count) {                                                           \
    NAME(strip)(count, most, own, height, taps, column, start, target, stride, columns);          \
    row += count;                                                                                 \
    continue;                                                                                     \
  }
#if TALL == 8
    STRIP(8, VECTORS)
#endif
    STRIP(4, VECTORS)
    STRIP(2, 4)
    STRIP(1, 8)
#undef STRIP
  }
}

static void NAME(multiply)(const float *weights, ptrdiff_t rows, ptrdiff_t height, ck_taps taps,
                           const float *initial, float *output, ptrdiff_t stride,
                           ptrdiff_t columns) {
  const ptrdiff_t block = rows == 1 ? 8 * LANES : rows < 4 ? 4 * LANES : 96;
  ptrdiff_t n = 0;
  const ptrdiff_t vectorized = columns - columns % 4;
  for (; n < vectorized; n += block) {
    const ptrdiff_t width = vectorized - n < block ? vectorized - n : block;
    NAME(multiply_block)(weights, rows, height, &taps, n, initial, output + n, stride, width);
  }
  for (n = vectorized; n < columns; n++) {
    NAME(multiply_column)(weights, rows, height, &taps, n, initial, output + n, stride);
  }
}

__attribute__((no_builtin("memcpy", "memmove"))) static void NAME(multiply_planes)(
    const float *weights, ptrdiff_t planes, ck_taps taps, ptrdiff_t plane, const float *initial,
    float *product, float *output, ptrdiff_t output_plane, ptrdiff_t rows, ptrdiff_t columns,
    ptrdiff_t width, ptrdiff_t computed) {
  const ptrdiff_t taps_count = taps.base_count * taps.offset_count;
  for (ptrdiff_t p = 0; p < planes; p++) {
    NAME(multiply)(weights, 1, 1, taps, initial + p, product, computed, computed);
    for (ptrdiff_t row = 0; row < rows; row++) {
      copy_row(product + row * width, output + row * columns, columns);
    }
    weights += taps_count;
    taps.input += plane;
    output += output_plane;
  }
}

static inline __attribute__((always_inline)) void NAME(lanes)(
    const int vectors, const float *weights, const float *input, const ptrdiff_t *bases,
    ptrdiff_t base_count, const float *initial, float *output, ptrdiff_t count, ptrdiff_t n) {
  NAME(wide) sum[4];
  _Pragma("unroll") for (int j = 0; j < vectors; j++) {
    sum[j] = *(const NAME(wide_memory) *)(initial + n + j * LANES);
  }
  for (ptrdiff_t base = 0; base < base_count; base++) {
    const float *own = weights + base * count + n;
    const float *source = input + bases[base] + n;
    _Pragma("unroll") for (int j = 0; j < vectors; j++) {
      sum[j] = FMA(*(const NAME(wide_memory) *)(own + j * LANES),
                   *(const NAME(wide_memory) *)(source + j * LANES), sum[j]);
    }
  }
  _Pragma("unroll") for (int j = 0; j < vectors; j++) {
    *(NAME(wide_memory) *)(output + n + j * LANES) = sum[j];
  }
}

static void NAME(multiply_lanes)(const float *weights, const float *input, const ptrdiff_t *bases,
                                 ptrdiff_t base_count, const float *initial, float *output,
                                 ptrdiff_t count) {
  ptrdiff_t n = 0;
  for (; n + 4 * LANES <= count; n += 4 * LANES) {
    NAME(lanes)(4, weights, input, bases, base_count, initial, output, count, n);
  }
  for (; n + LANES <= count; n += LANES) {
    NAME(lanes)(1, weights, input, bases, base_count, initial, output, count, n);
  }
  for (; n < count; n++) {
    float sum = initial[n];
    for (ptrdiff_t base = 0; base < base_count; base++) {
      sum = FMA1(weights[base * count + n], input[bases[base] + n], sum);
    }
    output[n] = sum;
  }
}

// Plain loops: the compiler finds the vectors of the instruction set that is on.

static void NAME(add)(const float *restrict source, float *restrict target, ptrdiff_t count) {
  for (ptrdiff_t n = 0; n < count; n++) { target[n] += source[n]; }
}

static void NAME(multiply_elements)(const float *restrict source, float *restrict target,
                                    ptrdiff_t count) {
  for (ptrdiff_t n = 0; n < count; n++) { target[n] *= source[n]; }
}

static void NAME(maximum)(const float *restrict source, float *restrict target, ptrdiff_t count) {
  for (ptrdiff_t n = 0; n < count; n++) {
    const float a = target[n];
    const float b = source[n];
    target[n] = a >= b || a != a ? a : b;
  }
}
