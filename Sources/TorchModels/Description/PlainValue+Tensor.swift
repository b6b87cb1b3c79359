import PlainData
import Tensors

extension PlainValue {
  /// The tensor that nested lists of numbers stand for; nil where they are of unequal length.
  var tensor: Tensor? {
    var scalars: [Float] = []
    guard let axes = collect(into: &scalars, depth: 0), let shape = Shape(checking: axes),
      shape.count == scalars.count
    else { return nil }
    return Tensor(shape, scalars)
  }

  /// The axes of this part, whose numbers are appended.
  private func collect(into scalars: inout [Float], depth: Int) -> [Int]? {
    switch self {
    case .int(let number):
      scalars.append(Float(number))
      return []
    case .double(let number):
      scalars.append(Float(number))
      return []
    case .list(let values):
      guard depth < 8 else { return nil }
      var inner: [Int]?
      for value in values {
        let axes = value.collect(into: &scalars, depth: depth + 1)
        guard let axes, inner == nil || inner == axes else { return nil }
        inner = axes
      }
      return [values.count] + (inner ?? [])
    default: return nil
    }
  }
}
