import Foundation
import Tensors

/// A pickle that was read, checked and searched for tensors; from any container of PyTorch.
struct TorchObjects {
  let root: PickledValue
  let globals: [GlobalUse]
  let reader: TensorReader
  let tensors: [StoredTensor]

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
    globals = try GlobalUse.all(in: root.graph)
    let survey = try GraphSurvey(root, limits: limits)
    let table = try StorageTable(root, isLegacy: isLegacy)
    var storages: [String: Storage] = [:]
    for (reference, value) in table.distinct {
      storages[reference.key] = try storage(reference, value)
    }
    reader = TensorReader(
      table: table, file: file, limits: limits, fileSize: fileSize, storages: storages)
    tensors = try TensorWalk.tensors(of: root, reader: reader, survey: survey)
  }

  /// Understands a pickle whose persistent values are tensors that were read before.
  init(
    _ root: PickledValue, tensors: [String: StoredTensor], file: String, fileSize: Int,
    limits: Limits
  ) throws(CheckpointError) {
    self.root = root
    globals = try GlobalUse.all(in: root.graph)
    let survey = try GraphSurvey(root, persistentsAreTensors: true, limits: limits)
    var reader = TensorReader(
      table: StorageTable(), file: file, limits: limits, fileSize: fileSize, storages: [:])
    reader.tensors = tensors
    self.reader = reader
    self.tensors = try TensorWalk.tensors(of: root, reader: reader, survey: survey)
  }
}
