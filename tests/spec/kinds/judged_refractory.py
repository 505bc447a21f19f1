"""Specification of `judged_refractory`: a reported judgement, regardless of the scans."""

from schemas.criteria.specification import Facts, Spec, SpecExample


def judged(value: bool, **by: object) -> Facts:
    return {"radioiodine": {"refractory_judgement": {"value": value, **by}}}


SPEC = Spec(
    "judged_refractory",
    [
        SpecExample(
            "judged_refractory: {by: [specialist, tumour_board]}",
            "by a specialist or a board; a treating physician may be a specialist",
            met=[judged(True, by="tumour_board"), judged(True, by="nuclear medicine physician")],
            not_met=[judged(False, by="tumour_board"), judged(False), judged(True, by="central_review")],
            unknown=[{}, judged(True), judged(True, by="treating_physician")],
        ),
        SpecExample(
            "judged_refractory: {}",
            "by anyone",
            met=[judged(True)],
            not_met=[judged(False)],
            unknown=[{}],
        ),
    ],
)
