import Continual
import Foundation
import Tensors

/// Attention and encoder layers by their definition, in `Double`, on whole windows.
///
/// A window is a list of positions, each a list of channels. A step computes nothing but a window, so
/// the steps are the windows of a clip, one after the other.
enum AttentionOracle {
  typealias Positions = [[Double]]

  /// Softmax(Q Kᵀ / sqrt(d)) V for each head, and the projection of what the heads found.
  static func attention(_ weights: AttentionWeights, _ input: Positions) -> Positions {
    let size = weights.size
    let length = size / weights.heads
    let projected = input.map { product(weights.inWeight, weights.inBias, $0) }
    let found = input.indices.map { query in
      var output = [Double](repeating: 0, count: size)
      for head in 0..<weights.heads {
        let channels = head * length..<(head + 1) * length
        let scores = input.indices.map { key in
          channels.reduce(0) { $0 + projected[query][$1] * projected[key][size + $1] }
            / Double(length).squareRoot()
        }
        let largest = scores.max() ?? 0
        let powers = scores.map { exp($0 - largest) }
        let sum = powers.reduce(0, +)
        for key in input.indices {
          for channel in channels {
            output[channel] += powers[key] / sum * projected[key][2 * size + channel]
          }
        }
      }
      return output
    }
    return found.map { product(weights.outWeight, weights.outBias, $0) }
  }

  /// One layer of a transformer.
  static func layer(_ weights: TransformerLayerWeights, _ input: Positions) -> Positions {
    func hidden(_ x: [Double]) -> [Double] {
      let inner = product(weights.linear1.weight, weights.linear1.bias, x).map { value in
        switch weights.activation {
        case .relu: value < 0 ? 0 : value
        case .gelu: value * erfc(-value / 2.0.squareRoot()) / 2
        }
      }
      return product(weights.linear2.weight, weights.linear2.bias, inner)
    }
    if weights.normFirst {
      let attended = attention(weights.attention, input.map { norm(weights.norm1, $0) })
      let middle = zip(input, attended).map(sum)
      return middle.map { sum($0, hidden(norm(weights.norm2, $0))) }
    }
    let middle = zip(input, attention(weights.attention, input)).map {
      norm(weights.norm1, sum($0, $1))
    }
    return middle.map { norm(weights.norm2, sum($0, hidden($0))) }
  }

  /// A normalization of the channels.
  static func norm(_ norm: TransformerLayerWeights.Norm, _ x: [Double]) -> [Double] {
    let mean = x.reduce(0, +) / Double(x.count)
    let variance = x.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(x.count)
    return x.indices.map { channel in
      let value = (x[channel] - mean) / (variance + norm.eps).squareRoot()
      return value * Double(norm.weight?.scalars[channel] ?? 1)
        + Double(norm.bias?.scalars[channel] ?? 0)
    }
  }

  private static func sum(_ left: [Double], _ right: [Double]) -> [Double] {
    zip(left, right).map { $0 + $1 }
  }

  private static func product(_ matrix: Tensor, _ bias: Tensor?, _ x: [Double]) -> [Double] {
    (0..<matrix.shape[0]).map { row in
      var sum = Double(bias?.scalars[row] ?? 0)
      for (column, value) in x.enumerated() {
        sum += Double(matrix.scalars[row * x.count + column]) * value
      }
      return sum
    }
  }
}

/// How an oracle of windows is applied to clips.
struct WindowsOracle {
  /// The number of channels.
  let size: Int
  /// What becomes of all positions of a window.
  let compute: (AttentionOracle.Positions) -> AttentionOracle.Positions

  /// The positions of each batch entry of a clip (B, E, T).
  private func positions(
    _ clip: Tensor64
  ) throws(VerificationError) -> [AttentionOracle.Positions] {
    guard clip.shape.rank == 3, clip.shape[1] == size else {
      throw VerificationError(.shape, "attention over \(size) channels on a clip \(clip.shape)")
    }
    let frames = clip.shape[2]
    return (0..<clip.shape[0]).map { entry in
      (0..<frames).map { time in
        (0..<size).map { clip.scalars[(entry * size + $0) * frames + time] }
      }
    }
  }

  /// All frames of a clip (B, E, T), each attending to all of them.
  func whole(_ clip: Tensor64) throws(VerificationError) -> Tensor64 {
    let outputs = try positions(clip).map(compute)
    let frames = (0..<clip.shape[2]).map { time in outputs.flatMap { $0[time] } }
    return Tensor64(frames: frames, of: clip.shape.frame)
  }

  /// One position of a whole clip, as a clip of one frame.
  func one(_ clip: Tensor64, query: Int) throws(VerificationError) -> Tensor64 {
    let frames = clip.shape[2]
    let position = query < 0 ? frames + query : query
    guard (0..<frames).contains(position) else {
      throw VerificationError(
        .clipTooShort, "position \(query) of a clip of \(frames) frames")
    }
    return try whole(clip).frames(position..<position + 1)
  }

  /// All positions of a clip of so many frames, as a clip (B, E, 1, L).
  func all(_ clip: Tensor64) throws(VerificationError) -> Tensor64 {
    try whole(clip).reshaped([clip.shape[0], size, 1, clip.shape[2]])
  }

  /// One position of each window of a clip.
  func steps(
    _ clip: Tensor64, length: Int, query: Int
  ) throws(VerificationError) -> Tensor64 {
    try windows(clip, length: length, of: [clip.shape[0], size]) {
      (window) throws(VerificationError) in
      try one(window, query: query)
    }
  }

  /// All positions of each window of a clip, as a clip (B, E, T', L).
  func allSteps(_ clip: Tensor64, length: Int) throws(VerificationError) -> Tensor64 {
    try windows(clip, length: length, of: [clip.shape[0], size, length]) {
      (window) throws(VerificationError) in
      try all(window)
    }
  }

  private func windows(
    _ clip: Tensor64, length: Int, of frame: Shape,
    _ output: (Tensor64) throws(VerificationError) -> Tensor64
  ) throws(VerificationError) -> Tensor64 {
    var frames: [[Double]] = []
    for end in stride(from: length, through: clip.shape[2], by: 1) {
      frames.append(try output(clip.frames(end - length..<end)).scalars)
    }
    return Tensor64(frames: frames, of: frame)
  }
}
