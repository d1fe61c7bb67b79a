"""onnxruntime runs without telemetry: it leaves no identifier behind, in whichever module it is loaded first."""

import os
import subprocess
import sys

import pytest

_LOADERS = {
    "encoder": "from index.embedding.encoder import FOLDER, Network, bundled_vocabulary\n"
    "Network(FOLDER / 'encoder.onnx', bundled_vocabulary())",
    "tagger": "from qa.question import understand\nfrom qa.slots import slots_of\nslots_of(understand('云岫县产值'))",
}


@pytest.mark.parametrize("loader", _LOADERS)
def test_nothing_is_left_among_the_temporary_files(tmp_path, loader):
    environment = {name: text for name, text in os.environ.items() if not name.startswith("ORT_")}
    code = f"{_LOADERS[loader]}\nimport sys\nassert 'onnxruntime' in sys.modules"
    subprocess.run([sys.executable, "-c", code], env=environment | {"TMPDIR": str(tmp_path)}, check=True)
    assert list(tmp_path.iterdir()) == []
