package import Continual
package import Tensors
package import TorchModels

/// The modules of a network, with the timing of each.
package struct NetworkOutline: Sendable {
  /// One module.
  package struct Row: Hashable, Sendable {
    /// Its dotted path; empty for the whole network.
    package let path: String
    /// Its class.
    package let type: String
    /// Its arguments.
    package let arguments: String
    /// The number of its weights.
    package let parameterCount: Int
    /// How its output relates to its input in time.
    package let timing: Timing
    /// A frame of its output (B, C, S…).
    package let output: Shape
    /// Why steps and clip mean something else; nil where they mean the same.
    package let divergence: String?
    /// The number of modules that it is inside of.
    package let depth: Int
  }

  /// Where the architecture came from.
  package let architecture: String
  /// A frame of the input (B, C, S…).
  package let frame: Shape
  /// The number of frames of a clip.
  package let frames: Int
  /// The bytes that a stream remembers.
  package let stateByteCount: Int
  /// What nothing in the file says.
  package let assumptions: [String]
  /// The modules, each before those inside of it, in the order in which they work.
  package private(set) var modules: [Row] = []

  /// Lays out a network; computes nothing.
  ///
  /// - Throws: `LoadError` where no clip fits it.
  package init(_ model: LoadedModel) throws(LoadError) {
    let chosen = try model.plan()
    let plan = chosen.plan
    architecture = model.architecture.source.summary
    frame = plan.inputFrame
    frames = chosen.frames
    stateByteCount = plan.stateByteCount
    assumptions = model.provenance.assumptions
    let inside = Set(plan.modules.flatMap(\.inside))
    let top = plan.modules.indices.filter { !inside.contains($0) }
    var stack = top.reversed().map { (index: $0, depth: 0) }
    while let (index, depth) = stack.popLast() {
      let placed = plan.modules[index]
      modules.append(Row(placed, timing: plan.timing(of: placed), depth: depth))
      stack += placed.inside.reversed().map { ($0, depth + 1) }
    }
  }
}

extension NetworkOutline.Row {
  fileprivate init(_ placed: PlacedModule, timing: Timing, depth: Int) {
    path = placed.path
    type = placed.module.typeName
    arguments = placed.module.summary
    parameterCount = placed.module.parameterCount
    self.timing = timing
    output = placed.output.frame
    divergence = placed.module.divergence(frame: placed.input.frame)
    self.depth = depth
  }
}
