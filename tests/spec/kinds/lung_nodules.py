"""Specification of `lung_nodules`: the number of solid, noncalcified lung nodules."""

from schemas.criteria.specification import Facts, Spec, SpecExample


def nodules(number: int, *, complete: bool = True) -> Facts:
    return {"disease": {"lesions": [{"site": "lung"}] * number, "lesions_complete": complete}}


SPEC = Spec(
    "lung_nodules",
    [
        SpecExample(
            "lung_nodules: {above: 10}",
            "as reported, and as the listed lung lesions allow",
            met=[
                {"disease": {"lung_nodules": "11"}},
                {"disease": {"lung_nodules": ">20"}},
                nodules(11, complete=False),
            ],
            not_met=[{"disease": {"lung_nodules": "10"}}, nodules(10)],
            unknown=[{}, {"disease": {"lung_nodules": "several"}}, nodules(10, complete=False)],
        ),
        SpecExample(
            "lung_nodules: {max: 3}",
            "lesions elsewhere do not count",
            met=[{"disease": {"lesions": [{"site": "bone"}] * 5, "lesions_complete": True}}],
            not_met=[nodules(4)],
            unknown=[{"disease": {"lung_nodules": "2-4"}}],
        ),
    ],
)
