import TestSupport

/// Small files that ask for much: what they say is short, and what it comes to is not.
///
/// Changing valid files at random seldom makes one of these, since each needs the same thing many times
/// over: a graph that doubles, a pickle that repeats what it has, storages that inflate, views that
/// expand. Each is refused or read within the limits of memory and time that the fuzzer has.
struct Growth {
  let kind: Kind
  let bytes: [UInt8]
  let architecture: [UInt8]?

  /// What grows.
  enum Kind: String, CaseIterable {
    /// Nodes that join the output of the one before with itself.
    case doublingGraph
    /// Many modules, each within the limits of one.
    case manyModules
    /// One argument of a module that makes its window, its padding or its output large.
    case largeArgument
    /// Values of a pickle that stand for all that is before them.
    case repeatedValues
    /// Storages that inflate to a thousand times their size.
    case inflation
    /// Views of a few elements that have many.
    case expandedTensors
  }

  /// Makes one.
  init(using random: inout SeededRandom) {
    let kind = random.pick(Kind.allCases)
    self.kind = kind
    switch kind {
    case .doublingGraph:
      (bytes, architecture) = (Growth.plainFile, Growth.doublingGraph(using: &random))
    case .manyModules:
      (bytes, architecture) = (Growth.plainFile, Growth.manyModules(using: &random))
    case .largeArgument:
      (bytes, architecture) = (Growth.plainFile, Growth.largeArgument(using: &random))
    case .repeatedValues:
      (bytes, architecture) = (Growth.repeatedValues(using: &random), nil)
    case .inflation: (bytes, architecture) = (Growth.inflation(using: &random), nil)
    case .expandedTensors: (bytes, architecture) = (Growth.expandedTensors(using: &random), nil)
    }
  }
}

// MARK: - Architectures

extension Growth {
  /// A state dict without tensors: all that grows is in the architecture.
  private static let plainFile = [UInt8](
    ZipBuilder.torch(Pickle.whole(Pickle.emptyDict)).data)

  private static let counts = [2, 8, 18, 22, 30, 64, 300, 2000]
  private static let sizes = [
    1000, 20_000, 100_000, 1 << 20, 1 << 24, 1 << 28, 1 << 31, 1 << 40, 1 << 62,
  ]

  private static func document(_ model: String, frames: Int, channels: Int = 1) -> [UInt8] {
    Array(
      """
      {"format": "coverify-architecture", "version": 1, \
      "input": {"shape": [\(channels), "T"], "frames": \(frames)}, "model": \(model)}
      """.utf8)
  }

  private static func graph(_ nodes: [String], output: String) -> String {
    #"{"type": "Graph", "output": "\#(output)", "nodes": [\#(nodes.joined(separator: ", "))]}"#
  }

  private static func doublingGraph(using random: inout SeededRandom) -> [UInt8] {
    let count = random.pick(counts)
    let reduce = random.pick(["concat", "sum", "mul"])
    let width = random.pick([2, 2, 3, 8])
    let nodes = (0..<count).map { index in
      let source = index == 0 ? "x" : "n\(index - 1)"
      let inputs = [String](repeating: "\"\(source)\"", count: width).joined(separator: ", ")
      return #"{"id": "n\#(index)", "inputs": [\#(inputs)], "type": "Reduce", "#
        + #""reduce": "\#(reduce)"}"#
    }
    return document(
      graph(nodes, output: "n\(count - 1)"), frames: random.pick([1, 16, 1000]),
      channels: random.pick([1, 3, 4096]))
  }

  /// Modules in a row, or side by side on one input.
  private static func manyModules(using random: inout SeededRandom) -> [UInt8] {
    let count = random.pick(counts)
    let type = random.pick([
      #""type": "Delay", "delay": 100000"#, #""type": "Delay", "delay": 1000"#,
      #""type": "MaxPool1d", "kernel_size": 1000, "stride": 1"#,
      #""type": "Conv1d", "out_channels": 4096, "kernel_size": 9, "padding": 4"#,
      #""type": "Upsample", "scale_factor": 2"#, #""type": "Upsample", "scale_factor": 100"#,
      #""type": "Identity""#, #""type": "Softmax", "dim": 1"#,
    ])
    if Bool.random(using: &random) {
      let modules = [String](repeating: "{\(type)}", count: count).joined(separator: ", ")
      return document(
        #"{"type": "Sequential", "modules": [\#(modules)]}"#, frames: random.pick([16, 20_000]))
    }
    let nodes = (0..<count).map { #"{"id": "n\#($0)", "inputs": ["x"], \#(type)}"# }
    let all = (0..<count).map { "\"n\($0)\"" }.joined(separator: ", ")
    return document(
      graph(
        nodes + [#"{"id": "y", "inputs": [\#(all)], "type": "Reduce", "reduce": "concat"}"#],
        output: "y"), frames: random.pick([16, 20_000]))
  }

  private static func largeArgument(using random: inout SeededRandom) -> [UInt8] {
    let size = random.pick(sizes)
    let type = random.pick([
      #""type": "MaxPool1d", "kernel_size": 3, "stride": 1, "dilation": \#(size)"#,
      #""type": "MaxPool1d", "kernel_size": 3, "stride": \#(size)"#,
      #""type": "AvgPool1d", "kernel_size": \#(size), "stride": 1"#,
      #""type": "AvgPool1d", "kernel_size": 3, "stride": 1, "padding": \#(size)"#,
      #""type": "AdaptiveAvgPool1d", "output_size": \#(size)"#,
      #""type": "Delay", "delay": \#(size)"#,
      #""type": "Skip", "steps": \#(size)"#, #""type": "Upsample", "scale_factor": \#(size)"#,
      #""type": "Conv1d", "out_channels": \#(size), "kernel_size": 3"#,
      #""type": "Conv1d", "out_channels": 1, "kernel_size": 3, "padding": \#(size)"#,
      #""type": "Conv1d", "out_channels": 1, "kernel_size": 3, "dilation": \#(size)"#,
      #""type": "Reshape", "shape": [\#(size)]"#, #""type": "Constant", "value": \#(size)"#,
      #""type": "LSTM", "hidden_size": \#(size)"#, #""type": "Linear", "out_features": \#(size)"#,
    ])
    let isLong = Int.random(in: 0..<4, using: &random) == 0
    return document(
      "{\(type)}", frames: isLong ? random.pick(sizes) : 16,
      channels: Int.random(in: 0..<4, using: &random) == 0 ? random.pick(sizes) : 1)
  }
}

// MARK: - Files

extension Growth {
  /// A pickle whose values stand for what is before them: by DUP, by the memo, by the stack.
  private static func repeatedValues(using random: inout SeededRandom) -> [UInt8] {
    let count = random.pick([1000, 10_000, 60_000, 200_000])
    let value = random.pick([
      Pickle.none, Pickle.int(1), Pickle.text(String(repeating: "x", count: 1000)),
      Pickle.emptyList, Pickle.tensor(key: "0", [6]), Pickle.dict([("a", Pickle.none)]),
      RandomPickle.value(depth: 2, using: &random),
    ])
    let (duplicate, memoize): ([UInt8], [UInt8]) = ([0x32], [0x94])
    let repeated = random.pick([duplicate, duplicate + [0x85], duplicate + memoize, Pickle.get(0)])
    let body =
      switch Int.random(in: 0..<4, using: &random) {
      // A list, a tuple or a set of the same.
      case 0: Pickle.emptyList + Pickle.mark + value + Pickle.put(0)
      case 1: Pickle.mark + value + Pickle.put(0)
      case 2: [0x8F] + Pickle.mark + value + Pickle.put(0)
      default: value + Pickle.put(0)
      }
    let end: [UInt8] = random.pick([[0x65], [0x74], [0x90], [0x86], [0x75], []])
    let pickle = [0x80, 4] + body + [[UInt8]](repeating: repeated, count: count).joined() + end
    return [UInt8](ZipBuilder.torch(pickle + Pickle.stop, ["0": little([0, 1, 2, 3, 4, 5])]).data)
  }

  /// Storages of zeros, deflated; the pickle itself, too.
  private static func inflation(using random: inout SeededRandom) -> [UInt8] {
    let (count, size) = random.pick([
      (1, 1 << 20), (1, 8 << 20), (8, 8 << 20), (64, 8 << 20), (300, 4 << 20), (300, 8 << 20),
    ])
    guard let zeros = zeros[size] else { preconditionFailure("zeros of \(size) are not made") }
    var archive = ZipBuilder.torch(
      Pickle.whole(
        Pickle.dict((0..<count).map { ("w\($0)", Pickle.tensor(key: "\($0)", [size / 4])) })))
    for index in 0..<count {
      var entry = ZipBuilder.Entry("archive/data/\(index)", zeros.bytes)
      entry.isDeflated = true
      entry.payload = zeros.deflated
      entry.crc = zeros.crc
      archive.entries.append(entry)
    }
    return [UInt8](archive.data)
  }

  /// Zeros by their number, made once.
  private static let zeros = Dictionary(
    uniqueKeysWithValues: [1 << 20, 4 << 20, 8 << 20].map { count in
      let bytes = [UInt8](repeating: 0, count: count)
      return (count, (bytes: bytes, crc: crc32(bytes), deflated: Zeros.deflated(count: count)))
    })

  /// Tensors without strides: each has as many elements as a limit allows, on a storage of a few.
  private static func expandedTensors(using random: inout SeededRandom) -> [UInt8] {
    let count = random.pick([1, 30, 300, 3000])
    let shape = random.pick([
      [1 << 20], [1 << 21], [1024, 2048], [1 << 26], [1 << 40], [8, 1 << 18],
    ])
    let tensors = (0..<count).map { index in
      (
        "w\(index)",
        Pickle.tensor(
          key: "0", shape, strides: shape.map { _ in 0 }, offset: index % 6, count: 6)
      )
    }
    let pickle = Pickle.whole(Pickle.dict(tensors))
    return [UInt8](ZipBuilder.torch(pickle, ["0": little([0, 1, 2, 3, 4, 5])]).data)
  }
}
