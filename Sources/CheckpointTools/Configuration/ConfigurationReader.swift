import Checkpoints
import Foundation
import OrderedCollections
import PlainData
import TOMLKit
import TextLayout
import Verification

/// Reads the tables of a `coverify.toml`.
struct ConfigurationReader {
  let path: FilePath

  /// How large such a file may be.
  private static let mostBytes = 1 << 20

  /// All tables by their names.
  func tables() throws(ConfigurationError) -> OrderedDictionary<String, PlainValue> {
    let text: String
    do {
      let data = try Data(contentsOf: URL(filePath: path.text))
      guard data.count <= ConfigurationReader.mostBytes else { throw wrong("is larger than 1 MB") }
      text = String(decoding: data, as: UTF8.self)
    } catch let error as ConfigurationError {
      throw error
    } catch {
      throw wrong("cannot be read: \(error.localizedDescription)")
    }
    do {
      // Dates and times become texts.
      let json = try TOMLTable(string: text).convert(to: .json)
      guard case .object(let tables) = try PlainValue(json: json.utf8) else {
        throw wrong("is no table")
      }
      return tables
    } catch let error as TOMLParseError {
      throw wrong("line \(error.source.begin.line): \(error.description)")
    } catch let error as ConfigurationError {
      throw error
    } catch {
      throw wrong("\(error)")
    }
  }

  /// Options as they are written on a command line.
  func options(_ value: PlainValue, of command: String) throws(ConfigurationError) -> [String] {
    guard case .object(let members) = value else {
      throw wrong("\(command) is \(value.kind), expected a table: [\(command)]")
    }
    var options: [String] = []
    for (name, value) in members {
      let values: [PlainValue] = if case .list(let list) = value { list } else { [value] }
      for value in values {
        switch value {
        case .bool(true): options.append("--" + name)
        case .bool(false): break
        case .int(let number): options += ["--" + name, String(number)]
        case .double(let number): options += ["--" + name, String(number)]
        case .string(let text): options.append("--\(name)=\(text)")
        case .null, .list, .object:
          throw wrong("\(command).\(name) is \(value.kind), expected a text, a number or a boolean")
        }
      }
    }
    return options
  }

  /// The exit codes of words.
  func exitCodes(_ value: PlainValue) throws(ConfigurationError) -> [ModelOutcome.Word: Int] {
    let words: [ModelOutcome.Word] = [.differs, .inconclusive, .refused]
    let names = words.map(\.rawValue)
    guard case .object(let members) = value else {
      throw wrong("exit is \(value.kind), expected a table: [exit]")
    }
    var codes: [ModelOutcome.Word: Int] = [:]
    for (name, value) in members {
      guard let word = words.first(where: { $0.rawValue == name }) else {
        throw wrong("exit has \"\(name)\", expected \(names.joined(separator: ", "))")
      }
      guard case .int(let code) = value, (0...3).contains(code) else {
        throw wrong("exit.\(name) is \(value), expected 0, 1, 2 or 3")
      }
      codes[word] = code
    }
    return codes
  }

  /// Known differences.
  func known(_ value: PlainValue) throws(ConfigurationError) -> [KnownDifference] {
    guard case .list(let entries) = value else {
      throw wrong("known is \(value.kind), expected tables: [[known]]")
    }
    var known: [KnownDifference] = []
    for (index, entry) in entries.enumerated() {
      known.append(try self.known(entry, "known \(index + 1)"))
    }
    return known
  }

  private func known(
    _ entry: PlainValue, _ place: String
  ) throws(ConfigurationError) -> KnownDifference {
    guard case .object(let members) = entry else {
      throw wrong("\(place) is \(entry.kind), expected a table: [[known]]")
    }
    let names = ["code", "module", "model", "reason", "expires"]
    var texts: [String: String] = [:]
    for (name, value) in members {
      guard names.contains(name) else {
        throw wrong("\(place) has \"\(name)\", expected \(names.joined(separator: ", "))")
      }
      guard case .string(let text) = value, !text.isEmpty else {
        throw wrong("\(place): \(name) is \(value), expected a text")
      }
      texts[name] = text
    }
    guard let reason = texts["reason"] else {
      throw wrong("\(place) has no reason; say why the difference is accepted")
    }
    guard let name = texts["code"], let code = CheckCode(rawValue: name) else {
      throw wrong(
        "\(place): code is \(texts["code"] ?? "missing"), expected that of a finding, as CV206; "
          + "coverify explain lists them")
    }
    if let date = texts["expires"], date.wholeMatch(of: /\d{4}-\d\d-\d\d/) == nil {
      throw wrong("\(place): expires is \(date), expected a date as 2027-01-31")
    }
    return KnownDifference(
      code: code, module: texts["module"], model: texts["model"], reason: reason,
      expires: texts["expires"], source: "\(path), \(place)")
  }

  private func wrong(_ message: String) -> ConfigurationError { ConfigurationError(path, message) }
}
