import Checkpoints
import Continual
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
  /// Whether no element is infinite or NaN; of many, by as many threads as there are processors.
  fileprivate var areFinite: Bool {
    let part = 1 << 18
    // Below that, to wait for another thread takes longer than the rest of the work.
    let parts = concurrently((count + part - 1) / part, if: count > 4 * part) { index in
      self[index * part..<Swift.min((index + 1) * part, count)].areFinite
    }
    return parts.allSatisfy(\.self)
  }
}

extension ArraySlice<Float> {
  /// Whether no element is infinite or NaN; one pass that the compiler vectorises.
  fileprivate var areFinite: Bool {
    var largest: UInt32 = 0
    for value in self { largest = Swift.max(largest, value.bitPattern & 0x7FFF_FFFF) }
    return largest < 0x7F80_0000
  }
}
