"""``qa-service rubric export`` and ``import``."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Cli = Callable[..., Any]


@pytest.mark.parametrize("kind", ["amazon-connect", "genesys"])
def test_a_rubric_goes_out_and_comes_back(cli: Cli, write_form: Any, tmp_path: Path, kind: str) -> None:
    form, back = tmp_path / "form.json", tmp_path / "back.yaml"
    out = cli("rubric", "export", write_form(tmp_path, "chat"), "--to", kind, "--out", form)
    assert out.code == 0, out.err
    assert "lost: greeting: what decides it automatically (detection)" in out.err
    assert json.loads(form.read_text(encoding="utf-8"))
    read = cli("rubric", "import", form, "--from", kind, "--channel", "chat", "--id", "back", "--out", back)
    assert read.code == 0, read.err
    assert "notes on fidelity" in read.err
    assert cli("rubric", "lint", back).code == 0


def test_what_cannot_be_read_is_named(cli: Cli, write_form: Any, tmp_path: Path) -> None:
    broken = tmp_path / "form.json"
    broken.write_text('{"Title": "x",\n', encoding="utf-8")
    result = cli("rubric", "import", broken, "--from", "amazon-connect", "--channel", "chat")
    assert result.code == 2
    assert "form.json" in result.err
    assert "line 2" in result.err or ":2" in result.err
    result = cli("rubric", "import", tmp_path / "gone.json", "--from", "genesys", "--channel", "chat")
    assert result.code == 2
    assert "gone.json" in result.err
    result = cli("rubric", "export", write_form(tmp_path, "chat"), "--to", "excel")
    assert result.code == 2
    assert "amazon-connect, genesys" in result.err
