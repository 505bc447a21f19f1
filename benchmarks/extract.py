"""Measures how fast notes are read, growth with length, memory kept afterwards, and the time of the first note."""

import gc
import re
import subprocess
import sys
from collections.abc import Callable
from random import Random
from time import perf_counter, process_time

from benchmarks.processes import cpu_of_ended_children
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
BAD_TEXTS = {
    "prose": "No BRAF, NRAS or RET mutation was found in the lung metastases of 8 mm after 150 mCi of radioiodine and ",
    "one line of notes": " ".join(OPENING[:1] + SENTENCES).replace(".", ","),
    "a table": "| BRAF | V600E | 12 mm | 150 mCi |\n",
    "noise": "Pt w1th papi11ary thyr0id carc1noma RA1 l50 mCi BRAF V6OOE 1.2x0.8 cm Tg 1.250,5 ",
    "right to left": "المريضة تبلغ من العمر 45 عاما وخضعت لاستئصال الغدة الدرقية ",
    "markup": "<p class='x'>BRAF&nbsp;V600E</p><table><tr><td>8&nbsp;mm</td></tr>",
    "signs": "( [ { + - * / ^ $ | 12 x 3 x no no ",
    "no spaces": "xX7",
}
"""Typical bad input: endless text, other languages, and output of machines."""

CHOICES = {
    "sex": ("woman", "man"),
    "histology": ("papillary thyroid carcinoma", "follicular thyroid carcinoma", "Hürthle cell carcinoma"),
    "variant": ("BRAF V600E mutation", "NRAS p.Gln61Arg variant", "CCDC6::RET fusion", "TERT C228T promoter mutation"),
    "drug": ("Lenvatinib", "Sorafenib", "Cabozantinib", "Selpercatinib"),
}


def notes(number: int, seed: int = 7) -> list[str]:
    """Return this many distinct notes of about 200 words; the same seed gives the same notes."""
    random = Random(seed)
    return [_note(random, index) for index in range(number)]


def _note(random: Random, index: int) -> str:
    """Return a note with unique words, so that a cache of words would grow."""
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
    while sum(len(sentence.split()) for sentence in text) < WORDS - 5:
        text.append(random.choice(SENTENCES))
    return " ".join([*text, f"Reference word x{index:x}q{random.getrandbits(40):x}."]).format(**values)


def measure(rows: int) -> dict[str, float]:
    """Return the figures by name. Units: in the names; times are of one core, and ratios of one run."""
    sample = notes(min(rows, 200))
    for text in sample[:20]:
        extract(text)
    reading, tokenising = _fastest(extract, sample), _fastest(TOKEN.findall, sample)
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


def _fastest(read: Callable[[str], object], texts: list[str]) -> float:
    """Return the fastest of some passes, because other load only adds time. Units: seconds of one core."""
    times = []
    gc.collect()
    gc.disable()  # it would run in some passes only
    for _ in range(PASSES):
        start = process_time()
        for text in texts:
            read(text)
        times.append(process_time() - start)
    gc.enable()
    return min(times)


def doubling() -> dict[str, float]:
    """Return how many times longer twice the text takes, by kind of text: about 2 if reading is linear."""
    return {
        name: _fastest(extract, [_repeated(text, 2)]) / _fastest(extract, [_repeated(text, 1)])
        for name, text in BAD_TEXTS.items()
    }


def _repeated(text: str, times: int) -> str:
    size = times * MAX_NOTE_CHARACTERS // 4
    return (text * (size // len(text) + 1))[:size]


def _growth(rows: int) -> float:
    """Return the memory that reading keeps once the caches are warm. Units: MiB."""
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
    """Time a new process that reads one note, best of three. Units: seconds, CPU seconds."""
    program = "from extraction.extract import extract; extract('Papillary thyroid carcinoma, BRAF V600E.')"
    times = []
    for _ in range(3):
        start, used = perf_counter(), cpu_of_ended_children()
        subprocess.run([sys.executable, "-c", program], check=True)
        times.append((perf_counter() - start, cpu_of_ended_children() - used))
    return min(times)
