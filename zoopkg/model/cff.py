"""Citations of packs as a CITATION.cff, for GitHub and other hosts. Writes the little YAML that takes; reads none."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from zoopkg.model import spdx
from zoopkg.model.cited import Cited, credit, line
from zoopkg.model.manifest import Source

_NOT_IN_YAML = re.compile("[^ -~\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NOTICE = re.compile(r"(?:Copyright(?: ?\(c\)| ?©)?|\(c\)|©)[ ,0-9\u2013-]*(?:by )?(.+)", re.IGNORECASE)
_WEB = re.compile(r"(?:https?|ftp|sftp)://.+")


def cff(cited: Sequence[Cited]) -> str:
    """A CITATION.cff (Citation File Format 1.2.0): of one pack; or of several, as references of one data set."""
    one = cited[0] if len(cited) == 1 else None
    listed = ", ".join(f"{each.name} {each.version}" for each in cited)
    authors = dict.fromkeys(name for each in cited for name in _authors(each))
    top = {
        "cff-version": "1.2.0",
        "message": "If you use these data, please cite them, and the data sets that they were made from.",
        "type": "dataset",
        **(_cff_pack(one) if one else {"title": f"DICOM test data: {listed}"}),
        "authors": [{"name": name} for name in authors],
    }
    references = [] if one else [{"type": "data", **_cff_pack(each)} | _cff_authors(each) for each in cited]
    references += [_cff_source(source) for source in dict.fromkeys(s for each in cited for s in each.sources)]
    return "".join(_yaml({**top, **({"references": references} if references else {})}))


def _authors(cited: Cited) -> tuple[str, ...]:
    """The authors, who may not be left out there."""
    return tuple(dict.fromkeys(map(line, cited.authors))) or (f"The maintainers of {cited.name}",)


def _cff_authors(cited: Cited) -> dict[str, Any]:
    return {"authors": [{"name": name} for name in _authors(cited)]}


def _cff_pack(cited: Cited) -> dict[str, Any]:
    return {
        "title": cited.title,
        "version": cited.version,
        **({"date-released": cited.published} if cited.published else {}),
        **_cff_url(cited.url),
        **_cff_license(cited.license),
        "abstract": cited.note,
        "identifiers": [{"type": "other", "value": cited.content, "description": "BLAKE3-256 of the manifest"}],
    }


def _cff_source(source: Source) -> dict[str, Any]:
    return {
        "type": "data",
        "title": line(source.name),
        **_cff_url(source.url),
        **_cff_license(source.license),
        "notes": credit(source),
        "authors": [{"name": _holder(source) or line(source.name)}],
    }


def _holder(source: Source) -> str:
    """Whom a copyright notice names; empty where there is no notice."""
    notice = _NOTICE.match(line(source.copyright))
    return notice[1] if notice else ""


def _cff_url(url: str) -> dict[str, str]:
    return {"url": line(url)} if _WEB.fullmatch(line(url)) else {}


def _cff_license(text: str) -> dict[str, str]:
    """The license, where it is one: the format has no expressions, and the note tells them all."""
    expression = spdx.read(text)
    simple = isinstance(expression, spdx.License) and not expression.exception and "Ref-" not in expression.name
    return {"license": text} if simple else {}


def _yaml(value: Mapping[str, Any], indent: str = "") -> Iterable[str]:
    """Block mappings and sequences of quoted texts: a JSON text is a YAML text, but for what YAML must have escaped."""
    for key, item in value.items():
        if isinstance(item, str):
            yield f"{indent}{key}: {_quoted(item)}\n"
            continue
        yield f"{indent}{key}:\n"
        for each in item:
            first, *rest = _yaml(each, f"{indent}    ")
            yield f"{indent}  - {first.lstrip()}"
            yield from rest


def _quoted(text: str) -> str:
    return _NOT_IN_YAML.sub(lambda found: f"\\U{ord(found[0]):08X}", json.dumps(text, ensure_ascii=False))
