"""Specification of `prior_radioiodine`: the radioiodine given so far."""

from schemas.criteria.specification import Facts, Spec, SpecExample


def courses(*activities: str, **more: object) -> Facts:
    """Courses of these activities, in a complete list."""
    given = [{"activity": activity} for activity in activities]
    return {"radioiodine": {"received": True, "courses": given, "courses_complete": True, **more}}


def spaced(*months: int) -> Facts:
    """Courses of 150 mCi given this many months ago, in a complete list."""
    given = [{"activity": "150 mCi", "given": {"ago": f"{ago} months"}} for ago in months]
    return {"radioiodine": {"courses": given, "courses_complete": True}}


SPEC = Spec(
    "prior_radioiodine",
    [
        SpecExample(
            "prior_radioiodine: {received: true}",
            "a listed course implies that radioiodine was received",
            met=[{"radioiodine": {"received": True}}, courses("100 mCi"), {"radioiodine": {"courses": [{}]}}],
            not_met=[{"radioiodine": {"received": False}}, {"radioiodine": {"courses": [], "courses_complete": True}}],
            unknown=[{}, {"radioiodine": {"courses": []}}],
        ),
        SpecExample(
            "prior_radioiodine: {received: true, or_unsuitable: true}",
            "treated with it, or unsuitable for it",
            met=[{"radioiodine": {"received": False, "unsuitable": True}}],
            not_met=[{"radioiodine": {"received": False, "unsuitable": False}}],
            unknown=[{"radioiodine": {"received": False}}],
        ),
        SpecExample(
            "prior_radioiodine: {cumulative_activity: {above: [600 mCi, 22 GBq]}}",
            "between 22.0 and 22.2 GBq the source contradicts itself",
            met=[courses("300 mCi", "310 mCi"), {"radioiodine": {"cumulative_activity": ">22.2 GBq"}}],
            not_met=[courses("200 mCi", "3.7 GBq"), courses("22 GBq")],
            unknown=[courses("22.1 GBq"), courses("600 mCi"), {"radioiodine": {"courses": [{"activity": "500 mCi"}]}}],
        ),
        SpecExample(
            "prior_radioiodine: {cumulative_activity: {min: 600 mCi}}",
            "a reported total and the listed courses narrow each other",
            met=[
                {
                    "radioiodine": {
                        "cumulative_activity": ">=550 mCi",
                        "courses": [{"activity": "300 mCi"}, {"activity": "300 mCi"}],
                    }
                }
            ],
            not_met=[{"radioiodine": {"cumulative_activity": "<600 mCi", "courses": [{"activity": "300 mCi"}]}}],
            unknown=[{"radioiodine": {"cumulative_activity": "500-700 mCi"}}],
        ),
        SpecExample(
            "prior_radioiodine: {courses: {max: 2}}",
            "a number of courses in words is a range",
            met=[
                courses("100 mCi", "100 mCi"),
                {"radioiodine": {"received": False}},
                {"radioiodine": {"number_of_courses": 2}},
            ],
            not_met=[courses("30 mCi", "100 mCi", "100 mCi"), {"radioiodine": {"number_of_courses": ">=3"}}],
            unknown=[{"radioiodine": {"number_of_courses": "several"}}, {"radioiodine": {"courses": [{}]}}],
        ),
        SpecExample(
            "prior_radioiodine: {last_course: {min: 6 months}}",
            "time since the last course",
            met=[spaced(30, 6), {"radioiodine": {"last_given": {"year": 2020, "as_of": 2026}}}],
            not_met=[spaced(30, 5)],
            unknown=[
                {"radioiodine": {"last_given": {"year": 2025, "as_of": 2026}}},
                {"radioiodine": {"received": True}},
            ],
        ),
        SpecExample(
            "prior_radioiodine: {course: {activity: {min: 100 mCi}, gap_before: {max: 12 months}, "
            "progressed_after: {max: 6 months}}}",
            "a sequence of courses: the same course is large, soon after the previous course, and fails early",
            met=[
                {
                    "radioiodine": {
                        "courses": [
                            {"activity": "100 mCi", "given": {"ago": "30 months"}},
                            {"activity": "150 mCi", "given": {"ago": "20 months"}, "progressed_after": "4 months"},
                        ],
                        "courses_complete": True,
                    }
                }
            ],
            not_met=[
                {
                    "radioiodine": {
                        "courses": [
                            {
                                "activity": "100 mCi",
                                "given": {"ago": "40 months"},
                                "progressed_after": "4 months",
                                "gap_before": "30 months",
                            },
                            {"activity": "150 mCi", "given": {"ago": "20 months"}, "progressed_after": "9 months"},
                        ],
                        "courses_complete": True,
                    }
                },
                {"radioiodine": {"received": False}},
            ],
            unknown=[spaced(30, 20), {}],
        ),
        SpecExample(
            "prior_radioiodine: {course: {activity: {min: 100 mCi}, uptake: [non_avid]}, courses: {min: 2}}",
            "a number of courses with the same properties",
            met=[
                {
                    "radioiodine": {
                        "courses": [
                            {"activity": "100 mCi", "uptake": "non_avid"},
                            {"activity": "5.5 GBq", "uptake": "non_avid"},
                            {"activity": "30 mCi", "uptake": "avid"},
                        ]
                    }
                }
            ],
            not_met=[
                {"radioiodine": {"courses": [{"activity": "100 mCi", "uptake": "non_avid"}], "courses_complete": True}}
            ],
            unknown=[{"radioiodine": {"courses": [{"activity": "100 mCi", "uptake": "non_avid"}]}}],
        ),
        SpecExample(
            "prior_radioiodine: {unsuitable: true}",
            "judged unsuitable for radioiodine, even if it was given",
            met=[{"radioiodine": {"received": True, "unsuitable": True}}],
            not_met=[{"radioiodine": {"received": False, "unsuitable": False}}],
            unknown=[{"radioiodine": {"received": True}}],
        ),
        SpecExample(
            "prior_radioiodine: {uptake_lost: true}",
            "uptake was present and was lost",
            met=[{"radioiodine": {"uptake_lost": True}}],
            not_met=[{"radioiodine": {"uptake_lost": False}}],
            unknown=[{}],
        ),
    ],
)
