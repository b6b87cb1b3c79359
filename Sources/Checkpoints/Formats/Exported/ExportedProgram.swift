package import PlainData

/// A program that `torch.export.save` wrote, beside its tensors: the graph, and what was added to it.
///
/// The graph is JSON as torch's serializer writes it, looked at no further here than its version.
package struct ExportedProgram: Sendable {
  /// The program: `graph_module`, `range_constraints`, `opset_version`, `schema_version`.
  package let document: PlainValue

  /// What the scripts of this package say of it; nil where it was exported without them.
  package let notes: ExportedNotes?

  /// The tensors that the program was exported with, in the order of its inputs.
  package let exampleInputs: [StoredTensor]

  /// The names of the tensors that no state dict holds: constants, and buffers that are not persistent.
  package let constants: Set<String>

  /// The newest major version of torch's schema that is understood.
  static let newestSchema = 8
}
