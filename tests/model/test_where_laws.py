"""Laws of filters: one normal form, whatever the spelling; a value and its negation part the instances; lists unite."""

from hypothesis import given
from hypothesis import strategies as st
from strategies import law
from wheres import KEY_VALUES, instances, tables, wheres

from zoopkg.model.where import Where

keys = st.sampled_from(sorted(KEY_VALUES))


@law
@given(wheres)
def test_the_normal_form_is_read_as_the_same_filter(where):
    assert Where.from_toml(where.to_toml(), "a test") == where
    assert list(where.to_toml()) == sorted(where.to_toml())
    assert all(values == sorted(set(values)) for values in where.to_toml().values())


@law
@given(wheres)
def test_the_spelling_of_the_command_line_is_read_as_the_same_filter(where):
    if not any("," in value for values in where.to_toml().values() for value in values):
        assert Where.parse(where.to_items()) == where


@law
@given(tables, st.randoms(use_true_random=False))
def test_order_repetition_and_case_of_keys_do_not_matter(table, random):
    shuffled = [(key.swapcase(), value) for key, values in table.items() for value in values * 2]
    random.shuffle(shuffled)
    where, joined = Where.from_toml(table, "a test"), {}
    for key, value in shuffled:
        joined.setdefault(key, []).append(value)
    assert Where.from_toml(joined, "a test") == where
    assert hash(Where.from_toml(joined, "a test")) == hash(where)


@law
@given(keys.flatmap(lambda key: st.tuples(st.just(key), KEY_VALUES[key])), instances)
def test_a_value_and_its_negation_part_the_instances(key_value, instance):
    key, value = key_value
    assert Where.of(**{key: value}).matches(instance) is not Where.of(**{key: "!" + value}).matches(instance)


@law
@given(
    keys.flatmap(lambda key: st.tuples(st.just(key), *[st.lists(KEY_VALUES[key], min_size=1, max_size=3)] * 2)),
    instances,
)
def test_lists_unite_and_negated_lists_meet(key_values, instance):
    key, one, other = key_values

    def holds(values):
        return Where.of(**{key: values}).matches(instance)

    assert holds(one + other) is (holds(one) or holds(other))
    negated_one, negated_other = (["!" + value for value in values] for values in (one, other))
    assert holds(negated_one + negated_other) is (holds(negated_one) and holds(negated_other))
    assert holds(one + negated_other) is (holds(one) and holds(negated_other))


@law
@given(wheres, instances)
def test_every_key_must_be_met(where, instance):
    assert where.matches(instance) is all(single.matches(instance) for single in where.by_key())


@law
@given(st.integers(-3, 3), st.one_of(st.none(), st.integers(-3, 3)), instances)
def test_bounds_part_the_numbers_and_leave_out_null(bound, number, instance):
    facets = {} if number is None else {"rows": number}
    instance = type(instance)(instance.path, instance.digest, instance.size, facets)
    kept = [Where.parse([f"rows{operator}{bound}"]).matches(instance) for operator in ("<", "=", ">")]
    assert kept.count(True) == (number is not None)
    assert Where.parse([f"rows<={bound}"]).matches(instance) is (kept[0] or kept[1])
    assert Where.parse([f"rows>={bound}"]).matches(instance) is (kept[1] or kept[2])


@law
@given(wheres, st.lists(instances, max_size=5))
def test_an_answer_does_not_depend_on_those_before(where, drawn):
    fresh = [Where.from_toml(where.to_toml(), "a test").matches(instance) for instance in drawn]
    assert [where.matches(instance) for instance in drawn + drawn] == fresh + fresh
