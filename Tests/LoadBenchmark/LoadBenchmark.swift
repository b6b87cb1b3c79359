import ArgumentParser
import Checkpoints
import Tensors
import TestSupport

/// Reads all tensors of a checkpoint, with their checksums, and prints how long that took;
/// `scripts/bench_load.py` compares it with PyTorch.
@main
struct LoadBenchmark: ParsableCommand {
  @Argument(help: "A checkpoint.")
  var file: String

  @Flag(help: "One tensor after the other, on one processor.")
  var oneByOne = false

  func run() throws {
    let before = Usage().peakMegabytes
    let clock = ContinuousClock()
    var tensors: [Tensor] = []
    let time = try clock.measure {
      let checkpoint = try Checkpoint(contentsOf: file)
      tensors =
        oneByOne
        ? try checkpoint.tensors.map { try $0.values() }
        : try StoredTensor.values(of: checkpoint.tensors).map { try $0.get() }
    }
    let count = tensors.reduce(0) { $0 + $1.scalars.count }
    let megabytes = Usage().peakMegabytes - before
    print(
      "{\"seconds\": \(time / .seconds(1)), \"megabytes\": \(megabytes), \"numbers\": \(count)}")
  }
}
