"""Specification of `current_therapy`: drugs taken now, and for how long."""

from schemas.criteria.specification import Facts, Spec, SpecExample


def therapy(**facts: object) -> Facts:
    return {"therapies": [{"drug": "selpercatinib", **facts}]}


SPEC = Spec(
    "current_therapy",
    [
        SpecExample(
            "current_therapy: [ret_inhibitor]",
            "ongoing",
            met=[therapy(ongoing=True)],
            not_met=[
                therapy(ongoing=False) | {"therapies_complete": True},
                therapy(stopped={"ago": "3 weeks"}) | {"therapies_complete": True},
                {"therapies": [{"drug": "lenvatinib", "ongoing": True}], "therapies_complete": True},
            ],
            unknown=[{}, therapy(), therapy(ongoing=False)],
        ),
        SpecExample(
            "current_therapy: {any_of: [kinase_inhibitor], since_first_dose: {min: 4 weeks}}",
            "ongoing for a minimum time",
            met=[therapy(ongoing=True, started={"ago": "6 weeks"})],
            not_met=[therapy(ongoing=True, started={"ago": "2 weeks"}) | {"therapies_complete": True}],
            unknown=[therapy(ongoing=True), therapy(started={"ago": "6 weeks"})],
        ),
    ],
)
