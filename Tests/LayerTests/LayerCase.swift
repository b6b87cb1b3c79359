import Continual
import Foundation
import OrderedCollections
import PlainData
import Tensors
import TestSupport
import Testing

@testable import TorchModels

/// One layer as an architecture file describes it, and the frames it is tried with.
struct LayerCase: Sendable, CustomTestStringConvertible {
  /// The node of the architecture, as JSON.
  let node: String

  /// The shape (B, C, S…) of the input frames.
  let frame: Shape

  /// The number of frames of the clips.
  let frames: Int

  /// Whether steps mean something other than the clip at this length, by definition of the layer.
  let parts: Bool

  /// The shapes of tensors that the node does not tell.
  let tensors: [String: Shape]

  init(
    _ node: String, _ frame: Shape, frames: Int = 9, parts: Bool = false,
    tensors: [String: Shape] = [:]
  ) {
    self.tensors = tensors
    self.node = node
    self.frame = frame
    self.frames = frames
    self.parts = parts
  }

  var testDescription: String { "\(node) on \(frame)" }

  /// What the architecture says, read as from a file.
  func description() throws -> ModuleDescription {
    let text = #"{"format": "coverify-architecture", "version": 1, "model": \#(node)}"#
    return try ArchitectureReader.read(json: text.utf8, source: "case", origin: .file("case")).model
  }

  /// Makes the module, with weights of the shapes that it asks for.
  func module(seed: UInt64 = 1) throws -> any Module {
    let network = Network(
      try description(), of: KeyTable(try parameters(seed: seed), match: .exact))
    guard network.misfits.isEmpty else { throw Incomplete(reason: "\(network.misfits)") }
    return network.module
  }

  /// Weights of the shapes that the module asks for.
  func parameters(seed: UInt64 = 1) throws -> OrderedDictionary<String, Parameter> {
    let description = try description()
    let asking = Network(drawing: description, of: KeyTable([:], match: .exact))
    var random = SeededRandom(seed)
    var parameters: OrderedDictionary<String, Parameter> = [:]
    for problem in asking.problems {
      guard case .missing(let name, let expected, _) = problem else { continue }
      let axes = expected.compactMap(\.self)
      let told = tensors[name] ?? (axes.count == expected.count ? Shape(axes) : nil)
      guard let shape = told else {
        throw Incomplete(reason: "\(name) has an unknown shape \(expected)")
      }
      var values = random.floats(shape.count)
      if name.hasSuffix("running_var") { values = values.map { abs($0) + 0.5 } }
      let tensor = Tensor(shape, values)
      parameters[name] = Parameter(name: name, shape: shape) { tensor }
    }
    return parameters
  }

  /// The class names in the node and all nodes inside it.
  func types() throws -> Set<String> {
    func collect(_ description: ModuleDescription) -> Set<String> {
      description.modules.reduce(into: [description.type]) { $0.formUnion(collect($1)) }
    }
    return collect(try description())
  }

  /// The cases that bring a class which none before has, and all others.
  static let split: (first: [LayerCase], rest: [LayerCase]) = {
    var known: Set<String> = []
    var split: (first: [LayerCase], rest: [LayerCase]) = ([], [])
    for layer in all {
      // One that cannot be read is tried, and fails there.
      if let types = try? layer.types(), types.isSubset(of: known) {
        split.rest.append(layer)
      } else {
        known.formUnion((try? layer.types()) ?? [])
        split.first.append(layer)
      }
    }
    return split
  }()
}

/// A case that does not say all that a module needs.
struct Incomplete: Error, CustomStringConvertible {
  let reason: String

  var description: String { reason }
}
