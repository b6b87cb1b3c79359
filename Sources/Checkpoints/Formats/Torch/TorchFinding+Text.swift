extension TorchFinding {
  var text: String {
    switch self {
    case .torchScript:
      "is a TorchScript archive; save the state_dict of the model with torch.save instead"
    case .package:
      "is a torch.package; save the state_dict of the model with torch.save instead"
    case .failedSave:
      "saving this model failed: there is an archive, but no data.pkl and so no model in it; "
        + "torch.save must have raised an error. Save model.state_dict(), or use "
        + "pickle_module=dill"

    case .besideFolder(let prefix):
      "lies beside the folder \(prefix), and torch.save writes into one folder; remove it with "
        + "\"zip -d FILE\" and its name"
    case .noPickle: "has no data.pkl"
    case .behindPickle(let count):
      "\(count) bytes follow the end of the pickle, expected none"
    case .missing: "is missing; the archive is not complete"
    case .version(let found): "is \(found.quoted), expected 1 to 10"
    case .byteOrder(let found): "says \(found.quoted), expected little or big"
    case .alignment(let found): "is \(found.quoted), expected a number of bytes"
    case .noRecord(let key): "names storage \(key), and there is no such record"
    case .recordSize(let found, let expected, let key):
      "says that storage \(key) has \(expected) bytes, and its record has \(found)"
    }
  }

  var advice: String? {
    if case .behindPickle = self { "save the model again" } else { nil }
  }
}
