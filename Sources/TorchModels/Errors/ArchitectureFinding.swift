import Checkpoints
import PlainData
import Tensors

extension ArchitectureError {
  /// What was found in an architecture, and what was expected.
  enum Finding: Hashable {
    /// The file cannot be read.
    case file(CheckpointError)
    /// The text is not JSON.
    case json(JSONError)
    /// The whole of it is not an object.
    case header(PlainValue)
    /// The format that it says.
    case format(PlainValue?)
    /// The version that it says, and the newest that is understood.
    case version(PlainValue?, newest: Int)
    /// A value that a draft left open.
    case open
    /// A key that has to be there.
    case missing(Key)
    /// A key that is not known here, and those that are.
    case unknownKey(String, known: [String])
    /// A value of another kind.
    case kind(PlainValue, expected: Kind)
    /// A value that cannot be.
    case value(PlainValue, expected: Expected)
    /// A text that is not a regular expression, or not one that is read.
    case pattern(String, PatternError)
    /// Modules deeper in each other than the limit.
    case nested(limit: Int)
    /// A tensor whose name has more parts than the limit.
    case nestedName(limit: Int)
    /// A module of a pickle that has no description.
    case pickle(PickleProblem)
    /// An exported program that has no description.
    case program(ExportedProgramProblem)
    /// A call of an exported program, by the name of its operator.
    case call(of: String, ExportedProblem)
    /// A recipe that there is not.
    case recipe(String)
    /// Tensors that several recipes have.
    case recipes([String])
    /// So many tensors of a network that nothing describes, and that is too large to be guessed.
    case guess(of: Int)
    /// Tensors that do not tell the network.
    case tensors(InferenceProblem)
  }

  /// A key that an architecture has to have.
  enum Key: String, Hashable { case model, type, id, inputs }

  /// A kind of value.
  enum Kind: Hashable { case object, list, string }

  /// What a value has to be.
  enum Expected: Hashable { case positiveInteger, inputShape, match, renaming }
}

/// Why a module of a pickle has no description.
enum PickleProblem: Hashable {
  /// An object without a class.
  case noClass
  /// A class that nobody knows.
  case unknownClass(module: String, name: String)
  /// A function that joins branches and is not one of the library's.
  case ownReduction
  /// A function in a `Lambda` that is not known.
  case ownFunction
  /// A transformer that ends with another norm.
  case lastNorm
  /// An activation that is not relu or gelu.
  case activation
  /// A part of a layer that is of another class; nil where it is missing.
  case part(found: String?, expected: [String])
  /// An attention with other axes, biases or zeros.
  case attention
  /// An encoder of another number of parts.
  case encoder(parts: Int)
  /// An encoder whose layers differ.
  case layersDiffer
}

/// Why tensors alone do not tell a network.
enum InferenceProblem: Hashable {
  /// There are none.
  case noTensors
  /// A module has tensors of its own, and modules.
  case tensorsBesideModules
  /// A module has neither.
  case empty
  /// A weight that several kinds of normalization can have.
  case normalization(Shape)
  /// Tensors of no known layer.
  case unknownTensors([String])
  /// A layer that takes another number of channels than the one before makes.
  case channels(taken: Int, last: String, made: Int)
  /// A square weight of what its name or its even kernel says can be a transposed convolution.
  case eitherConvolution(Shape)
  /// A matrix without a bias of what its name says can be an embedding.
  case eitherMatrix(Shape)
  /// A bias that does not go with the weight.
  case bias(Int, weight: Shape)
}

/// Why an exported program has no description.
enum ExportedProgramProblem: Hashable {
  /// It takes no tensor, or returns none.
  case noTensor
  /// Its input has axes in no known order.
  case inputShape([Int])
  /// A layout of another number of axes than the input has.
  case layout(String, [Int])
  /// An example of another shape than the program takes.
  case example(Shape, of: [Int])
  /// Another number of frames than the example has.
  case frames(Int, of: Int)
  /// Its output does not depend on the clip.
  case output
  /// It has no graph with a signature.
  case noGraph
  /// Something in the list of calls is not a call.
  case notACall
  /// An input of another kind than tensors, by its keys.
  case inputKind([String])
  /// It keeps something from one clip to the next.
  case changesState
}
