import Foundation
import TestSupport
import Testing

/// `coverify inspect`, as a user sees it.
@Suite("Inspecting on the command line")
struct InspectCommandTests {
  /// A file with a tensor of each kind that has no plain values, and two on one storage.
  private static func odd(_ folder: TemporaryFolder) throws -> String {
    let meta = Pickle.call(
      Pickle.global("torch._utils", "_rebuild_meta_tensor_no_storage"),
      [Pickle.global("torch", "float32"), Pickle.ints([2]), Pickle.ints([1]), Pickle.bool(false)])
    let pickle = Pickle.whole(
      Pickle.dict([
        ("a", Pickle.tensor([2, 2])),
        ("b", Pickle.tensor([2, 2], strides: [1, 2], count: 4)), ("meta", meta),
        ("wave", Pickle.tensor(key: "1", [1], type: "ComplexFloatStorage")),
        ("bell\u{7}", Pickle.tensor(key: "2", [1])),
      ]))
    let archive = ZipBuilder.torch(
      pickle, ["0": little([1, 2, 3, .nan]), "1": little([0, 1]), "2": little([5])])
    let path = folder.path("odd.pt")
    try archive.data.write(to: URL(filePath: path))
    return path
  }

  @Test("one tensor without values does not hide the others")
  func unreadable() throws {
    let folder = try TemporaryFolder()
    let path = try Self.odd(folder)
    let run = try Program.run(["inspect", path, "--stats"])
    #expect(run.status == 0)
    let lines = run.standardOutput.split(separator: "\n", omittingEmptySubsequences: false)
    #expect(
      lines.prefix(16).joined(separator: "\n") == """
        \(path): zip, 1,428 bytes

          5 tensors, 12 elements, 52 bytes, in 4 storages of 36 bytes
            float32    4 tensors  11 elements  44 bytes
            complex64  1 tensor   1 element    8 bytes

            a           float32    (2, 2)                  min 1.0  max 3.0  1 not finite
            b           float32    (2, 2)  strides (1, 2)  min 1.0  max 3.0  1 not finite
            meta        float32    (2)                                                     unreadable: is on the "meta" device, so the file has no values for it
            wave        complex64  (1)
            bell\\u{07}  float32    (1)                     min 5.0  max 5.0

          storages that several tensors are views of
            0: a, b

          6 names in the pickle, all understood
        """)
  }

  @Test("JSON lists every tensor, with a reason where it has no hash")
  func json() throws {
    let folder = try TemporaryFolder()
    let path = try Self.odd(folder)
    let run = try Program.run(["inspect", path, "--sha256", "--stats", "--format", "json"])
    #expect(run.status == 0)
    let document = try #require(
      try JSONSerialization.jsonObject(with: Data(run.standardOutput.utf8)) as? [String: Any])
    let tensors = try #require(document["tensors"] as? [[String: Any]])
    #expect(tensors.map { $0["path"] as? String } == ["a", "b", "meta", "wave", "bell\u{7}"])
    #expect(tensors.map { $0["sha256"] != nil } == [true, true, false, true, true])
    #expect(tensors.map { $0["unreadable"] != nil } == [false, false, true, false, false])
    #expect(tensors[1]["strides"] as? [Int] == [1, 2])
    let shared = try #require(document["shared_storages"] as? [[String: Any]])
    #expect(shared.map { $0["tensors"] as? [String] } == [["a", "b"]])
  }

  @Test("what is beside the tensors, and where a view starts, is shown")
  func beside() throws {
    let folder = try TemporaryFolder()
    let path = folder.path("beside.pt")
    let pickle = Pickle.whole(
      Pickle.dict([
        ("epoch", Pickle.int(7)),
        ("args", Pickle.dict([("sizes", Pickle.list([Pickle.int(1), Pickle.int(2)]))])),
        ("all", Pickle.tensor([6], type: "LongStorage")),
        ("part", Pickle.tensor([2], offset: 4, count: 6, type: "LongStorage")),
      ]))
    let numbers = [-3, 1 << 62 + 1, 0, 0, 2, 9].flatMap { little($0, 8) }
    try ZipBuilder.torch(pickle, ["0": numbers]).data.write(to: URL(filePath: path))
    let run = try Program.run(["inspect", path, "--stats", "--largest", "1"])
    let bytes = try Data(contentsOf: URL(filePath: path)).count
    #expect(
      run.standardOutput.hasPrefix(
        """
        \(path): zip, \(bytes < 1000 ? "\(bytes)" : "\(bytes / 1000),\(String(bytes).suffix(3))") bytes

          2 tensors, 8 elements, 64 bytes, in 1 storage of 48 bytes

            all  int64  (6)  min -3  max 4611686018427387905
            … and 1 more

          storages that several tensors are views of
            0: all, part from element 4

          beside the tensors
            epoch       7
            args.sizes  [1, 2]

          3 names in the pickle, all understood

          no network:

        """))
    let json = try Program.run(["inspect", path, "--stats", "--format", "json"])
    let document = try #require(
      try JSONSerialization.jsonObject(with: Data(json.standardOutput.utf8)) as? [String: Any])
    let tensors = try #require(document["tensors"] as? [[String: Any]])
    #expect(tensors[0]["max"] as? Int == 1 << 62 + 1)
    #expect(tensors[1]["offset"] as? Int == 4)
    #expect((document["entries"] as? [[String: Any]])?.first?["value"] as? String == "7")
    #expect((document["summary"] as? [String: Any])?["storage_bytes"] as? Int == 48)
  }

  @Test("a result that cannot be printed is trouble", arguments: ["inspect", "verify", "draft"])
  func fullOutput(_ command: String) throws {
    let run = try Program.run([command, "readme/mbconv.pt"], output: "/dev/full")
    #expect(run.status == 2)
    #expect(run.standardError.contains("error: the result cannot be printed: "))
  }

  @Test("a file that would run programs is refused, and its names are listed")
  func refused() throws {
    let folder = try TemporaryFolder()
    let pickle = Pickle.whole(
      Pickle.list([
        Pickle.call(Pickle.global("os", "system"), [Pickle.text("true")]),
        Pickle.call(Pickle.global("collections", "OrderedDict"), []),
        Pickle.call(Pickle.global("mine", "Thing"), []),
      ]))
    let path = folder.path("evil.pt")
    try ZipBuilder.torch(pickle).data.write(to: URL(filePath: path))
    let run = try Program.run(["inspect", path])
    #expect(run.status == 2)
    #expect(
      run.standardOutput == """
        \(path): refused

          3 names in the pickle, none of which is ever run
            collections.OrderedDict  understood
            mine.Thing               kept as it is
            os.system                refused

        """)
    #expect(run.standardError.hasPrefix("error: evil.pt: data.pkl, byte "))
  }

  @Test("modules are a tree, with the timing of each")
  func tree() throws {
    let run = try Program.run(["inspect", "readme/mbconv.pt"])
    let lines = run.standardOutput.split(separator: "\n").map(String.init)
    let start = try #require(lines.firstIndex { $0.hasPrefix("    module") })
    let columns = lines[start...].map { line in
      line.split(separator: " ", omittingEmptySubsequences: true).first.map(String.init) ?? ""
    }
    #expect(columns == ["module", ".", "1", "1.0", "1.1", "1.2", "1.3", "1.4", "1.5", "1.6"])
    #expect(
      lines[start + 2].hasPrefix("      1      3   1       1      (2, 32, 5, 3)  Sequential()"))
    #expect(lines[start + 3].contains("  Conv3d(32, 64, "))
  }

  @Test("a file that cannot be read does not hide the others")
  func several() throws {
    let run = try Program.run(["inspect", "readme/mbconv.pt", "no-such.pt", "layers/lstm.pt"])
    #expect(run.status == 2)
    let alone = try ["readme/mbconv.pt", "layers/lstm.pt"].map { try Program.run(["inspect", $0]) }
    #expect(
      run.standardOutput
        == alone[0].standardOutput + "\nno-such.pt: unreadable\n\n" + alone[1].standardOutput)
    #expect(
      run.standardError == "error: no-such.pt: cannot be read: No such file or directory\n")
  }

  @Test("JSON of several files is one list, with the reason of the one that cannot be read")
  func severalJSON() throws {
    let run = try Program.run(
      ["inspect", "readme/mbconv.pt", "bad/lfs-pointer.pt", "layers/lstm.pt", "--format", "json"])
    #expect(run.status == 2)
    let documents = try #require(
      try JSONSerialization.jsonObject(with: Data(run.standardOutput.utf8)) as? [[String: Any]])
    #expect(
      documents.map { $0["file"] as? String } == [
        "readme/mbconv.pt", "bad/lfs-pointer.pt", "layers/lstm.pt",
      ])
    #expect(
      documents.map { ($0["refused"] as? String)?.contains("Git LFS") } == [nil, true, nil])
    #expect(documents.map { $0["format"] as? String } == ["zip", "unreadable", "zip"])
    #expect((documents[1]["tensors"] as? [Any])?.isEmpty == true)
  }
}
