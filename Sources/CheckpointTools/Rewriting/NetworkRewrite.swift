package import Checkpoints
package import Continual
import OrderedCollections
package import PlainData
import Tensors
package import TorchModels

/// A network that is written in another way: with other names, or with fewer layers.
///
/// What is rewritten is the description of the network and its tensors together; ``rebuilt()`` makes a
/// network of the two, which has to compute what the original does.
package struct NetworkRewrite: Sendable {
  /// The network before.
  package let original: LoadedModel

  /// The tensors, by the names that the description asks for.
  package internal(set) var weights: [(name: String, tensor: TensorSource)]

  /// What `_metadata` says of modules, by the paths that the description gives them.
  package internal(set) var modules: [(path: String, entry: PlainValue)]

  /// What was done, a sentence each.
  package internal(set) var notes: [String] = []

  /// The network, each module with the name it adds to the path.
  var description: ModuleDescription

  /// Takes a network as it is.
  ///
  /// - Parameters:
  ///   - model: the network.
  ///   - contents: of the same file.
  /// - Throws: ``ConversionError`` where the two do not belong together.
  package init(_ model: LoadedModel, _ contents: NetworkContents) throws(ConversionError) {
    guard let names = model.provenance.namesByPath else {
      throw ConversionError(model.file, [.weightsInParts])
    }
    original = model
    var weights: [(name: String, tensor: TensorSource)] = []
    for (path, tensor) in contents.weights {
      guard let name = names[path] else {
        throw ConversionError(model.file, [.foreign(path)])
      }
      weights.append((name, TensorSource(tensor)))
    }
    self.weights = weights
    modules = contents.modules
    description = NetworkRewrite.named(model.architecture.model, model.module, at: "")
  }

  /// How many tensors of the file have other names now.
  package var renamedCount: Int {
    weights.count { name, tensor in tensor.stored.map { $0.path != name } ?? false }
  }

  /// The architecture of the network as it is now.
  var architecture: Architecture {
    var architecture = original.architecture
    architecture.model = description
    guard architecture.inputShape == nil else { return architecture }
    // What the clip that came with the network tells; it may not be in the new file.
    if let clip = original.reference?.input?.shape, clip.rank >= 3 {
      architecture.inputShape = [clip[1], nil] + clip.axes.dropFirst(3).map { Int?($0) }
      architecture.frames = architecture.frames ?? clip[2]
    } else if let sample = original.sample, sample.hasKnownAxes, !sample.space.contains(nil) {
      architecture.inputShape = [sample.channels, nil] + sample.space
    }
    return architecture
  }

  /// Adds something that was done or checked.
  package mutating func note(_ text: String) { notes.append(text) }

  /// The network that description and tensors make now.
  ///
  /// - Throws: ``ConversionError`` where they do not fit.
  package func rebuilt() throws(ConversionError) -> any Module {
    var parameters: OrderedDictionary<String, Parameter> = [:]
    for (name, tensor) in weights { parameters[name] = Parameter(name: name, tensor) }
    let network = Network(
      description, of: KeyTable(parameters, match: .exact), catalog: original.catalog)
    if let error = network.error(in: original.file) {
      throw ConversionError(original.file, [.misfit(error)])
    }
    return network.module
  }

  /// Gives each module the name under which its tensors were found, and for its place the path that it
  /// has in plans.
  ///
  /// Where a class makes modules of its own inside, these have their names already. The two paths differ
  /// only in graphs, whose nodes go by their ids where names are not distinct.
  private static func named(
    _ description: ModuleDescription, _ module: any Module, at path: String
  ) -> ModuleDescription {
    var description = description
    description.place = path
    let graph = module as? Graph
    guard module.children.count == description.modules.count else { return description }
    for (index, inside) in description.modules.enumerated() {
      let node = graph?.nodes.first { $0.id == inside.wiring?.id }
      let child = node?.module ?? module.children[index]
      let childPath =
        path.adding(module: child.name)
      description.modules[index] = named(inside, child.module, at: childPath)
      description.modules[index].name = node == nil ? child.name : inside.name ?? node?.id
    }
    return description
  }
}
