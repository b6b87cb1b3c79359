import Tensors

/// What a name in an exported program stands for.
enum ExportedValue {
  /// A value with time.
  case signal(ExportedSignal)
  /// A tensor of the file, by its name there, and its shape.
  case tensor(String, [Int])
  /// A weight that the loader puts together of several tensors, by the name it has then.
  case folded(String, [Int])
  /// What was calculated of tensors of the file, or of nothing.
  case constant(Tensor64)
  /// A number.
  case number(Double)
  /// The same number at all places of a shape.
  case uniform(Double, [Int])
  /// Places along an axis of the clip, each a one among zeros; the axes of PyTorch are those without it.
  case places(ExportedSignal, Int)
  /// Complex numbers, whose parts are the last axis.
  case complex(ExportedSignal)
  /// The angles of complex numbers, whose parts are the last axis.
  case angles(of: ExportedSignal)
  /// What was written part by part, and not read yet.
  indirect case canvas(ExportedCanvas)
  /// Several values, as an operator with several results makes them.
  case several([ExportedValue])
  /// What a recurrent layer remembers after the clip, of which the last of so many layers is known: the
  /// last frame that it makes.
  case states(ExportedSignal, layers: Int)
  /// A clip of which an axis was split into more than there can be, and the shape that it should have.
  ///
  /// A product with several matrices takes it as it is.
  case unsplit(ExportedSignal, [Int])
  /// How much the frames of a clip have to do with each other.
  case scores(ExportedScores)
  /// Products of frames with positions, which are known by name alone.
  case positions
  /// What is not known, because something before it could not be said, which was reported.
  case unknown
  /// What cannot be used, and why.
  case unusable(Unusable)

  /// Why a value cannot be used.
  enum Unusable: Hashable {
    /// It is a tensor that the file does not have.
    case notInTheFile
    /// It is an input besides the clip.
    case secondInput
    /// It is an input and not a tensor.
    case notATensor
    /// It is what a recurrent layer remembers after the clip.
    case lastState
    /// No call makes a value of this name.
    case unmade(String)
  }

  /// Whether it is the same for every clip.
  var isConstant: Bool {
    switch self {
    case .tensor, .constant, .number, .uniform: true
    default: false
    }
  }
}
