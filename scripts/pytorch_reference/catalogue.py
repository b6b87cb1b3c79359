"""All fixtures, in the order of the manifest."""

from . import (
    networks_attention,
    networks_files,
    networks_gaps,
    networks_graph,
    networks_layers,
    networks_norms,
    networks_options,
    networks_rates,
    networks_readme,
    networks_written,
)

FIXTURES = [
    *networks_readme.FIXTURES,
    *networks_layers.FIXTURES,
    *networks_gaps.FIXTURES,
    *networks_graph.FIXTURES,
    *networks_attention.FIXTURES,
    *networks_norms.FIXTURES,
    *networks_options.FIXTURES,
    *networks_rates.FIXTURES,
    *networks_written.FIXTURES,
    *networks_files.FIXTURES,
]
