import Checkpoints
import Foundation
import OrderedCollections
import PlainData
import Tensors

// Spectra of windows: a convolution with sines and cosines.
extension ExportedOperators {
  static let spectra: [String: Operation] = [
    "stft": { translator, node throws(ExportedProblem) in try translator.spectra(node) },
    "view_as_real": { translator, node throws(ExportedProblem) in
      .signal(try translator.complex(node))
    },
    "real": { translator, node throws(ExportedProblem) in
      let parts = try translator.complex(node)
      return .signal(
        try translator.part(parts, parts.dims.count - 1, 0, 1, node)
          .removing(dim: parts.dims.count - 1))
    },
    "imag": { translator, node throws(ExportedProblem) in
      let parts = try translator.complex(node)
      return .signal(
        try translator.part(parts, parts.dims.count - 1, 1, 1, node)
          .removing(dim: parts.dims.count - 1))
    },
  ]

  /// Calls that give complex numbers another shape, whatever it was.
  static let reshapesComplex: Set = [
    "view", "reshape", "_unsafe_view", "flatten", "unflatten", "squeeze", "unsqueeze",
  ]

  /// Calls that put the axes of complex numbers into another order.
  static let permutesComplex: Set = ["permute", "transpose", "swapaxes"]

  /// Calls that take complex numbers.
  static let takesComplex: Set = ["view_as_real", "real", "imag", "abs", "alias", "clone"]
}

extension ExportedTranslator {
  /// Complex numbers, their parts along the last axis.
  fileprivate func complex(_ node: ExportedNode) throws(ExportedProblem) -> ExportedSignal {
    guard case .complex(let parts)? = value(node, "self") else { throw .notOfTheClip("self") }
    return parts
  }

  /// The lengths of complex numbers, which `abs` gives; nil where it is given others.
  mutating func complexLengths(_ node: ExportedNode) throws(ExportedProblem) -> ExportedValue? {
    guard case .complex(let parts)? = value(node, "self") else {
      let isComplex = node.arguments.values.flatMap(\.names).contains { name in
        if case .complex? = values[name] { true } else { false }
      }
      guard !isComplex || ExportedOperators.takesComplex.contains(node.name) else { throw .complex }
      return nil
    }
    if ExportedOperators.reshapesComplex.contains(node.name) {
      return .complex(try reshaped(parts, to: shape(of: node) + [2], node))
    }
    if ExportedOperators.permutesComplex.contains(node.name) {
      let rank = parts.dims.count - 1
      var order = Array(0..<rank)
      if node.name == "permute" {
        order = try ints(node, "dims", or: order).map { $0 < 0 ? $0 + rank : $0 }
      } else {
        let names = node.name == "transpose" ? ["dim0", "dim1"] : ["axis0", "axis1"]
        order.swapAt(
          try dim(node, names[0], or: 0, rank: rank), try dim(node, names[1], or: 1, rank: rank))
      }
      guard order.sorted() == Array(0..<rank) else { throw .order(order, axes: rank) }
      var result = parts
      result.dims = order.map { parts.dims[$0] } + [parts.dims[rank]]
      return .complex(result)
    }
    guard ExportedOperators.takesComplex.contains(node.name) else { throw .complex }
    if node.name == "alias" || node.name == "clone" { return .complex(parts) }
    guard node.name == "abs" else { return nil }
    let squares = try lambda("square", parts, node)
    let last = squares.dims.count - 1
    let sum = try total(squares, over: squares.dims[last], node)
    return .signal(try lambda("sqrt", sum, node).removing(dim: last))
  }

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
    let order = [[ExportedSignal.batch], Array(inside), [ExportedSignal.time]]
    let isOneByOne = last == 1
    let samples = input.axes[ExportedSignal.batch]
    input.dims = [[ExportedSignal.batch], Array(inside), [ExportedSignal.time]]
    input = try rearranged(input, to: order, node)
    let channels = input.axes[ExportedSignal.channels]
    let basis = try basis(node, size)
    let bins = basis.count / 2 / size
    guard channels.times(basis.count) <= ExportedConstants.totalLimit else {
      throw .constants(limit: ExportedConstants.totalLimit)
    }
    let path = unused(node.place.module.adding("(\(node.valueName) basis)"))
    weights[path.adding("weight")] = StoredTensor(
      path: path.adding("weight"),
      computed: Tensor64(
        Shape([channels * bins * 2, 1, size]), (0..<channels).flatMap { _ in basis }))
    input.node = try add(
      "Conv1d", node, reading: [input],
      [
        "stride": .integers([hop]), "padding": .integers([0]), "groups": .int(channels),
        "bias": .bool(false),
      ], name: path)
    let frames = shape(of: node).last ?? 1
    input.axes[ExportedSignal.channels] = channels * bins * 2
    input.axes[ExportedSignal.time] = frames
    input.dims = [[ExportedSignal.batch], [ExportedSignal.channels], [ExportedSignal.time]]
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

  /// Real and imaginary part of each bin: the window, times cosines and sines.
  private func basis(_ node: ExportedNode, _ size: Int) throws(ExportedProblem) -> [Double] {
    var window = [Double](repeating: 1, count: size)
    if let value = value(node, "window") {
      guard let numbers = try read(value)?.scalars, !numbers.isEmpty, numbers.count <= size else {
        throw .computed("window")
      }
      window = [Double](repeating: 0, count: size)
      for (index, number) in numbers.enumerated() {
        window[(size - numbers.count) / 2 + index] = number
      }
    } else {
      let length = try int(node, "win_length", or: size)
      guard (1...size).contains(length) else { throw .kind("win_length", expected: .integer) }
      window = (0..<size).map {
        ((size - length) / 2..<(size - length) / 2 + length).contains($0) ? 1 : 0
      }
    }
    let factor = bool(node, "normalized", or: false) ? 1 / Double(size).squareRoot() : 1
    let bins = bool(node, "onesided", or: true) ? size / 2 + 1 : size
    guard bins.times(2 * size) <= ExportedConstants.totalLimit else {
      throw .constants(limit: ExportedConstants.totalLimit)
    }
    return (0..<bins).flatMap { bin in
      (0..<2).flatMap { part in
        (0..<size).map { place in
          // Of the angle only what is left of whole turns counts.
          let angle = 2 * .pi * Double(bin * place % size) / Double(size)
          return factor * window[place] * (part == 0 ? cos(angle) : -sin(angle))
        }
      }
    }
  }
}
