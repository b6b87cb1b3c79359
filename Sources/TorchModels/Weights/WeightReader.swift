import Checkpoints
import Continual
import Tensors

/// Reads the tensors that modules have asked for, and notes what is wrong with their values.
struct WeightReader {
  /// What cannot be read, and what is not finite.
  private(set) var problems: [ModelError.Problem] = []

  /// How the weights are packed that are read first, by the names of their parameters.
  private let packings: [String: Packing]

  init(_ packings: [String: Packing]) { self.packings = packings }

  /// Reads a tensor.
  ///
  /// - Parameter parameter: the tensor.
  /// - Returns: its values; zeros where it cannot be read.
  mutating func values(of parameter: Parameter) -> Tensor {
    read(parameter, outputAxis: 0)?.tensor ?? Tensor(parameter.shape)
  }

  /// Reads the weights of a product.
  ///
  /// - Parameters:
  ///   - parameter: the tensor.
  ///   - outputAxis: the axis of the channels that come out.
  /// - Returns: the weights, packed where it was known how; zeros where they cannot be read.
  mutating func weight(of parameter: Parameter, outputAxis: Int) -> Weight {
    read(parameter, outputAxis: outputAxis)?.weight ?? Weight(zeros: parameter.shape)
  }

  private mutating func read(_ parameter: Parameter, outputAxis: Int) -> Parameter.Values? {
    let values: Parameter.Values
    do throws(CheckpointError) {
      values = try parameter.read(outputAxis, packings)
    } catch {
      problems.append(.unreadable(parameter.name, error))
      return nil
    }
    if !values.areFinite {
      let tensor = values.tensor
      let bad = tensor.scalars.indices.filter { !tensor.scalars[$0].isFinite }
      let first = bad.first ?? 0
      problems.append(
        .notFinite(
          parameter.name, place: tensor.shape.place(ofElement: first),
          value: tensor.scalars[first], count: bad.count))
    }
    return values
  }
}
