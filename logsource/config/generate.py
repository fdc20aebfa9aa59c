"""Write the generated files of `config/`: `python -m logsource.config.generate [DIR]` (`make docs`)."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from logsource.config.jsonschema import json_schema
from logsource.config.reference import reference


def generated() -> dict[str, str]:
    """File name → text."""
    return {
        "reference.yaml": reference(),
        "logsource.schema.json": json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n",
    }


def main() -> None:
    """Write the files that changed."""
    directory = Path(sys.argv[1] if len(sys.argv) > 1 else "config")
    for name, text in generated().items():
        path = directory / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            sys.stdout.write(f"wrote {path}\n")


if __name__ == "__main__":
    main()
