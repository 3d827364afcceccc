"""`zoopkg.mirror.sync` to releases, cut off at any call: clients find the old state, the new one, or none for now."""

from contextlib import suppress
from pathlib import Path

from maintained import THEN
from release_faults import from_number, unanswered, unasked
from release_pushes import ONCE, place_at, shown_by
from release_simulator import GitHub
from stands import Stand, state

from zoopkg.errors import ZooError
from zoopkg.index.verify import verify


def found(github: GitHub, folder: Path) -> int:
    """The state that clients find there."""
    folder.mkdir()
    for name, data in shown_by(github).items():
        (folder / name).write_bytes(data)
    return state(folder)


def test_a_sync_cut_off_at_any_call(github: GitHub, stand: Stand, tmp_path: Path) -> None:
    stand.sync(place_at(github))
    old = state(stand.idx)
    number, ended = 0, False
    while not ended:
        number += 1
        stand.release(f"1.{number}.0", {f"{number}.dcm": b"%d" % number * 100})
        before, new = len(github.requests("api", "uploads")), state(stand.idx)
        github.misbehave(from_number(before + number, unanswered if number % 2 else unasked, then=unasked))
        with suppress(ZooError):
            stand.sync(place_at(github, waits=ONCE))
            ended = True
        github.misbehave()
        assert found(github, tmp_path / f"cut-{number}") in (old, new, 0), number
        stand.sync(place_at(github), delete=True)
        assert found(github, tmp_path / f"whole-{number}") == new, number
        assert verify(tmp_path / f"whole-{number}", THEN, None) == ()
        old = new
    assert number > 20
    assert stand.heard.warnings == []
