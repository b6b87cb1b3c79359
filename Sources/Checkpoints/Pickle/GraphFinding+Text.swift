extension GraphFinding {
  var text: String { "the \(kind.rawValue) made here " + trouble.text }

  var advice: String? {
    trouble == .encoding
      ? "load the file in Python with encoding=\"latin1\", and save it again" : nil
  }
}

extension GraphFinding.Trouble {
  fileprivate var text: String {
    switch self {
    case .cycle:
      "holds itself, and so has no end when it is written out; save the state_dict alone, or "
        + "without what refers back"
    case .walked(let limit): "stands for more than \(limit) values when written out"
    case .depth(let limit): "is nested more than \(limit) deep"
    case .repeatedKey(let key):
      "has two tensors for the key \(key.map(\.quoted) ?? "it is given")"
    case .key: "cannot be a key of a dict"
    case .encoding:
      "is a name of Python 2 that is not UTF-8, which torch.load refuses as well"
    }
  }
}
