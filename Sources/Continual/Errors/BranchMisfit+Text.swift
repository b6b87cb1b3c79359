import Tensors

extension ModuleError.BranchMisfit {
  /// What was found and what was expected.
  var text: String {
    switch self {
    case .rates(let rates):
      if rates.allSatisfy({ $0.up == 1 }) {
        Self.temporal("strides", rates.map { String($0.down) })
      } else {
        Self.temporal("rates", rates.map(\.description))
      }
    case .lengths(let lengths):
      "joins branches that make \(lengths.map(String.init).joined(separator: ", ")) frames of one "
        + "clip; give them equal padding, or a residual_shrink"
    case .shapes(let shapes, let reduction):
      "cannot \(reduction.verb) inputs of shapes \(Arguments.list(shapes)); each axis must be equal, "
        + "or 1 in one of them"
    case .ranks(let shapes): "cannot concatenate inputs of shapes \(Arguments.list(shapes))"
    case .concatenation(let shapes):
      "cannot concatenate inputs of shapes \(Arguments.list(shapes)); all but the channels must be "
        + "equal"
    case .residual(let rate) where rate.up == 1:
      "the input meets the output of a module of temporal stride \(rate.down); a Residual needs "
        + "stride 1"
    case .residual(let rate):
      "the input meets the output of a module that makes \(rate.up) frames of \(rate.down); a "
        + "Residual needs as many as there are"
    case .endOfMisaligned:
      "joins frames that do not belong together, so that the end of a clip adds nothing to its "
        + "steps as they are written; --aligned matches frames by their index"
    }
  }

  private static func temporal(_ kind: String, _ found: [String]) -> String {
    "joins branches with temporal \(kind) \(found.joined(separator: ", ")); they must be equal"
  }
}

extension Reduction {
  fileprivate var verb: String {
    switch self {
    case .sum: "add"
    case .product: "multiply"
    case .maximum: "take the maximum of"
    case .concatenation: "concatenate"
    }
  }
}

extension ModuleError.StreamsMisfit {
  /// What was found and what was expected.
  var text: String {
    switch self {
    case .severalMade(let count, let type):
      "\(type) makes \(count) streams where one is needed; end with Reduce"
    case .severalGiven(let count, let type): "\(type) takes one stream, found \(count)"
    case .tooMany: "takes more than \(Streams.limit) streams"
    case .oneToJoin: "takes several streams, found one"
    case .oneToRearrange: "takes several streams, found one; put a Broadcast in front"
    case .nested: "takes a list of streams, found a list in the list"
    case .unknownCount: "num_streams is not given, and no Parallel follows that would tell it"
    case .modules(let count, let streams):
      "has \(count) modules for \(streams.map(String.init) ?? "one") streams; put a Broadcast in "
        + "front"
    case .missing(let index, let count):
      "dispatch_mapping names stream \(index), and there are \(count)"
    case .others: "gets other streams than it takes"
    }
  }
}
