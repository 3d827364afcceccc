"""Generators of the phantoms that the starter packs are made of.

Everything here is a pure function of its arguments: no clock, no random numbers, no network, so that the same source
gives the same bytes on every machine.  The files that come out are CC0-1.0.
"""
