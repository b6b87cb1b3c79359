import OrderedCollections
import PlainData
import Tensors

extension Inference {
  /// A recurrent layer with a number of gates.
  static func recurrent(
    _ type: String, gates: Int, assuming assumptions: [String] = []
  ) -> Inference {
    Inference { evidence in
      guard let inputs = evidence.tensors["weight_ih_l0"],
        let hidden = evidence.tensors["weight_hh_l0"], inputs.rank == 2, hidden.rank == 2
      else { return nil }
      let size = evidence.tensors["weight_hr_l0"]?.axes.last ?? hidden[1]
      guard size > 0, inputs[0] / size == gates else { return nil }
      return Layer(
        type: type, channels: .fixed(inputs[1], hidden[1]), assumptions: assumptions)
    }
  }

  static let batchNorm = Inference { evidence in
    guard evidence.recurrent == nil, let mean = evidence.tensors["running_mean"], mean.rank == 1
    else { return nil }
    return Layer(
      type: "BatchNorm\(evidence.dimensions)d", channels: .fixed(mean[0], mean[0]),
      assumptions: ["eps 1e-05"])
  }

  static let convolution = Inference { evidence in
    guard let weight = evidence.kernel, !evidence.isTransposed else { return nil }
    return Layer(
      type: "Conv\(weight.rank - 2)d", channels: .grouped(of: weight[1], weight[0]),
      assumptions: ["stride 1, padding 0, dilation 1"]
        + (weight[0] == weight[1] ? ["a convolution, and not a transposed one"] : []),
      problem: weight[0] == weight[1]
        && (weight.isEven || evidence.speaks(for: ["up", "deconv", "transpose"]))
        ? .eitherConvolution(weight) : nil, dimensions: weight.rank - 2)
  }

  static let transposedConvolution = Inference { evidence in
    guard let weight = evidence.kernel, evidence.isTransposed, let bias = evidence.tensors["bias"]
    else { return nil }
    let groups = weight[1] > 0 ? bias[0] / weight[1] : 0
    let fits =
      weight[1] > 0 && bias[0].isMultiple(of: weight[1]) && weight[0].isMultiple(of: max(groups, 1))
    return Layer(
      type: "ConvTranspose\(weight.rank - 2)d", channels: .fixed(weight[0], bias[0]),
      arguments: ["groups": .int(groups)],
      assumptions: ["stride 1, padding 0, dilation 1"] + (fits ? ["output_padding 0"] : []),
      problem: fits ? nil : .bias(bias[0], weight: weight),
      dimensions: weight.rank - 2)
  }

  static let linear = Inference { evidence in
    guard let weight = evidence.plainWeight, weight.rank == 2 else { return nil }
    return Layer(
      type: "Linear", channels: .fixed(weight[1], weight[0]),
      arguments: ["channel_dim": .int(1)],
      assumptions: ["works on the channels (channel_dim 1)"]
        + (evidence.tensors["bias"] == nil ? ["a linear layer, and not an embedding"] : []),
      problem: evidence.tensors["bias"] == nil && evidence.speaks(for: ["emb", "vocab", "token"])
        ? .eitherMatrix(weight) : nil)
  }

  static let prelu = Inference { evidence in
    guard let weight = evidence.plainWeight, weight.rank == 1, evidence.tensors["bias"] == nil
    else { return nil }
    return Layer(type: "PReLU", assumptions: ["PReLU"])
  }
}

extension Shape {
  /// Whether the kernel of this weight has an even size along each of its axes, as transposed convolutions
  /// have them, whose strides divide them.
  fileprivate var isEven: Bool { axes.dropFirst(2).allSatisfy { $0.isMultiple(of: 2) } }
}

extension Inference.Evidence {
  /// Whether a part of the path of the module begins with one of these words.
  fileprivate func speaks(for words: [String]) -> Bool {
    path.lowercased().split(separator: ".").contains { part in
      words.contains { part.hasPrefix($0) || part.contains("_" + $0) }
    }
  }

  /// The weights of a recurrent layer.
  fileprivate var recurrent: Shape? {
    guard let inputs = tensors["weight_ih_l0"], let hidden = tensors["weight_hh_l0"],
      inputs.rank == 2, hidden.rank == 2
    else { return nil }
    return inputs
  }

  /// The weight of a convolution.
  fileprivate var kernel: Shape? {
    plainWeight.flatMap { (3...5).contains($0.rank) ? $0 : nil }
  }

  /// Whether there are as many biases as no convolution with such a weight has, but a transposed one.
  fileprivate var isTransposed: Bool {
    guard let bias = tensors["bias"], bias.rank == 1, let kernel else { return false }
    return bias[0] != kernel[0]
  }

  /// The weight of a layer that is neither recurrent nor has statistics.
  fileprivate var plainWeight: Shape? {
    guard recurrent == nil, tensors["running_mean"].map({ $0.rank != 1 }) ?? true else {
      return nil
    }
    return tensors["weight"]
  }
}
