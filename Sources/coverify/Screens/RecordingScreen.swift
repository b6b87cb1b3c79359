import Checkpoints
import Tensors
import TextLayout
import Verification

/// What `coverify record` says of a fixture that it has written.
struct RecordingScreen {
  let path: FilePath
  let input: Shape
  let outputs: GoldenOutputs

  /// As in `recorded  net.fixture.safetensors: (1, 3, 16) -> (1, 8, 14), 14 steps, 5 of 5 modules`.
  var line: String {
    let modules = outputs.layers.count + outputs.omitted.count
    let left =
      outputs.omitted.isEmpty
      ? "" : "; too large to be kept: " + names
    return "recorded  \(path): \(input) -> \(outputs.forward.shape), "
      + "\(Number.count(outputs.stepsIndex.count, "output")) in steps, \(outputs.layers.count) of "
      + Number.count(modules, "module") + left
  }

  private var names: String {
    let shown = outputs.omitted.prefix(3).joined(separator: ", ")
    return outputs.omitted.count > 3 ? shown + " and \(outputs.omitted.count - 3) more" : shown
  }
}
