import ArgumentParser
import Checkpoints
import Continual
import Tensors
import TestSupport
import TorchModels

/// Reads all tensors of a checkpoint, with their checksums, or makes its network ready to run, and
/// prints how long that took; `scripts/bench_load.py` compares it with PyTorch.
@main
struct LoadBenchmark: ParsableCommand {
  @Argument(help: "A checkpoint.")
  var file: String

  @Flag(help: "One tensor after the other, on one processor.")
  var oneByOne = false

  @Flag(help: "Load the network and make a plan, with packed weights.")
  var network = false

  func run() throws {
    let before = Usage().peakMegabytes
    let clock = ContinuousClock()
    var tensors: [Tensor] = []
    var plan: LoadedModel.ClipPlan?
    var count = 0
    let time = try clock.measure {
      if network {
        let model = try LoadedModel(contentsOf: file)
        plan = try model.plan(batch: 1)
        count = model.provenance.parameterCount
        return
      }
      let checkpoint = try Checkpoint(contentsOf: file)
      tensors =
        oneByOne
        ? try checkpoint.tensors.map { try $0.values() }
        : try StoredTensor.values(of: checkpoint.tensors).map { try $0.get() }
    }
    defer { withExtendedLifetime(plan) {} }
    count += tensors.reduce(0) { $0 + $1.scalars.count }
    let megabytes = Usage().peakMegabytes - before
    print(
      "{\"seconds\": \(time / .seconds(1)), \"megabytes\": \(megabytes), \"numbers\": \(count)}")
  }
}
