import Continual
import Tensors
import TestSupport
import Testing

/// What PyTorch computes in float64 of some numbers, rounded to float32.
private let points: [Float] = [-3.7, -1, -0.5, -0.0, 0.25, 0.5, 1, 1.5, 2.5, .infinity, .nan]

// swift-format-ignore
private let known: [(String, [Float])] = [
    ("abs", [3.70000005, 1, 0.5, 0, 0.25, 0.5, 1, 1.5, 2.5, .infinity, .nan]),
    ("acos", [.nan, 3.14159274, 2.09439516, 1.57079637, 1.31811607, 1.04719758, 0, .nan, .nan, .nan, .nan]),
    ("acosh", [.nan, .nan, .nan, .nan, .nan, .nan, 0, 0.962423623, 1.56679928, .infinity, .nan]),
    ("asin", [.nan, -1.57079637, -0.52359879, -0.0, 0.252680242, 0.52359879, 1.57079637, .nan, .nan, .nan, .nan]),
    ("asinh", [-2.01926064, -0.881373584, -0.481211811, -0.0, 0.24746646, 0.481211811, 0.881373584, 1.19476318, 1.6472311, .infinity, .nan]),
    ("atan", [-1.30683255, -0.785398185, -0.463647604, -0.0, 0.244978666, 0.463647604, 0.785398185, 0.982793748, 1.19028997, 1.57079637, .nan]),
    ("atanh", [.nan, -.infinity, -0.549306154, -0.0, 0.255412817, 0.549306154, .infinity, .nan, .nan, .nan, .nan]),
    ("ceil", [-3, -1, -0.0, -0.0, 1, 1, 1, 2, 3, .infinity, .nan]),
    ("cos", [-0.848100007, 0.540302277, 0.87758255, 1, 0.968912423, 0.87758255, 0.540302277, 0.070737198, -0.801143587, .nan, .nan]),
    ("cosh", [20.2360153, 1.54308069, 1.12762594, 1, 1.03141308, 1.12762594, 1.54308069, 2.3524096, 6.13228941, .infinity, .nan]),
    ("deg2rad", [-0.0645771846, -0.0174532924, -0.00872664619, -0.0, 0.0043633231, 0.00872664619, 0.0174532924, 0.0261799395, 0.04363323, .infinity, .nan]),
    ("erf", [-0.999999821, -0.842700779, -0.520499885, -0.0, 0.276326388, 0.520499885, 0.842700779, 0.966105163, 0.999593019, 1, .nan]),
    ("erfc", [1.99999988, 1.84270084, 1.52049983, 1, 0.723673582, 0.479500115, 0.157299206, 0.0338948518, 0.000406952022, 0, .nan]),
    ("exp", [0.0247235261, 0.36787945, 0.606530666, 1, 1.28402543, 1.64872122, 2.71828175, 4.48168898, 12.1824942, .infinity, .nan]),
    ("exp2", [0.0769465268, 0.5, 0.707106769, 1, 1.18920708, 1.41421354, 2, 2.82842708, 5.65685415, .infinity, .nan]),
    ("expm1", [-0.97527647, -0.63212055, -0.393469334, -0.0, 0.284025431, 0.648721278, 1.71828187, 3.48168898, 11.1824942, .infinity, .nan]),
    ("floor", [-4, -1, -1, -0.0, 0, 0, 1, 1, 2, .infinity, .nan]),
    ("frac", [-0.700000048, 0, -0.5, 0, 0.25, 0.5, 0, 0.5, 0.5, .nan, .nan]),
    ("log", [.nan, .nan, .nan, -.infinity, -1.38629436, -0.693147182, 0, 0.405465096, 0.91629076, .infinity, .nan]),
    ("log10", [.nan, .nan, .nan, -.infinity, -0.60206002, -0.30103001, 0, 0.176091254, 0.39794001, .infinity, .nan]),
    ("log1p", [.nan, -.infinity, -0.693147182, -0.0, 0.223143548, 0.405465096, 0.693147182, 0.91629076, 1.25276291, .infinity, .nan]),
    ("log2", [.nan, .nan, .nan, -.infinity, -2, -1, 0, 0.584962487, 1.32192814, .infinity, .nan]),
    ("logit", [.nan, .nan, .nan, -.infinity, -1.09861231, 0, .infinity, .nan, .nan, .nan, .nan]),
    ("neg", [3.70000005, 1, 0.5, 0, -0.25, -0.5, -1, -1.5, -2.5, -.infinity, .nan]),
    ("rad2deg", [-211.994385, -57.2957802, -28.6478901, -0.0, 14.323945, 28.6478901, 57.2957802, 85.9436722, 143.239456, .infinity, .nan]),
    ("reciprocal", [-0.270270258, -1, -2, -.infinity, 4, 2, 1, 0.666666687, 0.400000006, 0, .nan]),
    ("round", [-4, -1, -0.0, -0.0, 0, 0, 1, 2, 2, .infinity, .nan]),
    ("rsqrt", [.nan, .nan, .nan, -.infinity, 2, 1.41421354, 1, 0.816496611, 0.632455528, 0, .nan]),
    ("sign", [-1, -1, -1, 0, 1, 1, 1, 1, 1, 1, 0]),
    ("sin", [0.529836178, -0.841470957, -0.47942555, -0.0, 0.247403964, 0.47942555, 0.841470957, 0.997494996, 0.598472118, .nan, .nan]),
    ("sinc", [-0.0695994794, 3.89817169e-17, 0.636619747, 1, 0.900316298, 0.636619747, 3.89817169e-17, -0.212206587, 0.127323955, .nan, .nan]),
    ("sinh", [-20.2112923, -1.17520118, -0.521095276, -0.0, 0.252612323, 0.521095276, 1.17520118, 2.12927938, 6.05020428, .infinity, .nan]),
    ("sqrt", [.nan, .nan, .nan, -0.0, 0.5, 0.707106769, 1, 1.22474492, 1.58113885, .infinity, .nan]),
    ("square", [13.6900005, 1, 0.25, 0, 0.0625, 0.25, 1, 2.25, 6.25, .infinity, .nan]),
    ("tan", [-0.62473315, -1.55740774, -0.546302497, -0.0, 0.255341917, 0.546302497, 1.55740774, 14.1014204, -0.747022271, .nan, .nan]),
    ("trunc", [-3, -1, -0.0, -0.0, 0, 0, 1, 1, 2, .infinity, .nan]),
]

@Suite("elementary functions")
struct ElementaryFunctionTests {
  @Test("each function is PyTorch's, in steps with the same bits", arguments: known.indices)
  func values(_ index: Int) throws {
    let (name, expected) = known[index]
    let function = try #require(Activation.ElementaryFunction(rawValue: name))
    let clip = Tensor([1, 1, points.count], points)
    let run = try ModeRun(Activation(.elementary(function)), clip: clip)
    #expect(run.differences.isEmpty)
    for (found, wanted) in zip(run.forward.scalars, expected) {
      let isSame = found == wanted || (found.isNaN && wanted.isNaN)
      #expect(isSame || abs(found - wanted) <= 2 * wanted.ulp, "\(name): \(found), not \(wanted)")
      // Also the sign of a zero.
      if wanted == 0 && name != "sign" { #expect(found.sign == wanted.sign, "\(name)") }
    }
  }

  @Test("all functions are in the table")
  func complete() {
    #expect(known.map(\.0) == Activation.ElementaryFunction.allCases.map(\.rawValue))
  }

  @Test("a power is that of each element")
  func power() throws {
    let clip = Tensor([1, 1, 4], [2, -3, 0.25, 0])
    #expect(try ModeRun(Activation(.power(2)), clip: clip).forward.scalars == [4, 9, 0.0625, 0])
    let roots = try ModeRun(Activation(.power(-0.5)), clip: clip).forward.scalars
    #expect(roots[2] == 2 && roots[1].isNaN && roots[3] == .infinity)
  }
}
