"""Loading a pack by its name: settings from arguments and ZOOPKG_ variables, the version from the project's lock."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from zoopkg.api.pack import Pack
from zoopkg.errors import UsageError
from zoopkg.install.access import Access
from zoopkg.install.context import Context
from zoopkg.install.progress import Logged, Progress
from zoopkg.model.version import Spec


def load(  # noqa: PLR0913  (the common flags of the command line)
    spec: str,
    *,
    where: Mapping[str, str | int | bool | Sequence[str | int | bool] | None] | None = None,
    directory: str | Path | None = None,
    store: str | Path | None = None,
    index: str | None = None,
    root: str | Path | None = None,
    offline: bool | None = None,
    allow_withdrawn: bool = False,
    progress: Progress | None = None,
) -> Pack:
    """A pack, in the version that the project has locked, else in the newest that `spec` allows.

    Brings the manifest; the bytes of instances come when they are needed. Changes no project.

    Args:
        spec: `NAME`, `NAME@VERSION`, or `NAMESPACE/NAME@VERSION`; `ct-basic@1` allows any 1.x.y.
        where: take only what this filter leaves, as `Pack.where` does.
        directory: where to look for the project; by default ZOOPKG_DIRECTORY, else the working directory.
        store: the folder that keeps bytes; by default ZOOPKG_STORE, else the platform's place for it.
        index: another index, by name, URL or folder; by default ZOOPKG_INDEX.
        root: the root file to trust that index by; by default ZOOPKG_ROOT.
        offline: whether the network is ruled out; by default what ZOOPKG_OFFLINE says.
        allow_withdrawn: take what was withdrawn all the same.
        progress: told how downloads go (`zoopkg.install.progress.Progress`); nobody by default.

    Raises:
        UsageError: the spec, the filter or a setting is malformed.
        NoResolutionError: there is no such pack or version.
        PolicyError: it was withdrawn.
        OfflineError: it would need the network, and that was ruled out.
        NotOnMirrorsError: no mirror has the manifest.
        IntegrityError: an index or a mirror is not to be trusted.
    """
    progress = progress or Logged()
    context = Context.from_environment(
        progress.warn,
        directory=None if directory is None else Path(directory),
        store_root=None if store is None else Path(store),
        index=index,
        root_file=None if root is None else Path(root),
        offline=offline,
    )
    if where is not None and not isinstance(where, Mapping):
        raise UsageError("where must map keys to values", hint='Write where={"modality": "CT"}, for instance.')
    opened = Access(context, progress, allow_withdrawn=allow_withdrawn).open(Spec.parse(spec))
    return Pack(opened, opened.instances).where(**(where or {}))
