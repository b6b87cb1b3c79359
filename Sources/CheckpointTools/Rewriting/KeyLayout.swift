import Checkpoints
package import Continual
import OrderedCollections
import PlainData
import Tensors
import TorchModels

/// How the tensors of a network are called.
package enum KeyLayout: String, Hashable, Sendable, CaseIterable {
  /// As version 1 of the `continual` library: a branch that its `auto_delay` lengthens is at `i.0`,
  /// a module in a `Lambda` at `fn`, a delayed branch of a `Conditional` at `i.1`.
  case continual = "co"
  /// As modules of `torch.nn` that are nested the same way: without these levels.
  case torch
  /// Without the parts that are numbers, as `state_dict(flatten=True)` of the library.
  case flattened
}

extension NetworkRewrite {
  /// Renames all tensors.
  ///
  /// - Parameters:
  ///   - layout: how they are called afterwards.
  ///   - plan: of the network before; tells the delays of its branches.
  /// - Throws: ``ConversionError`` where two tensors would get one name.
  package mutating func rename(to layout: KeyLayout, plan: Plan) throws(ConversionError) {
    if layout == .flattened {
      weights = try renamed { KeyTable.flattened($0) }
      modules = []
      return
    }
    var renaming = Renaming(
      layout: layout, catalog: original.catalog, timings: NetworkRewrite.timings(of: plan),
      names: weights.map(\.name))
    description = renaming.renamed(description, from: "", to: "")
    weights = try renamed(renaming.name)
    notes += renaming.kept
    var entries: OrderedDictionary<String, PlainValue> = [:]
    // A level that is dropped leaves its path to the module that was inside.
    for (path, entry) in modules { entries[renaming.name(path)] = entry }
    modules = entries.map { (path: $0.key, entry: $0.value) }
  }

  /// The timing of each module, by its path; also of branches that a condition never takes.
  private static func timings(of plan: Plan) -> [String: Timing] {
    var timings: [String: Timing] = [:]
    for placed in plan.modules {
      timings[placed.path] = plan.timing(of: placed)
      guard placed.module is Conditional else { continue }
      for child in placed.module.children {
        guard let idle = try? Plan(child.module, frame: placed.input.frame) else { continue }
        let path = placed.path.adding(child.name)
        for inner in idle.modules {
          let full = path.adding(module: inner.path)
          timings[full] = idle.timing(of: inner)
        }
      }
    }
    return timings
  }

  private func renamed(
    _ rename: (String) -> String
  ) throws(ConversionError) -> [(name: String, tensor: TensorSource)] {
    let renamed = weights.map { (name: rename($0.name), tensor: $0.tensor) }
    let collisions = Dictionary(grouping: weights.map(\.name), by: rename)
      .filter { $0.value.count > 1 }.sorted { $0.key < $1.key }
    guard collisions.isEmpty else {
      throw ConversionError(
        original.file,
        collisions.map { .collision(of: $0.value, at: $0.key) })
    }
    return renamed
  }
}

/// New names for the modules of a network, and so for their tensors.
private struct Renaming {
  let layout: KeyLayout
  let catalog: Catalog
  /// The names of all tensors before.
  let names: [String]
  /// The timing of each module that runs by itself, by its place.
  let timings: [String: Timing]
  /// What has no name in the layout, a sentence each.
  private(set) var kept: [String] = []

  /// The path of each module before and afterwards.
  private var paths: [String: String] = ["": ""]

  init(layout: KeyLayout, catalog: Catalog, timings: [String: Timing], names: [String]) {
    self.layout = layout
    self.catalog = catalog
    self.timings = timings
    self.names = names
  }

  /// The new name of a tensor: that of the nearest module around it changes.
  func name(_ name: String) -> String {
    let parts = name.split(separator: ".", omittingEmptySubsequences: false)
    for count in (0...parts.count).reversed() {
      guard let path = paths[parts.prefix(count).joined(separator: ".")] else { continue }
      return ([path] + parts.dropFirst(count).map(String.init)).filter { !$0.isEmpty }
        .joined(separator: ".")
    }
    return name
  }

  /// The description with new names for everything in it.
  mutating func renamed(
    _ description: ModuleDescription, from old: String, to new: String
  ) -> ModuleDescription {
    paths[old] = new
    var description = description
    for (name, value) in description.arguments {
      // Arguments name tensors by their whole names.
      if case .string(let text) = value { description.arguments[name] = .string(self.name(text)) }
    }
    let delays = description.modules.map { timing(of: $0).delay }
    let latest = delays.max() ?? 0
    // Branches that were left unequal have only the delays that are modules of their own.
    let isAligned =
      description.arguments["auto_delay"] != .bool(false) || Set(delays).count <= 1
    for (index, child) in description.modules.enumerated() {
      guard let name = child.name else { continue }
      var inner = child
      var path = old.adding(module: name)
      var base = name
      switch catalog[description.type]?.structure {
      case .branches? where isAligned:
        // The longest branch has no delay, and so no level for it.
        if timing(of: child).delay < latest { base = branch(name) }
        if layout == .torch, let (module, place) = undelayed(child) {
          (inner, path) = (module, path.adding(module: place))
          // What is left lines up only where the delay is put in again.
          description.arguments["auto_delay"] = nil
        } else if layout == .continual, timing(of: child).delay < latest {
          base += ".0"
        }
      case .alternatives?:
        guard timing(of: child).delay < latest else { break }
        base = branch(name) + (layout == .continual ? ".1" : "")
      case .wrapper?:
        if ["fn", "", "0"].contains(name) { base = layout == .torch ? "" : "fn" }
      default: break
      }
      description.modules[index] = renamed(inner, from: path, to: new.adding(module: base))
      description.modules[index].name = base
      description.modules[index].wiring = child.wiring
    }
    let layer = catalog[description.type]?.transformer
    for (part, name) in TransformerKeys.renamings(layer, at: old, of: names, to: layout) {
      paths[old.adding(module: part)] = new.adding(module: name)
    }
    return description
  }

  /// The timing of a module; of a sequence that works on several streams, that of its modules.
  private func timing(of child: ModuleDescription) -> Timing {
    if let timing = timings[child.place] { return timing }
    let inside = child.modules.map { timing(of: $0) }
    guard catalog[child.type]?.structure != .sequence else {
      return inside.reduce(.identity) { $0.then($1) }
    }
    return inside.max { $0.delay < $1.delay } ?? .identity
  }

  /// The name of a branch without the level that a delay of the library adds.
  private func branch(_ name: String) -> String {
    let parts = name.split(separator: ".")
    guard parts.count > 1, parts.last == "0" || parts.last == "1" else { return name }
    return parts.dropLast().joined(separator: ".")
  }

  /// A branch without the delay that the library has put behind or before it, and the name that the
  /// branch has there; nil where there is none.
  private func undelayed(
    _ branch: ModuleDescription
  ) -> (module: ModuleDescription, name: String)? {
    guard let (_, other) = catalog.delay(in: branch) else { return nil }
    let module = branch.modules[other]
    return catalog[module.type]?.effect == .delayed ? nil : (module, module.name ?? "")
  }
}
