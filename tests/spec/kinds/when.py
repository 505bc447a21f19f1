"""Specification of `when`: if, then, else."""

from schemas.criteria.specification import Facts, Spec, SpecExample


def adolescent(age: str, size: str | None) -> Facts:
    lesion = {"site": "lung", **({"longest_diameter": size} if size else {})}
    return {**({"age": age} if age else {}), "disease": {"lesions": [lesion], "lesions_complete": True}}


RULE = """
when:
  if: {age: {min: 18 years}}
  then: {meets: burden/recist-measurable}
  else: {meets: burden/evaluable}
"""

SPEC = Spec(
    "when",
    [
        SpecExample(
            RULE,
            "an adult needs measurable disease, an adolescent evaluable disease",
            met=[adolescent("40 years", "12 mm"), adolescent("15 years", "6 mm"), adolescent("", "12 mm")],
            not_met=[adolescent("40 years", "6 mm")],
            unknown=[adolescent("", "6 mm"), adolescent("40 years", None)],
        ),
        SpecExample(
            "when: {if: {sex: [female]}, then: {not: {condition: {any_of: [pregnancy]}}}}",
            "without `else`, other patients need nothing",
            met=[{"sex": "male"}],
            not_met=[{"sex": "female", "conditions": [{"condition": "pregnancy"}]}],
            unknown=[{"sex": "female"}, {}],
        ),
    ],
)
