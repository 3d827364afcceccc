"""Shell globs, many at once, in time linear in the text whatever the globs: they may come from a hostile project.

A glob is a chain of states, and the states of all globs together are the bits of one number, as in the Shift-And
algorithm: each character of the text moves all of them one step. Nothing is tried twice, so nothing backtracks.

`*` is any characters, `?` one, `[abc]`, `[a-f]` and `[!abc]` one of a set or not of it; a `[` that nothing closes is
itself. In a path, none of these but `**` meets a `/`, and `**/` at the beginning of a part is any folders or none.
"""

import re
from collections.abc import Callable, Iterable

_MAGIC = re.compile(r"[*?\[]")
_ONE = r"(?P<one>\?)|\[(?P<set>!?.[^\]]*)\]|."
_TEXT = re.compile(rf"(?P<folders>(?!))|(?P<star>(?!))|(?P<deep>\*+)|{_ONE}", re.DOTALL)
_PATH = re.compile(rf"(?P<folders>(?:(?<![^/])\*\*+/)+)|(?P<deep>\*\*+)|(?P<star>\*)|{_ONE}", re.DOTALL)
_MAX_CACHE = 1024


def is_glob(text: str) -> bool:
    """Whether the text is more than the characters it consists of."""
    return _MAGIC.search(text) is not None


class Globs:
    """Some globs, of which a text may meet any.

    Args:
        patterns: the globs.
        path: whether `/` parts the texts.
    """

    def __init__(self, patterns: Iterable[str], *, path: bool = False) -> None:
        self._path = path
        self._literals: dict[str, int] = {}
        self._sets: list[tuple[int, Callable[[str], bool]]] = []
        self._one = self._star = self._deep = self._folders = self._begin = self._end = 0
        self._accepted: dict[str, int] = {}
        state = 1
        for pattern in patterns:
            self._begin |= state
            for token in (_PATH if path else _TEXT).finditer(pattern):
                self._add(token, state)
                state <<= 3 if token["folders"] else 1
            self._end |= state
            state <<= 1
        self._begin = self._closed(self._begin)

    def _add(self, token: re.Match[str], state: int) -> None:
        """Add the state of a token; of `**/` three: to leave the folders out, their characters, their last `/`."""
        if token["folders"]:
            self._folders |= state
            self._deep |= state << 1
            self._add_literal("/", state << 2)
        elif token["deep"]:
            self._deep |= state
        elif token["star"]:
            self._star |= state
        elif token["one"]:
            self._one |= state
        elif token["set"]:
            self._sets.append((state, _member(token["set"])))
        else:
            self._add_literal(token[0], state)

    def _add_literal(self, character: str, state: int) -> None:
        self._literals[character] = self._literals.get(character, 0) | state

    def _closed(self, states: int) -> int:
        """The states with those that are reached from them without a character."""
        leaving = states & self._folders
        states |= leaving << 1 | leaving << 3
        return states | (states & (self._star | self._deep)) << 1

    def _accepting(self, character: str) -> int:
        """The states that a character leads on from."""
        states = self._literals.get(character, 0) | self._deep
        if not (self._path and character == "/"):
            states |= self._one | self._star
            for state, member in self._sets:
                if member(character):
                    states |= state
        if len(self._accepted) < _MAX_CACHE:
            self._accepted[character] = states
        return states

    def match(self, text: str) -> bool:
        """Whether the whole text meets one of the globs."""
        accepted, folders, stay = self._accepted, self._folders, self._star | self._deep
        states = self._begin
        for character in text:
            leading = accepted.get(character)
            states &= self._accepting(character) if leading is None else leading
            if not states:
                return False
            states = states & stay | states << 1
            if states & folders:
                states = self._closed(states)
            states |= (states & stay) << 1
        return bool(states & self._end)


def _member(content: str) -> Callable[[str], bool]:
    """Whether a character is in the set written between brackets."""
    negated = len(content) > 1 and content.startswith("!")
    content = content[negated:]
    characters: set[str] = set()
    ranges: list[tuple[str, str]] = []
    place = 0
    while place < len(content):
        if content[place + 1 : place + 2] == "-" and place + 2 < len(content):
            ranges.append((content[place], content[place + 2]))
            place += 3
        else:
            characters.add(content[place])
            place += 1
    return lambda c: (c in characters or any(low <= c <= high for low, high in ranges)) is not negated
