"""The facet summary of a record: for some facets, each value and how many instances have it. Pure, in one pass."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from zoopkg.model.instance import Instance
from zoopkg.model.where_told import SUMMARY_VALUES

_FACETS = ("kind", "modality", "sop_class", "transfer_syntax", "photometric", "charset", "body_part", "defects")


def facet_counts(instances: Iterable[Instance]) -> Mapping[str, Mapping[str, int]]:
    """The values of the facets worth searching by, the commonest first, `SUMMARY_VALUES` of each at most."""
    counters: dict[str, Counter[str]] = {facet: Counter() for facet in _FACETS}
    for instance in instances:
        for facet, counter in counters.items():
            counter.update(_values(instance, facet))
    return {facet: dict(counter.most_common(SUMMARY_VALUES)) for facet, counter in counters.items() if counter}


def _values(instance: Instance, facet: str) -> Iterator[str]:
    value = instance.facets.get(facet)
    if isinstance(value, (list, tuple)):
        yield from value
    elif value is not None:
        yield str(value)
