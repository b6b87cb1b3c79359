import ArgumentParser
import Checkpoints

/// The files that a command writes.
struct OutputOptions: ParsableArguments {
  @Flag(help: "Replace files that are there; never an input, and never what is not a file.")
  var force = false

  /// Checks all files that a command writes, before it does any work.
  ///
  /// - Parameters:
  ///   - paths: where to write.
  ///   - inputs: the files that the command reads.
  /// - Returns: the places, in the order of the paths.
  /// - Throws: `CheckpointError` or ``CommandError`` where one must not be written to, or two are one
  ///   file.
  func check(_ paths: [FilePath], inputs: [FilePath]) throws -> [OutputFile] {
    var checked: [OutputFile] = []
    for path in paths {
      let file = try OutputFile(path, replacing: force, inputs: inputs)
      if let twin = checked.first(where: file.isSameFile) {
        throw CommandError.sameOutput(path, twin.path)
      }
      checked.append(file)
    }
    return checked
  }
}

extension OutputFile {
  /// Says on stderr what the file that was replaced had, and this one does not.
  func noteChange() {
    if let change = changeOfPermissions { StandardStream.say("note: \(change)") }
  }
}
