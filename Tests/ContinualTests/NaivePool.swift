import Continual
import Tensors

/// The definition of a pool, in double precision and in the most obvious loops.
struct NaivePool {
  let module: Pooling

  init(_ module: Pooling) { self.module = module }

  /// Pools a clip (B, C, T, S…).
  func forward(_ clip: Tensor) -> Tensor64 {
    let lengths = Array(clip.shape.axes.dropFirst(2))
    let counts = lengths.indices.map { outputLength(axis: $0, length: lengths[$0]) }
    let shape = Shape(Array(clip.shape.axes.prefix(2)) + counts)
    var scalars: [Double] = []
    for element in 0..<shape.count {
      let place = shape.place(ofElement: element)
      scalars.append(pool(clip, lengths, Array(place.prefix(2)), Array(place.dropFirst(2))))
    }
    return Tensor64(shape, scalars)
  }

  private func outputLength(axis: Int, length: Int) -> Int {
    let span = (module.kernelSize[axis] - 1) * module.dilation[axis] + 1
    let room = Double(length + 2 * module.padding[axis] - span) / Double(module.stride[axis])
    var count = Int((module.ceilMode ? room.rounded(.up) : room.rounded(.down))) + 1
    if module.ceilMode, (count - 1) * module.stride[axis] >= length + module.padding[axis] {
      count -= 1
    }
    return count
  }

  private func pool(
    _ clip: Tensor, _ lengths: [Int], _ channel: [Int], _ window: [Int]
  ) -> Double {
    let kernel = Shape(module.kernelSize)
    var inside: [Double] = []
    var padded = 0
    for element in 0..<kernel.count {
      let tap = kernel.place(ofElement: element)
      let place = tap.indices.map {
        window[$0] * module.stride[$0] - module.padding[$0] + tap[$0] * module.dilation[$0]
      }
      if place.indices.allSatisfy({ place[$0] < lengths[$0] + module.padding[$0] }) { padded += 1 }
      guard place.indices.allSatisfy({ (0..<lengths[$0]).contains(place[$0]) }) else { continue }
      let offset = zip(channel + place, clip.shape.strides).reduce(0) { $0 + $1.0 * $1.1 }
      inside.append(Double(clip.scalars[offset]))
    }
    switch module.kind {
    case .maximum:
      return inside.max() ?? -.infinity
    case .average(let countIncludePad, let divisorOverride):
      guard !inside.isEmpty else { return 0 }
      return inside.reduce(0, +)
        / Double(divisorOverride ?? (countIncludePad ? padded : inside.count))
    }
  }
}
