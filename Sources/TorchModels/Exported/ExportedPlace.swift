import PlainData

/// Where a call is in the network that was exported: the module, its class, and the user's own line.
struct ExportedPlace: Hashable {
  /// The path of the innermost module, as in `encoder.0.conv`; empty for the network itself.
  private(set) var module = ""
  /// The paths of all modules around the call, the outermost first, without the network itself.
  private(set) var modules: [String] = []
  /// The class of that module, as in `Conv1d`.
  private(set) var className = ""
  /// As in `model.py, line 42`; empty where the file does not say.
  private(set) var line = ""
  /// The text of that line.
  private(set) var code = ""

  init() {}

  /// Reads the metadata of a call.
  ///
  /// - Parameters:
  ///   - metadata: of the call.
  ///   - traces: those of the calls before.
  init(_ metadata: ExportedJSON, _ traces: inout ExportedTraces) {
    // As in "L__self__,,__main__.M;L__self__c,c,torch.nn.modules.conv.Conv1d".
    let stack = metadata["nn_module_stack"].string ?? ""
    for entry in stack.utf8.split(separator: UInt8(ascii: ";")) {
      let parts = entry.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
      (module, className) = ("", "")
      if parts.count >= 3 {
        module = String(Substring(parts[1])).withoutIndexing
        className = parts[2].lastPart(between: ".").map { String(Substring($0)) } ?? ""
        if !module.isEmpty { modules.append(module) }
      }
    }
    (line, code) = traces.line(of: metadata["stack_trace"].string ?? "")
  }

  /// As in `encoder.0.conv (Conv1d), model.py, line 42: y = self.conv(x)`.
  var description: String {
    var text = module.isEmpty ? "the network" : module
    if !className.isEmpty { text += " (\(className))" }
    if !line.isEmpty { text += ", \(line)" }
    if !code.isEmpty { text += ": \(code.prefix(120))" }
    return text
  }
}

extension String {
  /// `layers.0` for `layers.slice(0, 2).0` and the like, which torch makes of sliced containers; else
  /// the same.
  fileprivate var withoutIndexing: String {
    guard utf8.contains(UInt8(ascii: "(")) else { return self }
    return split(separator: ".").filter { !$0.contains("(") && !$0.contains(")") }
      .joined(separator: ".")
  }
}

extension Substring.UTF8View {
  /// The last part that is not empty of those between a character; nil where there is none.
  func lastPart(between separator: Unicode.Scalar) -> Substring.UTF8View? {
    split(separator: UInt8(ascii: separator)).last
  }
}
