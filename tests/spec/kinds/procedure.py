"""Specification of `procedure`: operations and radiation."""

from schemas.criteria.specification import Facts, Spec, SpecExample


def done(procedure: str, complete: bool = True, **more: object) -> Facts:
    return {"procedures": [{"procedure": procedure, **more}], **({"procedures_complete": True} if complete else {})}


SPEC = Spec(
    "procedure",
    [
        SpecExample(
            "procedure: {any_of: [thyroidectomy]}",
            "a group of procedures",
            met=[done("total_thyroidectomy", complete=False)],
            not_met=[{"procedures": [], "procedures_complete": True}],
            unknown=[{}, {"procedures": []}],
        ),
        SpecExample(
            "procedure: {any_of: [total_thyroidectomy], done: {min: 2 months, max: 5 months}}",
            "time since the procedure",
            met=[done("total_thyroidectomy", done={"ago": "3 months"})],
            not_met=[done("total_thyroidectomy", done={"ago": "6 months"})],
            unknown=[done("total_thyroidectomy")],
        ),
        SpecExample(
            "not: {procedure: {any_of: [radiotherapy], not_site: [bone], done: {below: 4 weeks}, palliative: false}}",
            "radiation by site, except palliative radiation",
            met=[
                done("external_beam_radiotherapy", site="bone", done={"ago": "1 week"}, palliative=False),
                done("external_beam_radiotherapy", site="lung", done={"ago": "1 week"}, palliative=True),
            ],
            not_met=[done("external_beam_radiotherapy", site="lung", done={"ago": "1 week"}, palliative=False)],
            unknown=[done("external_beam_radiotherapy", done={"ago": "1 week"}, palliative=False)],
        ),
        SpecExample(
            "procedure: {any_of: [radiotherapy], site: [bone]}",
            "by site",
            met=[done("external_beam_radiotherapy", site="bone")],
            not_met=[done("external_beam_radiotherapy", site="lung")],
            unknown=[done("external_beam_radiotherapy")],
        ),
    ],
)
