import Foundation
import Tensors
import TestSupport
import Testing

@testable import Checkpoints

@Suite("Files of a few tensors")
struct TensorFileTests {
  private static let values = Tensor([2, 3], [1, -2, 0.5, .infinity, 4, -0.0])

  @Test("an array has the bytes that numpy.save writes")
  func golden() throws {
    let folder = try TemporaryFolder()
    let path = folder.path("a.npy")
    try TensorFile.Format.npy.write(
      [("output", TensorSource(Self.values))],
      to: OutputFile(FilePath(path), replacing: false))
    let header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }"
    let spaces = String(repeating: " ", count: 117 - header.count)
    let expected =
      [0x93] + Array("NUMPY".utf8) + [1, 0, 0x76, 0] + Array((header + spaces + "\n").utf8)
      + [1, -2, 0.5, .infinity, 4, -0.0].flatMap { (value: Float) in
        little(Int(value.bitPattern), 4)
      }
    #expect([UInt8](try Data(contentsOf: URL(filePath: path))) == expected)
  }

  @Test(
    "shapes are tuples of Python, and elements start at a multiple of 64",
    arguments: [
      (Shape([]), "()"), (Shape([3]), "(3,)"), (Shape([0, 2]), "(0, 2)"),
      (Shape(Array(repeating: 1, count: 30)), "(" + "1, " * 29 + "1)"),
    ])
  func shapes(_ shape: Shape, _ text: String) throws {
    let source = TensorSource(Tensor(shape, [Float](repeating: 1, count: shape.count)))
    let header = try NumpyFile.header("a", source)
    #expect(header.count.isMultiple(of: 64))
    #expect(String(decoding: header.dropFirst(10), as: UTF8.self).contains("'shape': \(text), }"))
  }

  @Test("what is written is read again under its names", arguments: TensorFile.Format.allCases)
  func roundTrip(_ format: TensorFile.Format) throws {
    let folder = try TemporaryFolder()
    for end in format.fileExtensions {
      #expect(TensorFile.Format(fileExtension: end) == format)
      let path = folder.path("a." + end)
      var tensors = [(name: "output", tensor: TensorSource(Self.values))]
      if format != .npy {
        tensors.append((name: "steps", tensor: TensorSource(integers: [3, -1 << 40])))
      }
      try format.write(tensors, to: OutputFile(FilePath(path), replacing: false))
      let file = try Checkpoint(contentsOf: path)
      #expect(file.format.rawValue == format.rawValue)
      let output = try #require(file.tensors.first { $0.path != "steps" })
      #expect(output.path == (format == .npy ? "" : "output"))
      #expect(output.shape == [2, 3])
      #expect(
        try output.values().scalars.map(\.bitPattern) == Self.values.scalars.map(\.bitPattern))
      let steps = file.tensors.first { $0.path == "steps" }
      #expect(
        try steps?.littleEndianBytes()
          == (format == .npy ? nil : little(3, 8) + little(-1 << 40, 8)))
    }
    #expect(folder.files.count == format.fileExtensions.count)
  }

  @Test(
    "values of rows have room for more of them, up to a multiple of eight",
    arguments: TensorFile.Format.allCases)
  func room(_ format: TensorFile.Format) throws {
    let folder = try TemporaryFolder()
    let path = folder.path("a." + format.fileExtensions[0])
    let tensor = Tensor([10, 3, 1000], (0..<30000).map(Float.init))
    let file = try OutputFile(FilePath(path), replacing: false)
    try format.write([("a", TensorSource(tensor))], to: file)
    let values = try #require(try Checkpoint(contentsOf: path).tensors.first).values()
    #expect(values == tensor)
    #expect(values.scalars.capacity >= 16 * 3000)
  }

  @Test("a type that numpy does not have is refused with the tensor's name")
  func refusal() throws {
    let folder = try TemporaryFolder()
    let source = TensorSource(shape: [1], scalarType: .bfloat16) {
      () throws(CheckpointError) -> [UInt8] in
      [0, 0]
    }
    let target = try OutputFile(FilePath(folder.path("a.npz")), replacing: false)
    let error = #expect(throws: CheckpointError.self) {
      try TensorFile.Format.npz.write([("wide", source)], to: target)
    }
    #expect(error?.entry == "wide")
    #expect(error?.message == "is of type bfloat16, which numpy does not have")
    #expect(folder.files.isEmpty)
  }
}

private func * (text: String, count: Int) -> String { String(repeating: text, count: count) }
