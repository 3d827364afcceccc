"""What the CT phantom is made of: a lopsided chest in Hounsfield units, LPS mm.

Nothing in it is symmetrical, so that a flip, a swap of axes or a lost origin shows: the right lung is the larger one,
the liver is on the right, the bright rod leans to the left and back on its way up, the letters stand at their sides.
"""

from phantoms.shapes import Bars, Cylinder, Ellipsoid, Letter, Part

AIR = -1000
_ALL = (-200.0, 200.0)

PARTS: tuple[Part, ...] = (
    Part("fat", Cylinder((10.0, -10.0), (115.0, 90.0), _ALL), -100),
    # The only part that is not of one value: one HU for every 30 mm to the left and every 20 mm up.
    Part("muscle", Cylinder((10.0, -10.0), (105.0, 80.0), _ALL), 40, ramp=(30.0, 0.0, 20.0)),
    Part("right lung", Ellipsoid((-41.0, -20.0, 0.0), (38.0, 50.0, 75.0)), -800),
    Part("left lung", Ellipsoid((64.0, -18.0, 10.0), (30.0, 42.0, 60.0)), -820),
    Part("right vessel", Cylinder((-30.0, -5.0), (2.5, 2.5), (-40.0, 60.0), drift=(0.2, -0.25)), 45),
    Part("left vessel", Cylinder((60.0, -5.0), (2.5, 2.5), (-30.0, 60.0), drift=(-0.15, 0.1)), 45),
    Part("liver", Ellipsoid((-42.0, -5.0, -80.0), (48.0, 45.0, 40.0)), 60),
    Part("heart", Ellipsoid((35.0, -30.0, -45.0), (25.0, 28.0, 30.0)), 50),
    Part("spine", Cylinder((10.0, 45.0), (20.0, 16.0), _ALL), 700),
    Part("canal", Cylinder((10.0, 50.0), (7.0, 6.0), _ALL), 0),
    Part("rod", Cylinder((14.0, -5.0), (6.0, 6.0), _ALL, drift=(0.15, 0.2)), 300),
    Part("water", Ellipsoid((10.0, -62.0, 20.0), (11.0, 11.0, 11.0)), 0),
    Part("oil", Ellipsoid((12.0, -64.0, -8.0), (10.0, 10.0, 10.0)), -60),
    Part("bars", Bars((62.0, -67.0, 0.0), (24.0, 10.0, 60.0), 2.5), 200),
    Part("nodule", Ellipsoid((-45.0, -35.0, 25.0), (9.0, 9.0, 9.0)), 30),
    Part("cortical bone", Cylinder((70.0, 40.0), (8.0, 8.0), (-50.0, 45.0)), 1200),
    Part("gas", Ellipsoid((-50.0, 42.0, -30.0), (9.0, 9.0, 9.0)), -1000),
    Part("titanium", Ellipsoid((104.0, -20.0, 5.0), (4.0, 4.0, 4.0)), 2800),
    Part("letter L", Letter("L", (145.0, -10.0, 0.0), 4.0, 400.0), 400),
    Part("letter R", Letter("R", (-127.0, -10.0, 0.0), 4.0, 400.0), 400),
    Part("letter A", Letter("A", (10.0, -135.0, 0.0), 4.0, 400.0), 400),
    Part("letter P", Letter("P", (10.0, 114.0, 0.0), 4.0, 400.0), 400),
    Part("letter H", Letter("H", (-120.0, -130.0, 63.0), 4.0, 30.0), 400),
    Part("letter F", Letter("F", (-120.0, -130.0, -85.0), 4.0, 30.0), 400),
)

NAMED: dict[str, tuple[float, float, float]] = {
    "air": (-140.0, 120.0, 0.0),
    "fat": (-100.0, -10.0, 0.0),
    "right lung": (-50.0, -20.0, -10.0),
    "left lung": (64.0, -18.0, 10.0),
    "liver": (-50.0, 0.0, -70.0),
    "heart": (40.0, -35.0, -45.0),
    "spine": (-4.0, 45.0, 30.0),
    "canal": (10.0, 50.0, -20.0),
    "rod, low": (3.5, -19.0, -70.0),
    "rod, high": (23.0, 7.0, 60.0),
    "water": (10.0, -62.0, 20.0),
    "oil": (12.0, -64.0, -8.0),
    "nodule": (-45.0, -35.0, 25.0),
    "cortical bone": (70.0, 40.0, -10.0),
    "gas": (-50.0, 42.0, -30.0),
    "titanium": (104.0, -20.0, 5.0),
}
"""A point well inside each insert, in mm."""
