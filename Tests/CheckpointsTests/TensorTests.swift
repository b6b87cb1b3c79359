import Checkpoints
import Foundation
import Tensors
import TestSupport
import Testing

/// The tensor called `w` of an archive.
private func tensor(
  _ content: [UInt8], _ storages: [String: [UInt8]] = [:]
) throws -> StoredTensor {
  let pickle = Pickle.whole(Pickle.dict([("w", content)]))
  let checkpoint = try Checkpoint(name: "model.pt", data: archive(pickle, storages))
  return try #require(checkpoint.tensors.first { $0.path == "w" })
}

@Suite("Tensors of pickles")
struct TensorTests {
  static let views: [(String, [UInt8], [Float])] = [
    ("contiguous", Pickle.tensor([2, 3]), [0, 1, 2, 3, 4, 5]),
    ("transposed", Pickle.tensor([3, 2], strides: [1, 3], count: 6), [0, 3, 1, 4, 2, 5]),
    ("with an offset", Pickle.tensor([2], offset: 3, count: 6), [3, 4]),
    ("every second", Pickle.tensor([3], strides: [2], offset: 1, count: 6), [1, 3, 5]),
    ("expanded", Pickle.tensor([2, 2], strides: [0, 1], offset: 4, count: 6), [4, 5, 4, 5]),
    ("overlapping", Pickle.tensor([2, 4], strides: [2, 1], count: 6), [0, 1, 2, 3, 2, 3, 4, 5]),
    ("a diagonal", Pickle.tensor([2], strides: [4], count: 6), [0, 4]),
    ("a scalar", Pickle.tensor([], offset: 5, count: 6), [5]),
    ("empty, at the end", Pickle.tensor([0], offset: 6, count: 6), []),
    (
      "of one element, with any stride", Pickle.tensor([1, 2], strides: [99, 1], count: 6), [0, 1]
    ),
    (
      "three axes, permuted", Pickle.tensor([3, 1, 2], strides: [2, 7, 1], count: 6),
      [0, 1, 2, 3, 4, 5]
    ),
  ]

  @Test("a view has the elements that its strides say, in row-major order", arguments: views)
  func readsViews(_ what: String, _ content: [UInt8], _ values: [Float]) throws {
    let found = try tensor(content)
    #expect(try found.values().scalars == values)
    #expect(try found.littleEndianBytes() == little(values))
  }

  @Test("a view that repeats elements has those that its strides say", arguments: 0..<40)
  func repeats(_ seed: Int) throws {
    var random = SeededRandom(UInt64(seed))
    let shape = (0..<Int.random(in: 1...4, using: &random)).map { _ in
      random.pick([1, 2, 3, 16, 17, 300])
    }
    guard shape.reduce(1, *) < 1 << 20 else { return }
    let strides = shape.map { length in length > 16 ? 0 : random.pick([0, 0, 1, 2]) }
    let reach = zip(shape, strides).reduce(1) { $0 + ($1.0 - 1) * $1.1 }
    let storage = (0..<reach).map { Float($0) }
    let found = try tensor(
      Pickle.tensor(shape, strides: strides, count: reach), ["0": little(storage)])
    var places = [0]
    for (length, stride) in zip(shape, strides) {
      places = places.flatMap { place in (0..<length).map { place + $0 * stride } }
    }
    #expect(try found.values().scalars == places.map { storage[$0] })
  }

  /// Element types, bytes, and the numbers that PyTorch 2.13 makes of them.
  static let types: [(ScalarType, String, [UInt8], [Double])] = [
    (.float64, "DoubleStorage", little(Int(truncatingIfNeeded: (-0.1).bitPattern), 8), [-0.1]),
    (.float32, "FloatStorage", little([1.5]), [1.5]),
    (.float16, "HalfStorage", [0x00, 0x3C, 0x01, 0x00], [1, 5.960464477539063e-08]),
    (.bfloat16, "BFloat16Storage", [0x80, 0xBF], [-1]),
    (.int64, "LongStorage", little(-3, 8), [-3]),
    (.int32, "IntStorage", little(-3, 4), [-3]),
    (.int16, "ShortStorage", little(-3, 2), [-3]),
    (.int8, "CharStorage", [0xFD], [-3]),
    (.uint8, "ByteStorage", [0xFD], [253]),
    (.bool, "BoolStorage", [0, 1, 2], [0, 1, 1]),
  ]

  @Test("elements of every type with a storage class have PyTorch's values", arguments: types)
  func readsTypes(
    _ type: ScalarType, _ storage: String, _ bytes: [UInt8], _ values: [Double]
  ) throws {
    let found = try tensor(Pickle.tensor([values.count], type: storage), ["0": bytes])
    #expect(found.scalarType == type)
    #expect(try found.wideValues().scalars == values)
    #expect(try found.values().scalars == values.map { Float($0) })
    #expect(try found.littleEndianBytes() == bytes)
  }

  private static let patterns: [UInt8] = [
    0, 1, 7, 8, 0x38, 0x7B, 0x7E, 0x7F, 0x80, 0x81, 0xB9, 0xFF,
  ]

  /// What PyTorch 2.13 makes of these patterns.
  static let untyped: [(ScalarType, [Double])] = [
    (
      .float8E4M3FN,
      [
        0, 0.001953125, 0.013671875, 0.015625, 1, 352, 448, .nan, -0.0, -0.001953125, -1.125, .nan,
      ]
    ),
    (
      .float8E4M3FNUZ,
      [
        0, 0.0009765625, 0.0068359375, 0.0078125, 0.5, 176, 224, 240, .nan, -0.0009765625, -0.5625,
        -240,
      ]
    ),
    (
      .float8E5M2,
      [
        0, 1.52587890625e-05, 0.0001068115234375, 0.0001220703125, 0.5, 57344, .nan, .nan, -0.0,
        -1.52587890625e-05, -0.625, .nan,
      ]
    ),
    (
      .float8E5M2FNUZ,
      [
        0, 7.62939453125e-06, 5.340576171875e-05, 6.103515625e-05, 0.25, 28672, 49152, 57344, .nan,
        -7.62939453125e-06, -0.3125, -57344,
      ]
    ),
    (
      .float8E8M0FNU,
      [
        5.877471754111438e-39, 1.1754943508222875e-38, 7.52316384526264e-37, 1.504632769052528e-36,
        4.235164736271502e-22, 0.0625, 0.5, 1, 2, 4, 2.8823037615171174e+17, .nan,
      ]
    ),
  ]

  @Test("numbers of eight bits have PyTorch's values", arguments: untyped)
  func readsSmallFloats(_ type: ScalarType, _ values: [Double]) throws {
    let found = try tensor(
      Pickle.untypedTensor([12], type: type.name, byteCount: 12), ["0": TensorTests.patterns])
    let read = try found.wideValues().scalars
    // Bits, so that the sign of zero counts; any NaN is a NaN.
    #expect(
      zip(read, values).allSatisfy { $0.isNaN && $1.isNaN || $0.bitPattern == $1.bitPattern },
      "\(read)")
  }

  @Test("integers are exact, also those that no Double holds")
  func integers() throws {
    let odd = Int(1) << 62 + 1
    let found = try tensor(Pickle.tensor([1], type: "LongStorage"), ["0": little(odd, 8)])
    #expect(try found.integers() == [odd])
    let wide = try tensor(
      Pickle.untypedTensor([1], type: "uint64", byteCount: 8), ["0": little(-1, 8)])
    #expect(throws: CheckpointError.self) { try wide.integers() }
    #expect(try wide.values().scalars == [Float(UInt64.max)])
    let whole = try tensor(Pickle.tensor([2, 3]))
    #expect(try whole.integers() == [0, 1, 2, 3, 4, 5])
  }

  @Test("an archive of a big-endian machine has its numbers swapped")
  func bigEndian() throws {
    var builder = ZipBuilder.torch(
      Pickle.whole(
        Pickle.dict([
          ("w", Pickle.tensor([1])),
          ("c", Pickle.tensor(key: "1", [1], type: "ComplexFloatStorage")),
        ])),
      ["0": [0x3F, 0xC0, 0, 0], "1": [0x3F, 0x80, 0, 0, 0x40, 0, 0, 0]])
    builder["archive/byteorder"].bytes = Array("big".utf8)
    let tensors = try Checkpoint(name: "model.pt", data: builder.data).tensors
    #expect(try tensors[0].values().scalars == [1.5])
    #expect(try tensors[1].complexValues().real.scalars == [1])
    #expect(try tensors[1].complexValues().imaginary.scalars == [2])
  }

  @Test("numbers that are only marked as conjugate or negative are so")
  func signs() throws {
    let mark = { (name: String) in Pickle.dict([(name, Pickle.bool(true))]) }
    let negative = try tensor(Pickle.tensor([2, 3], metadata: mark("neg")))
    #expect(try negative.values().scalars == [-0.0, -1, -2, -3, -4, -5])
    let conjugate = try tensor(
      Pickle.tensor([3], type: "ComplexFloatStorage", metadata: mark("conj")))
    #expect(try conjugate.complexValues().real.scalars == [0, 2, 4])
    #expect(try conjugate.complexValues().imaginary.scalars == [-1, -3, -5])
    let integers = try tensor(
      Pickle.tensor([3], type: "LongStorage", metadata: mark("neg")),
      ["0": [0, 256, -1].flatMap { little($0, 8) }])
    #expect(try integers.integers() == [0, -256, 1])
  }

  @Test("parameters, also with attributes, are tensors")
  func parameters() throws {
    let inner = Pickle.tensor([6])
    let utilities = { Pickle.global("torch._utils", $0) }
    let parameter = try tensor(
      Pickle.call(
        utilities("_rebuild_parameter"), [inner, Pickle.bool(true), Pickle.orderedDict]))
    #expect(parameter.isParameter && parameter.requiresGrad)
    let stateful = try tensor(
      Pickle.call(
        utilities("_rebuild_parameter_with_state"),
        [inner, Pickle.bool(false), Pickle.orderedDict, Pickle.emptyDict]))
    #expect(stateful.isParameter && !stateful.requiresGrad)
    #expect(try stateful.values().scalars == [0, 1, 2, 3, 4, 5])
  }

  @Test("quantized numbers are those of PyTorch")
  func quantized() throws {
    func content(_ type: String, _ shape: [Int], _ strides: [Int], _ quantizer: [UInt8]) -> [UInt8]
    {
      Pickle.call(
        Pickle.global("torch._utils", "_rebuild_qtensor"),
        [
          Pickle.storage(key: "0", shape.reduce(1, *), type: type), Pickle.int(0),
          Pickle.ints(shape), Pickle.ints(strides), quantizer, Pickle.bool(false),
          Pickle.orderedDict,
        ])
    }
    let whole = try tensor(
      content(
        "QInt8Storage", [3], [1],
        Pickle.tuple([
          Pickle.global("torch", "per_tensor_affine"), Pickle.float(0.1), Pickle.int(3),
        ])), ["0": [0xF9, 6, 28]])
    #expect(try whole.values().scalars == [-1, 0.3, 2.5])
    #expect(try whole.integers() == [-7, 6, 28])
    let rows = try tensor(
      content(
        "QUInt8Storage", [2, 2], [2, 1],
        Pickle.tuple([
          Pickle.global("torch", "per_channel_affine"),
          Pickle.tensor(key: "1", [2], type: "DoubleStorage"),
          Pickle.tensor(key: "2", [2], type: "LongStorage"), Pickle.int(0),
        ])),
      [
        "0": [0, 6, 50, 140],
        "1": little(Int(0.1.bitPattern), 8) + little(Int(0.05.bitPattern), 8),
        "2": little(3, 8) + little(0, 8),
      ])
    #expect(try rows.values().scalars == [-0.3, 0.3, 2.5, 7].map { Float($0) })
  }

  static let opaque: [(ScalarType, [UInt8])] =
    [.bits8, .bits1x8, .bits2x4, .bits4x2].map { type in
      (type, Pickle.untypedTensor([24], type: type.name, byteCount: 24))
    } + [(.bits16, Pickle.untypedTensor([12], type: "bits16", byteCount: 24))]

  @Test("types without numbers are listed, with their bytes", arguments: opaque)
  func bits(_ type: ScalarType, _ content: [UInt8]) throws {
    let found = try tensor(content)
    #expect(found.scalarType == type)
    #expect(try found.littleEndianBytes() == little([0, 1, 2, 3, 4, 5]))
    #expect(throws: CheckpointError.self) { try found.values() }
    #expect(throws: CheckpointError.self) { try found.integers() }
  }

  @Test("of two numbers in a byte, that of the lower bits comes first")
  func pairs() throws {
    let found = try tensor(
      Pickle.untypedTensor([2, 4], type: "float4_e2m1fn_x2", byteCount: 8),
      ["0": [0x10, 0x32, 0x54, 0x76, 0x98, 0xBA, 0xDC, 0xFE]])
    #expect(found.shape == [2, 4])
    #expect(found.valueShape == [2, 8])
    let magnitudes: [Float] = [0, 0.5, 1, 1.5, 2, 3, 4, 6]
    let values = try found.values()
    #expect(values.shape == [2, 8])
    #expect(
      values.scalars.map(\.bitPattern) == (magnitudes + magnitudes.map { -$0 }).map(\.bitPattern))
    #expect(try found.littleEndianBytes() == [0x10, 0x32, 0x54, 0x76, 0x98, 0xBA, 0xDC, 0xFE])
  }

  @Test(
    "types that PyTorch itself cannot save are refused by name",
    arguments: (1...7).flatMap { ["int\($0)", "uint\($0)"] })
  func shellTypes(_ name: String) throws {
    Refusal(
      "", .unsupported, "of type torch.\(name)",
      archive(
        Pickle.whole(
          Pickle.dict([("w", Pickle.untypedTensor([24], type: name, byteCount: 24))])))
    ).check()
    let meta = Pickle.call(
      Pickle.global("torch._utils", "_rebuild_meta_tensor_no_storage"),
      [Pickle.global("torch", name), Pickle.ints([4]), Pickle.ints([1]), Pickle.bool(false)])
    #expect(try tensor(meta).scalarType.name == name)
  }

  /// What PyTorch 2.13 makes of these bytes: rows follow each other without a gap, the lowest bits
  /// first.
  static let packedNumbers: [(String, ScalarType, [UInt8], [Int])] = [
    (
      "QUInt4x2Storage", .quantizedUInt4x2, [137, 51, 55, 32, 41, 5],
      [9, 8, 3, 3, 7, 3, 0, 2, 9, 2]
    ),
    (
      "QUInt2x4Storage", .quantizedUInt2x4, [251, 255, 11, 240], [3, 2, 3, 3, 3, 3, 3, 3, 3, 2]
    ),
  ]

  @Test("quantized numbers of less than a byte are those of PyTorch", arguments: packedNumbers)
  func packed(
    _ storage: String, _ type: ScalarType, _ bytes: [UInt8], _ integers: [Int]
  ) throws {
    func content(_ shape: [Int], offset: Int = 0) -> [UInt8] {
      Pickle.call(
        Pickle.global("torch._utils", "_rebuild_qtensor"),
        [
          Pickle.storage(key: "0", bytes.count, type: storage), Pickle.int(offset),
          Pickle.ints(shape), Pickle.ints([shape[1], 1]),
          Pickle.tuple([
            Pickle.global("torch", "per_channel_affine_float_qparams"),
            Pickle.tensor(key: "1", [shape[0]]), Pickle.tensor(key: "2", [shape[0]]),
            Pickle.int(0),
          ]), Pickle.bool(false), Pickle.orderedDict,
        ])
    }
    let quantizer = ["1": little([0.25, 0.5]), "2": little([1, 2])]
    let found = try tensor(content([2, 5]), ["0": bytes].merging(quantizer) { $1 })
    #expect(found.scalarType == type)
    #expect(try found.integers() == integers)
    let expected = integers.enumerated().map { index, integer in
      index < 5 ? (Float(integer) - 1) * 0.25 : (Float(integer) - 2) * 0.5
    }
    #expect(try found.values().scalars == expected)
    let count = bytes.count * (type == .quantizedUInt4x2 ? 2 : 4)
    #expect(throws: CheckpointError.self) {
      try tensor(content([2, 5], offset: count - 9), ["0": bytes].merging(quantizer) { $1 })
    }
  }

  @Test("a tensor without values in the file is listed, says why, and does not hide the others")
  func metaTensors() throws {
    let content = Pickle.call(
      Pickle.global("torch._utils", "_rebuild_meta_tensor_no_storage"),
      [
        Pickle.global("torch", "float32"), Pickle.ints([4, 5]), Pickle.ints([5, 1]),
        Pickle.bool(false),
      ])
    let checkpoint = try Checkpoint(
      name: "model.pt",
      data: archive(Pickle.whole(Pickle.dict([("m", content), ("w", Pickle.tensor([6]))]))))
    #expect(checkpoint.tensors.map(\.path) == ["m", "w"])
    #expect(checkpoint.tensors[0].shape == [4, 5])
    #expect(checkpoint.tensors[0].refusal?.contains("meta") ?? false)
    #expect(throws: CheckpointError.self) { try checkpoint.tensors[0].values() }
    #expect(checkpoint.tensors[1].refusal == nil)
  }

  @Test("a parameter that was never initialized is listed, and says what to do")
  func uninitialized() throws {
    let found = try tensor(
      Pickle.call(
        Pickle.global("torch.nn.parameter", "UninitializedParameter"), [Pickle.bool(true)]))
    #expect(found.isParameter)
    #expect(found.refusal?.contains("one batch") ?? false)
  }

  @Test("tensors on one storage say so, and which part of it each is")
  func sharing() throws {
    let checkpoint = try Checkpoint(
      name: "model.pt",
      data: archive(
        Pickle.whole(
          Pickle.dict([
            ("a", Pickle.tensor([2], count: 6)), ("b", Pickle.tensor([2], offset: 4, count: 6)),
          ]))))
    #expect(checkpoint.tensors.map(\.storageKey) == ["0", "0"])
    #expect(checkpoint.tensors.map(\.byteRange) == [0..<8, 16..<24])
  }

  @Test("keys that are not texts are named by what Python prints, or by the text within them")
  func keys() throws {
    let scalar = { (code: String, bytes: [UInt8]) in
      Pickle.call(
        Pickle.global("numpy._core.multiarray", "scalar"),
        [
          Pickle.call(
            Pickle.global("numpy", "dtype"),
            [Pickle.text(code), Pickle.bool(false), Pickle.bool(true)]),
          Pickle.call(
            Pickle.global("_codecs", "encode"),
            [Pickle.text(String(decoding: bytes, as: UTF8.self)), Pickle.text("latin1")]),
        ])
    }
    let keys = [
      Pickle.int(3), Pickle.tuple([Pickle.int(1), Pickle.text("a")]),
      Pickle.call(Pickle.global("m", "Color"), [Pickle.text("red")]),
      scalar("U2", [0x77, 0, 0, 0, 0, 0, 0, 0]), scalar("i8", [5, 0, 0, 0, 0, 0, 0, 0]),
      Pickle.text("e\u{301}"), Pickle.text("\u{E9}"),
    ]
    let pickle = keys.reduce(Pickle.emptyDict) { $0 + $1 + Pickle.tensor([6]) + Pickle.setItem }
    let checkpoint = try Checkpoint(name: "model.pt", data: archive(Pickle.whole(pickle)))
    #expect(
      checkpoint.tensors.map { Array($0.path.utf8) }
        == ["3", "(1, 'a')", "red", "w", "5", "e\u{301}", "\u{E9}"].map { Array($0.utf8) })
  }

  @Test("paths are keys, numbers and attributes, and those of modules are a state dict's")
  func paths() throws {
    let w = Pickle.tensor([6])
    let linear =
      Pickle.global("torch.nn", "Linear") + Pickle.emptyTuple + Pickle.newObject
      + Pickle.dict([
        ("training", Pickle.bool(true)), ("_parameters", Pickle.dict([("weight", w)])),
        ("_buffers", Pickle.dict([("scale", w)])), ("_modules", Pickle.emptyDict), ("extra", w),
      ]) + Pickle.build
    let model =
      Pickle.global("m", "Net") + Pickle.emptyTuple + Pickle.newObject
      + Pickle.dict([("_modules", Pickle.dict([("fc", linear)]))]) + Pickle.build
    let numbered = Pickle.emptyDict + Pickle.int(3) + w + Pickle.setItem
    let checkpoint = try Checkpoint(
      name: "model.pt",
      data: archive(
        Pickle.whole(
          Pickle.dict([("model", model), ("list", Pickle.list([w, numbered])), ("a.b", w)]))))
    #expect(
      checkpoint.tensors.map(\.path)
        == ["model.fc.weight", "model.fc.scale", "model.fc.extra", "list.0", "list.1.3", "a.b"])
  }
}
