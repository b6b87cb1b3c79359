import Foundation
import TestSupport
import Testing

@Suite("Many models in one call")
struct ManyModelsTests {
  /// A folder with a network that is the same, one that differs, and a file that is refused.
  private func folder() throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    for (name, source) in [
      ("a", "files/bare-chain-assumed"), ("b", "bad/wrong-answer"), ("c", "bad/truncated"),
      ("d", "files/bare-chain-assumed"),
    ] {
      for end in [".pt", ".arch.json", ".expect.safetensors"] {
        let file = Fixture.folder + "/" + source + end
        guard FileManager.default.fileExists(atPath: file) else { continue }
        try FileManager.default.copyItem(atPath: file, toPath: folder.path(name + end))
      }
    }
    return folder
  }

  private static let options = ["--assume-defaults", "--no-timing"]

  @Test("a folder gets a section a model and a summary, and the exit code of the worst")
  func all() throws {
    let folder = try folder()
    let run = try Program.run([folder.path("")] + ManyModelsTests.options)
    #expect(run.status == 2)
    #expect(run.standardOutput.components(separatedBy: "\nverdict: ").count == 5)
    let root = folder.path("")
    let end = try #require(run.standardOutput.range(of: "\nmodels\n"))
    let summary = run.standardOutput[end.upperBound...]
    #expect(summary.hasPrefix("  \(root)a.pt  same\n  \(root)b.pt  differs\n"))
    #expect(
      summary.hasSuffix("4 models: 2 same, 1 differs, 0 inconclusive, 1 refused (exit 2)\n"))
    #expect(run.standardError.contains("\(root)a.pt: note: "))
    // What is on the screen is not said twice.
    #expect(!run.standardError.contains("error:"))
  }

  @Test("several at a time make the same bytes, in every format")
  func jobs() throws {
    let folder = try folder()
    for format in ["human", "json", "jsonl", "junit", "github", "gitlab", "md", "html"] {
      let runs = try ["1", "3"].map {
        try Program.run(
          [folder.path("*.pt"), "--format", format, "--jobs", $0] + ManyModelsTests.options)
      }
      #expect(runs[0].standardOutput == runs[1].standardOutput, "\(format)")
      #expect(runs[0].standardError == runs[1].standardError, "\(format)")
      #expect(runs.map(\.status) == [2, 2])
      // Annotations are of what is wrong only.
      let name = format == "github" ? "4 models" : format == "gitlab" ? "c.pt" : "d.pt"
      #expect(runs[0].standardOutput.contains(name))
    }
  }

  @Test("--fail-fast leaves out what comes after the first that is not the same, and says so")
  func failFast() throws {
    let folder = try folder()
    let all = try Program.run(
      [folder.path(""), "--fail-fast", "--keep-going", "-q"] + ManyModelsTests.options)
    #expect(!all.standardOutput.contains("skipped"))
    for jobs in ["1", "2"] {
      let run = try Program.run(
        [folder.path(""), "--fail-fast", "-q", "--jobs", jobs] + ManyModelsTests.options)
      let root = folder.path("")
      #expect(
        run.standardOutput == """
          models
            \(root)a.pt  same
            \(root)b.pt  differs
            \(root)c.pt  skipped
            \(root)d.pt  skipped
          4 models: 1 same, 1 differs, 0 inconclusive, 0 refused, 2 skipped (exit 1)

          """)
      #expect(run.status == 1)
    }
  }

  @Test("a refused file has a report in every format for programs, and alone as among others")
  func refused() throws {
    for (format, text) in [
      ("json", "\"code\": \"CV103\""), ("jsonl", "\"code\":\"CV103\""),
      ("junit", "<testcase classname=\"bad/truncated.pt\" name=\"CV103 refused\">"),
      ("github", "::error file=bad/truncated.pt,title=CV103::"), ("md", "- **CV103**: "),
      ("html", "<span class=\"word refused\">CV103</span> refused</h4>"),
    ] {
      let run = try Program.run(["bad/truncated.pt", "--format", format])
      #expect(run.status == 2)
      #expect(run.standardOutput.contains(text), "\(format): \(run.standardOutput)")
      #expect(run.standardError.hasPrefix("error: "))
    }
    let human = try Program.run(["bad/truncated.pt"])
    #expect(human.standardOutput.isEmpty)
    #expect(human.status == 2)
  }

  @Test("what stands for no model is refused, and does not keep the others from being verified")
  func nothing() throws {
    let run = try Program.run(
      ["nowhere/*.pt", "files/bare-chain-assumed.pt", "-q"] + ManyModelsTests.options)
    #expect(run.status == 2)
    #expect(run.standardOutput.contains("  nowhere/*.pt                 refused\n"))
    #expect(run.standardOutput.contains("  files/bare-chain-assumed.pt  same\n"))
  }

  @Test("an input is for one model, and that is a mistake of the call")
  func usage() throws {
    for option in ["--input", "--expect"] {
      let run = try Program.run(["readme", option, "readme/mbconv.expect.safetensors"])
      #expect(run.status == 64)
      #expect(run.standardError.contains("\(option) is for one model"))
    }
    #expect(try Program.run(["readme", "--jobs", "0"]).status == 64)
  }

  @Test("the parts of several machines are all models once, and merge to the bytes of one call")
  func shards() throws {
    let folder = try folder()
    let options = ManyModelsTests.options + ["--format", "json"]
    let whole = try Program.run([folder.path("")] + options)
    var files: [String] = []
    for number in 1...3 {
      let file = folder.path("part-\(number).json")
      let run = try Program.run(
        [folder.path(""), "--shard", "\(number)/3"] + ManyModelsTests.options
          + ["--format", "json=\(file)"])
      #expect([0, 1, 2].contains(run.status))
      files.append(file)
    }
    let merged = try Program.run(
      ["merge"] + files.reversed() + ["--output", folder.path("all.json")])
    #expect(merged.status == 2)
    #expect(
      merged.standardOutput.hasSuffix(
        "4 models: 2 same, 1 differs, 0 inconclusive, 1 refused (exit 2)\n"))
    #expect(
      try String(contentsOfFile: folder.path("all.json"), encoding: .utf8) == whole.standardOutput)
    // A model is in one part, and its report in one file.
    let twice = try Program.run(["merge", folder.path("all.json")] + files)
    #expect(twice.status == 2)
    #expect(twice.standardError.contains("as another of the reports has"))
    for (text, message) in [("{}", "has the schema none"), ("nothing", "nothing.json")] {
      try text.write(toFile: folder.path("nothing.json"), atomically: true, encoding: .utf8)
      let run = try Program.run(["merge", folder.path("nothing.json")])
      #expect(run.status == 2)
      #expect(run.standardError.contains(message), "\(run.standardError)")
    }
    for part in ["0/3", "4/3", "1", "1/0", "a/b", "1/2/3"] {
      #expect(try Program.run([folder.path(""), "--shard", part]).status == 64)
    }
  }

  @Test("a part without models is no trouble")
  func emptyShard() throws {
    let statuses = try (1...9).map {
      try Program.run(
        ["files/bare-chain-assumed.pt", "--shard", "\($0)/9", "-q"] + ManyModelsTests.options)
    }
    #expect(statuses.allSatisfy { $0.status == 0 })
    #expect(statuses.count { $0.standardOutput.contains("1 model: 1 same") } == 1)
    #expect(statuses.count { $0.standardOutput.contains("0 models: 0 same") } == 8)
  }

  @Test("a mistyped command is told from a model")
  func mistyped() throws {
    let run = try Program.run(["inspct", "readme/mbconv.pt"])
    #expect(run.status == 64)
    #expect(run.standardError.contains("did you mean \"coverify inspect\"?"))
    #expect(try Program.run(["nowhere.pt"]).status == 2)
  }

  @Test("inspect shows what can be read, whatever is among it")
  func inspect() throws {
    let folder = try folder()
    let run = try Program.run(["inspect", folder.path(""), folder.path("*.none")])
    #expect(run.status == 2)
    for name in ["a", "b", "d"] {
      #expect(run.standardOutput.contains("\(folder.path(name)).pt: "))
    }
    #expect(run.standardError.contains("no file has a name like this"))
    #expect(run.standardError.contains("c.pt"))
  }
}
