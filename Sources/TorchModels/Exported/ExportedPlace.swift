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

  init(_ metadata: ExportedJSON) {
    // As in "L__self__,,__main__.M;L__self__c,c,torch.nn.modules.conv.Conv1d".
    let stack = metadata["nn_module_stack"].string ?? ""
    for entry in stack.split(separator: ";") {
      let parts = entry.split(separator: ",", omittingEmptySubsequences: false)
      (module, className) = ("", "")
      if parts.count >= 3 {
        module = String(parts[1]).withoutIndexing
        className = String(parts[2].split(separator: ".").last ?? "")
        if !module.isEmpty { modules.append(module) }
      }
    }
    readLine(metadata["stack_trace"].string ?? "")
  }

  /// Takes the innermost line that is not in torch itself.
  private mutating func readLine(_ trace: String) {
    let lines = trace.split(separator: "\n").map(String.init)
    for (index, text) in lines.enumerated() {
      let parts = text.split(separator: "\"", omittingEmptySubsequences: false)
      guard text.drop(while: { $0 == " " }).hasPrefix("File "), parts.count >= 3,
        !parts[1].contains("/torch/")
      else { continue }
      let number = parts[2].split(separator: ",").first { $0.contains("line ") }
      let file = parts[1].split(separator: "/").last ?? parts[1]
      line = "\(file),\(number.map(String.init) ?? "")"
      code = index + 1 < lines.count ? lines[index + 1].trimmed : ""
    }
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
    guard contains("(") else { return self }
    return split(separator: ".").filter { !$0.contains("(") && !$0.contains(")") }
      .joined(separator: ".")
  }

  fileprivate var trimmed: String {
    String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
  }
}
