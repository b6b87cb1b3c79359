import Foundation
import TestSupport
import Testing

@Suite("What to do about a file that is refused")
struct FailureAdviceTests {
  private static let general =
    "the file is damaged, or another program changed it: copy or download it again, or save it "
    + "again with torch.save"

  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// What `inspect` says on stderr of a safetensors file with such a header.
  private func inspect(header: String, then bytes: Int = 0) throws -> String {
    let path = folder.path("file.safetensors")
    let file = little(header.utf8.count, 8) + header.utf8 + [UInt8](repeating: 0, count: bytes)
    try Data(file).write(to: URL(filePath: path))
    let run = try Program.run(["inspect", path])
    #expect(run.status == 2)
    return run.standardError
  }

  @Test("it is said once: in general, or by the place that knows more")
  func once() throws {
    let tensor = #"{"dtype":"F32","shape":[1],"data_offsets":[0,4]}"#
    let known = try inspect(header: #"{"w":\#(tensor)}"#, then: 7)
    #expect(known.contains("something was appended to the file, copy or download it again"))
    #expect(!known.contains(Self.general))
    let unknown = try inspect(header: #"{"w":\#(tensor),"w":\#(tensor)}"#, then: 4)
    #expect(unknown.hasSuffix("\n  \(Self.general)\n"))
  }

  @Test("the words of a name do not change it")
  func names() throws {
    let tensor = #"{"dtype":"F32","shape":[1],"data_offsets":[0,4]}"#
    let twice = try inspect(header: #"{"again":\#(tensor),"again":\#(tensor)}"#, then: 4)
    #expect(twice.contains("names a tensor twice: \"again\""))
    #expect(twice.hasSuffix("\n  \(Self.general)\n"))
  }
}
