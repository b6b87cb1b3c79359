import Checkpoints
import OrderedCollections
import PlainData
import Tensors

// What spectra were made of: windows that overlap, added up by a transposed convolution.
extension ExportedOperators {
  static let inverseSpectra: [String: Operation] = [
    "istft": { translator, node throws(ExportedProblem) in
      .signal(try translator.overlapped(node))
    },
    "fft_irfft": { translator, node throws(ExportedProblem) in
      .signal(try translator.rows(node))
    },
  ]
}

extension ExportedTranslator {
  /// The clip whose windows have given spectra, over what the squares of the window add up to.
  fileprivate mutating func overlapped(
    _ node: ExportedNode
  ) throws(ExportedProblem) -> ExportedSignal {
    let spectra = try settled(try complex(node), node)
    let size = try int(node, "n_fft", or: 0)
    guard (2...1 << 14).contains(size) else { throw .kind("n_fft", expected: .integer) }
    let hop = try int(node, "hop_length", or: size / 4)
    guard (1...size).contains(hop) else { throw .kind("hop_length", expected: .integer) }
    guard !bool(node, "return_complex", or: false) else { throw .complex }
    let rank = spectra.dims.count
    guard (3...4).contains(rank), spectra.dims[rank - 2] == [ExportedSignal.time], !spectra.isFlat,
      !spectra.isLastFrame
    else { throw .runsAlongOtherAxis }
    // (B, inside, bins, frames, 2) as (B, inside bins 2, frames).
    let samples = rank == 4 ? spectra.dims[0] : []
    let inside = samples.filter { $0 != ExportedSignal.batch && spectra.axes[$0] != 1 }
    let bins = spectra.shape[rank - 3]
    let channels = inside + spectra.dims[rank - 3] + spectra.dims[rank - 1]
    let input = try withChannels(inside: channels, spectra, node)
    let count = inside.reduce(1) { $0.times(spectra.axes[$1]) }
    let frames = input.axes[ExportedSignal.time]
    let window = try window(node, size)
    let padding = bool(node, "center", or: true) ? size / 2 : 0
    let natural = (frames - 1).times(hop) + size - 2 * padding
    guard let length = shape(of: node).last, length > 0, length - natural < hop else {
      throw .shape([natural], stated: shape(of: node))
    }
    let extra = max(length - natural, 0)
    let basis = try inverseBasis(node, window, bins: bins)
    var result = try added(
      input, basis, count, hop: hop, padding: padding, extra: extra, "basis", node)
    // What the squares of the window add up to: less at the ends of a clip.
    let one = try applied(
      "Narrow", node, input, ["dim": .int(1), "start": .int(0), "length": .int(1)])
    var ones = one
    ones.axes[ExportedSignal.channels] = 1
    ones = try applied("One", node, ones)
    let squares = try added(
      ones, window.map { $0 * $0 }, 1, hop: hop, padding: padding, extra: extra, "envelope", node)
    let inverse = try lambda("reciprocal", squares, node)
    result.axes[ExportedSignal.channels] = count
    (result.axes[ExportedSignal.time], ones.axes[ExportedSignal.time]) = (length, length)
    guard case .signal(let joined) = try joined([result, inverse], "Multiply", node) else {
      throw .complex
    }
    result = joined
    if length < natural {
      result.axes[ExportedSignal.time] = natural
      result = try cut(result, by: natural - length, node)
    }
    let batch = inside.isEmpty ? samples : [ExportedSignal.batch, ExportedSignal.channels]
    result.dims = (rank == 4 ? [batch] : []) + [[ExportedSignal.time]]
    return result
  }

  /// Windows of a clip (B, count n, T), each channel of which is a wave, added up at their places.
  private mutating func added(
    _ input: ExportedSignal, _ basis: [Double], _ count: Int, hop: Int, padding: Int, extra: Int,
    _ role: String, _ node: ExportedNode
  ) throws(ExportedProblem) -> ExportedSignal {
    let channels = input.axes[ExportedSignal.channels]
    let size = basis.count / (channels / count)
    guard count.times(basis.count) <= ExportedConstants.totalLimit else {
      throw .constants(limit: ExportedConstants.totalLimit)
    }
    let path = path(
      to: "weight", called: role,
      Tensor64(Shape([channels, 1, size]), (0..<count).flatMap { _ in basis }), node)
    var result = input
    result.node = try add(
      "ConvTranspose1d", node, reading: [input],
      [
        "stride": .integers([hop]), "padding": .integers([padding]),
        "output_padding": .integers([extra]), "groups": .int(count), "bias": .bool(false),
      ], name: path)
    result.axes[ExportedSignal.channels] = count
    result.axes[ExportedSignal.time] =
      (input.axes[ExportedSignal.time] - 1) * hop + size - 2 * padding + extra
    return result
  }

  /// What real and imaginary part of each bin add to each place of a window.
  private func inverseBasis(
    _ node: ExportedNode, _ window: [Double], bins: Int
  ) throws(ExportedProblem) -> [Double] {
    let size = window.count
    guard bins == size || bins == size / 2 + 1 else {
      throw .shape([bins], stated: [size / 2 + 1])
    }
    guard bins.times(2 * size) <= ExportedConstants.totalLimit else {
      throw .constants(limit: ExportedConstants.totalLimit)
    }
    let root = Double(size).squareRoot()
    let factor = bool(node, "normalized", or: false) ? 1 / root : 1 / Double(size)
    return (0..<bins).flatMap { bin in
      (0..<2).flatMap { part in
        (0..<size).map { place in
          factor * window[place]
            * ExportedTranslator.inverseWave(bin, part, place, bins: bins, of: size)
        }
      }
    }
  }

  /// What a part of a bin adds to a place; those that are left out are the same turned around.
  private static func inverseWave(
    _ bin: Int, _ part: Int, _ place: Int, bins: Int, of size: Int
  ) -> Double {
    let isAlone = bins == size || bin == 0 || 2 * bin == size
    // Of those that are their own opposites the imaginary part does not count.
    if part == 1, bins != size, isAlone { return 0 }
    return (isAlone ? 1 : 2) * wave(bin, part, place, of: size)
  }

  /// The rows along an axis that have given frequencies.
  fileprivate mutating func rows(
    _ node: ExportedNode
  ) throws(ExportedProblem) -> ExportedSignal {
    var parts = try complex(node)
    let rank = parts.dims.count - 1
    let dim = try dim(node, or: -1, rank: rank)
    let given = parts.shape[dim]
    let size = try int(node, "n", or: 2 * (given - 1))
    guard (1...1 << 12).contains(size) else { throw .kind("n", expected: .integer) }
    let factor = try norm(node, size, isInverse: true)
    let bins = size / 2 + 1
    let matrix = (0..<given).flatMap { bin in
      (0..<2).flatMap { part in
        (0..<size).map { place in
          bin < bins
            ? factor * ExportedTranslator.inverseWave(bin, part, place, bins: bins, of: size) : 0
        }
      }
    }
    let last = parts.dims.removeLast()
    let own = parts.dims.remove(at: dim)
    parts.dims.append(own + last)
    var result = try multiplied(
      parts, dim: rank - 1, by: .constant(Tensor64([2 * given, size], matrix)), rows: 0, columns: 1,
      node)
    result.dims.insert(result.dims.removeLast(), at: dim)
    return result
  }
}
