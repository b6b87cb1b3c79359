import TestSupport
import Testing

@Suite("the oracles")
struct CatalogTests {
  @Test("every oracle of a leaf is compared with PyTorch")
  func allAreTested() throws {
    let tested = try Set(OracleCase.all.map { String(describing: type(of: try $0.make())) })
    let leaves = try SourceFolder("Verification").conforming(to: "ReferencedLeaf")
    // An identity has nothing to compute.
    #expect(tested == leaves.subtracting(["Identity", "Dropout"]))
  }
}
