"""A 5 x 7 pixel font for what is drawn in phantoms: the digits and the letters of the patient's directions.

Drawn for this project.  It has no other letters, on purpose: nobody's name fits in a phantom.
"""

import numpy as np
from numpy.typing import NDArray

WIDTH, HEIGHT = 5, 7

_ROWS = {
    "0": ".###. #...# #..## #.#.# ##..# #...# .###.",
    "1": "..#.. .##.. ..#.. ..#.. ..#.. ..#.. .###.",
    "2": ".###. #...# ....# ..##. .#... #.... #####",
    "3": "####. ....# ....# .###. ....# ....# ####.",
    "4": "...#. ..##. .#.#. #..#. ##### ...#. ...#.",
    "5": "##### #.... ####. ....# ....# #...# .###.",
    "6": ".###. #.... #.... ####. #...# #...# .###.",
    "7": "##### ....# ...#. ..#.. .#... .#... .#...",
    "8": ".###. #...# #...# .###. #...# #...# .###.",
    "9": ".###. #...# #...# .#### ....# ....# .###.",
    "A": "..#.. .#.#. #...# #...# ##### #...# #...#",
    "F": "##### #.... #.... ####. #.... #.... #....",
    "H": "#...# #...# #...# ##### #...# #...# #...#",
    "L": "#.... #.... #.... #.... #.... #.... #####",
    "P": "####. #...# #...# ####. #.... #.... #....",
    "R": "####. #...# #...# ####. #.#.. #..#. #...#",
}


def glyph(character: str) -> NDArray[np.bool_]:
    """Return the 7 x 5 bitmap of `character`, first row on top."""
    return np.array([[cell == "#" for cell in row] for row in _ROWS[character].split()])


def word(text: str, scale: int) -> NDArray[np.bool_]:
    """Return the bitmap of `text` with every cell `scale` pixels wide, one empty cell between characters."""
    gap = np.zeros((HEIGHT, 1), dtype=np.bool_)
    columns = [part for character in text for part in (glyph(character), gap)][:-1]
    return np.kron(np.hstack(columns), np.ones((scale, scale), dtype=np.bool_)).astype(np.bool_)
