package import Continual
package import Tensors
import TextLayout
package import TorchModels
package import Verification

/// Why a checkpoint cannot be converted or rewritten: everything that speaks against it.
package struct ConversionError: Error, Hashable, Sendable {
  /// One thing that speaks against it.
  package enum Problem: Hashable, Sendable {
    // MARK: - Writing

    /// A tensor that cannot be written as it is, and why.
    case tensor(String, reason: String)
    /// A tensor of a type that safetensors does not have.
    case type(String, ScalarType)
    /// A tensor with the name of the notes in a safetensors file.
    case metadata
    /// A weight with the name of a reference output.
    case reference(String)

    // MARK: - Rewriting

    /// Weights that are put together of several tensors.
    case weightsInParts
    /// A tensor of the file that the network does not have.
    case foreign(String)
    /// Several tensors that would get one name.
    case collision(of: [String], at: String)
    /// There is no norm to fold.
    case nothingToFold
    /// A norm that stays.
    case kept(KeptNorm)
    /// The rewritten tensors and the description do not fit.
    case misfit(ModelError)

    // MARK: - Comparing

    /// No clip fits the network.
    case clip(LoadError)
    /// The network cannot run.
    case notRun(ModuleError)
    /// The folded network cannot be compared.
    case notCompared(VerificationError)
    /// So many elements differ under new names.
    case renamedDiffers(elements: Int)
    /// The folded network differs by more than rounding.
    case foldedDiffers(by: Double, allowed: Double)
  }

  /// The file.
  package let file: String

  /// What speaks against it.
  package let problems: [Problem]

  init(_ file: String, _ problems: [Problem]) { (self.file, self.problems) = (file, problems) }
}

extension ConversionError: CustomStringConvertible {
  /// One line a problem.
  package var description: String {
    problems.map { "\(file): \($0)" }.joined(separator: "\n")
  }
}

extension ConversionError.Problem: CustomStringConvertible {
  /// What was found, and what to do.
  package var description: String {
    switch self {
    case .tensor(let name, let reason): "\(name) \(reason)"
    case .type(let name, let type):
      "\(name) is of type \(type.name), which safetensors does not have; convert to .pt"
    case .metadata: "a tensor is called __metadata__, which safetensors keeps for itself"
    case .reference(let name):
      "a weight is called \(name), as a reference output would be; leave those out"
    case .weightsInParts:
      "has weights in parts (weight norm, spectral norm or pruning); put them together in PyTorch "
        + "before they are renamed or folded, with remove_parametrizations or prune.remove"
    case .foreign(let name):
      "\(name) is not a tensor of the network; name its tensors with --root"
    case .collision(let names, let name):
      "\(names.joined(separator: " and ")) would both be called \(name)"
    case .nothingToFold: "has no BatchNorm that could be folded into the layer in front of it"
    case .kept(let norm): "\(norm)"
    case .misfit(let error): "the rewritten network does not fit its tensors: \(error)"
    case .clip(.module(_, let error)): "\(error)"
    case .clip(let error): "\(error)"
    case .notRun(let error): "\(error)"
    case .notCompared(let error): "\(error)"
    case .renamedDiffers(let count):
      "under its new names the network computes something else, in \(count) elements; nothing was "
        + "written"
    case .foldedDiffers(let difference, let allowed):
      "the folded network differs by \(Number.short(difference)), and rounding explains "
        + "\(Number.short(allowed)); nothing was written. Narrow weights lose more when they are "
        + "rounded again: cast them first, with --dtype float32"
    }
  }
}
