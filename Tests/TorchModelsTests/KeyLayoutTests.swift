import Checkpoints
import Continual
import Foundation
import OrderedCollections
import Tensors
import Testing

@testable import TorchModels

/// The names that different versions of the Python library give the same weights.
enum KeyLayout: CaseIterable {
  /// As `torch.nn` modules of the same nesting have them, and as architecture files name them.
  case plain
  /// Behind the delay: `i.0`, since version 0.14.
  case delayBehind
  /// In front of it: `i.1`, before.
  case delayInFront
  /// `state_dict(flatten=True)` of any version.
  case flattened

  /// What version 1.2.4 names the weights of the network below, each with the other names it has.
  private static let names: [(current: String, before: String, plain: String, flat: String)] = [
    ("stem.weight", "stem.weight", "stem.weight", "stem.weight"),
    ("mix.wide.weight", "mix.wide.weight", "mix.wide.weight", "mix.wide.weight"),
    ("mix.narrow.0.weight", "mix.narrow.1.weight", "mix.narrow.weight", "mix.narrow.weight"),
    (
      "mix.res.0.1.inner.a.weight", "mix.res.1.1.inner.a.weight", "mix.res.1.inner.a.weight",
      "mix.res.inner.a.weight"
    ),
    (
      "mix.res.0.1.inner.b.0.weight", "mix.res.1.1.inner.b.1.weight", "mix.res.1.inner.b.weight",
      "mix.res.inner.b.weight"
    ),
    ("cond.0.1.t.weight", "cond.0.1.t.weight", "cond.0.t.weight", "cond.t.weight"),
    ("cond.1.f.weight", "cond.1.f.weight", "cond.1.f.weight", "cond.f.weight"),
  ]

  /// The names in this layout, in one order for all.
  var names: [String] {
    KeyLayout.names.map { name in
      switch self {
      case .plain: name.plain
      case .delayBehind: name.current
      case .delayInFront: name.before
      case .flattened: name.flat
      }
    }
  }
}

@Suite("names of weights around delays")
struct KeyLayoutTests {
  /// An architecture whose branches are called as `suffix` says.
  private func architecture(_ suffix: String = "") -> String {
    func conv(_ name: String, _ kernel: Int) -> String {
      #"{"type": "Conv1d", "name": "\#(name)", "kernel_size": \#(kernel), "padding": \#(kernel / 2)}"#
    }
    let inner =
      #"{"type": "BroadcastReduce", "name": "inner", "modules": [\#(conv("a", 3)), \#(conv("b" + suffix, 1))]}"#
    let residual =
      #"{"type": "Residual", "name": "res\#(suffix)", "modules": [{"type": "Sequential", "modules": [\#(inner)]}]}"#
    return """
      {"format": "coverify-architecture", "version": 1, "model": {"type": "Sequential", "modules": [
        \(conv("stem", 1)),
        {"type": "BroadcastReduce", "name": "mix", "modules": [
          \(conv("wide", 5)), \(conv("narrow" + suffix, 3)), \(residual)]},
        {"type": "Conditional", "name": "cond", "predicate": "always", "modules": [
          {"type": "Sequential", "modules": [\(conv("t", 1))]},
          {"type": "Sequential", "modules": [\(conv("f", 3))]}]}]}}
      """
  }

  private func load(_ layout: KeyLayout, _ architecture: String) throws -> LoadedModel {
    var tensors: [(name: String, tensor: TensorSource)] = []
    for (index, name) in layout.names.enumerated() {
      let kernel = [1, 5, 3, 3, 1, 1, 3][index]
      let weights = (0..<4 * kernel).map { Float(($0 * 7 + index * 5) % 11 - 5) / 8 }
      tensors.append((name, TensorSource(Tensor([2, 2, kernel], weights))))
    }
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let (model, beside) = (
      folder.appending(path: "m.safetensors"), folder.appending(path: "m.json")
    )
    try SafetensorsFile.write(tensors, to: model.path())
    try Data(architecture.utf8).write(to: beside)
    return try LoadedModel(contentsOf: model.path(), architecture: beside.path())
  }

  @Test(
    "the same network is read from the names of any version, and what was tried is said",
    arguments: KeyLayout.allCases, ["", ".0", ".1"])
  func layouts(_ layout: KeyLayout, _ suffix: String) throws {
    let clip = Tensor([1, 2, 9], (0..<18).map { Float(($0 * 5) % 7) - 3 })
    let known = try load(.plain, architecture())
    let model = try load(layout, architecture(suffix))
    let plan = try Plan(model.module, frame: [1, 2])
    #expect(plan.timing.warmUp == 3)
    #expect(try plan.forward(clip) == Plan(known.module, frame: [1, 2]).forward(clip))
    #expect(model.provenance.tensorCount == 7)
    let moved = model.provenance.notes.filter { $0.contains("only there its tensors fit") }
    #expect(layout == .plain && suffix.isEmpty ? moved.isEmpty : true)
    #expect(layout == .delayInFront && suffix != ".1" ? !moved.isEmpty : true)
  }
}
