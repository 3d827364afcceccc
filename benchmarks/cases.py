"""The cases, each with its goal: what is run against what, and which rows of the report come of it."""

import json
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from math import ceil

import zstandard

from benchmarks import contenders
from benchmarks.bench import Bench
from benchmarks.measure import environment
from benchmarks.packs import pack_init
from benchmarks.report import Row
from benchmarks.resolver import resolver

_CHANGED = 10
_REQUEST_BYTES = 8 << 20


@dataclass(frozen=True, slots=True)
class Case:
    """What is measured together: the corpora that it needs, and how its rows come about."""

    needs: tuple[str, ...]
    run: Callable[[Bench], list[Row]]


def cold(bench: Bench) -> list[Row]:
    install = contenders.cold_install(bench.index_url, bench.packs.trusted_root, ["many"])
    others = [contenders.archive(f"{bench.server.url}/many.tar.zst")]
    if contenders.HAS_POOCH:
        url, registry = f"{bench.server.url}/files/many/", bench.registry("many")
        others.append(contenders.one_by_one(url, registry, bench.slow_rounds))
    ours, pipe, *pooch = bench.ground.alternate(install, *others)
    name = f"cold install, {bench.packs.sizes.many:,} x 15 kB"
    return [
        Row.times(f"{name} · curl, zstd, tar", ours, pipe, 1.3),
        *(Row.times(f"{name} · pooch, one file at a time", ours, each, 0.1) for each in pooch),
        Row.peak(name, ours),
    ]


def cold_medium(bench: Bench) -> list[Row]:
    install = contenders.cold_install(bench.index_url, bench.packs.trusted_root, ["medium"])
    ours, pipe = bench.ground.alternate(install, contenders.archive(f"{bench.server.url}/medium.tar.zst"))
    name = f"cold install, {bench.packs.sizes.medium:,} x 0.5 MB"
    return [Row.times(f"{name} · curl, zstd, tar", ours, pipe), Row.peak(name, ours)]


def cold_big(bench: Bench) -> list[Row]:
    install = contenders.cold_install(bench.index_url, bench.packs.trusted_root, ["big"])
    urls = [f"{bench.server.url}/big/{path}.zst" for path in bench.packs.paths("big")]
    ours, pipes = bench.ground.alternate(install, contenders.archives(urls))
    sizes = bench.packs.sizes
    name = f"cold install, {sizes.big} x {sizes.frames * 0.5:.0f} MB"
    return [Row.times(f"{name} · curl, zstd for each file", ours, pipes, 1.2), Row.peak(name, ours)]


def warm(bench: Bench) -> list[Row]:
    project = bench.project("many")
    plain, frozen, links = bench.ground.alternate(
        contenders.warm_install(project),
        contenders.warm_install(project, "--frozen"),
        contenders.hard_links(project),
    )
    name = f"warm install, {bench.packs.sizes.many:,} files"
    return [
        Row.times(f"{name} · cp -rl", plain, links, 1.5),
        Row.times(f"{name}, --frozen · cp -rl", frozen, links, 1.5),
        Row.peak(name, plain),
    ]


def again(bench: Bench) -> list[Row]:
    ours, click = bench.ground.alternate(
        contenders.install_again(bench.project("nothing")), contenders.import_click(), repeat=3
    )
    name = f"install again, {bench.packs.sizes.nothing:,} files"
    return [Row.times(f"{name} · python -c 'import click'", ours, click, 2), Row.peak(name, ours)]


def start(bench: Bench) -> list[Row]:
    ours, click = bench.ground.alternate(contenders.show_version(), contenders.import_click(), repeat=3)
    return [Row.times("zoopkg --version · python -c 'import click'", ours, click, 1.3)]


def verify(bench: Bench) -> list[Row]:
    project = bench.project("medium", "big")
    ours, sums = bench.ground.alternate(contenders.verify(project), contenders.b3sum(project))
    return [
        Row.times(f"verify, medium and big · {contenders.b3sum(project).name}", ours, sums, 1.3),
        Row.peak("verify", ours),
    ]


def build(bench: Bench) -> list[Row]:
    folder = bench.packs.files("many")
    ours, one, two = bench.ground.alternate(
        contenders.build(folder),
        contenders.read_and_hash(folder, threads=1),
        contenders.read_and_hash(folder, threads=2),
    )
    name = f"pack build, {bench.packs.sizes.many:,} files"
    return [
        Row.times(f"{name} · reading and BLAKE3, one thread", ours, one, 3),
        Row.times(f"{name} · reading and BLAKE3, two threads", ours, two),
        Row.peak(name, ours),
    ]


def update(bench: Bench) -> list[Row]:
    """A new version of which 10 instances differ, each of another series, in one value of their headers."""
    folder = bench.ground.scratch / "update"
    shutil.copytree(bench.packs.files("many"), folder, copy_function=shutil.copyfile)
    (folder / "pack.toml").unlink()
    pack_init(folder, "many", "2.0.0")
    paths = bench.packs.paths("many")
    changed = []
    for path in paths[:: ceil(len(paths) / _CHANGED)]:
        data = (folder / path).read_bytes().replace(b"Head routine", b"Neck routine")
        (folder / path).write_bytes(data)
        changed.append(data)
    argv = [contenders.ZOOPKG, "pack", "build", str(folder), "-o", str(bench.ground.scratch / "updated")]
    argv += ["--unreviewed", "--index", str(bench.packs.index), "--json", "--quiet"]
    built = json.loads(subprocess.run(argv, check=True, stdout=subprocess.PIPE, env=environment()).stdout)
    alone = sum(len(zstandard.compress(data, 3)) for data in changed)
    solid = len(zstandard.compress(b"".join(changed), 3))
    fresh = sum(bundle["bytes"] for bundle in built["bundles"])
    per_instance = (built["manifest"]["bytes"] + built["layout"]["bytes"]) / built["instances"]
    name = f"update, {len(changed)} of {len(paths):,} changed"
    return [
        Row.amounts(f"{name}: bundle · each compressed alone", fresh, alone, 1.1),
        Row.amounts(f"{name}: bundle · compressed together", fresh, solid),
        Row.at_most(f"{name}: bytes of manifest and layout, per instance", per_instance, 120),
    ]


def mirror(bench: Bench) -> list[Row]:
    """An index with every corpus that is there, verified on its way from folder to folder."""
    index = bench.packs.index
    ours, plain = bench.ground.alternate(contenders.sync(index), contenders.copy(index))
    size = sum(path.stat().st_size for path in index.glob("*.*")) / 1e6
    return [Row.times(f"mirror sync, {size:,.0f} MB · cp -r", ours, plain), Row.peak("mirror sync", ours)]


def air_gap(bench: Bench) -> list[Row]:
    rows = []
    for name in ("many", "medium"):
        project = bench.project(name)
        out, tar = bench.ground.alternate(contenders.export(project), contenders.pack_up(project))
        carried, archive = bench.ground.scratch / f"{name}.zoopkg", bench.packs.archive(name)
        argv = (*contenders.export(project).argv, "--quiet", "-o", str(carried))
        subprocess.run(argv, check=True, env=environment())
        back, untar = bench.ground.alternate(contenders.carry_in(carried), contenders.unpack(archive))
        size = getattr(bench.packs.sizes, name)
        rows += [
            Row.times(f"export, {size:,} files · tar, zstd", out, tar),
            Row.peak(f"export, {size:,} files", out),
            Row.times(f"import, {size:,} files · zstd, tar", back, untar),
            Row.peak(f"import, {size:,} files", back),
            Row.amounts(f"bytes of an export, {name} · .tar.zst", carried.stat().st_size, archive.stat().st_size),
        ]
    return rows


def traffic(bench: Bench) -> list[Row]:
    rows = []
    for names in (("many",), ("nothing",), ("medium", "big")):
        seen = bench.traffic(*names)
        allowed = 12 + 3 * (len(names) - 1) + ceil(seen.bytes / _REQUEST_BYTES)
        rows.append(Row.at_most(f"requests of a cold install: {' and '.join(names)}", seen.requests, allowed))
    moved, solid = bench.traffic("many").bytes, bench.packs.archive("many").stat().st_size
    rows.append(Row.amounts("bytes moved by a cold install of many · one solid .tar.zst", moved, solid, 1.15))
    return rows


CASES = {
    "cold": Case(("many",), cold),
    "cold-medium": Case(("medium",), cold_medium),
    "cold-big": Case(("big",), cold_big),
    "warm": Case(("many",), warm),
    "again": Case(("nothing",), again),
    "start": Case((), start),
    "verify": Case(("medium", "big"), verify),
    "build": Case(("many",), build),
    "update": Case(("many",), update),
    "mirror": Case(("many", "medium", "big"), mirror),
    "air-gap": Case(("many", "medium"), air_gap),
    "traffic": Case(("many", "medium", "big", "nothing"), traffic),
    "resolver": Case((), resolver),
}
