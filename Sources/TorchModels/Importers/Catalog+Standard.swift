extension Catalog {
  /// The classes of the library.
  package static let standard = Catalog(
    [
      convolutionLayers, transposedConvolutionLayers, poolingLayers, linearLayers, recurrentLayers,
      attentionLayers,
      normalizationLayers, activationLayers, dropoutLayers, containerLayers, graphLayers,
      lambdaLayers, upsampleLayers, utilityLayers, tensorLayers, calculationLayers,
    ].flatMap(\.self))
}
