// Softmax, softmin, their logarithm, and the softmax of scaled numbers.

#include "check.h"
#include "definitions.h"

typedef struct {
  const char *name;
  enum ck_softmax_kind kind;
  // Not zero: the scaled softmax.
  double scale;
} function;

static const function functions[] = {
    {"ck_softmax", CK_SOFTMAX, 0},          {"ck_softmax/min", CK_SOFTMIN, 0},
    {"ck_softmax/log", CK_LOG_SOFTMAX, 0},  {"ck_scaled_softmax/0.1", CK_SOFTMAX, 0.1},
    {"ck_scaled_softmax/7", CK_SOFTMAX, 7},
};

static void run_in(const function *f, const float *source, float *target, ptrdiff_t outer, ptrdiff_t length,
                   ptrdiff_t inner, float *work, ptrdiff_t work_count) {
  if (f->scale == 0) {
    ck_softmax(set, f->kind, source, target, outer, length, inner, work, work_count);
  } else {
    const float high = (float)f->scale;
    const ck_softmax_scale scale = {high, (float)(f->scale - high), (float)(105 / f->scale)};
    ck_scaled_softmax(set, &scale, source, target, outer, length, inner, work, work_count);
  }
}

static void run(const function *f, const float *source, float *target, ptrdiff_t outer, ptrdiff_t length,
                ptrdiff_t inner, ptrdiff_t work_count) {
  float *work = room(work_count);
  for (ptrdiff_t n = 0; n < work_count; n++) { work[n] = NAN; }
  run_in(f, source, target, outer, length, inner, work, work_count);
}

// `length` numbers, `step` floats apart.
static void define(const function *f, const float *column, ptrdiff_t step, ptrdiff_t length, double *wanted) {
  const double factor = f->scale != 0 ? f->scale : f->kind == CK_SOFTMIN ? -1 : 1;
  double largest = -INFINITY, sum = 0;
  for (ptrdiff_t n = 0; n < length; n++) { largest = fmax(largest, column[n * step] * factor); }
  for (ptrdiff_t n = 0; n < length; n++) { sum += exp(column[n * step] * factor - largest); }
  for (ptrdiff_t n = 0; n < length; n++) {
    const double difference = column[n * step] * factor - largest;
    wanted[n] = f->kind == CK_LOG_SOFTMAX ? difference - log(sum) : exp(difference) / sum;
  }
}

static void check_errors(const function *f) {
  // Those of 20 have their largest number near zero.
  static const float scales[] = {0.01f, 3, 100, 20};
  enum { MANY = 130 };
  static const ptrdiff_t more[] = {511, 512, 513, 1024, 1300};
  for (ptrdiff_t n = 0; n < MANY + COUNT(more); n++) {
    const ptrdiff_t length = n < MANY ? n + 1 : more[n - MANY];
    double wanted[1300];
    float *source = numbers(length, scales[length % 4], 0), *target = room(length);
    run(f, source, target, 1, length, 1, CK_SOFTMAX_LANES * length);
    define(f, source, 1, length, wanted);
    for (ptrdiff_t n = 0; n < length; n++) {
      const double error = fabs(target[n] - wanted[n]), unit = units_between(target[n], wanted[n]);
      expect(unit <= 2.2 || error <= 1e-15, "%td numbers, number %td: off by %g units", length, n, unit);
    }
    made(target, length);
    give_back();
  }
}

// A column has the same bits by itself, beside and behind others, in place and with any work space. Of those with
// numbers up to 60, some have their largest one near zero, and others far from it.
static void check_places(const function *f, float scale) {
  static const ptrdiff_t lengths[] = {1, 2, 7, 8, 9, 16, 33, 65}, inners[] = {2, 3, 15, 16, 17, 32, 65, 300};
  enum { OUTER = 2 };
  for (int l = 0; l < COUNT(lengths); l++) {
    for (int i = 0; i < COUNT(inners); i++) {
      const ptrdiff_t length = lengths[l], inner = inners[i], count = OUTER * length * inner;
      float *source = numbers(count, scale, 0), *target = room(count), *other = room_of(source, count);
      float *column = room(length), *alone = room(length), *work = room(CK_SOFTMAX_LANES * length);
      run(f, source, target, OUTER, length, inner, CK_SOFTMAX_LANES * length + 8192);
      made(target, count);
      run(f, other, other, OUTER, length, inner, CK_SOFTMAX_LANES * length);
      expect_same(other, target, count, "in place");
      for (ptrdiff_t n = 0; n < OUTER * inner; n += n % 7 + 1) {
        const ptrdiff_t start = n / inner * length * inner + n % inner;
        for (ptrdiff_t k = 0; k < length; k++) { column[k] = source[start + k * inner]; }
        run_in(f, column, alone, 1, length, 1, work, CK_SOFTMAX_LANES * length);
        for (ptrdiff_t k = 0; k < length; k++) {
          expect(has_same_bits(alone[k], target[start + k * inner]), "%td x %td: a column by itself", length,
                 inner);
        }
      }
      give_back();
    }
  }
}

// Columns one behind the other, in place and not.
static void check_rows(const function *f) {
  static const ptrdiff_t lengths[] = {1, 5, 16, 40, 56, 520}, rows[] = {2, 8, 9, 19};
  for (int l = 0; l < COUNT(lengths); l++) {
    for (int r = 0; r < COUNT(rows); r++) {
      const ptrdiff_t length = lengths[l], count = rows[r] * length;
      float *source = numbers(count, 40, 0), *target = room(count), *same = room_of(source, count);
      float *alone = room(length);
      run_in(f, source, target, rows[r], length, 1, NULL, 0);
      run_in(f, same, same, rows[r], length, 1, NULL, 0);
      expect_same(same, target, count, "rows in place");
      for (ptrdiff_t n = 0; n < rows[r]; n++) {
        run_in(f, source + n * length, alone, 1, length, 1, NULL, 0);
        expect_same(alone, target + n * length, length, "a row by itself");
      }
      made(target, count);
      give_back();
    }
  }
}

// Infinities and NaN spoil their own column; a number that weighs nothing is left out.
static void check_extremes(const function *f) {
  static const ptrdiff_t lengths[] = {1, 3, 16, 20};
  const float most = f->kind == CK_SOFTMIN ? -INFINITY : INFINITY;
  for (int l = 0; l < COUNT(lengths); l++) {
    for (int c = 0; c < 4; c++) {
      const ptrdiff_t length = lengths[l], place = c < 2 ? 0 : length - 1;
      float *source = numbers(length * 2, 3, 0), *target = room(length * 2);
      source[place * 2] = c % 2 ? NAN : most;
      run(f, source, target, 1, length, 2, CK_SOFTMAX_LANES * length);
      for (ptrdiff_t n = 0; n < length * 2; n++) {
        expect(isnan(target[n]) == (n % 2 == 0), "%td numbers, with %g: number %td is %g", length,
               source[place * 2], n, target[n]);
      }
      made(target, length * 2);
      give_back();
    }
  }
  const float few[] = {-most, 2, 2}, halves[] = {0, 0.5f, 0.5f};
  const float logarithms[] = {-INFINITY, -0.693147182f, -0.693147182f};
  float *source = room_of(few, 3), *target = room(3);
  run(f, source, target, 1, 3, 1, CK_SOFTMAX_LANES * 3);
  expect_same(target, f->kind == CK_LOG_SOFTMAX ? logarithms : halves, 3, "without the first");
  run(f, source, target, 0, 3, 1, CK_SOFTMAX_LANES * 3);
  expect_same(target, f->kind == CK_LOG_SOFTMAX ? logarithms : halves, 3, "nothing");
  give_back();
}

// A number beside which no other one weighs anything has all, to the last bit: columns beside others and behind them.
static void check_certain(const function *f) {
  static const ptrdiff_t lengths[] = {1, 2, 9, 40};
  const float nothing = f->kind == CK_SOFTMIN ? INFINITY : -INFINITY;
  enum { COLUMNS = 300 };
  for (int l = 0; l < COUNT(lengths); l++) {
    for (int side = 0; side < 2; side++) {
      const ptrdiff_t length = lengths[l], count = COLUMNS * length;
      float *source = room(count), *target = room(count), *wanted = room(count), *all = numbers(COLUMNS, 30, 0);
      for (ptrdiff_t n = 0; n < count; n++) {
        const ptrdiff_t column = side ? n % COLUMNS : n / length, place = side ? n / COLUMNS : n % length;
        const int is_all = place == column % length;
        source[n] = is_all ? all[column] : nothing;
        wanted[n] = f->kind == CK_LOG_SOFTMAX ? (is_all ? 0 : -INFINITY) : is_all;
      }
      run(f, source, target, side ? 1 : COLUMNS, length, side ? COLUMNS : 1, CK_SOFTMAX_LANES * length);
      expect_same(target, wanted, count, "one number alone");
      give_back();
    }
  }
}

void check_softmax(void) {
  for (int n = 0; n < COUNT(functions); n++) {
    begin(functions[n].name, FUSED_SETS);
    check_errors(functions + n);
    check_places(functions + n, 20);
    check_places(functions + n, 60);
    check_rows(functions + n);
    check_extremes(functions + n);
    check_certain(functions + n);
    end();
  }
}
