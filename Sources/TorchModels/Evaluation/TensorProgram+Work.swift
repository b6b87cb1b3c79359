import OrderedCollections
import Tensors

extension TensorProgram {
  /// What it costs to make a number of those before, in products.
  private static let costOfNumber = 8

  /// About how many products the calls take, or as much work.
  ///
  /// - Parameter tensors: what calls read by name.
  /// - Returns: at least one.
  func operationCount(_ tensors: [String: TensorView]) -> Int {
    var shapes = tensors.mapValues(\.shape)
    var total = 1
    for call in calls {
      let made = call.shapes.compactMap(\.self).reduce(0) {
        $0.plus($1.reduce(1) { $0.times($1) })
      }
      let inner = TensorProgram.innerCount(call, shapes)
      total = total.plus(made.times(inner.plus(TensorProgram.costOfNumber)))
      for (name, shape) in zip(call.outputs, call.shapes) {
        if let name, let shape { shapes[name] = shape }
      }
    }
    return total
  }

  /// How many products make one number of what a call makes.
  private static func innerCount(_ call: TensorCall, _ shapes: [String: [Int]]) -> Int {
    func shape(_ name: String) -> [Int]? {
      if case .value(let value)? = call.arguments[name] { shapes[value] } else { nil }
    }
    switch call.name {
    case "conv1d", "conv2d", "conv3d", "convolution", "linear":
      return (shape("weight") ?? []).dropFirst().reduce(1) { $0.times($1) }
    case "conv_transpose1d", "conv_transpose2d", "conv_transpose3d":
      return (shape("weight") ?? []).reduce(1) { $0.times($1) }
    case "matmul", "bmm", "mm", "addmm", "baddbmm":
      return call.arguments.keys.first.flatMap(shape)?.last ?? 1
    case "scaled_dot_product_attention":
      return 2 * (shape("key")?.dropLast().last ?? 1)
    default: return 1
    }
  }
}
