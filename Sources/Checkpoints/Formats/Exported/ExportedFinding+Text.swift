import PlainData
import Tensors

extension ExportedFinding {
  var text: String {
    switch self {
    case .programs(let count):
      "holds \(count) programs, and one is read; save each in a file of its own"
    case .format(let found): "is \(found.quoted), expected pt2"
    case .version(let found): "is \(found.quoted), expected 0"
    case .noProgram:
      "has no models/model.json, in which torch.export.save writes the program"
    case .machineCode:
      "is a package of AOTInductor, machine code without a graph; save the exported program with "
        + "torch.export.save instead"
    case .missing: "is missing; the archive is not complete"
    case .json(let error): "is not the JSON that torch.export.save writes: \(error)"
    case .noGraph:
      "has no object \"graph_module\", in which torch.export.save writes the graph"
    case .schema(let version):
      "is written in version \(version) of torch's schema, and the newest that is read is "
        + "\(ExportedProgram.newestSchema)"

    case .notesFormat(let expected):
      "is not an object whose \"format\" is \"\(expected)\", expected what describe_model.py writes"
    case .notesVersion(let found, let newest):
      "has the version \(found), and the newest that is read is \(newest)"
    case .notesKey(let key, let known):
      "has a member \(key.quoted), expected one of \(known.joined(separator: ", "))"
    case .notesMember(let name, let found, let expected):
      "has \(found) as \"\(name)\", expected \(expected.text)"
    case .notesTensor(let name):
      "has a tensor \(name.quoted), expected forward, forward_1 and so on, steps, steps_index, or layer. "
        + "and a path"
    case .notBase64: "is not base64, expected the safetensors file that describe_model.py writes so"

    case .noTensors: "has no object \"config\", expected the tensors by name"
    case .tensors(let count, let limit):
      "lists \(count) tensors, and a file of this size may have \(limit); raise the limit tensors"
    case .noRecordName: "has no \"path_name\", expected the record with its bytes"
    case .noRecord(let record, let folder):
      "is in the record \(record.quoted), and \(folder) has no such record"
    case .subclass:
      "is a subclass of Tensor, which torch pickles; export the network with plain tensors"
    case .noMetadata:
      "has no \"tensor_meta\" with a \"dtype\", expected what the tensor is"
    case .type(let number):
      "has elements of the type with number \(number), which is not read"
    case .numbers(let sizes, let strides, let offset):
      "has sizes \(sizes), strides \(strides) and offset \(offset), expected numbers that are not "
        + "negative"
    case .reach(let shape, let strides, let offset, let type, let bytes):
      "has shape \(shape), strides \(strides) and offset \(offset) of \(type.name), and its record "
        + "has \(bytes) bytes"
    }
  }

  var advice: String? {
    switch self {
    case .version: "export it with torch up to 2.13"
    case .schema: "export it with an older torch, or use a newer coverify"
    case .notesVersion: "use a newer coverify"
    default: nil
    }
  }
}

extension ExportedFinding.Expected {
  fileprivate var text: String {
    switch self {
    case .text: "a text"
    case .positiveInteger: "a number from 1 on"
    case .texts: "an object of texts"
    case .listOfTexts: "a list of texts"
    }
  }
}
