import ArgumentParser
import TorchModels

/// What the axes of the input of an exported program are, where that is not to be found out.
struct LayoutOptions: ParsableArguments {
  @Option(
    name: .customLong("layout"),
    help: ArgumentHelp(
      "What the axes of an exported program's input are, as BTC or N,C,T,H,W.",
      discussion: "Without T, each clip of PyTorch is one frame of a stream."))
  var stated: InputLayout?

  @Option(
    parsing: .unconditional,
    help: "Which axis of an exported program's input is time, from 0; -1 is the last.")
  var timeAxis: Int?

  func validate() throws {
    if stated != nil, timeAxis != nil {
      throw ValidationError("--layout says which axis is time; leave out --time-axis.")
    }
  }

  /// What is said; nil where nothing is.
  var layout: InputLayout? { stated ?? timeAxis.map { InputLayout(timeAxis: $0) } }
}
