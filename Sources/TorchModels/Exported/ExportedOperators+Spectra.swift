import Checkpoints
import Foundation
import OrderedCollections
import PlainData
import Tensors

// Spectra of windows: a convolution with sines and cosines.
extension ExportedOperators {
  static let spectra: [String: Operation] = [
    "stft": { translator, node throws(ExportedProblem) in try translator.spectra(node) },
    "fft_rfft": { translator, node throws(ExportedProblem) in
      .complex(try translator.frequencies(node))
    },
  ]
}

extension ExportedTranslator {
  /// The spectrum of each window of a clip.
  fileprivate mutating func spectra(_ node: ExportedNode) throws(ExportedProblem) -> ExportedValue {
    var input = try signal(node)
    let size = try int(node, "n_fft", or: 0)
    guard (1...1 << 16).contains(size), input.dims.count <= 2, let last = input.dims.indices.last
    else { throw .kind("n_fft", expected: .integer) }
    let hop = try int(node, "hop_length", or: size / 4)
    guard hop > 0 else { throw .kind("hop_length", expected: .integer) }
    if node.target.hasSuffix(".center"), bool(node, "center", or: true) {
      var mode = "reflect"
      if case .string(let text) = node["pad_mode"] { mode = text }
      input = try settled(try padded(input, [size / 2, size / 2], mode, node), node)
    }
    guard input.dims[last] == [ExportedSignal.time], !input.isFlat, !input.isLastFrame else {
      throw .runsAlongOtherAxis
    }
    // What is in the batch besides samples, as channels are, is transformed one by one.
    let inside = input.dims.dropLast().joined().filter {
      $0 != ExportedSignal.batch && input.axes[$0] != 1
    }
    let isOneByOne = last == 1
    let samples = input.axes[ExportedSignal.batch]
    input = try withChannels(inside: Array(inside), input, node)
    let channels = input.axes[ExportedSignal.channels]
    let basis = try basis(node, size)
    let bins = basis.count / 2 / size
    let frames = shape(of: node).last ?? 1
    input = try windows(
      of: input, times: basis, size: size, step: hop, frames: frames, called: "basis", node)
    let isSingle = channels == 1
    input = try reshaped(
      input, to: [samples] + (isSingle ? [] : [channels]) + [bins, 2, frames], node)
    var dims = input.dims
    if !isSingle { dims[0] += dims.remove(at: 1) }
    input.dims = (isOneByOne ? [dims[0]] : []) + [dims[1], dims[3], dims[2]]
    guard shape(of: node) == Array(input.shape.dropLast()) else {
      throw .shape(Array(input.shape.dropLast()), stated: shape(of: node))
    }
    return .complex(input)
  }

  /// What windows of each channel of a clip make with some waves: a convolution that has these as its rows.
  ///
  /// - Parameters:
  ///   - input: (B, C, T).
  ///   - waves: (count, size).
  ///   - size: of a window.
  ///   - step: from one window to the next.
  ///   - frames: the number of windows.
  ///   - word: what the path of the waves says of them.
  ///   - node: the call.
  /// - Returns: (B, C count, frames).
  /// - Throws: ``ExportedProblem`` where there are too many numbers.
  mutating func windows(
    of input: ExportedSignal, times waves: [Double], size: Int, step: Int, frames: Int,
    called word: String, _ node: ExportedNode
  ) throws(ExportedProblem) -> ExportedSignal {
    let channels = input.axes[ExportedSignal.channels]
    guard channels.times(waves.count) <= ExportedConstants.totalLimit else {
      throw .constants(limit: ExportedConstants.totalLimit)
    }
    let count = channels * waves.count / size
    let path = path(
      to: "weight", called: word,
      Tensor64(Shape([count, 1, size]), (0..<channels).flatMap { _ in waves }), node)
    var result = input
    result.node = try add(
      "Conv1d", node, reading: [input],
      [
        "stride": .integers([step]), "padding": .integers([0]), "groups": .int(channels),
        "bias": .bool(false),
      ], name: path)
    result.axes[ExportedSignal.channels] = count
    result.axes[ExportedSignal.time] = frames
    return result
  }

  /// Real and imaginary part of each bin: the window, times cosines and sines.
  private func basis(_ node: ExportedNode, _ size: Int) throws(ExportedProblem) -> [Double] {
    let window = try window(node, size)
    let factor = bool(node, "normalized", or: false) ? 1 / Double(size).squareRoot() : 1
    let bins = bool(node, "onesided", or: true) ? size / 2 + 1 : size
    guard bins.times(2 * size) <= ExportedConstants.totalLimit else {
      throw .constants(limit: ExportedConstants.totalLimit)
    }
    return (0..<bins).flatMap { bin in
      (0..<2).flatMap { part in
        (0..<size).map { place in
          factor * window[place] * ExportedTranslator.wave(bin, part, place, of: size)
        }
      }
    }
  }

  /// The window of a spectrum, with zeros around it where it is shorter.
  func window(_ node: ExportedNode, _ size: Int) throws(ExportedProblem) -> [Double] {
    var window = [Double](repeating: 1, count: size)
    if let value = value(node, "window") {
      guard let numbers = try read(value)?.scalars, !numbers.isEmpty, numbers.count <= size else {
        throw .computed("window")
      }
      window = [Double](repeating: 0, count: size)
      for (index, number) in numbers.enumerated() {
        window[(size - numbers.count) / 2 + index] = number
      }
      return window
    }
    let length = try int(node, "win_length", or: size)
    guard (1...size).contains(length) else { throw .kind("win_length", expected: .integer) }
    return (0..<size).map {
      ((size - length) / 2..<(size - length) / 2 + length).contains($0) ? 1 : 0
    }
  }

  /// What a bin has of one at a place: a cosine, or the sine of the same turned around.
  static func wave(_ bin: Int, _ part: Int, _ place: Int, of size: Int) -> Double {
    // Of the angle only what is left of whole turns counts.
    let angle = 2 * .pi * Double(bin * place % size) / Double(size)
    return part == 0 ? cos(angle) : -sin(angle)
  }

  /// The frequencies of each row along an axis that is not time.
  fileprivate mutating func frequencies(
    _ node: ExportedNode
  ) throws(ExportedProblem) -> ExportedSignal {
    var input = try signal(node)
    let dim = try dim(node, or: -1, rank: input.dims.count)
    let length = input.shape[dim]
    let size = try int(node, "n", or: length)
    guard (1...1 << 12).contains(size) else { throw .kind("n", expected: .integer) }
    let factor = try norm(node, size, isInverse: false)
    let bins = size / 2 + 1
    // What is missing of a row is zeros, and what is too much does not count.
    let matrix = (0..<length).flatMap { place in
      (0..<bins).flatMap { bin in
        (0..<2).map { part in
          place < size ? factor * ExportedTranslator.wave(bin, part, place, of: size) : 0
        }
      }
    }
    input.dims.append(input.dims.remove(at: dim))
    let last = input.dims.count - 1
    var result = try multiplied(
      input, dim: last, by: .constant(Tensor64([length, bins * 2], matrix)), rows: 0, columns: 1,
      node)
    result = try reshaped(result, to: Array(result.shape.dropLast()) + [bins, 2], node)
    let parts = result.dims.removeLast()
    result.dims.insert(result.dims.removeLast(), at: dim)
    result.dims.append(parts)
    return result
  }

  /// What a transform is multiplied by.
  func norm(
    _ node: ExportedNode, _ size: Int, isInverse: Bool
  ) throws(ExportedProblem) -> Double {
    var mode = "backward"
    if case .string(let text) = node["norm"] { mode = text }
    switch mode {
    case "ortho": return 1 / Double(size).squareRoot()
    case "forward": return isInverse ? 1 : 1 / Double(size)
    case "backward": return isInverse ? 1 / Double(size) : 1
    default: throw .unknownArgument("norm")
    }
  }
}
