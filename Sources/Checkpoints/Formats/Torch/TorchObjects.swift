import Foundation
import Tensors

/// A pickle that was read, checked and searched for tensors; from any container of PyTorch.
struct TorchObjects {
  let root: PickledValue
  let globals: [GlobalUse]
  let reader: TensorReader
  let tensors: [StoredTensor]
  /// For values that are one tensor, which of the tensors it is.
  private let places: [Int: Int]

  /// Understands a pickle.
  ///
  /// - Parameters:
  ///   - root: its value.
  ///   - isLegacy: whether references to storages and classes are those of the older container.
  ///   - file: what the file is called.
  ///   - fileSize: its number of bytes.
  ///   - limits: how much may be asked for.
  ///   - storage: finds the storage of a reference, or throws where the file has none that fits.
  /// - Throws: ``CheckpointError`` where the pickle is refused, or a tensor contradicts itself.
  init(
    _ root: PickledValue, isLegacy: Bool = false, file: String, fileSize: Int, limits: Limits,
    storage: (StorageReference, PickledValue) throws(CheckpointError) -> Storage
  ) throws(CheckpointError) {
    self.root = root
    globals = try Globals.uses(in: root.graph, understanding: TorchNames.understood)
    let survey = try GraphSurvey(root, limits: limits)
    let table = try StorageTable(root, isLegacy: isLegacy)
    var storages: [String: Storage] = [:]
    var expansion = Expansion(fileSize: fileSize, limits: limits)
    for (reference, value) in table.distinct {
      let storage = try storage(reference, value)
      try expansion.add(storage)
      storages[reference.key] = storage
    }
    reader = TensorReader(
      table: table, file: file, limits: limits, fileSize: fileSize, storages: storages)
    let found = try TensorWalk.tensors(
      of: root, reader: reader, survey: survey, expansion: expansion)
    (tensors, places) = (found.tensors, found.places)
  }

  /// Understands a pickle whose persistent values are tensors that were read before.
  init(
    _ root: PickledValue, tensors: [String: StoredTensor], file: String, fileSize: Int,
    limits: Limits
  ) throws(CheckpointError) {
    self.root = root
    globals = try Globals.uses(in: root.graph, understanding: TorchNames.understood)
    let survey = try GraphSurvey(root, persistentsAreTensors: true, limits: limits)
    var reader = TensorReader(
      table: StorageTable(), file: file, limits: limits, fileSize: fileSize, storages: [:])
    reader.tensors = tensors
    self.reader = reader
    let found = try TensorWalk.tensors(
      of: root, reader: reader, survey: survey,
      expansion: Expansion(fileSize: fileSize, limits: limits))
    (self.tensors, places) = (found.tensors, found.places)
  }

  /// The tensor that a value of the pickle is; nil for anything else.
  ///
  /// - Throws: ``CheckpointError`` for a tensor that contradicts itself.
  func tensor(_ value: PickledValue, path: String) throws(CheckpointError) -> StoredTensor? {
    if let place = places[value.index] { return tensors[place].at(path) }
    return try reader.tensor(value, path: path)
  }
}
