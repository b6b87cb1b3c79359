public import Checkpoints
import Tensors

extension LoadedModel {
  /// Loads the network of a file: tensors, architecture, and what PyTorch computed if the file brings
  /// it.
  ///
  /// The architecture is taken from the first of: the file named by `architecture`, the checkpoint
  /// itself, `NAME.arch.json` beside `NAME.pt`, a pickled module, and last of all the names and
  /// shapes of the tensors.
  ///
  /// - Parameters:
  ///   - file: the checkpoint.
  ///   - architecture: an architecture file; nil to look for the architecture.
  ///   - layers: classes that the library does not know; of two with the same name, these hold.
  /// - Throws: ``LoadError`` with everything that does not fit.
  public init(
    _ file: NetworkFile, architecture: FilePath? = nil, adding layers: [LayerDefinition] = []
  ) throws(LoadError) {
    var loader = Loader(file: file, catalog: Catalog.standard.adding(layers))
    self = try loader.load(architecturePath: architecture)
  }

  /// Opens a checkpoint and loads its network, as ``init(_:architecture:adding:)`` does.
  ///
  /// - Parameters:
  ///   - path: the checkpoint.
  ///   - architecture: an architecture file; nil to look for the architecture.
  ///   - limits: how much the checkpoint may ask for.
  ///   - layout: what the axes of the input of an exported program are; nil to find it.
  ///   - layers: classes that the library does not know; of two with the same name, these hold.
  /// - Throws: ``LoadError`` with everything that does not fit.
  public init(
    contentsOf path: FilePath, architecture: FilePath? = nil, limits: Limits = .standard,
    layout: InputLayout? = nil, adding layers: [LayerDefinition] = []
  ) throws(LoadError) {
    let file = try rethrowing(
      LoadError.checkpoint, try NetworkFile(contentsOf: path, limits: limits, layout: layout))
    try self.init(file, architecture: architecture, adding: layers)
  }

  /// Opens a checkpoint and loads its network, by paths that are texts.
  ///
  /// - Parameters:
  ///   - path: the checkpoint.
  ///   - architecture: an architecture file; nil to look for the architecture.
  ///   - limits: how much the checkpoint may ask for.
  ///   - layout: what the axes of the input of an exported program are; nil to find it.
  ///   - layers: classes that the library does not know; of two with the same name, these hold.
  /// - Throws: ``LoadError`` with everything that does not fit.
  public init(
    contentsOf path: String, architecture: String? = nil, limits: Limits = .standard,
    layout: InputLayout? = nil, adding layers: [LayerDefinition] = []
  ) throws(LoadError) {
    try self.init(
      contentsOf: FilePath(path), architecture: architecture.map { FilePath($0) },
      limits: limits, layout: layout, adding: layers)
  }

  /// Lays out the network of a file without reading its tensors, all of which are zeros.
  ///
  /// Modules, shapes and timing are those of the network; values are not, and nobody should run it.
  ///
  /// - Parameters:
  ///   - file: the checkpoint; its limits allow `outlinedNumbers` in the tensors together.
  ///   - architecture: an architecture file; nil to look for the architecture.
  ///   - layers: classes that the library does not know; of two with the same name, these hold.
  /// - Throws: ``LoadError`` with everything that does not fit.
  public init(
    outlineOf file: NetworkFile, architecture: FilePath? = nil,
    adding layers: [LayerDefinition] = []
  ) throws(LoadError) {
    var loader = Loader(
      file: file, catalog: Catalog.standard.adding(layers), isOutline: true)
    self = try loader.load(architecturePath: architecture)
  }
}
