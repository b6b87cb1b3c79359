package import Checkpoints

/// Finds models and their fixtures.
///
/// An argument is a model, a fixture, or a folder, pattern or list of them, as in ``ModelSearch``.
package struct FixtureSearch: Sendable {
  /// A model and its fixture, or what is wrong with them.
  package struct Found: Sendable {
    /// The model; where there is none, what was named in its place.
    package let path: FilePath
    /// The fixture, or why there is none to compare with.
    package let fixture: Result<Fixture, any Error>
    /// The file of the fixture; nil where none is known.
    package let fixturePath: FilePath?
  }

  /// What was found, in order; each model once.
  package private(set) var found: [Found] = []

  /// Whether the only argument is a file.
  package let isSingleFile: Bool

  private let limits: Limits

  /// Looks for models and fixtures.
  ///
  /// - Parameters:
  ///   - arguments: as the user gave them.
  ///   - folder: the folder of the fixtures; nil where they are beside the models.
  ///   - limits: how much a fixture may ask for.
  package init(_ arguments: [FilePath], in folder: FilePath?, limits: Limits) {
    self.limits = limits
    let files = ModelSearch(arguments, findsFixtures: true).found
    isSingleFile = ModelSearch.isSingleFile(arguments)
    let fixtures = files.compactMap { entry -> Found? in
      guard case .file(let path) = entry, Fixture.isFixture(path) else { return nil }
      return fixture(path)
    }
    // A model that a fixture is of is compared with it, and needs none beside it; nor is a fixture that is
    // refused refused again for the model beside it.
    var seen = Set(fixtures.map { RelativePath.absolute($0.path) })
    let known = Set(fixtures.compactMap(\.fixturePath).map(RelativePath.absolute))
    var rest = fixtures.makeIterator()
    for entry in files {
      switch entry {
      case .nothing(let path, let reason):
        let error = ModelSearchError(path, reason)
        found.append(Found(path: path, fixture: .failure(error), fixturePath: nil))
      case .file(let path) where Fixture.isFixture(path):
        if let next = rest.next() { found.append(next) }
      case .file(let path):
        let expected = Fixture.path(of: path, in: folder)
        guard seen.insert(RelativePath.absolute(path)).inserted,
          !known.contains(RelativePath.absolute(expected))
        else { continue }
        found.append(model(path, expected))
      }
    }
  }

  /// A fixture, and the model that it says it is of.
  private func fixture(_ path: FilePath) -> Found {
    do {
      let fixture = try Fixture(contentsOf: path, limits: limits)
      let model = fixture.modelPath
      guard PathPattern.isFolder(model.text) == false else {
        return Found(
          path: path, fixture: .failure(FixtureError(path, .unreferenced(model))),
          fixturePath: path)
      }
      return Found(path: model, fixture: .success(fixture), fixturePath: path)
    } catch {
      return Found(path: path, fixture: .failure(error), fixturePath: path)
    }
  }

  /// A model, and the fixture that should be there.
  private func model(_ path: FilePath, _ expected: FilePath) -> Found {
    guard PathPattern.isFolder(expected.text) == false else {
      return Found(
        path: path, fixture: .failure(FixtureError(path, .missing(expected))), fixturePath: nil)
    }
    do {
      return Found(
        path: path, fixture: .success(try Fixture(contentsOf: expected, limits: limits)),
        fixturePath: expected)
    } catch {
      return Found(path: path, fixture: .failure(error), fixturePath: expected)
    }
  }
}
