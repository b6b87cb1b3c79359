import Checkpoints
import TorchModels
import Verification

/// Something that a command cannot do.
enum CommandError: Error {
  /// Two files that are to be written are one.
  case sameOutput(FilePath, FilePath)
  /// A network whose architecture is only guessed.
  case noArchitecture(FilePath)
  /// A layout of the input for a network that is not an exported program.
  case noProgram(FilePath)
  /// A report that cannot be put together with others, and why.
  case notMerged(FilePath, any Error)
  /// A file that is no report of a benchmark.
  case noBaseline(FilePath)
  /// A report of a benchmark with another number of threads, and that number.
  case threadsOfBaseline(FilePath, Int)
  /// That recording is left to people.
  case noRecording
  /// A model of which something was assumed, which nobody has accepted.
  case assumptions(FilePath, [String])
  /// A model without outputs of PyTorch in float64.
  case notFromPython(FilePath)
  /// Outputs of PyTorch, and no clip that they belong to.
  case noClip
  /// Several outputs, and a file that holds one tensor.
  case severalOutputs(Int, FilePath)
  /// A clip of another length than is asked for.
  case frames(asked: Int, given: Int)
  /// A file of outputs that has none.
  case noOutputs(FilePath)
  /// Standard output does not take the result, and why.
  case notPrinted(any Error)
}

extension CommandError: CustomStringConvertible {
  /// What was found, and what to do.
  var description: String {
    switch self {
    case .sameOutput(let path, let twin):
      "\(path): is the same file as \(twin), and both are to be written; give each a name of its own"
    case .noArchitecture(let path):
      "\(path): needs an architecture; names and shapes alone do not tell how modules are nested; "
        + "give one with --arch"
    case .noProgram(let path):
      "\(path): is read by its architecture, which says what the axes are; --layout and --time-axis are "
        + "for exported programs"
    case .notMerged(let path, MergedReports.Problem.schema(let found)):
      "\(path): has the schema \(found), expected a report of --format json, "
        + "\(JSONFormat.schema) or \(JSONFormat.setSchema)"
    case .notMerged(let path, MergedReports.Problem.malformed(let missing)):
      "\(path): is not a report: it lacks \(missing)"
    case .notMerged(let path, MergedReports.Problem.twice(let model)):
      "\(path): has a report on \(model), as another of the reports has"
    case .notMerged(let path, let error): "\(path): \(reason(of: error))"
    case .noBaseline(let path):
      "\(path): is no report on times, expected what coverify bench --format json writes"
    case .threadsOfBaseline(let path, let threads):
      "\(path): was timed with --threads \(threads), by which times are compared"
    case .noRecording:
      "fixtures are not recorded where the environment says CI: what is wrong there would become right; "
        + "record them on a machine of yours, look at them, and check them in"
    case .assumptions(let path, let assumptions):
      "\(path): is not recorded while things are assumed that its file does not say: "
        + assumptions.prefix(3).joined(separator: "; ")
        + (assumptions.count > 3 ? " and \(assumptions.count - 3) more" : "")
        + "; give an architecture file, or accept them with --assume-defaults"
    case .notFromPython(let path):
      "\(path): brings no clip with what PyTorch made of it in float64; write the file with "
        + "scripts/describe_model.py, or put \"input\" and \"forward\" into "
        + "\(Sidecar.reference.path(beside: path).name)"
    case .noClip:
      "there are outputs of PyTorch to compare with, but not the clip they belong to; give it with "
        + "--input"
    case .severalOutputs(let count, let path):
      "the network has \(count) outputs, and an .npy holds one tensor; write an .npz: \(path)"
    case .frames(let asked, let given):
      "--frames is \(asked), and the input has \(given) frames"
    case .noOutputs(let path):
      "\(path): has neither \"forward\" nor \"steps\"; a file with one tensor is taken as \"forward\""
    case .notPrinted(let error): "the result cannot be printed: \(reason(of: error))"
    }
  }
}
