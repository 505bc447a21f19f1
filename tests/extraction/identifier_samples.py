"""Synthetic notes with identifiers of twelve kinds, and similar notes without identifiers."""

from random import Random

PROSE = (
    "Seen in clinic today. {} Papillary thyroid carcinoma, BRAF V600E.",
    "Follow-up after radioiodine (150 mCi). {} Thyroglobulin 3.2 ng/mL.",
    "{} Total thyroidectomy and neck dissection, pT3a N1b.",
    "Lenvatinib was started. {} ECOG 1.",
)
NAMES = ("Okafor", "Lindqvist", "Marchetti", "Nakamura", "O'Brien", "Schneider", "Dubois", "Novak")
STREETS = ("Maple", "Station", "Church", "Queen", "Victoria")
MONTHS = ("January", "March", "April", "June", "August", "October", "December")


def identified(number: int, seed: int = 3) -> list[tuple[str, str]]:
    """Return pairs of a kind and a note with an identifier of this kind, cycling through the kinds."""
    random = Random(seed)
    kinds = list(WRITERS)
    return [(kind := kinds[index % len(kinds)], _note(random, kind)) for index in range(number)]


def _note(random: Random, kind: str) -> str:
    return random.choice(PROSE).format(random.choice(WRITERS[kind]).format(**_values(random)))


def _values(random: Random) -> dict[str, object]:
    return {
        "name": random.choice(NAMES),
        "street": random.choice(STREETS),
        "month": random.choice(MONTHS),
        "day": random.randint(1, 28),
        "mm": f"{random.randint(1, 12):02}",
        "year": random.randint(1960, 2024),
        "age": random.randint(90, 104),
        "a": random.randint(200, 989),
        "b": random.randint(200, 989),
        "c": random.randint(1000, 9999),
        "d": random.randint(10, 99),
        "n": random.randint(1_000_000, 9_999_999),
    }


WRITERS = {
    "name": (
        "Mrs {name} attended.", "Dr {name} referred the patient.", "Patient name: {name}.", "Signed by: {name}",
        "Dear Dr. {name},", "Ms. J. {name} was seen.", "cc: Prof. {name}", "Consultant: {name}", "NAME: {name}, John.",
        "Re: Mr A. {name}", "The patient, Mr. {name}, agreed.", "Her husband, {name}, was present.", "Surgeon: {name}",
    ),
    "phone": (
        "Tel: 0{d} {c} {c}.", "Call +44 20 {c} {c}.", "Phone ({a}) {b}-{c}.", "Reach us on {a}-{b}-{c}.",
        "Mobile: 07{a} {b}{a}", "Fax +49 89 {n}", "tel. 0{a} {c}{d}", "+1 ({a}) {b}-{c}", "06 {d} {d} {d} {d}",
    ),
    "email": ("Write to {name}.{d}@hospital.org.", "E-mail: clinic{d}@nhs.net", "a.{d}@uni-klinik.example.de"),
    "url": ("See https://portal.example.org/p/{n}.", "Images at www.viewer{d}.com/study", "http://pacs.local/{n}"),
    "record_number": (
        "MRN: {n}.", "Hospital number {n}.", "NHS no. {a} {b} {c}.", "Patient ID: AB{n}", "MRN#{n}", "MRN {n}",
        "Hosp No: A{n}", "Case no. {c}{d}", "PID {n}", "Unit number: {n}", "Chart # {n}",
    ),
    "accession_number": (
        "Histology no. S{d}-{c}.", "Accession number: {n}.", "Specimen #: H{d}/{c}", "Acc# {d}-{c}{d}",
        "Path no: {d}S{c}{d}", "Report no. {c}/{d}", "Slides S20-{c}{d} reviewed.",
    ),
    "national_id": (
        "SSN {a}-{d}-{c}.", "NI number: QQ {d} {d} {d} C.", "SSN: {a}-{d}-{c}", "Social security number {a} {d} {c}",
        "Passport no. {n}{d}", "Codice fiscale RSSMRA{d}A01L219K.", "National ID: {n}{a}",
    ),
    "insurance_number": (
        "Insurance no. {n}.", "Member ID: {n}.", "Policy number: {n}", "Policy # ABC-{n}", "Medicare no. "
        "1EG4-TE5-MK{d}",
        "Health insurance number A{n}{d}",
    ),
    "address": (
        "Lives at {d} {street} Road.", "Home: {a} {street} Street.", "Address: {d} {street} Lane", "Via Roma {d}.",
        "Hauptstraße {d}", "{d} rue de la Paix", "Flat 2, {d} {street} Avenue.", "P.O. Box {c}",
    ),
    "postal_code": (
        "Postcode: SW{d} 3AB.", "Boston, MA 0{c}.", "ZIP code: {c}1", "75008 Paris.", "D-80331 München", "EH1 2AB",
        "20121 Milano",
    ),
    "date": (
        "Operated on {day} {month} {year}.", "Seen {day}/{mm}/{year}.", "Scan of {month} {year}.", "On {year}-{mm}-15.",
        "CT {day}.{mm}.{year}:", "Seen on {day}-Mar-{year}.", "{month} {day}th, {year}", "since {mm}/{year}",
        "in {month}", "on the {day}th of {month}", "dob {day}/{mm}/{year}", "{year}/{mm}/15",
    ),
    "age_over_89": (
        "This {age}-year-old man.", "Aged {age} years.", "She is {age} years old.", "{age} yo female", "Age: {age}",
        "a {age} y/o lady", "{age}F with PTC", "a man of {age} years", "ninety-two-year-old", "at the age of {age}",
    ),
}  # fmt: skip

CLEAN_PIECES = (
    "This 54-year-old woman has papillary thyroid carcinoma, pT3a(m) N1b M0 (AJCC 8).",
    "Graves' disease and Hashimoto thyroiditis were excluded; Hürthle cell change was seen.",
    "Radioiodine: 3.7 GBq (100 mCi) in 2016, 7,400 MBq in 2018; cumulative 11.1 GBq.",
    "BRAF p.V600E, NRAS p.Q61R, TERT c.-124C>T; RET::CCDC6 not detected.",
    "Thyroglobulin 1,250.5 ng/mL, TSH 0.03 mIU/L, calcium 2.21 mmol/L.",
    "Lesions of 12 x 8 mm at T10 and L3, 1/12 nodes involved, Ki-67 5-10%.",
    "Blood pressure 120/80 mmHg, heart rate 72/min, ECOG 1, KPS 90%.",
    "She may start lenvatinib 24 mg; in march-like pace the disease progressed within 11 months.",
    "RECIST 1.1 progression after 30 months; the scan of 2019 was compared with that of 2018.",
    "Dr. and nurse were present. Mr imaging was not needed; MR of the neck was normal.",
    "The Warthin-like variant was discussed at the MDT; Bethesda VI; Turin criteria met.",
    "Lobectomy in 2010 at the age of 34; 90 days later completion surgery; 95% necrosis.",
    "Dose 2 x 150 mCi; SUVmax 12.4; Tg doubling time 0.8 years; age 90+.",
    "I-131 avid foci; Tc-99m negative; 18F-FDG PET/CT positive; NCT02152995 screened.",
    "Stable disease; grade 3/4 toxicity in neither; 12/24 nodes; ratio 1.2; doubled from 2019 to 2021.",
    "Her sister, aged 45, and her mother had goitre; the so called Hürthle cell variant was not found.",
    "NM_004333.6(BRAF):c.1799T>A, chr7:140453136, rs113488022, 31.4% of 1203 reads.",
    "Paget's disease, Hodgkin lymphoma and Horner syndrome were excluded; Zuckerkandl tubercle preserved.",
    "He may take 10 mg in the morning; she may march on. Delphian node 6 mm, levels IIa-Vb dissected.",
    "Sister and brother are well; the daughter: healthy. Patient: female, 44 years. Surgeon: not stated.",
    "External beam radiotherapy, 60 Gy in 30 fractions, to T10-L2; SBRT 3 x 9 Gy.",
    "TSH 0.02 mIU/L, fT4 22.1 pmol/L, calcitonin 4500 pg/mL, platelets 150 000/uL, Hb 12.1 g/dL.",
    "Seen by the thyroid team; referred by the surgeon; called radioiodine-refractory; consultant reviewed.",
    "Follow-up of 90 months; 95 mm mass; 92 mg; 90% viable; 98 years of data; at 10-12-15 months.",
    "Lenvatinib 2019-2021, then cabozantinib 60 mg since 2021, 3 cycles of 28 days, 14-day break.",
    "RECIST: target lesions 18 + 22 + 17 mm = 57 mm (baseline 61 mm, -6.6%); new lesions: none.",
    "Uptake 0.5% at 24 h, 3.7 GBq 131I after 2 x 0.9 mg rhTSH; dose rate 25 uSv/h at 1 m.",
    "Place of uptake: thyroid bed. Way of progression: nodal. Park no further; Court of opinion: MDT.",
)


def clean(number: int, seed: int = 5) -> list[str]:
    """Return notes without identifiers."""
    random = Random(seed)
    return [" ".join(random.sample(CLEAN_PIECES, 5)) for _ in range(number)]
