// Functions of elements: how far they are from what they are defined as, over floats of all sizes; and that
// an element has the same bits wherever it is, in rows of all lengths and in place.

#include "check.h"
#include "definitions.h"

// MARK: - Calls and definitions

#define PLAIN(name)                                                                               \
  static void run_##name(const float *source, float *target, ptrdiff_t count) {                   \
    ck_##name(set, source, target, count);                                                        \
  }
PLAIN(sigmoid) PLAIN(silu) PLAIN(tanh) PLAIN(gelu) PLAIN(gelu_tanh) PLAIN(log_sigmoid) PLAIN(exp)
PLAIN(expm1) PLAIN(tanhshrink) PLAIN(mish) PLAIN(log1p) PLAIN(hard_sigmoid) PLAIN(hard_swish)
PLAIN(soft_sign)

#define CALL(name, ...)                                                                           \
  static void run_##name(const float *source, float *target, ptrdiff_t count) { __VA_ARGS__; }
CALL(elu, ck_elu(set, source, 2, 0.5f, target, count))
CALL(celu, ck_celu(set, source, 0.7, target, count))
CALL(celu_below, ck_celu(set, source, -2, target, count))
CALL(log, ck_log(set, source, 1, target, count))
CALL(log10, ck_log(set, source, 0.43429448190325182765, target, count))
CALL(clamp, ck_clamp(set, source, -0.5f, 2, target, count))
CALL(leak, ck_leak(set, source, 0.3f, target, count))
CALL(threshold, ck_threshold(set, source, 0.1f, -2.5f, target, count))
CALL(hard_shrink, ck_hard_shrink(set, source, 0.1f, target, count))
CALL(soft_shrink, ck_soft_shrink(set, source, 0.1f, (float)(0.1 - 0.1f), target, count))
CALL(scale, ck_scale(set, source, 1.5f, 0.7f, target, count))

static void run_softplus_of(double beta, double threshold, const float *source, float *target,
                            ptrdiff_t count) {
  const double inverse = 1 / beta;
  const ck_softplus_numbers numbers = {
      (float)beta,      (float)(beta - (float)beta), (float)inverse, (float)(inverse - (float)inverse),
      (float)threshold, (float)(threshold - (float)threshold)};
  ck_softplus(set, source, &numbers, target, count);
}
CALL(softplus, run_softplus_of(1, 20, source, target, count))
CALL(softplus_beta, run_softplus_of(0.3, 7.1, source, target, count))
CALL(softplus_below, run_softplus_of(-2.7, 20, source, target, count))

static double softplus_of(double x, double beta, double threshold) {
  const double y = beta * x;
  return y > threshold ? x : (y > 0 ? x : 0) + log1p(exp(-fabs(y))) / beta + (x != x ? x : 0);
}
static double softplus_beta(double x) { return softplus_of(x, 0.3, 7.1); }
static double softplus_below(double x) { return softplus_of(x, -2.7, 20); }
static double elu_scaled(double x) { return x > 0 ? 2 * x : 0.5 * expm1(x); }
static double celu(double x) { return x > 0 ? x : 0.7 * expm1(x / 0.7); }
static double celu_below(double x) { return x > 0 ? x : -2 * expm1(x / -2); }
static double tanhshrink(double x) {
  return fabs(x) < 1e-2 ? x * x * x * (1 / 3.0 - x * x * (2 / 15.0 - x * x * 17 / 315)) : x - tanh(x);
}
static double mish(double x) { return x * tanh(x > 40 ? x : log1p(exp(x))); }
static double clamp(double x) { return x < -0.5 ? -0.5 : x > 2 ? 2 : x; }
static double leak(double x) { return x > 0 ? x : x * 0.3f; }
static double threshold(double x) { return x <= 0.1f ? -2.5 : x; }
static double hard_shrink(double x) { return fabs(x) <= 0.1f ? 0 : x; }
// Infinity less lambda; the comparisons are those of the rounded lambda.
static double soft_shrink(double x) { return x > 0.1f ? x - 0.1 : x < -0.1f ? x + 0.1 : x * 0; }
static double hard_sigmoid(double x) { return (x < -3 ? 0 : x > 3 ? 6 : x + 3) / 6; }
static double hard_swish(double x) { return x * hard_sigmoid(x); }
static double soft_sign(double x) { return x / (1 + fabs(x)); }
static double scale(double x) { return 1.5 * x + 0.7f; }

// MARK: - The functions

typedef struct {
  const char *name;
  void (*run)(const float *, float *, ptrdiff_t);
  double (*define)(double);
  agreement sets;
  // The documented errors, in units in the last place: with a fused multiply-add, and without.
  double fused, separate;
  // How much more denormal results are off.
  double denormal;
  // An error that is there whatever the size of the result.
  double absolute;
} element;

static const element elements[] = {
    // As the tables in Sources/Continual/ActivationLoops.swift say.
    {"ck_sigmoid", run_sigmoid, sigmoid, FUSED_SETS, 2.1, 2.1, 0, 0},
    {"ck_silu", run_silu, silu, FUSED_SETS, 2.1, 2.1, 0, 0},
    {"ck_tanh", run_tanh, tanh, FUSED_SETS, 1.3, 1.3, 0, 0},
    {"ck_elu", run_elu, elu_scaled, FUSED_SETS, 1.8, 1.8, 0, 0},
    {"ck_gelu", run_gelu, gelu, FUSED_SETS, 3.8, 4.2, 0, 0},
    {"ck_gelu_tanh", run_gelu_tanh, gelu_tanh, FUSED_SETS, 2.1, 2.1, 0, 0},
    {"ck_log_sigmoid", run_log_sigmoid, log_sigmoid, FUSED_SETS, 2.1, 2.5, 0, 0},
    {"ck_softplus", run_softplus, softplus, FUSED_SETS, 2.1, 2.5, 0, 0},
    {"ck_softplus/0.3", run_softplus_beta, softplus_beta, FUSED_SETS, 3.2, 3.5, 1 / 0.3, 0},
    {"ck_softplus/-2.7", run_softplus_below, softplus_below, FUSED_SETS, 3.2, 3.5, 0, 0},
    // Rounded once.
    {"ck_exp", run_exp, exp, FUSED_SETS, 0.51, 0.51, 0, 0},
    {"ck_expm1", run_expm1, expm1, FUSED_SETS, 0.51, 0.51, 0, 0},
    {"ck_celu", run_celu, celu, FUSED_SETS, 0.51, 0.51, 0, 0},
    {"ck_celu/-2", run_celu_below, celu_below, FUSED_SETS, 0.51, 0.51, 0, 0},
    {"ck_tanhshrink", run_tanhshrink, tanhshrink, FUSED_SETS, 0.51, 0.51, 0, 0},
    {"ck_mish", run_mish, mish, FUSED_SETS, 0.51, 0.51, 0, 0},
    {"ck_log", run_log, log, FUSED_SETS, 0.51, 0.51, 0, 0},
    {"ck_log/10", run_log10, log10, FUSED_SETS, 0.51, 0.51, 0, 0},
    {"ck_log1p", run_log1p, log1p, FUSED_SETS, 0.51, 0.51, 0, 0},
    // No more than some operations that each are rounded.
    {"ck_clamp", run_clamp, clamp, ALL_SETS, 0, 0, 0, 0},
    {"ck_leak", run_leak, leak, ALL_SETS, 0.5, 0.5, 0, 0},
    {"ck_threshold", run_threshold, threshold, ALL_SETS, 0, 0, 0, 0},
    {"ck_hard_shrink", run_hard_shrink, hard_shrink, ALL_SETS, 0, 0, 0, 0},
    {"ck_soft_shrink", run_soft_shrink, soft_shrink, ALL_SETS, 1.5, 1.5, 0, 0},
    {"ck_hard_sigmoid", run_hard_sigmoid, hard_sigmoid, FUSED_SETS, 1.5, 1.5, 0, 0},
    {"ck_hard_swish", run_hard_swish, hard_swish, FUSED_SETS, 2.5, 2.5, 0, 0},
    {"ck_soft_sign", run_soft_sign, soft_sign, ALL_SETS, 1.5, 1.5, 0, 0},
    // Two roundings, of which the first may be of a larger number than the sum.
    {"ck_scale", run_scale, scale, ALL_SETS, 1.5, 1.5, 0, HALF_UNIT},
};

// MARK: - What is checked

static void check_errors(const element *e) {
  enum { BLOCK = 1024 };
  static const float odd[] = {0,          -0.0f,   0x1p-149f, -0x1p-149f, 0x1p-126f, -0x1p-126f, 1,   -1,
                              0x1p-127f, INFINITY, -INFINITY, FLT_MAX,    -FLT_MAX,  NAN,        0.1f};
  const double limit = is_fused ? e->fused : e->separate;
  double worst = 0;
  float place = 0;
  uint64_t bits = 0;
  int is_first = 1;
  while (bits < (uint64_t)1 << 32) {
    float *inputs = room(BLOCK), *outputs = room(BLOCK);
    ptrdiff_t count = 0;
    for (; is_first && count < COUNT(odd); count++) { inputs[count] = odd[count]; }
    is_first = 0;
    for (; count < BLOCK && bits < (uint64_t)1 << 32; count++, bits += 9973) {
      const uint32_t own = (uint32_t)bits;
      memcpy(inputs + count, &own, sizeof own);
    }
    e->run(inputs, outputs, count);
    made(outputs, count);
    for (ptrdiff_t n = 0; n < count; n++) {
      const double exact = e->define(inputs[n]);
      double error = units_between(outputs[n], exact);
      if (error > 0 && e->absolute > 0 && fabs(exact - outputs[n]) <= e->absolute) { continue; }
      if (fabs(exact) < 0x1p-126) { error -= e->denormal; }
      if (!(error <= worst)) {
        worst = error;
        place = inputs[n];
      }
    }
    give_back();
  }
  expect(worst <= limit, "off by %g units of %g, at %.9g", worst, limit, place);
}

static void check_places(const element *e) {
  enum { COUNT_OF_INPUTS = 67 };
  float inputs[COUNT_OF_INPUTS], alone[COUNT_OF_INPUTS];
  for (int n = 0; n < COUNT_OF_INPUTS; n++) {
    inputs[n] = n == 20 ? NAN : n == 40 ? -INFINITY : n == 50 ? -0.0f : (float)(n - 33) * 0.37f;
    e->run(inputs + n, alone + n, 1);
  }
  for (ptrdiff_t length = 0; length <= COUNT_OF_INPUTS; length++) {
    for (int is_end = 0; is_end < 2; is_end++) {
      const ptrdiff_t start = is_end ? COUNT_OF_INPUTS - length : 0;
      float *source = room_of(inputs + start, length), *target = room(length);
      e->run(source, target, length);
      expect_same(target, alone + start, length, "in a row");
      expect_same(source, inputs + start, length, "the source");
      e->run(source, source, length);
      expect_same(source, alone + start, length, "in place");
      give_back();
    }
  }
}

void check_elements(void) {
  for (int n = 0; n < COUNT(elements); n++) {
    begin(elements[n].name, elements[n].sets);
    check_errors(elements + n);
    check_places(elements + n);
    end();
  }
}
