# SPDX-License-Identifier: BSD-2-Clause
"""Parts of libs/abi/generate.py: one module per kind of output, model.py for the input."""
