import TestSupport
import Verification

/// Random values as pickles write them: numbers at the edges, names that mean something, and calls
/// that make tensors of arguments that do not fit.
enum RandomPickle {
  /// Numbers at which something changes: signs, widths, overflows.
  static let numbers: [Int] = [
    -1, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 16, 24, 63, 64, 65, 127, 128, 255, 256, 1000, 1001, 4096,
    65_535, 65_536, 1 << 24, 1 << 26, 0x7FFF_FFFF, 1 << 31, 0xFFFF_FFFF, 1 << 32, 1 << 40, 1 << 53,
    1 << 61, 1 << 62, .max, .max - 1, .min, .min + 1, -2, -1 << 31, -1 << 32,
  ]

  static let texts = [
    "", "0", "1", "2", "00", "-1", "18446744073709551615", "storage", "cpu", "cuda:0", "meta", "w",
    "weight", "bias", "running_mean", "num_batches_tracked", "state_dict", "model", "architecture",
    "input", "reference", "steps", "steps_index", "_metadata", "_modules", "_parameters",
    "_buffers",
    "training", "neg", "conj", "latin1", "f4", "<f8", "|b1", ">i2", "V4", "O", "<", ">", "|",
    "kernel_size", "stride", "padding", "dilation", "groups", "in_channels", "out_channels",
    "num_features", "eps", "t_padding_mode", "padding_mode", "_delay", "_forward", "aggregation_fn",
    "torch.sparse_coo", "torch.sparse_csr", "torch.sparse_bsr", "module", "version", "zeros", "a.b",
    "{\"format\": \"coverify-architecture\"}", "\u{0}", "\u{1b}[31m", "é\u{301}", "\u{202E}x",
    "_persistent", "_non_persistent_buffers_set", "is_coalesced", "little_endian", "dtype", "args",
  ]

  static let globals: [(String, String)] =
    [
      "FloatStorage", "DoubleStorage", "HalfStorage", "BFloat16Storage", "LongStorage",
      "ByteStorage", "BoolStorage", "ComplexFloatStorage", "QInt8Storage", "QUInt8Storage",
      "QUInt4x2Storage", "QUInt2x4Storage", "FloatTensor", "Size", "device", "Tensor", "float32",
      "bfloat16", "uint16", "float8_e4m3fn", "float4_e2m1fn_x2", "complex32", "bits8", "uint3",
      "per_tensor_affine", "per_channel_affine", "relu", "quint4x2",
    ].map { ("torch", $0) }
    + [
      "_rebuild_tensor", "_rebuild_tensor_v2", "_rebuild_tensor_v3", "_rebuild_parameter",
      "_rebuild_parameter_with_state", "_rebuild_qtensor", "_rebuild_sparse_tensor",
      "_rebuild_sparse_csr_tensor", "_rebuild_nested_tensor", "_rebuild_meta_tensor_no_storage",
      "_rebuild_device_tensor_from_cpu_tensor", "_rebuild_device_tensor_from_numpy",
      "_rebuild_wrapper_subclass", "_rebuild_unknown",
    ].map { ("torch._utils", $0) }
    + [
      ("torch._tensor", "_rebuild_from_type_v2"), ("torch.storage", "UntypedStorage"),
      ("torch.serialization", "_get_layout"), ("collections", "OrderedDict"),
      ("collections", "Counter"), ("collections", "defaultdict"), ("_codecs", "encode"),
      ("__builtin__", "set"), ("builtins", "complex"), ("__builtin__", "bytearray"),
      ("numpy._core.multiarray", "_reconstruct"), ("numpy.core.multiarray", "scalar"),
      ("numpy", "dtype"), ("numpy", "ndarray"), ("functools", "partial"), ("os", "system"),
      ("copy_reg", "_reconstructor"), ("__builtin__", "object"), ("argparse", "Namespace"),
      ("torch.nn.parameter", "Parameter"), ("torch.nn.modules.conv", "Conv1d"),
      ("torch.nn.modules.conv", "Conv3d"), ("torch.nn.modules.container", "Sequential"),
      ("torch.nn.modules.batchnorm", "BatchNorm2d"), ("torch.nn.modules.pooling", "AvgPool3d"),
      ("continual.conv", "Conv1d"), ("continual.conv", "Conv3d"), ("continual.delay", "Delay"),
      ("continual.container", "Sequential"), ("continual.container", "Residual"),
      ("continual.container", "BroadcastReduce"), ("continual.pooling", "AvgPool1d"),
      ("continual.linear", "Linear"), ("continual.rnn", "LSTM"), ("my.net", "Net"),
    ]

  /// Values as protocols 0, 1, 4 and 5 write them, and what they do with the memo and with sets.
  static let older: [[UInt8]] = {
    let word = Array("ab".utf8)
    let texts = [
      #"S'a\x41\101\n\\\'b'"#, #"S"q""#, #"Va\u0041\U00000041b"#, "I12", "I-3", "I01", "I00",
      "L12L",
      "L-9999999999999999999999L", "F1.5", "Fnan", "F-1e400",
    ].map { Array(($0 + "\n").utf8) }
    let counted: [[UInt8]] = [
      [0x55, 2] + word, [0x54] + little(2, 4) + word, [0x43, 2] + word,
      [0x42] + little(2, 4) + word,
      [0x8E] + little(2, 8) + word, [0x96] + little(2, 8) + word, [0x8D] + little(2, 8) + word,
      [0x8C, 2] + word, [0x4A, 0xFE, 0xFF, 0xFF, 0xFF], [0x4D, 1, 2], [0x8B, 2, 0, 0, 0, 1, 2],
    ]
    let dictionary = Pickle.global("collections", "OrderedDict")
    let grouped: [[UInt8]] = [
      Pickle.mark + [0x4E, 0x6C], Pickle.mark + Pickle.text("k") + [0x4E, 0x64],
      Pickle.mark + Pickle.int(1) + [0x91], [0x8F] + Pickle.mark + Pickle.int(1) + [0x90],
      Pickle.mark + dictionary + Pickle.none + [0x6F],
      Pickle.mark + Pickle.none + [0x69] + Array("torch\nSize\n".utf8),
      dictionary + Pickle.emptyTuple + Pickle.emptyDict + [0x92],
      Pickle.text("torch") + Pickle.text("float32") + [0x93], Array("P0\n".utf8),
      [0x4E, 0x72, 5, 0, 0, 0, 0x6A, 5, 0, 0, 0, 0x30], [0x4E, 0x94],
      Array("Np7\ng7\n0".utf8), Pickle.emptyList + Pickle.mark + Pickle.none + [0x65],
    ]
    return texts + counted + grouped
  }()

  /// A number at an edge, or a small one.
  static func number(using random: inout SeededRandom) -> [UInt8] {
    switch Int.random(in: 0..<12, using: &random) {
    case 0: Pickle.bool(.random(using: &random))
    case 1: [0x8A, 9] + (0..<9).map { _ in UInt8.random(in: .min ... .max, using: &random) }
    case 2...5: Pickle.int(Int.random(in: 0...12, using: &random))
    default: Pickle.int(random.pick(numbers))
    }
  }

  static func float(using random: inout SeededRandom) -> [UInt8] {
    let edges: [Double] = [
      0, -0.0, .nan, .infinity, -.infinity, 1e308, .leastNonzeroMagnitude, 0.5, -3, 1e18,
    ]
    return Pickle.float(
      Bool.random(using: &random)
        ? random.pick(edges) : Double(bitPattern: random.next()))
  }

  static func text(using random: inout SeededRandom) -> [UInt8] {
    Int.random(in: 0..<40, using: &random) == 0
      ? Pickle.text(String(repeating: "x.", count: 3000)) : Pickle.text(random.pick(texts))
  }

  static func global(using random: inout SeededRandom) -> [UInt8] {
    let (module, name) = random.pick(globals)
    return Pickle.global(module, name)
  }

  /// Any value.
  static func value(depth: Int, using random: inout SeededRandom) -> [UInt8] {
    func values(_ range: ClosedRange<Int>) -> [[UInt8]] {
      (0..<Int.random(in: range, using: &random)).map { _ in
        value(depth: depth - 1, using: &random)
      }
    }
    switch Int.random(in: 0..<(depth > 0 ? 15 : 6), using: &random) {
    case 0, 1: return number(using: &random)
    case 2: return float(using: &random)
    case 3: return text(using: &random)
    case 4: return Pickle.none
    case 5: return global(using: &random)
    case 6: return Pickle.tuple(values(0...4))
    case 7: return Pickle.list(values(0...4))
    case 8:
      return Pickle.emptyDict + Pickle.mark
        + values(0...3).flatMap { text(using: &random) + $0 } + [0x75]
    case 9: return Pickle.call(global(using: &random), values(0...8))
    case 10:
      return global(using: &random) + Pickle.tuple(values(0...2)) + Pickle.newObject
        + value(depth: depth - 1, using: &random) + Pickle.build
    case 11: return Pickle.tuple(values(0...5)) + Pickle.persistent
    case 12: return random.pick(older)
    default: return tensor(depth: depth, using: &random)
    }
  }

  /// A call that makes a tensor, mostly of arguments that could be right.
  private static func tensor(depth: Int, using random: inout SeededRandom) -> [UInt8] {
    func ints(_ count: Int) -> [UInt8] {
      Pickle.tuple((0..<count).map { _ in number(using: &random) })
    }
    let rank = Int.random(in: 0...4, using: &random)
    let inner = depth > 1 ? tensor(depth: depth - 1, using: &random) : Pickle.none
    let type = random.pick(["float8_e5m2", "uint16", "complex32", "int4", "bits16", "float32"])
    let shape = (0..<rank).map { _ in random.pick([0, 1, 2, 3]) }
    let key = random.pick(["0", "1", "11"])
    switch Int.random(in: 0..<9, using: &random) {
    case 0: return Pickle.tensor(key: key, shape)
    case 1:
      return Pickle.untypedTensor(
        key: key, shape, type: type, byteCount: random.pick([0, 6, 24, 96]))
    case 2:
      return Pickle.call(
        Pickle.global("torch._utils", "_rebuild_tensor_v2"),
        [
          Pickle.storage(key: key, random.pick([0, 6, 24])), number(using: &random), ints(rank),
          ints(rank), Pickle.bool(true), Pickle.none,
        ])
    case 3:
      return Pickle.call(
        Pickle.global("torch._utils", "_rebuild_parameter"),
        [inner, Pickle.bool(true), Pickle.orderedDict])
    case 4:
      let layout = Pickle.call(
        Pickle.global("torch.serialization", "_get_layout"),
        [Pickle.text(random.pick(["torch.sparse_coo", "torch.sparse_csr", "torch.sparse_bsc"]))])
      return Pickle.call(
        Pickle.global("torch._utils", "_rebuild_sparse_tensor"),
        [layout, Pickle.tuple([inner, inner, ints(rank), Pickle.bool(true)])])
    case 5:
      let quantizer =
        Bool.random(using: &random)
        ? Pickle.tuple([
          Pickle.global("torch", "per_tensor_affine"), float(using: &random),
          number(using: &random),
        ])
        : Pickle.tuple([
          Pickle.global("torch", "per_channel_affine"), inner, inner, number(using: &random),
        ])
      return Pickle.call(
        Pickle.global("torch._utils", "_rebuild_qtensor"),
        [
          Pickle.storage(key: key, random.pick([6, 24]), type: "QInt8Storage"), Pickle.int(0),
          Pickle.ints(shape), ints(rank), quantizer, Pickle.bool(false), Pickle.orderedDict,
        ])
    case 6:
      return Pickle.call(
        Pickle.global("torch._utils", "_rebuild_nested_tensor"), [inner, inner, inner, inner])
    case 7:
      return Pickle.call(
        Pickle.global("torch._utils", "_rebuild_device_tensor_from_numpy"),
        [array(using: &random), Pickle.global("torch", type), Pickle.text("xla"), Pickle.none])
    default: return array(using: &random)
    }
  }

  /// An array of numpy.
  private static func array(using random: inout SeededRandom) -> [UInt8] {
    let kind = random.pick(["f4", "f8", "i8", "b1", "O8", "c8", "V3", ">f4"])
    let dtype =
      Pickle.call(
        Pickle.global("numpy", "dtype"), [Pickle.text(kind), Pickle.bool(false), Pickle.bool(true)])
      + Pickle.tuple([
        Pickle.int(3), Pickle.text(random.pick(["<", ">", "|"])), Pickle.none, Pickle.none,
        Pickle.none, Pickle.int(-1), Pickle.int(-1), Pickle.int(0),
      ]) + Pickle.build
    let shape = Pickle.tuple([number(using: &random), number(using: &random)])
    return Pickle.call(
      Pickle.global("numpy._core.multiarray", "_reconstruct"),
      [Pickle.global("numpy", "ndarray"), Pickle.ints([0]), Pickle.text("b")])
      + Pickle.tuple([
        Pickle.int(1), shape, dtype, Pickle.bool(.random(using: &random)),
        [0x43, 8] + little(7, 8),
      ]) + Pickle.build
  }
}
