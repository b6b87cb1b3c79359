"""All fixtures, by the folder they are in, in the order of the manifest."""

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

GROUPS = {
    "readme": networks_readme.FIXTURES,
    "layers": networks_layers.FIXTURES,
    "gaps": networks_gaps.FIXTURES,
    "graph": networks_graph.FIXTURES,
    "attention": networks_attention.FIXTURES,
    "norms": networks_norms.FIXTURES,
    "options": networks_options.FIXTURES,
    "rates": networks_rates.FIXTURES,
    "written": networks_written.FIXTURES,
    "files": networks_files.FIXTURES,
}

FIXTURES = [fixture for fixtures in GROUPS.values() for fixture in fixtures]
