"""Specification of `imaging`: which imaging was done and when."""

from schemas.criteria.specification import Facts, Spec, SpecExample


def studies(*listed: Facts) -> Facts:
    return {"disease": {"imaging": list(listed)}}


def study(technique: str, region: str, ago: str) -> Facts:
    return {"technique": technique, "region": region, "done": {"ago": ago}}


SPEC = Spec(
    "imaging",
    [
        SpecExample(
            "imaging: {technique: [spiral_ct], region: [chest], done: {max: 90 days}}",
            "imaging can be repeated, so an old or missing study is unknown and never excludes",
            met=[studies(study("CT", "chest", "90 days")), studies(study("CT", "whole_body", "3 weeks"))],
            unknown=[
                {},
                studies(),
                studies(study("CT", "chest", "91 days")),
                studies(study("MRI", "chest", "3 weeks")),
                studies({"technique": "CT", "region": "chest"}),
            ],
        ),
        SpecExample(
            "imaging: {technique: [spiral_ct, mri], region: [pelvis]}",
            "a study of several regions counts for each of them",
            met=[studies(study("MRI", "abdomen_pelvis", "1 year"))],
            unknown=[studies(study("MRI", "abdomen", "1 year"))],
        ),
    ],
)
