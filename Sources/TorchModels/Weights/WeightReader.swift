import Checkpoints
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
    let values: Parameter.Values
    do throws(CheckpointError) {
      values = try parameter.read(outputAxis)
    } catch {
      problems.append(.unreadable(parameter.name, error))
      return Tensor(parameter.shape)
    }
    let tensor = values.tensor
    if !values.areFinite {
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
