import PlainData
import Tensors

/// What is wrong with an exported program.
enum ExportedFinding: CheckpointFinding {
  // MARK: - The archive

  /// Several programs.
  case programs(Int)
  /// The kind of archive.
  case format(String)
  /// The version of the archive.
  case version(String)
  /// No program.
  case noProgram
  /// Machine code without a program.
  case machineCode
  /// A record that has to be there.
  case missing
  /// What is not JSON.
  case json(JSONError)
  /// No graph.
  case noGraph
  /// A version of the schema that is newer than what is read.
  case schema(Int)

  // MARK: - Notes

  /// Notes of another format, or no object.
  case notesFormat(expected: String)
  /// A version of the notes that is not known.
  case notesVersion(PlainValue, newest: Int)
  /// A member of the notes that is not known.
  case notesKey(String, known: [String])
  /// A member of the notes of another kind.
  case notesMember(String, PlainValue, expected: Expected)
  /// A tensor of the notes that is none of those that PyTorch computed.
  case notesTensor(String)
  /// What is not base64.
  case notBase64

  /// What a member of the notes has to be.
  enum Expected: Hashable { case text, positiveInteger, texts, listOfTexts }

  // MARK: - Tensors

  /// No tensors by name.
  case noTensors
  /// More tensors than are allowed.
  case tensors(Int, limit: Int)
  /// A tensor without the name of its record.
  case noRecordName
  /// A record that a folder does not have.
  case noRecord(String, folder: String)
  /// A subclass of a tensor.
  case subclass
  /// A tensor without what it is.
  case noMetadata
  /// A type of this number.
  case type(Int)
  /// Sizes, strides and an offset that are not numbers from 0 on.
  case numbers(sizes: PlainValue, strides: PlainValue, offset: PlainValue)
  /// Elements beyond those of the record.
  case reach(Shape, strides: [Int], offset: Int, ScalarType, bytes: Int)

  var code: CheckpointError.Code {
    switch self {
    case .programs, .format, .version, .schema, .subclass, .type, .notesVersion: .unsupported
    case .machineCode: .notACheckpoint
    case .tensors: .limit
    case .json(let error): error.isLimit ? .limit : .malformed
    case .noProgram, .missing, .noGraph, .noTensors, .noRecordName, .noRecord, .noMetadata,
      .numbers, .reach, .notesFormat, .notesKey, .notesMember, .notesTensor, .notBase64:
      .malformed
    }
  }
}
