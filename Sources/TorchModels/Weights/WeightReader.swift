import Checkpoints
import Continual
import Synchronization
import Tensors

/// Reads the tensors that modules have asked for, and notes what is wrong with their values.
struct WeightReader {
  /// What cannot be read, and what is not finite.
  private(set) var problems: [ModelError.Problem] = []

  /// Reads a tensor.
  ///
  /// - Parameters:
  ///   - parameter: the tensor.
  ///   - outputAxis: the axis of the channels that come out.
  /// - Returns: its values; zeros where it cannot be read.
  mutating func values(of parameter: Parameter, outputAxis: Int = 0) -> Tensor {
    let tensor: Tensor
    do throws(CheckpointError) {
      tensor = try parameter.read(outputAxis)
    } catch {
      problems.append(.unreadable(parameter.name, error))
      return Tensor(parameter.shape)
    }
    if !tensor.scalars.areFinite {
      let bad = tensor.scalars.indices.filter { !tensor.scalars[$0].isFinite }
      let first = bad.first ?? 0
      problems.append(
        .notFinite(
          parameter.name, place: tensor.shape.place(ofElement: first),
          value: tensor.scalars[first], count: bad.count))
    }
    return tensor
  }
}

extension [Float] {
  /// Whether no element is infinite or NaN; of many, several threads look.
  fileprivate var areFinite: Bool {
    let areAll = Atomic(true)
    let elements = span
    Threads.split(count, by: 1 << 12, cost: 0.2) { part in
      if !elements.extracting(part).areFinite { areAll.store(false, ordering: .relaxed) }
    }
    return areAll.load(ordering: .relaxed)
  }
}

extension Span<Float> {
  /// Whether no element is infinite or NaN; one pass that the compiler vectorises.
  fileprivate var areFinite: Bool {
    // The exponent of such a number has all bits, and goes over into the sign when its last one is added.
    var carries: UInt32 = 0
    for index in indices { carries |= (self[index].bitPattern & 0x7F80_0000) &+ 0x0080_0000 }
    return carries < 0x8000_0000
  }
}
