"""How fast notes are read, how much memory that leaves behind, and how long the first note takes."""

import subprocess
import sys
from random import Random
from time import perf_counter, process_time

from extraction.extract import extract

WORDS = 200
"""Units: words of a note."""

OPENING = (
    "This {age}-year-old {sex} was diagnosed with {histology} and underwent total thyroidectomy with neck dissection.",
    "{age}-year-old {sex}, {histology}, status post thyroidectomy.",
)
SENTENCES = (
    "Histology showed extrathyroidal extension and involved margins, pT{t} N1b.",
    "Radioiodine was given with {mci} mCi for remnant ablation {years} years ago.",
    "A second course of {gbq} GBq followed, and the post-therapy scan showed no uptake in the lung metastases.",
    "CT showed multiple bilateral pulmonary nodules of up to {mm} mm and a {cm} cm mediastinal lymph node.",
    "Molecular testing revealed a {variant}; RET and NTRK fusions were not detected.",
    "Thyroglobulin under suppression was {tg} ng/mL with negative thyroglobulin antibodies, TSH 0.0{t} mIU/L.",
    "{drug} was started and had to be stopped after {years} months because of hypertension.",
    "The patient reports no dyspnoea, no pain and no dysphagia, and continues to work full time.",
    "Her sister was treated for papillary thyroid carcinoma with a BRAF mutation.",
    "The tumour board considered the disease radioiodine-refractory and recommended a second opinion.",
    "ECOG performance status was {t}.",
    "Bone metastases could not be excluded, and an MRI of the spine was arranged.",
    "Disease progressed within {years} months according to RECIST.",
    "He was seen together with the endocrine nurse, and the results were explained at length.",
    "Appetite and weight are steady, sleep is good, and the usual daily activities are managed without help.",
    "We would be grateful for your opinion and have arranged the next visit in the usual way.",
    "On examination there was a well-healed scar and no palpable lymphadenopathy in the neck.",
)
CHOICES = {
    "sex": ("woman", "man"),
    "histology": ("papillary thyroid carcinoma", "follicular thyroid carcinoma", "Hürthle cell carcinoma"),
    "variant": ("BRAF V600E mutation", "NRAS p.Gln61Arg variant", "CCDC6::RET fusion", "TERT C228T promoter mutation"),
    "drug": ("Lenvatinib", "Sorafenib", "Cabozantinib", "Selpercatinib"),
}


def notes(number: int, seed: int = 7) -> list[str]:
    """So many distinct notes of about 200 words, the same for the same seed."""
    random = Random(seed)
    return [_note(random, place) for place in range(number)]


def _note(random: Random, place: int) -> str:
    """Each note has words of its own, so that a store that keeps them would grow."""
    values = {name: random.choice(words) for name, words in CHOICES.items()} | {
        "age": str(random.randint(18, 88)),
        "t": str(random.randint(1, 3)),
        "mci": str(random.choice((30, 100, 150, 200))),
        "gbq": str(random.choice((3.7, 5.5, 7.4))),
        "mm": str(random.randint(3, 25)),
        "cm": f"{random.uniform(1, 4):.1f}",
        "tg": f"{random.uniform(0.2, 900):.1f}",
        "years": str(random.randint(1, 12)),
    }
    text = [random.choice(OPENING)]
    while sum(len(one.split()) for one in text) < WORDS - 5:
        text.append(random.choice(SENTENCES))
    return " ".join([*text, f"Reference word x{place:x}q{random.getrandbits(40):x}."]).format(**values)


def measure(rows: int) -> dict[str, float]:
    """The figures by name. Units: in the names; time is that of one core."""
    sample = notes(min(rows, 500))
    extract(sample[0])
    start = process_time()
    for text in sample:
        extract(text)
    speed = len(sample) / (process_time() - start)
    return {
        "notes_per_second": round(speed, 1),
        "words_per_note": round(sum(len(text.split()) for text in sample) / len(sample), 1),
        "notes_read": rows,
        "rss_growth_mb": round(_growth(rows), 2),
        "cold_start_seconds": round(_cold_start(), 2),
    }


def _growth(rows: int) -> float:
    """What reading leaves behind once the caches of the first notes are warm. Units: MiB."""
    for text in notes(min(1000, max(200, rows // 10)), seed=3):
        extract(text)
    before = _resident_mb()
    for block in range(max(1, rows // 500)):
        for text in notes(min(500, rows), seed=100 + block):
            extract(text)
    return _resident_mb() - before


def _resident_mb() -> float:
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * 4096 / 2**20


def _cold_start() -> float:
    """A new process that reads one note. The best of three: others use the machine as well."""
    program = "from extraction.extract import extract; extract('Papillary thyroid carcinoma, BRAF V600E.')"
    times = []
    for _ in range(3):
        start = perf_counter()
        subprocess.run([sys.executable, "-c", program], check=True)
        times.append(perf_counter() - start)
    return min(times)
