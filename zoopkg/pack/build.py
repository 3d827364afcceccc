"""Building a pack: from a folder of files to manifest, layout, bundles and `pack.json` in an output folder.

The manifest depends on the files alone; what is bundled, and what lies in earlier bundles already, only on the layout.
Nothing appears under its final name before it is whole, and `pack.json` comes last.
"""

import os
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from zoopkg.dicom.inspect import INSPECTOR
from zoopkg.errors import FormatError, UsageError, explaining
from zoopkg.index.entry import FILE_NAME, PackEntry
from zoopkg.model import layout as layouts
from zoopkg.model import manifest as manifests
from zoopkg.model.blob import Blob, BlobKind
from zoopkg.model.digest import Digest
from zoopkg.model.facet_counts import facet_counts
from zoopkg.model.fields import Fields
from zoopkg.model.instance import Instance
from zoopkg.model.layout import Block, Bundle, Layout
from zoopkg.model.manifest import Header, Manifest
from zoopkg.model.record import MAX_TEXT, Release, Texts
from zoopkg.pack.blocks import Piece, arrange
from zoopkg.pack.bundles import BundleWriter
from zoopkg.pack.documents import compress, write_blob
from zoopkg.pack.examine import Examined, examine_all
from zoopkg.pack.recipe import Recipe
from zoopkg.pack.step import check_step
from zoopkg.pack.walk import walk

RECIPE = "pack.toml"
DESCRIPTION = "README.md"
MAX_DESCRIPTION = 1 << 20
_SMALL_WASTE = 0.7


class Neighbours(Protocol):
    """What an index holds already of the namespace that a pack is built for."""

    def refuse_withdrawn(self, manifest: Manifest) -> None:
        """Refuse a pack that would bring back what was withdrawn."""
        ...

    def previous(self, header: Header) -> Manifest | None:
        """The last version of the pack before this one."""
        ...

    def published(self, header: Header) -> Digest | None:
        """The content that the index has for this very version already."""
        ...

    def bundles(self, wanted: set[Digest]) -> Sequence[Bundle]:
        """Where those of the wanted contents lie that some bundle of the namespace holds."""
        ...


@dataclass(frozen=True, slots=True)
class Built:
    """What a build made.

    Attributes:
        contents: how many different contents the pack has.
        reused: how many of these lie in bundles that exist already.
        bundles: the new bundles.
        live: of the bytes that a fresh install fetches, the share that it needs.
        unused: patterns of pack.toml that match no file.
    """

    entry: PackEntry
    contents: int
    reused: int
    bundles: tuple[Blob, ...]
    live: float
    unused: tuple[str, ...]


def build(folder: Path, out: Path, *, jobs: int, neighbours: Neighbours | None = None, published: str) -> Built:
    """Build the pack that lies in a folder.

    Args:
        folder: holds pack.toml, perhaps README.md, and the files.
        out: where the blobs and pack.json go; made if it is not there.
        jobs: how many processes and threads to use.
        neighbours: what the index holds already; nothing by default, so that everything is bundled.
        published: the day to state in the record, `YYYY-MM-DD`.

    Raises:
        UsageError: the description or a path is wrong, or the version says less than its content.
        PolicyError: a file was withdrawn.
        ZooError: a file cannot be read or written.
    """
    recipe = read_recipe(folder)
    _check_apart(folder, out)
    paths = walk(folder, recipe)
    examined = examine_all(folder, paths, jobs)
    manifest, text = _manifest(recipe, examined)
    if neighbours:
        _check_version(neighbours, manifest)
    with explaining(f"make the folder {out}"):
        out.mkdir(parents=True, exist_ok=True)
    held = neighbours.bundles({instance.digest for instance in manifest.instances}) if neighbours else ()
    placed = {member.digest for bundle in held for block in bundle.blocks for member in block.members}
    pieces = _pieces(manifest.instances, placed)
    origin = f"{recipe.name.namespace}.{recipe.name.name}-{recipe.version}"
    with ThreadPoolExecutor(1) as executor:
        compressed = executor.submit(compress, text)
        fresh = BundleWriter(lambda piece: os.path.join(folder, piece.path), out, origin, jobs).write(arrange(pieces))
    layout = Layout((*held, *fresh))
    release = Release(
        version=recipe.version,
        published=published,
        content=manifest.content,
        manifest=write_blob(out, BlobKind.MANIFEST, compressed.result(), origin),
        layout=write_blob(out, BlobKind.LAYOUT, compress(b"".join(layouts.write(layout))), origin),
        license=recipe.license,
        instances=manifest.header.count,
        size=manifest.header.size,
        requires=recipe.requires,
        facets=facet_counts(manifest.instances),
    )
    texts = Texts(recipe.summary, _description(folder), recipe.discussion, recipe.citation, recipe.keywords)
    entry = PackEntry(recipe.name, release, texts)
    with explaining(f"write into {out}"):
        temporary = out / f".{FILE_NAME}.{os.getpid()}"
        temporary.write_bytes(entry.encode())
        temporary.replace(out / FILE_NAME)
    return Built(
        entry,
        contents=len(placed) + len(pieces),
        reused=len(placed),
        bundles=tuple(bundle.blob for bundle in fresh),
        live=_live(layout.bundles),
        unused=tuple(recipe.unused_patterns(paths)),
    )


def _check_version(neighbours: Neighbours, manifest: Manifest) -> None:
    """Refuse a version that the index has with other content, brings back withdrawn files, or says less than it has."""
    header = manifest.header
    if neighbours.published(header) not in (None, manifest.content):
        raise UsageError(
            f"{header.name} {header.version} is in the index with other content, and a version never changes",
            hint="Give it the next version in pack.toml.",
        )
    neighbours.refuse_withdrawn(manifest)
    if previous := neighbours.previous(header):
        check_step(previous, manifest)


def read_recipe(folder: Path) -> Recipe:
    """The description of the pack in a folder.

    Raises:
        UsageError: there is none, or it is wrong.
    """
    path = folder / RECIPE
    if not folder.is_dir():
        raise UsageError(f"{folder} is not a folder", hint="Name the folder that holds the pack's files.")
    if not path.is_file():
        raise UsageError(f"{folder} has no {RECIPE}", hint=f"Run `zoopkg pack init {folder}` first.")
    with explaining(f"read {path}"):
        data = path.read_bytes()
    return Recipe.parse(data, str(path))


def _check_apart(folder: Path, out: Path) -> None:
    if out.resolve() == folder.resolve() or folder.resolve() in out.resolve().parents:
        raise UsageError(
            f"the output folder {out} lies within the pack's own folder {folder}",
            hint="Choose a folder outside with -o.",
        )


def _manifest(recipe: Recipe, examined: Sequence[Examined]) -> tuple[Manifest, bytes]:
    """The manifest, and its canonical bytes."""
    instances = tuple(_instance(recipe, each) for each in examined)
    header = Header(
        name=recipe.name,
        version=recipe.version,
        license=recipe.license,
        inspector=INSPECTOR,
        count=len(instances),
        size=sum(each.size for each in examined),
        requires=recipe.requires,
        source=recipe.sources,
        authors=recipe.authors,
    )
    text = b"".join(manifests.write(header, instances))
    return Manifest(header, instances, Digest.of(text)), text


def _instance(recipe: Recipe, examined: Examined) -> Instance:
    rule = recipe.rule(examined.path)
    defects = recipe.defects_of(examined.path)
    return Instance(
        path=examined.path,
        digest=examined.digest,
        size=examined.size,
        facets={**examined.facets, "defects": list(defects)} if defects else examined.facets,
        license=rule.license if rule and rule.license != recipe.license else "",
        note=rule.note if rule else "",
    )


def _pieces(instances: Iterable[Instance], placed: set[Digest]) -> list[Piece]:
    pieces: dict[Digest, Piece] = {}
    for instance in instances:
        if instance.digest not in placed and instance.digest not in pieces:
            series = instance.facets.get("series", "")
            pieces[instance.digest] = Piece(instance.digest, instance.size, instance.path, str(series))
    return list(pieces.values())


def _description(folder: Path) -> str:
    path = folder / DESCRIPTION
    if not path.is_file():
        return ""
    with explaining(f"read {path}"):
        data = path.read_bytes()
    if len(data) > MAX_DESCRIPTION:
        raise UsageError(f"{path} has {len(data)} bytes, over the limit of {MAX_DESCRIPTION}")
    try:
        text = data.decode("utf-8-sig").replace("\r\n", "\n")
        return Fields({DESCRIPTION: text}, str(folder)).text(DESCRIPTION, limit=MAX_TEXT)
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is not UTF-8", hint="Save the file as UTF-8.") from error
    except FormatError as error:
        raise UsageError(error.message) from error


def _live(bundles: Iterable[Bundle]) -> float:
    """Of the decompressed bytes of all blocks that a fresh install fetches, the share that the pack needs."""
    blocks: list[Block] = [block for bundle in bundles for block in bundle.blocks]
    fetched = sum(block.size for block in blocks)
    return sum(member.size for block in blocks for member in block.members) / fetched if fetched else 1.0


def wasteful(built: Built) -> bool:
    """Whether so much of a fresh install would be bytes of other packs that new bundles are worth their hosting."""
    return built.live < _SMALL_WASTE
