import Continual
import Foundation
import Tensors

/// Attention and encoder layers by their definition, on whole windows: in `Double`, and in other numbers to
/// know their rounding.
///
/// A window is a list of positions, each a list of channels. A step computes nothing but a window, so
/// the steps are the windows of a clip, one after the other.
struct AttentionOracle<Scalar: OracleScalar> {
  typealias Positions = [[Scalar]]

  private let size: Int
  private let heads: Int
  private let input: ProductOracle<Scalar>
  private let output: ProductOracle<Scalar>

  init(_ weights: AttentionWeights) {
    size = weights.size
    heads = weights.heads
    input = ProductOracle(weights.inWeight, weights.inBias)
    output = ProductOracle(weights.outWeight, weights.outBias)
  }

  /// Softmax(Q Kᵀ / sqrt(d)) V for each head, and the projection of what the heads found.
  func callAsFunction(_ window: Positions) -> Positions {
    let length = size / heads
    let projected = window.map { input($0) }
    return window.indices.map { query in
      var found = [Scalar](repeating: 0, count: size)
      for head in 0..<heads {
        let channels = head * length..<(head + 1) * length
        let scores = window.indices.map { key in
          channels.reduce(0) { $0.adding(projected[query][$1], times: projected[key][size + $1]) }
            / Scalar(Double(length).squareRoot())
        }
        let parts = Scalar.softmax(scores)
        for key in window.indices {
          for channel in channels {
            found[channel] = found[channel].adding(
              parts[key], times: projected[key][2 * size + channel])
          }
        }
      }
      return output(found)
    }
  }
}

/// One layer of a transformer by its definition.
struct TransformerLayerOracle<Scalar: OracleScalar> {
  private let attention: AttentionOracle<Scalar>
  private let linear1: ProductOracle<Scalar>
  private let linear2: ProductOracle<Scalar>
  private let norm1: ChannelNormOracle<Scalar>
  private let norm2: ChannelNormOracle<Scalar>
  private let activation: TransformerLayerWeights.Activation
  private let normFirst: Bool

  init(_ weights: TransformerLayerWeights) {
    attention = AttentionOracle(weights.attention)
    linear1 = ProductOracle(weights.linear1.weight, weights.linear1.bias)
    linear2 = ProductOracle(weights.linear2.weight, weights.linear2.bias)
    norm1 = ChannelNormOracle(weights.norm1)
    norm2 = ChannelNormOracle(weights.norm2)
    activation = weights.activation
    normFirst = weights.normFirst
  }

  func callAsFunction(_ window: [[Scalar]]) -> [[Scalar]] {
    if normFirst {
      let middle = zip(window, attention(window.map { norm1($0) })).map(sum)
      return middle.map { sum($0, hidden(norm2($0))) }
    }
    let middle = zip(window, attention(window)).map { norm1(sum($0, $1)) }
    return middle.map { norm2(sum($0, hidden($0))) }
  }

  private func hidden(_ x: [Scalar]) -> [Scalar] {
    linear2(
      linear1(x).map { value in
        switch activation {
        case .relu: value.rectified()
        case .gelu:
          value.mapped(
            { $0 * erfc(-$0 / 2.0.squareRoot()) / 2 },
            slope: {
              let density = exp(-$0 * $0 / 2) / (2 * Double.pi).squareRoot()
              return erfc(-$0 / 2.0.squareRoot()) / 2 + $0 * density
            })
        }
      })
  }

  private func sum(_ left: [Scalar], _ right: [Scalar]) -> [Scalar] {
    zip(left, right).map { $0 + $1 }
  }
}

/// A normalization of the channels of one position by its definition.
struct ChannelNormOracle<Scalar: OracleScalar> {
  private let weight: [Double]?
  private let bias: [Double]?
  private let eps: Double

  init(_ norm: TransformerLayerWeights.Norm) {
    weight = norm.weight.map { $0.scalars.map { Double($0) } }
    bias = norm.bias.map { $0.scalars.map { Double($0) } }
    eps = norm.eps
  }

  func callAsFunction(_ x: [Scalar]) -> [Scalar] {
    Scalar.normalized(x, eps: eps, weight: weight, bias: bias)
  }
}
