import Checkpoints
import PlainData
import Tensors
import TextLayout

/// What `coverify run` says when it is done.
struct RunScreen {
  let input: FilePath
  let output: FilePath
  let format: TensorFile.Format
  let results: [(name: String, tensor: TensorSource)]

  var human: String {
    let title = "\(input) -> \(output) (\(format.rawValue))".printable
    let rows = results.map {
      [$0.name, $0.tensor.scalarType.name, $0.tensor.shape.description]
    }
    return ([title] + TextTable.lines(rows)).joined(separator: "\n")
  }
}
