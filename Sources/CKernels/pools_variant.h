// One variant of the pools; instruction_sets.h says how it is included.
//
// A window is pooled along one axis at a time: some rows are combined element by element, from the first
// to the last. Along the columns the rows are one line, each row a place further on.
//
// A row that is not a number of vectors ends with a vector that begins earlier, and so computes some
// elements a second time: source and target are apart, and both times they come out the same. (That is
// not so where the target holds what the rows are added to.)

typedef float NAME(floats) __attribute__((ext_vector_type(LANES), aligned(4)));
typedef float NAME(four_floats) __attribute__((ext_vector_type(4), aligned(4)));
typedef float NAME(half_floats) __attribute__((ext_vector_type(LANES / 2), aligned(4)));
typedef double NAME(doubles) __attribute__((ext_vector_type(LANES / 2), aligned(4), may_alias));
typedef double NAME(one_double) __attribute__((aligned(4), may_alias));

// The later one where it is larger or NaN, else the earlier one.
#define LARGER(type, value, next) value = next > value || next != next ? next : value;
#define LARGER_VECTOR(type, value, next)                                                          \
  value = next > value ? next : value;                                                            \
  value = next != next ? next : value;
#define SUM(type, value, next) value += next;

// `width` elements of rows of floats. Where `continues` is set, the first row comes after what is in the
// target already.
#define COMBINE(name, width, type, combine)                                                       \
  static inline __attribute__((always_inline)) void NAME(name##_##width)(                         \
      const ptrdiff_t rows, const float *const *source, const int continues, float divisor,       \
      float *target, ptrdiff_t n) {                                                               \
    type value = *(const type *)((continues ? target : source[0]) + n);                           \
    for (ptrdiff_t r = continues ? 0 : 1; r < rows; r++) {                                        \
      const type next = *(const type *)(source[r] + n);                                           \
      combine(type, value, next)                                                                  \
    }                                                                                             \
    if (divisor != 1) { value /= divisor; }                                                       \
    *(type *)(target + n) = value;                                                                \
  }

// All of a row.
#define BLOCKS(width, call)                                                                       \
  {                                                                                               \
    ptrdiff_t n = 0;                                                                              \
    for (; n + width <= count; n += width) { call; }                                              \
    if (n < count) {                                                                              \
      n = count - width;                                                                          \
      call;                                                                                       \
    }                                                                                             \
    return;                                                                                       \
  }

#define COMBINE_ROWS(name, combine, combine_vector)                                               \
  COMBINE(name, wide, NAME(floats), combine_vector)                                               \
  COMBINE(name, four, NAME(four_floats), combine_vector)                                          \
  COMBINE(name, one, float, combine)                                                              \
  static inline __attribute__((always_inline)) void NAME(name##_of)(                              \
      const ptrdiff_t rows, const float *const *source, const int continues, float divisor,       \
      float *target, ptrdiff_t count) {                                                           \
    if (count >= LANES)                                                                           \
      BLOCKS(LANES, NAME(name##_wide)(rows, source, continues, divisor, target, n))               \
    if (count >= 4)                                                                               \
      BLOCKS(4, NAME(name##_four)(rows, source, continues, divisor, target, n))                   \
    for (ptrdiff_t n = 0; n < count; n++) {                                                       \
      NAME(name##_one)(rows, source, continues, divisor, target, n);                              \
    }                                                                                             \
  }                                                                                               \
  static void NAME(name)(ptrdiff_t rows, const float *const *source, int continues,               \
                         float divisor, float *target, ptrdiff_t count) {                         \
    if (continues) {                                                                              \
      ptrdiff_t n = 0;                                                                            \
      for (; n + LANES <= count; n += LANES) {                                                    \
        NAME(name##_wide)(rows, source, 1, divisor, target, n);                                   \
      }                                                                                           \
      for (; n < count; n++) { NAME(name##_one)(rows, source, 1, divisor, target, n); }           \
    } else if (rows == 3) {                                                                       \
      NAME(name##_of)(3, source, 0, divisor, target, count);                                      \
    } else if (rows == 2) {                                                                       \
      NAME(name##_of)(2, source, 0, divisor, target, count);                                      \
    } else {                                                                                      \
      NAME(name##_of)(rows, source, 0, divisor, target, count);                                   \
    }                                                                                             \
  }
COMBINE_ROWS(larger_of_rows, LARGER, LARGER_VECTOR)
COMBINE_ROWS(sum_of_rows, SUM, SUM)

// Rows `step` floats apart, in parts of so many as a table of pointers holds.
#define COMBINE_STEPS(name)                                                                       \
  static inline __attribute__((always_inline)) void NAME(name##_in_steps)(                        \
      ptrdiff_t rows, const float *source, ptrdiff_t step, float *target, ptrdiff_t count) {      \
    const float *table[MOST_ROWS];                                                                \
    for (ptrdiff_t first = 0; first < rows; first += MOST_ROWS) {                                 \
      const ptrdiff_t part = rows - first < MOST_ROWS ? rows - first : MOST_ROWS;                 \
      for (ptrdiff_t r = 0; r < part; r++) { table[r] = source + (first + r) * step; }            \
      NAME(name)(part, table, first > 0, 1, target, count);                                       \
    }                                                                                             \
  }
COMBINE_STEPS(larger_of_rows)
#undef COMBINE_STEPS

// The sum of rows of floats `step` apart in double precision.
static inline __attribute__((always_inline)) void NAME(widened_sum_of)(
    const ptrdiff_t rows, const float *source, ptrdiff_t step, NAME(one_double) *target,
    ptrdiff_t count) {
#define WIDEN(type, halves)                                                                       \
  {                                                                                               \
    type value = __builtin_convertvector(*(const halves *)(source + n), type);                    \
    for (ptrdiff_t r = 1; r < rows; r++) {                                                        \
      value += __builtin_convertvector(*(const halves *)(source + r * step + n), type);           \
    }                                                                                             \
    *(type *)(target + n) = value;                                                                \
  }
  if (count >= LANES / 2) BLOCKS(LANES / 2, WIDEN(NAME(doubles), NAME(half_floats)))
  for (ptrdiff_t n = 0; n < count; n++) {
    double value = source[n];
    for (ptrdiff_t r = 1; r < rows; r++) { value += source[r * step + n]; }
    target[n] = value;
  }
#undef WIDEN
}

// The sums of places `step` apart of a line, each times a factor.
static inline __attribute__((always_inline)) void NAME(scaled_sum_of)(
    const ptrdiff_t places, const NAME(one_double) *line, const double *factors, double factor,
    float *target, ptrdiff_t count) {
#define NARROW(type, halves)                                                                      \
  {                                                                                               \
    type value = *(const type *)(line + n);                                                       \
    for (ptrdiff_t i = 1; i < places; i++) { value += *(const type *)(line + i + n); }            \
    value *= *(const type *)(factors + n) * factor;                                               \
    *(halves *)(target + n) = __builtin_convertvector(value, halves);                             \
  }
  if (count >= LANES / 2) BLOCKS(LANES / 2, NARROW(NAME(doubles), NAME(half_floats)))
  for (ptrdiff_t n = 0; n < count; n++) {
    double value = line[n];
    for (ptrdiff_t i = 1; i < places; i++) { value += line[i + n]; }
    target[n] = (float)(value * (factors[n] * factor));
  }
#undef NARROW
}

static void NAME(pool_maximum)(const float *source, const ck_plane_pool *pool, float *work,
                               float *target) {
  const ck_window rows = pool->rows, columns = pool->columns;
  const ptrdiff_t length = line_length(columns), inside = inside_of(columns, length);
  float *picked = work + CK_POOL_LINES * length;
  for (ptrdiff_t n = 0; n < CK_POOL_LINES * length; n++) { work[n] = -__builtin_inff(); }
  for (ptrdiff_t i = 0; i < rows.outputs; i += CK_POOL_LINES) {
    const ptrdiff_t lines = rows.outputs - i < CK_POOL_LINES ? rows.outputs - i : CK_POOL_LINES;
    for (ptrdiff_t j = 0; j < lines; j++) {
      const ck_part part = part_of(rows, i + j);
      float *line = work + j * length + columns.before;
      if (part.count == 0) {
        for (ptrdiff_t n = 0; n < inside; n++) { line[n] = -__builtin_inff(); }
      } else {
        NAME(larger_of_rows_in_steps)(part.count, source + part.first * columns.length,
                                      rows.dilation * columns.length, line, inside);
      }
    }
    for (ptrdiff_t j = 0; j < lines; j++) {
      const float *line = work + j * length;
      if (columns.stride == 1) {
        NAME(larger_of_rows_in_steps)(columns.kernel, line, columns.dilation, target,
                                      columns.outputs);
      } else {
        NAME(larger_of_rows_in_steps)(columns.kernel, line, columns.dilation, picked,
                                      (columns.outputs - 1) * columns.stride + 1);
        pick(picked, columns.stride, target, columns.outputs);
      }
      target += columns.outputs;
    }
  }
}

static void NAME(pool_mean)(const float *source, const ck_plane_pool *pool, float *work,
                            float *target) {
  const ck_window rows = pool->rows, columns = pool->columns;
  const ptrdiff_t length = line_length(columns), inside = inside_of(columns, length);
  NAME(one_double) *all = (NAME(one_double) *)work;
  for (ptrdiff_t n = 0; n < CK_POOL_LINES * length; n++) { all[n] = 0; }
  for (ptrdiff_t i = 0; i < rows.outputs; i += CK_POOL_LINES) {
    const ptrdiff_t lines = rows.outputs - i < CK_POOL_LINES ? rows.outputs - i : CK_POOL_LINES;
    for (ptrdiff_t j = 0; j < lines; j++) {
      const ck_part part = part_of(rows, i + j);
      NAME(one_double) *line = all + j * length + columns.before;
      const float *first = source + part.first * columns.length;
      if (part.count == 3) {
        NAME(widened_sum_of)(3, first, columns.length, line, inside);
      } else if (part.count > 0) {
        NAME(widened_sum_of)(part.count, first, columns.length, line, inside);
      } else {
        for (ptrdiff_t n = 0; n < inside; n++) { line[n] = 0; }
      }
    }
    for (ptrdiff_t j = 0; j < lines; j++) {
      const NAME(one_double) *line = all + j * length;
      const double factor = pool->row_factors[i + j];
      if (columns.stride != 1) {
        for (ptrdiff_t n = 0; n < columns.outputs; n++) {
          double value = line[n * columns.stride];
          for (ptrdiff_t k = 1; k < columns.kernel; k++) { value += line[n * columns.stride + k]; }
          target[n] = (float)(value * (pool->column_factors[n] * factor));
        }
      } else if (columns.kernel == 3) {
        NAME(scaled_sum_of)(3, line, pool->column_factors, factor, target, columns.outputs);
      } else {
        NAME(scaled_sum_of)
        (columns.kernel, line, pool->column_factors, factor, target, columns.outputs);
      }
      target += columns.outputs;
    }
  }
}

static void NAME(pool_frames)(int32_t is_maximum, ck_frames frames, float divisor, float *target,
                              ptrdiff_t count) {
  const float *table[MOST_ROWS];
  ptrdiff_t place = frames.first;
  for (ptrdiff_t first = 0; first < frames.count; first += MOST_ROWS) {
    const ptrdiff_t rest = frames.count - first;
    const ptrdiff_t part = rest < MOST_ROWS ? rest : MOST_ROWS;
    for (ptrdiff_t r = 0; r < part; r++) {
      table[r] = frames.slots + place * frames.size;
      place = (place + frames.step) % frames.slot_count;
    }
    if (is_maximum) {
      NAME(larger_of_rows)(part, table, first > 0, 1, target, count);
    } else {
      NAME(sum_of_rows)(part, table, first > 0, rest == part ? divisor : 1, target, count);
    }
  }
}

#undef COMBINE_ROWS
#undef COMBINE
#undef BLOCKS
#undef LARGER
#undef LARGER_VECTOR
#undef SUM
