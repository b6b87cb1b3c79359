/// What a zip archive is that torch.save did not write, told by the names in it.
enum ForeignArchive: CheckpointFinding {
  /// A `data.pkl` outside of any folder.
  case looseData
  /// A `data.pkl` in a folder of a folder; its path.
  case nestedData(String)
  /// A format that is told by the name of an entry.
  case known(Format)
  /// Models among the entries; the first of them and their number.
  case models([String], count: Int)
  /// Anything else; the first entries and their number.
  case unknown([String], count: Int)

  /// A format that is a zip archive, by the name of the entry that tells it.
  enum Format: String, Hashable, Sendable, CaseIterable {
    case keras = "model.weights.h5"
    case torchPackage = "extern_modules"
    case office = "[Content_Types].xml"
    case android = "AndroidManifest.xml"
    case coreML = "model.mlmodel"
    case distributed = ".metadata"
  }

  /// Tells what an archive without a checkpoint is.
  ///
  /// - Parameter names: of all entries.
  init(_ names: [String]) {
    let format = Format.allCases.first { format in
      names.contains { $0 == format.rawValue || $0.hasSuffix("/" + format.rawValue) }
    }
    if names.contains("data.pkl") {
      self = .looseData
    } else if let inner = names.first(where: { $0.hasSuffix("/data.pkl") }) {
      self = .nestedData(inner.bounded)
    } else if let format {
      self = .known(format)
    } else {
      let models = names.filter { name in
        ForeignArchive.endings.contains { name.hasSuffix($0) }
      }
      self =
        models.isEmpty
        ? .unknown(names.prefix(3).map(\.bounded), count: names.count)
        : .models(models.prefix(3).map(\.bounded), count: models.count)
    }
  }

  private static let endings = [
    ".pt", ".pth", ".pyth", ".ckpt", ".bin", ".safetensors", ".npy", ".npz", ".onnx",
  ]

  var code: CheckpointError.Code { .notACheckpoint }
}
