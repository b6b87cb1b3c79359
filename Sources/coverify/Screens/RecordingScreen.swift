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
    let samples = outputs.samples
    let names = samples.prefix(3).map(\.path).joined(separator: ", ")
    let rest = samples.count > 3 ? " and \(samples.count - 3) more" : ""
    let sampled =
      samples.isEmpty
      ? "" : "; \(GoldenOutputs.sampleCount) numbers each of large outputs: " + names + rest
    return "recorded  \(path): \(input) -> \(outputs.forward.shape), "
      + "\(Number.count(outputs.stepsIndex.count, "output")) in steps, \(outputs.layers.count) of "
      + Number.count(outputs.layers.count + samples.count, "module") + sampled
  }
}
