"""Runs torch on one thread, and without the remarks that would hide a script's own output."""

import logging
import warnings

import torch


def be_quiet() -> None:
    """One thread gives the same sums each time; the remarks are the continual library's on
    strides, and torch's on how that library calls it."""
    torch.set_num_threads(1)
    logging.getLogger("continual").setLevel(logging.ERROR)
    warnings.simplefilter("ignore")
