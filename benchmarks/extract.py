"""How fast notes are read, how that grows with their length, what it leaves behind, and how the first one fares."""

import gc
import re
import subprocess
import sys
from collections.abc import Callable
from random import Random
from time import perf_counter, process_time

from benchmarks.processors import cpu_of_children
from extraction.extract import extract
from extraction.note_text import MAX_NOTE_CHARACTERS

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
PASSES = 3
TOKEN = re.compile(r"\w+|[^\w\s]")
UGLY = {
    "prose": "No BRAF, NRAS or RET mutation was found in the lung metastases of 8 mm after 150 mCi of radioiodine and ",
    "one line of notes": " ".join(OPENING[:1] + SENTENCES).replace(".", ","),
    "a table": "| BRAF | V600E | 12 mm | 150 mCi |\n",
    "noise": "Pt w1th papi11ary thyr0id carc1noma RA1 l50 mCi BRAF V6OOE 1.2x0.8 cm Tg 1.250,5 ",
    "right to left": "المريضة تبلغ من العمر 45 عاما وخضعت لاستئصال الغدة الدرقية ",
    "markup": "<p class='x'>BRAF&nbsp;V600E</p><table><tr><td>8&nbsp;mm</td></tr>",
    "signs": "( [ { + - * / ^ $ | 12 x 3 x no no ",
    "no spaces": "xX7",
}
"""Bad input as it comes: text without end, from another language, from a machine."""

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
    """The figures by name. Units: in the names; time is that of one core, and ratios are of one run."""
    sample = notes(min(rows, 200))
    for text in sample[:20]:
        extract(text)
    reading, tokenising = _best(extract, sample), _best(TOKEN.findall, sample)
    wall, cpu = _cold_start()
    return {
        "notes_per_second": round(len(sample) / reading, 1),
        "times_plain_tokenising": round(reading / tokenising, 1),
        "words_per_note": round(sum(len(text.split()) for text in sample) / len(sample), 1),
        "worst_doubling_ratio": round(max(doubling().values()), 2),
        "notes_read": rows,
        "rss_growth_mb": round(_growth(rows), 2),
        "cold_start_seconds": round(wall, 2),
        "cold_start_cpu_seconds": round(cpu, 2),
    }


def _best(what: Callable[[str], object], texts: list[str]) -> float:
    """The fastest of some passes: others use the machine as well. Units: seconds of one core."""
    times = []
    gc.collect()
    gc.disable()  # when it runs depends on what else is alive, and falls on one pass and not on another
    for _ in range(PASSES):
        start = process_time()
        for text in texts:
            what(text)
        times.append(process_time() - start)
    gc.enable()
    return min(times)


def doubling() -> dict[str, float]:
    """How many times longer twice the text takes, by kind of text: about 2 if reading is linear."""
    return {name: _best(extract, [_long(text, 2)]) / _best(extract, [_long(text, 1)]) for name, text in UGLY.items()}


def _long(piece: str, times: int) -> str:
    size = times * MAX_NOTE_CHARACTERS // 4
    return (piece * (size // len(piece) + 1))[:size]


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


def _cold_start() -> tuple[float, float]:
    """A new process that reads one note, best of three. Units: seconds on the clock, seconds of one core."""
    program = "from extraction.extract import extract; extract('Papillary thyroid carcinoma, BRAF V600E.')"
    times = []
    for _ in range(3):
        start, used = perf_counter(), cpu_of_children()
        subprocess.run([sys.executable, "-c", program], check=True)
        times.append((perf_counter() - start, cpu_of_children() - used))
    return min(times)
