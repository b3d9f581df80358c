"""`python -m tests.soak.atheris_target NAME SECONDS FOLDER`: one parser under libFuzzer, guided by its branches.

Ends with 0 after the seconds; a finding ends it with another code, and stands in FOLDER.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

import atheris


def main(name: str, seconds: str, folder: str) -> None:
    """Fuzzes, and ends the process."""
    with atheris.instrument_imports(include=["verify_service"]):
        from tests.verify_service.fuzz_targets import EXAMPLES, TARGETS

    corpus = Path(folder) / "corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    for number, example in enumerate(EXAMPLES[name]):
        (corpus / f"example-{number}").write_bytes(example)
    words = Path(folder) / "words"
    found = {word for example in EXAMPLES[name] for word in re.findall(rb"\w+|\W", example)}
    lines = ('"{}"\n'.format("".join(map(r"\x{:02x}".format, word))) for word in sorted(found))
    words.write_text("".join(lines), encoding="ascii")
    options = [f"-dict={words}", f"-max_total_time={seconds}", "-max_len=4096", "-timeout=20", "-print_final_stats=1"]
    atheris.Setup([sys.argv[0], *options, f"-artifact_prefix={folder}/", str(corpus)], TARGETS[name])
    atheris.Fuzz()


if __name__ == "__main__":
    main(*sys.argv[1:])
