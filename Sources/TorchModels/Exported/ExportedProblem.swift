import Checkpoints
import Tensors

/// Why a call of an exported program cannot be described as a module.
enum ExportedProblem: Error, Hashable {
  // MARK: - The operator

  /// An operator that nobody knows, by torch's name.
  case unknownOperator(String)
  /// An operator that has no definition, although it is called like a function.
  case unknownFunction
  /// A module whose output depends on the other samples, or on chance.
  case training(TrainingMode)

  /// What only a network in training does.
  enum TrainingMode: Hashable {
    /// Takes mean and variance of what it is given.
    case batchStatistics
    /// Drops numbers.
    case dropout
  }

  // MARK: - An argument

  /// An argument that is not there.
  case missing(String)
  /// An argument that is not known.
  case unknownArgument(String)
  /// An argument that depends on the clip.
  case computed(String)
  /// An argument of another kind.
  case kind(String, expected: Kind)
  /// A list with another number of numbers.
  case count(String, found: [Int], expected: Int)
  /// An axis beyond the last one.
  case axis(String, found: Int, rank: Int)
  /// One of several axes is beyond the last one.
  case noSuchDim
  /// Something else than a value of the clip.
  case notOfTheClip(String)
  /// A value that cannot be used; under which name it is given, if that is known.
  case unusable(as: String?, ExportedValue.Unusable)
  /// A tensor that cannot be read.
  case unreadable(String, CheckpointError)
  /// An operand of another kind than the operator needs.
  case operand(Operand)
  /// An exponent without a definition.
  case exponent(Double)
  /// A number of weights that is not a multiple of the number of layers.
  case weights(Int, layers: Int)
  /// A weight that is put together of several tensors, used in another shape.
  case reshapesWeightInParts(String)

  /// The kind of an argument.
  enum Kind: Hashable { case integer, integers }

  /// What is of another kind than it has to be.
  enum Operand: Hashable {
    case divisor, subtrahend, other, matrix, joinedTensors, joinedValues, normedWeight, summed,
      compared, scores
  }

  // MARK: - Shapes

  /// The shape of the result is not what the program says.
  case shape([Int], stated: [Int]?)
  /// A constant that is spread to a shape that it does not fit.
  case spread(Shape, to: Shape)
  /// A tensor with more axes than the clip.
  case moreAxesThanClip([Int])
  /// A tensor with other numbers for each frame.
  case numbersForEachFrame([Int])
  /// A tensor with other numbers for each sample of the batch.
  case numbersForEachSample([Int])
  /// Clips whose axes are in different orders.
  case joinedOrders
  /// Clips of different shapes.
  case joinedShapes([Int], [Int])
  /// A list of no clips.
  case joinsNothing
  /// Joining along another axis than the channels.
  case joinedAxis
  /// A new shape with another number of elements.
  case reshapes([Int], to: [Int])
  /// A size that is not a multiple of the one before.
  case notAMultiple([Int], [Int])
  /// Constants of more numbers than are kept.
  case constants(limit: Int)
  /// A call of constants where a clip is needed.
  case onlyConstants

  // MARK: - Axes

  /// A clip without a batch axis.
  case noBatch
  /// A clip without a channel axis.
  case noChannels
  /// A number instead of a clip.
  case noAxes
  /// Fewer axes than a window has.
  case tooFewAxes(Int, expected: Int)
  /// More axes of space than there can be.
  case moreThanThreeAxes
  /// More axes than a clip can have.
  case moreThanFiveAxes
  /// A permutation of another number of axes.
  case order([Int], axes: Int)
  /// Axes in an order in which batch and time are not their own places.
  case notInOrder(axes: Int)
  /// An order in which batch or time are a part of another axis.
  case axesNotAlone([[Int]], of: [Int])
  /// An axis that is in no other afterwards.
  case losesAxis(of: [Int])
  /// Axes that a later operator needs as one.
  case takesApart
  /// An axis that is a product of several axes of the clip.
  case productOfAxes(isWindow: Bool)
  /// A window along an axis of length one that is not one of the clip.
  case windowAlongNewAxis(makesLonger: Bool)
  /// An upsampling whose first and last places stay where they are.
  case alignsCorners
  /// A pool over an axis of length one that is not one of the clip.
  case poolsNewAxis
  /// Batch or time split into several axes.
  case splits(isTime: Bool, into: [Int])
  /// Axes whose parts do not line up.
  case splitsAcross([Int], into: [Int])
  /// An operation on channels or batch that only time and space can have.
  case channelsOrBatch(ChannelOperation)

  /// What is done to the channels or the batch.
  enum ChannelOperation: Hashable { case pads, reduces }

  // MARK: - Time

  /// An output that depends on several frames otherwise than by a window.
  case mixesFrames(Mixing)
  /// A sum of all frames of a clip.
  case addsFrames
  /// Frames in another order, or each at another place.
  case reordersFrames
  /// The place of a frame or of a channel, as `argmax` finds it.
  case findsPlaces
  /// Random numbers.
  case random
  /// A variance of too few numbers.
  case fewNumbers(Int)
  /// An attention to some frames that are not the ones before each.
  case masks
  /// An attention to all frames of a clip.
  case attendsToAll
  /// An attention to some frames that come later.
  case attendsAhead
  /// A normalization over time.
  case normOverTime
  /// A recurrent layer in both directions.
  case runsBackwards
  /// A recurrent layer along another axis than time.
  case runsAlongOtherAxis
  /// A recurrent layer with a state of its own to start from.
  case initialState
  /// One frame of a clip.
  case takesOneFrame
  /// One place of an axis of so many.
  case takesOnePlace(of: Int)
  /// Some places of an axis.
  case takesSomePlaces
  /// Some samples of a batch.
  case takesPartOfBatch
  /// Places that are not there.
  case takesNothing(from: Int, count: Int, of: Int)
  /// So many frames at the end of a clip.
  case takesLastFrames(Int)
  /// The last frame of one clip with all frames of another.
  case joinsLastFrame
  /// Clips that were pooled at rates of so many frames for one.
  case joinsRates([Double])
  /// A clip repeated along an axis.
  case repeatsClip

  /// How frames are mixed.
  enum Mixing: Hashable { case timeAsFeatures, timeAsChannels, orProducts, all }

  // MARK: - Padding, kinds of numbers, memory

  /// Padding that nothing makes.
  case padded
  /// Padding with a number that is not finite.
  case padsWithOthers
  /// Complex numbers.
  case complex
  /// A clip turned into integers.
  case wholeNumbers
  /// A value that is changed in place, and read again under this name.
  case changedAndReadAgain(as: String)
  /// A part of a value that is written otherwise than it can be said.
  case writes
  /// Some frames of a clip from one source, and others from another.
  case writesFrames
}
