import Continual
import Tensors
import TestSupport
import Testing

/// A network, and how its time relates to the time of its input.
struct TimingRow: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let node: String
  let frame: Shape
  let timing: [Int]
  let steps: [Int]

  /// - Parameters:
  ///   - name: what PyTorch users would write.
  ///   - node: the architecture.
  ///   - timing: receptive field, delay, padding and stride.
  ///   - steps: the first steps that yield an output; those after them are a stride apart.
  ///   - frame: the shape (B, C, S…) of the input frames.
  init(
    _ name: String, _ node: String, _ timing: [Int], at steps: [Int], frame: Shape = [1, 1]
  ) {
    testDescription = name
    self.node = node
    self.timing = timing
    self.steps = steps
    self.frame = frame
  }
}

private func conv(_ kernel: Int, s stride: Int = 1, p padding: Int = 0) -> String {
  #"{"type": "Conv1d", "in_channels": 1, "out_channels": 1, "groups": 1, "kernel_size": \#(kernel), "#
    + #""stride": \#(stride), "padding": \#(padding)}"#
}

private func layer(_ type: String, _ arguments: String = "") -> String {
  #"{"type": "\#(type)"\#(arguments.isEmpty ? "" : ", ")\#(arguments)}"#
}

private func container(_ type: String, _ modules: [String], _ arguments: String = "") -> String {
  layer(
    type,
    #"\#(arguments)\#(arguments.isEmpty ? "" : ", ")"modules": [\#(modules.joined(separator: ", "))]"#
  )
}

private func sequence(_ modules: String...) -> String { container("Sequential", modules) }

private func residual(_ module: String, shrink: String = "false") -> String {
  container("Residual", [module], #""residual_shrink": \#(shrink)"#)
}

private func conditional(_ predicate: String, _ modules: String...) -> String {
  container("Conditional", modules, #""predicate": "\#(predicate)""#)
}

private func spread(_ kernel: Int, s stride: Int, p padding: Int = 0) -> String {
  #"{"type": "ConvTranspose1d", "in_channels": 1, "out_channels": 1, "kernel_size": \#(kernel), "#
    + #""stride": \#(stride), "padding": \#(padding)}"#
}

private func pool(_ type: String, _ arguments: String) -> String {
  layer(type, #""kernel_size": \#(arguments)"#)
}

private func attention(_ kind: String, _ more: String = "") -> String {
  layer(
    kind + "MultiheadAttention",
    #""embed_dim": 1, "num_heads": 1, "bias": false, "sequence_len": 5"# + more)
}

extension TimingRow {
  /// What version 1.2.4 of the Python library says and does.
  static let same: [TimingRow] = [
    .init("Conv1d(k3)", conv(3), [3, 2, 0, 1], at: [2, 3, 4]),
    .init("Conv1d(k3,p1)", conv(3, p: 1), [3, 1, 1, 1], at: [1, 2, 3]),
    .init("Conv1d(k3,p2)", conv(3, p: 2), [3, 0, 2, 1], at: [0, 1, 2]),
    .init("Conv1d(k5,s2,p2)", conv(5, s: 2, p: 2), [5, 2, 2, 2], at: [2, 4, 6]),
    .init("Conv1d(k2,s3)", conv(2, s: 3), [2, 1, 0, 3], at: [1, 4, 7]),
    .init("Conv1d(k1)", conv(1), [1, 0, 0, 1], at: [0, 1, 2]),
    .init(
      "Conv2d((3,2),s2)",
      layer(
        "Conv2d",
        #""in_channels": 1, "out_channels": 1, "groups": 1, "kernel_size": [3, 2], "stride": 2"#),
      [3, 2, 0, 2], at: [2, 4, 6], frame: [1, 1, 5]),
    .init(
      "Conv3d(3,s(1,2,2),p1)",
      layer(
        "Conv3d",
        #""in_channels": 1, "out_channels": 1, "groups": 1, "kernel_size": 3, "stride": [1, 2, 2], "#
          + #""padding": 1"#), [3, 1, 1, 1], at: [1, 2, 3], frame: [1, 1, 5, 4]),
    .init("AvgPool1d(3)", pool("AvgPool1d", "3"), [3, 2, 0, 3], at: [2, 5, 8]),
    .init(
      "AvgPool1d(3,1,1)", pool("AvgPool1d", #"3, "stride": 1, "padding": 1"#), [3, 1, 1, 1],
      at: [1, 2, 3]),
    .init(
      "MaxPool3d((1,3,3),s1,p(0,1,1))",
      pool("MaxPool3d", #"[1, 3, 3], "stride": 1, "padding": [0, 1, 1]"#), [1, 0, 0, 1],
      at: [0, 1, 2], frame: [1, 1, 4, 5]),
    .init(
      "AdaptiveAvgPool3d((1,1,1),7)", pool("AdaptiveAvgPool3d", #"7, "output_size": 1"#),
      [7, 6, 0, 1], at: [6, 7, 8], frame: [1, 1, 3, 2]),
    .init(
      "AdaptiveMaxPool2d((1,1),4,2,1)",
      pool("AdaptiveMaxPool2d", #"4, "output_size": 1, "stride": 2, "padding": 1"#), [4, 2, 1, 2],
      at: [2, 4, 6], frame: [1, 1, 3]),
    .init("Delay(2)", layer("Delay", #""delay": 2"#), [3, 2, 0, 1], at: [2, 3, 4]),
    .init(
      "Delay(2,'lagging')", layer("Delay", #""delay": 2, "auto_shrink": "lagging""#), [3, 2, 0, 1],
      at: [2, 3, 4]),
    .init("Skip(2)", layer("Skip", #""steps": 2"#), [1, 0, 0, 1], at: [2, 3, 4]),
    .init(
      "Linear", layer("Linear", #""in_features": 1, "out_features": 1, "channel_dim": 1"#),
      [1, 0, 0, 1], at: [0, 1, 2]),
    .init("Identity", layer("Identity"), [1, 0, 0, 1], at: [0, 1, 2]),
    .init("Seq(k5,k3)", sequence(conv(5), conv(3)), [7, 6, 0, 1], at: [6, 7]),
    .init(
      "Seq(10 × k9)", container("Sequential", [String](repeating: conv(9), count: 10)),
      [81, 80, 0, 1], at: [80, 81]),
    .init(
      "Seq(10 × k9 p4)", container("Sequential", [String](repeating: conv(9, p: 4), count: 10)),
      [81, 40, 40, 1], at: [40, 41]),
    .init(
      "Seq(k3 s2 p2, k3)", sequence(conv(3, s: 2, p: 2), conv(3)), [7, 4, 2, 2], at: [4, 6, 8]),
    .init(
      "Seq(k3 with s=1,2,3,1) p0", sequence(conv(3), conv(3, s: 2), conv(3, s: 3), conv(3)),
      [21, 20, 0, 6], at: [20, 26, 32]),
    .init(
      "the same, p1 everywhere",
      sequence(conv(3, p: 1), conv(3, s: 2, p: 1), conv(3, s: 3, p: 1), conv(3, p: 1)),
      [21, 10, 10, 6], at: [10, 16, 22]),
    .init(
      "Seq(k3p1, MaxPool1d(2), k3 s2 p1)",
      sequence(conv(3, p: 1), pool("MaxPool1d", "2"), conv(3, s: 2, p: 1)), [8, 4, 3, 4],
      at: [4, 8, 12]),
    .init(
      "Seq(Broadcast, Parallel(k3p1, Delay1), Reduce)",
      sequence(
        layer("Broadcast"),
        container("Parallel", [conv(3, p: 1), layer("Delay", #""delay": 1"#)]),
        layer("Reduce", #""reduce": "sum""#)), [3, 1, 1, 1], at: [1, 2]),
    .init(
      "BroadcastReduce(k5p2,k3p1,k1)",
      container("BroadcastReduce", [conv(5, p: 2), conv(3, p: 1), conv(1)]), [5, 2, 2, 1],
      at: [2, 3]),
    .init(
      "BroadcastReduce(k5,k3)", container("BroadcastReduce", [conv(5), conv(3)]), [5, 4, 0, 1],
      at: [4, 5]),
    .init("Residual(k3p1)", residual(conv(3, p: 1)), [3, 1, 1, 1], at: [1, 2]),
    .init("Residual(k3p0)", residual(conv(3)), [3, 2, 0, 1], at: [2, 3]),
    .init(
      "Residual(k3p0, shrink)", residual(conv(3), shrink: "true"), [3, 2, 0, 1], at: [2, 3]),
    .init(
      "Residual(k3p0, 'lagging')", residual(conv(3), shrink: #""lagging""#), [3, 2, 0, 1],
      at: [2, 3]),
    .init(
      "Residual(k3p0, 'leading')", residual(conv(3), shrink: #""leading""#), [3, 2, 0, 1],
      at: [2, 3]),
    .init(
      "Residual(Seq(k3p1,k3p1))", residual(sequence(conv(3, p: 1), conv(3, p: 1))), [5, 2, 2, 1],
      at: [2, 3]),
    .init(
      "Seq(Residual(k3p1) × 2)", sequence(residual(conv(3, p: 1)), residual(conv(3, p: 1))),
      [5, 2, 2, 1], at: [2, 3]),
    .init(
      "GRU", layer("GRU", #""input_size": 1, "hidden_size": 1, "bias": false"#), [1, 0, 0, 1],
      at: [0, 1, 2]),
    .init(
      "RecyclingPositionalEncoding",
      layer("RecyclingPositionalEncoding", #""embed_dim": 1, "num_embeds": 2, "learned": true"#),
      [1, 0, 0, 1], at: [0, 1, 2]),
    .init(
      "RetroactiveMHA(L=5)", attention("Retroactive"), [5, 4, 0, 1], at: [4, 5, 6]),
    .init("SingleOutputMHA(L=5)", attention("SingleOutput"), [5, 0, 0, 1], at: [4, 5, 6]),
    .init(
      "SingleOutputMHA(L=5,query_index=2)", attention("SingleOutput", #", "query_index": 2"#),
      [5, 2, 0, 1], at: [4, 5, 6]),
    .init(
      "Conditional(k5,k3)", conditional("always", conv(5), conv(3)), [5, 4, 0, 1], at: [4, 5]),
  ]

  /// Where ours rightly is another than the Python library's.
  static let different: [TimingRow] = [
    .init(
      "G-02 Conv1d(k3,p3): values at steps 1, 2, 3", conv(3, p: 3), [3, 0, 3, 1], at: [0, 1, 2]),
    .init("G-01 Conv1d(k1,s2): 0, 1, 2", conv(1, s: 2), [1, 0, 0, 2], at: [0, 2, 4]),
    .init("G-01 Conv1d(k1,p1): never", conv(1, p: 1), [1, 0, 1, 1], at: [0, 1, 2]),
    .init(
      "G-03 MaxPool1d(3,dil2): rf 6, delay 5", pool("MaxPool1d", #"3, "dilation": 2"#),
      [5, 4, 0, 3], at: [4, 7, 10]),
    .init(
      "G-03 MaxPool1d(3,1,dil2): rf 6, delay 5",
      pool("MaxPool1d", #"3, "stride": 1, "dilation": 2"#), [5, 4, 0, 1], at: [4, 5, 6]),
    .init(
      "G-06 BroadcastReduce(k5 s2,k3 s2): 6, 8 and misaligned, rf 7, delay 6",
      container("BroadcastReduce", [conv(5, s: 2), conv(3, s: 2)]), [5, 4, 0, 2], at: [4, 6]),
    .init(
      "G-11 Conditional(true; k3p1): padding 0", conditional("always", conv(3, p: 1)),
      [3, 1, 1, 1], at: [1, 2]),
    .init(
      "G-11 Seq(Conditional(k3p1), k3p1): delay 3",
      sequence(conditional("always", conv(3, p: 1)), conv(3, p: 1)), [5, 2, 2, 1], at: [2, 3]),
  ]
}

extension TimingRow {
  /// What raises the rate, which the Python library cannot do.
  ///
  /// Delays are rounded up to whole frames.
  static let raised: [TimingRow] = [
    .init("ConvTranspose1d(k4,s2,p1)", spread(4, s: 2, p: 1), [2, 1, 1, 1], at: [0, 1, 2]),
    .init("ConvTranspose1d(k2,s2)", spread(2, s: 2), [1, 0, 1, 1], at: [0, 1, 2]),
    .init("Upsample(x3)", layer("Upsample", #""scale_factor": 3"#), [1, 0, 1, 1], at: [0, 1, 2]),
    // The second output of a frame lies behind it, and waits for the next.
    .init(
      "Upsample(x2, linear)", layer("Upsample", #""scale_factor": 2, "mode": "linear""#),
      [2, 1, 1, 1], at: [0, 1, 2]),
    .init(
      "Seq(k4 s4, Upsample(x2))", sequence(conv(4, s: 4), layer("Upsample", #""scale_factor": 2"#)),
      [4, 3, 2, 2], at: [3, 7]),
    .init(
      "PixelShuffle1d(2)", layer("PixelShuffle1d", #""upscale_factor": 2"#), [1, 0, 1, 1],
      at: [0, 1, 2], frame: [1, 2]),
    .init("ConvTranspose1d(k3,s1,p1)", spread(3, s: 1, p: 1), [3, 1, 1, 1], at: [1, 2, 3]),
    .init(
      "Seq(k4 s4, t4 s4)", sequence(conv(4, s: 4), spread(4, s: 4)), [4, 3, 3, 1], at: [3, 7]),
    .init(
      "Seq(k4 s2 p1, t4 s2 p1)", sequence(conv(4, s: 2, p: 1), spread(4, s: 2, p: 1)),
      [6, 3, 3, 1], at: [2, 4, 6]),
  ]
}

@Suite("the timing of networks")
struct TimingTableTests {
  @Test("is that of the Python library where that is right", arguments: TimingRow.same)
  func same(_ row: TimingRow) throws { try check(row) }

  @Test("is that of PyTorch where the Python library is wrong", arguments: TimingRow.different)
  func different(_ row: TimingRow) throws { try check(row) }

  @Test("is that of the definition where the rate is raised", arguments: TimingRow.raised)
  func raised(_ row: TimingRow) throws { try check(row) }

  private func check(_ row: TimingRow) throws {
    let module = try LayerCase(row.node, row.frame).module()
    let plan = try Plan(module, frame: row.frame)
    let timing = plan.timing
    #expect([timing.receptiveField, timing.delay, timing.padding, timing.stride] == row.timing)
    #expect(timing.warmUp == row.steps[0])
    var stream = plan.makeStream()
    var steps: [Int] = []
    for time in 0...(row.steps.last ?? 0) {
      if try stream.forwardStep(Tensor(row.frame, repeating: 1)) != nil { steps.append(time) }
    }
    #expect(steps == row.steps)
  }
}
