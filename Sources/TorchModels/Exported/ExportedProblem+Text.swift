import Checkpoints

extension ExportedProblem {
  /// What was found, as the end of a sentence that begins with the operator.
  var message: String {
    switch self {
    case .unknownOperator(let name): "(torch.ops.aten.\(name)) is not known"
    case .unknownFunction: "is not known"
    case .training(.batchStatistics):
      "takes the statistics of the clip: the network was exported for training"
    case .training(.dropout):
      "drops numbers at random: the network was exported for training"
    case .missing(let name): "has no \(name)"
    case .unknownArgument(let name): "is called with \(name), which is not known"
    case .computed(let name): "has a \(name) that the network computes"
    case .kind(let name, .integer): "has a \(name) that is not an integer"
    case .kind(let name, .integers): "has a \(name) that is not a list of integers"
    case .count(let name, let found, let expected):
      "has a \(name) of \(found), expected \(expected) numbers"
    case .axis(let name, let found, let rank):
      "has a \(name) of \(found), and there are \(rank) axes"
    case .noSuchDim: "has a dim beyond the last axis"
    case .notOfTheClip(let name):
      "takes something other than a value of the clip as its \(name)"
    case .unusable(let name?, let reason): "has a \(name) that \(reason.text)"
    case .unusable(nil, let reason): "takes what \(reason.text)"
    case .unreadable(let name, let error): "takes \(name), which cannot be read: \(error.message)"
    case .operand(let operand): operand.text
    case .exponent(let exponent):
      "raises to the power of \(exponent), and whole numbers from -1 to 4 and fractions are known"
    case .weights(let count, let layers): "has \(count) weights for \(layers) layers"
    case .reshapesWeightInParts(let name):
      "uses the weight \(name), which is put together of several tensors, in another shape"
    case .shape(let made, let stated):
      "makes \(made), and the program says \(stated?.description ?? "nothing")"
    case .spread(let shape, let target): "spreads \(shape) to \(target)"
    case .moreAxesThanClip(let shape):
      "meets a tensor of shape \(shape), which has more axes than the clip"
    case .numbersForEachFrame(let shape):
      "meets a tensor of shape \(shape), with numbers for each frame of the clip"
    case .numbersForEachSample(let shape):
      "meets a tensor of shape \(shape), with numbers for each sample of the batch"
    case .joinedOrders: "joins clips whose axes are in different orders"
    case .joinedShapes(let one, let other): "joins clips of \(one) and \(other)"
    case .joinsNothing: "joins nothing"
    case .joinedAxis: "joins along an axis that is not the channels"
    case .reshapes(let before, let after): "makes \(after) of \(before)"
    case .notAMultiple(let before, let after):
      "makes \(after) of \(before), expected a whole multiple"
    case .constants(let limit):
      "makes constants of more than \(limit) numbers, with those before"
    case .onlyConstants: "calculates with nothing but constants"
    case .noBatch: "takes a clip without a batch; export it with one"
    case .noChannels: "takes a clip without channels"
    case .noAxes: "takes a number without axes"
    case .tooFewAxes(let found, let expected): "takes \(expected) axes, and there are \(found)"
    case .moreThanThreeAxes: "has more than three axes besides channels"
    case .moreThanFiveAxes: "makes more than five axes"
    case .order(let order, let axes): "has an order \(order) for \(axes) axes"
    case .notInOrder: "works on axes that are not in the order (B, C, T, …)"
    case .axesNotAlone(let axes, let shape):
      "needs the axes \(axes) of a clip of shape \(shape) in an order in which batch or time are "
        + "not alone"
    case .losesAxis(let shape): "loses an axis of a clip of shape \(shape)"
    case .takesApart: "takes apart what another operator needs together"
    case .productOfAxes(let isWindow):
      (isWindow ? "moves its window" : "works")
        + " along an axis that is a product of several axes of the clip"
    case .windowAlongNewAxis(let makesLonger):
      "moves a window along an axis that was put in" + (makesLonger ? ", and makes it longer" : "")
    case .alignsCorners:
      "makes a clip larger with align_corners=True, for which its length has to be known"
    case .poolsNewAxis: "pools an axis that was put in"
    case .splits(let isTime, let sizes):
      "splits \(isTime ? "time" : "the batch") into \(sizes)"
    case .splitsAcross(let axes, let sizes):
      "splits and joins axes across each other: \(axes) into \(sizes)"
    case .channelsOrBatch(.pads): "pads the channels or the batch; only time and space can be"
    case .channelsOrBatch(.reduces):
      "reduces the channels or the batch; only time and space can be"
    case .mixesFrames(.timeAsFeatures): "mixes frames: it takes time as its features"
    case .mixesFrames(.timeAsChannels): "mixes frames: it takes time as its channels"
    case .mixesFrames(.all): "makes each number of all frames of the clip"
    case .mixesFrames(.orProducts): "mixes frames, or axes that are a product of several"
    case .masks:
      "adds to what compares frames numbers that are not those of a window of frames before each"
    case .attendsToAll: "lets each frame attend to all frames of the clip, those to come as well"
    case .attendsAhead: "lets frames attend to frames that come after them, as its mask says"
    case .addsFrames: "adds up the frames of a clip"
    case .reordersFrames: "puts the frames of a clip in another order"
    case .findsPlaces: "goes on with places instead of values, as argmax finds them"
    case .random: "draws random numbers, so that its output is another one each time"
    case .fewNumbers(let count): "takes the variance of \(count) numbers, expected more"
    case .normOverTime: "takes the mean and variance over time"
    case .runsBackwards: "runs backwards as well, which needs the future"
    case .runsAlongOtherAxis: "runs along an axis that is not time, or over places as samples"
    case .initialState: "starts with a state other than zeros"
    case .takesOneFrame: "takes one frame of a clip"
    case .takesOnePlace(let length): "takes one of the \(length) places of an axis"
    case .takesSomePlaces:
      "takes some places of an axis; only places at its ends can be left out"
    case .takesPartOfBatch: "takes some samples of a batch"
    case .takesNothing(let start, let count, let length):
      "takes \(count) places from place \(start) of \(length)"
    case .takesLastFrames(let count): "takes the last \(count) frames of a clip"
    case .joinsRates(let rates):
      "joins what is left of clips at different rates "
        + "(\(rates.map { $0 == $0.rounded() ? "\(Int($0))" : "\($0)" }.joined(separator: ", "))), "
        + "whose frames do not come together"
    case .joinsLastFrame: "joins the last frame of a clip with all its frames"
    case .repeatsClip: "repeats a clip along an axis"
    case .padded: "takes what was padded"
    case .padsWithOthers: "pads with a number that is not finite"
    case .complex:
      "takes complex numbers, of which sums, products, parts, abs, angle and istft are known"
    case .wholeNumbers: "makes whole numbers of a clip"
    case .changedAndReadAgain(let name):
      "changes in place what is read again under another name (\(name))"
    case .writes:
      "writes a part of a value; known are clips and numbers that are written into zeros or a clip, in parts "
        + "that differ along time and one other axis"
    case .writesFrames:
      "takes some frames of one clip and others of another; the others can be zeros"
    }
  }

  /// What to do; empty where the message says it.
  var hint: String {
    switch self {
    case .unknownOperator:
      "write it with other operators, or give an architecture file with --arch"
    case .training: "call model.eval() before the export"
    case .reshapesWeightInParts: "remove the parametrization before the export"
    case .shape:
      "export the network again; if that does not help, give an architecture file with --arch"
    case .numbersForEachFrame: "it holds for clips of one length only, and for steps of none"
    case .joinedAxis: "frames, places and samples of a batch cannot be joined"
    case .notInOrder(let axes):
      "of its \(axes) axes, those of batch and time would have to be the first and the third"
    case .splits: "frames have to stay single frames"
    case .mixesFrames, .addsFrames, .reordersFrames, .normOverTime, .runsBackwards, .takesOneFrame,
      .takesLastFrames, .joinsLastFrame:
      remedy
    case .random: "take the noise out before the export"
    case .changedAndReadAgain:
      "write it without the in-place form, or clone the tensor before"
    default: ""
    }
  }
}

// MARK: - What has no steps

extension ExportedProblem {
  /// Whether it is because the call needs the whole clip, or frames that are still to come, so that nothing
  /// could step it.
  var isStepless: Bool {
    switch self {
    case .mixesFrames(.timeAsFeatures), .mixesFrames(.timeAsChannels), .mixesFrames(.all),
      .addsFrames,
      .attendsToAll, .attendsAhead, .masks, .reordersFrames, .normOverTime, .runsBackwards,
      .takesOneFrame,
      .takesLastFrames,
      .joinsLastFrame, .numbersForEachFrame, .joinsRates:
      true
    case .alignsCorners: true
    case .splits(isTime: true, _): true
    default: false
    }
  }

  /// What can be stepped instead; empty where nothing can.
  var remedy: String {
    switch self {
    case .mixesFrames(.timeAsFeatures), .mixesFrames(.timeAsChannels), .mixesFrames(.all):
      "a convolution over a window of frames can be stepped, or a mean over time in front"
    case .addsFrames: "a cumulative sum can be stepped (cumsum), or a window of frames"
    case .normOverTime:
      "statistics over the channels of each frame can be stepped, or those of a running window"
    case .attendsToAll, .attendsAhead, .masks:
      "attention with a causal mask can be stepped, best with one of a window of frames"
    case .runsBackwards: "a recurrent layer of one direction can be stepped: bidirectional=False"
    case .reordersFrames: "frames before the present one can be taken: a shift to later frames"
    case .takesOneFrame:
      "steps give each frame; export the network without it, and compare the frame that it takes"
    case .takesLastFrames:
      "steps give each frame; export the network without it, and compare the frames that it takes"
    case .joinsLastFrame: "the last frame is known when the clip has ended, and not in its steps"
    case .joinsRates: "branches of the same rate can be stepped"
    case .alignsCorners: "upsampling with align_corners=False can be stepped"
    case .numbersForEachFrame: "numbers that are the same for each frame can be stepped"
    case .splits(isTime: true, _): "a window of frames can be stepped"
    default: ""
    }
  }
}

extension ExportedValue.Unusable {
  fileprivate var text: String {
    switch self {
    case .notInTheFile: "is not in the file"
    case .secondInput: "is a second input, and a network is given one clip"
    case .notATensor: "is an input that is not a tensor"
    case .lastState: "is the state of a recurrent layer after the clip"
    case .unmade(let name): "no call makes (\(name))"
    }
  }
}

extension ExportedProblem.Operand {
  fileprivate var text: String {
    switch self {
    case .divisor: "divides by something other than a number or a tensor of the file"
    case .subtrahend: "subtracts something that is neither a number nor a tensor"
    case .other: "meets something that is neither a number nor a tensor"
    case .scores:
      "takes what compares each frame with each other one, of which a softmax and a product with a clip "
        + "are known"
    case .compared: "compares something other than the frames of a clip with each other"
    case .summed:
      "adds up in a way that is not a product of a clip with matrices of the file along one axis"
    case .matrix: "multiplies by something other than a matrix of the file"
    case .joinedTensors: "joins something other than tensors"
    case .joinedValues: "joins something other than values of the clip"
    case .normedWeight: "norms a weight that is not a tensor of the file"
    }
  }
}
