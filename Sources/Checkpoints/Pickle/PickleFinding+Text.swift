extension PickleFinding {
  var text: String {
    switch self {
    case .encoding:
      "holds a text that is not UTF-8: the file is damaged, or a file name of another encoding is "
        + "in what was saved"
    case .unquoted: "holds a text that is not in quotes"
    case .escape: "holds a text with an escape that does not exist"
    case .length(let length): "has the length \(length)"
    case .number(let text): "has \(text.quoted) for a number"
    case .memoNumber(let text): "has \(text.quoted) for a number in the memo"
    case .integer(let bytes): "is an integer of \(bytes) bytes"

    case .values(let limit): "makes more than \(limit) values"
    case .repeatedValues(let limit):
      "uses more than \(limit) values, the same ones again and again"
    case .emptyStack: "finds nothing on the stack"
    case .stack(let found, let needed):
      "needs \(needed) values, and \(found) are on the stack"
    case .noMark: "finds no mark on the stack"
    case .marks(let limit): "is a MARK while \(limit) others are open"
    case .memo(let limit): "remembers more than \(limit) values"
    case .recalled(let place): "recalls number \(place), which was never stored"

    case .notAList: "appends to something that is not a list"
    case .notASet: "adds to something that is not a set"
    case .notADict: "sets items of something that is not a dict"
    case .keyAlone: "has a key without a value"
    case .names(let limit): "names more than \(limit) classes and functions"
    case .noTexts: "needs a module and a name, and finds no two texts"
    case .noClass: "has no class"
    case .callee: "calls something that is not a class or function"
    case .arguments: "needs a tuple of arguments"
    case .keywords: "needs a dict of named arguments"
    case .state: "gives a state to something that has none"
    case .forbidden(let names):
      "names \(names.joined(separator: ", ")), which runs programs or code when Python loads this "
        + "file; nothing of it ran here. Do not give the file to torch.load, and get the weights "
        + "from somewhere else"

    case .version(let version):
      "asks for protocol \(version), expected 0 to 5, in the beginning"
    case .frameInFrame: "starts a frame within a frame"
    case .endInFrame: "comes before the end of its frame"
    case .instructions(let count, let values):
      "is instruction number \(count), expected at most four for each of \(values) values; raise "
        + "the limit pickle-values"
    case .left(let values, let marks):
      "leaves \(values) values and \(marks) open marks, expected one value"
    case .unread: "is never found in a checkpoint and is not read"
    case .unknown(let opcode):
      "there is no instruction \(hexadecimal(UInt32(opcode))); the pickle is damaged"
    }
  }

  var advice: String? {
    switch self {
    case .encoding: "copy the file again, or rename that and save again"
    case .repeatedValues: "raise the limit walked-values"
    default: nil
    }
  }
}
