import Testing

@testable import TorchModels

@Suite("Lines of stack traces")
struct ExportedTracesTests {
  /// Traces, and the line and the text that are the user's.
  static let traces: [(trace: String, line: String, code: String)] = [
    ("", "", ""),
    ("no line of a file", "", ""),
    (
      """
        File "/home/a/run.py", line 7, in forward
          y = self.inner(x)
        File "/home/a/model.py", line 42, in forward
          return self.conv(x)
        File "/usr/lib/torch/nn/modules/conv.py", line 3, in forward
          return self._conv_forward(input)
      """, "model.py, line 42", "return self.conv(x)"
    ),
    ("  File \"/usr/lib/torch/a.py\", line 3, in f\n    x\n", "", ""),
    ("File \"m.py\", line 1", "m.py, line 1", ""),
    ("File \"\", in f", ",", ""),
    ("File \"/\", line 5\n\n\n  ü = \"é\"  \n", "/, line 5", "ü = \"é\""),
    ("File m.py, line 1", "", ""),
    ("Files \"m.py\", line 1", "", ""),
  ]

  @Test("the innermost one that is not in torch is told, with its text", arguments: traces)
  func line(_ example: (trace: String, line: String, code: String)) {
    var traces = ExportedTraces()
    for _ in 0..<2 {
      let found = traces.line(of: example.trace)
      #expect(found.line == example.line)
      #expect(found.code == example.code)
    }
  }
}
