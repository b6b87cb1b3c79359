import Testing
import Verification

@Suite("the list of oracles")
struct CatalogTests {
  @Test("every oracle of a leaf is compared with PyTorch")
  func allAreTested() throws {
    let tested = try Set(OracleCase.all.map { String(describing: type(of: try $0.make())) })
    let leaves = OracleCatalog.types.filter { $0 is any ReferencedLeaf.Type }
    // An identity has nothing to compute.
    let expected = Set(leaves.map { String(describing: $0) }).subtracting(["Identity", "Dropout"])
    #expect(tested == expected)
  }

  @Test("no oracle is listed twice")
  func noneTwice() {
    #expect(Set(OracleCatalog.names).count == OracleCatalog.types.count)
  }
}
