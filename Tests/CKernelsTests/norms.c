// Moments, and normalizations of rows.

#include "check.h"
#include "definitions.h"

static void moments_of(const float *values, ptrdiff_t rows, ptrdiff_t length, ptrdiff_t stride, double *mean,
                       double *variance) {
  const double count = (double)(rows * length);
  *mean = *variance = 0;
  for (ptrdiff_t n = 0; n < rows * length; n++) { *mean += values[n / length * stride + n % length] / count; }
  for (ptrdiff_t n = 0; n < rows * length; n++) {
    const double distance = values[n / length * stride + n % length] - *mean;
    *variance += distance * distance / count;
  }
}

static void check_moments(void) {
  begin("ck_moments", FUSED_SETS);
  for (ptrdiff_t length = 1; length <= 65; length++) {
    const ptrdiff_t shapes[][2] = {{1, 0}, {3, length}, {4, length + 7}};
    for (int n = 0; n < 2 * COUNT(shapes); n++) {
      const ptrdiff_t rows = shapes[n / 2][0], stride = shapes[n / 2][1];
      const float offset = n % 2 ? 1000 : 0;
      float *values = numbers((rows - 1) * stride + length, 2, offset);
      double mean, variance, exact_mean, exact_variance;
      ck_moments(set, values, rows, length, stride, &mean, &variance);
      moments_of(values, rows, length, stride, &exact_mean, &exact_variance);
      expect(fabs(mean - exact_mean) <= 4e-15 * (1 + offset), "mean of %td x %td", rows, length);
      expect(fabs(variance - exact_variance) <= 1e-12 * exact_variance, "variance of %td x %td: %g, not %g",
             rows, length, variance, exact_variance);
      made_doubles(&mean, 1);
      made_doubles(&variance, 1);
      give_back();
    }
  }
  // An outlier in front of many numbers, and numbers that are all the same.
  const ptrdiff_t many = 100000;
  static const float outliers[] = {1e4f, -3e9f};
  double mean, variance, exact_mean, exact_variance;
  for (int n = 0; n < COUNT(outliers); n++) {
    float *values = numbers(many, 2, 0);
    values[0] = outliers[n];
    ck_moments(set, values, 1, many, 0, &mean, &variance);
    moments_of(values, 1, many, 0, &exact_mean, &exact_variance);
    expect(fabs(variance - exact_variance) <= 1e-9 * exact_variance, "variance with %g", outliers[n]);
    made_doubles(&variance, 1);
    give_back();
  }
  float *same = numbers(many, 0, 0.1f);
  ck_moments(set, same, 1, many, 0, &mean, &variance);
  expect(mean == 0.1f && variance == 0, "moments of numbers that are the same: %g, %g", mean, variance);
  end();
}

static void check_normalize(void) {
  begin("ck_normalize", FUSED_SETS);
  for (ptrdiff_t count = 0; count <= 65; count++) {
    float *source = numbers(count, 2, 0), *target = room(count);
    ck_normalize(set, source, target, count, 0.3, 1.7, -0.2);
    for (ptrdiff_t n = 0; n < count; n++) {
      const double exact = (source[n] - 0.3) * 1.7 - 0.2;
      expect(fabs(target[n] - exact) <= fabs(exact) * HALF_UNIT * 1.001 + 1e-15, "%td numbers", count);
    }
    made(target, count);
    ck_normalize(set, source, source, count, 0.3, 1.7, -0.2);
    expect_same(source, target, count, "in place");
    give_back();
  }
  end();
}

// What is multiplied by the weight is rounded, and the result.
static void check_runs(void) {
  enum { RUNS = 11 };
  const double eps = 1e-3;
  begin("ck_normalize_runs", FUSED_SETS);
  for (ptrdiff_t size = 1; size <= 65; size++) {
    for (int kind = 0; kind < 4; kind++) {
      float *weight = kind & 1 ? numbers(size, 2, 1) : NULL;
      float *bias = kind & 2 ? numbers(size, 2, -0.5f) : NULL;
      float *source = numbers(RUNS * size, 2, 0), *target = room(RUNS * size);
      ck_normalize_runs(set, source, target, RUNS, size, eps, weight, bias);
      made(target, RUNS * size);
      float *steps = room(size), *other = room(size);
      for (ptrdiff_t run = 0; run < RUNS; run++) {
        const float *own = source + run * size;
        memcpy(steps, own, (size_t)size * sizeof *own);
        double mean, variance;
        moments_of(own, 1, size, 0, &mean, &variance);
        for (ptrdiff_t n = 0; n < size; n++) {
          const double standard = (own[n] - mean) / sqrt(variance + eps);
          const double product = standard * (weight ? weight[n] : 1), shift = bias ? bias[n] : 0;
          const double bound = (2 * fabs(product) + fabs(product + shift)) * HALF_UNIT * 1.01 + 1e-13;
          const float found = target[run * size + n];
          expect(fabs(found - (product + shift)) <= bound, "%td numbers, kind %d: %.9g, not %.9g", size, kind,
                 found, product + shift);
        }
        // The same in two steps, and in place.
        ck_moments(set, own, 1, size, 0, &mean, &variance);
        ck_standardize(set, own, other, size, mean, 1 / sqrt(variance + eps), weight, bias);
        ck_standardize(set, steps, steps, size, mean, 1 / sqrt(variance + eps), weight, bias);
        expect_same(steps, other, size, "in place");
        expect_same(steps, target + run * size, size, "in two steps");
      }
      ck_normalize_runs(set, source, source, RUNS, size, eps, weight, bias);
      expect_same(source, target, RUNS * size, "runs in place");
      give_back();
    }
  }
  // A number that is not finite makes its run NaN, and no other.
  static const float odd[] = {NAN, INFINITY, -INFINITY};
  for (int n = 0; n < 9; n++) {
    float *source = numbers(80, 2, 0);
    source[n / 3 * 19] = odd[n % 3];
    ck_normalize_runs(set, source, source, 2, 40, eps, NULL, NULL);
    for (ptrdiff_t i = 0; i < 80; i++) { expect(!isfinite(source[i]) == (i < 40), "with %g", odd[n % 3]); }
    give_back();
  }
  float nothing = 0;
  ck_normalize_runs(set, &nothing, &nothing, 0, 1, eps, NULL, NULL);
  ck_standardize(set, &nothing, &nothing, 0, 0, 1, NULL, NULL);
  end();
}

void check_norms(void) {
  check_moments();
  check_normalize();
  check_runs();
}
