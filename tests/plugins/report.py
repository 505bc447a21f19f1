"""Reports as JSON what the project has in this environment, for tests that install and uninstall a package.

`python -m tests.plugins.report FOLDER`
"""

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from click.testing import CliRunner
from jsonschema import Draft202012Validator

from authoring.json_schema import trial_json_schema
from schemas.criteria.language import kinds
from schemas.inputs.faults import InputError
from schemas.inputs.strict_yaml import read_yaml
from schemas.summary.declared_facts import fact_sheet
from schemas.summary.facts import dump_patient, load_patient
from schemas.trials.library import load_library
from schemas.trials.trial_file import parse_trial
from settings.configuration import Settings
from support.servers import running_valkey
from tests.api.running import Service, make_service
from tests.plugins.environment import EXAMPLE
from tests.spec.manual import pages
from trialmatch.cli import main

FILE = EXAMPLE / "trialmatch_breast" / "trials" / "NCT03734029.yaml"
TRIAL = FILE.read_text("utf-8")
PATIENT = {
    "age": "51 years", "performance": {"ecog": 1}, "disease": {"metastatic": True}, "therapies_complete": True,
    "therapies": [{"drug": "paclitaxel"}],
}  # fmt: skip
BREAST = {"diagnosis": {"histology": "ILC"}, "receptors": {"estrogen": "80 %", "her2_ihc": "2+"}}


def report(folder: Path) -> dict[str, Any]:
    """Everything that an added package affects."""
    library = load_library()
    return {
        "kinds": sorted(kinds()),
        "trials": sorted(library.trials),
        "definitions": sorted(library.definitions),
        "vocabularies": sorted(library.vocabularies),
        "faults": [str(fault) for fault in library.faults],
        "facts": [entry for entry in fact_sheet() if entry["path"].startswith("receptors")],
        "schema": _schema(),
        "manual": pages(),
        "check": _command("trials", "check", "--json"),
        "test": _command("trials", "test", str(FILE), "--json"),
        "trial": _refusals(lambda: parse_trial(TRIAL, "NCT03734029.yaml")),
        "patient": _refusals(lambda: dump_patient(load_patient({"patient_ref": "B-1", **PATIENT, **BREAST}))),
        "api": _api(folder),
    }


def _schema() -> dict[str, Any]:
    """Whether editors accept the trial, also with a mistyped status."""
    validator = Draft202012Validator(trial_json_schema())
    trial = read_yaml(TRIAL, "").data
    mistyped = trial | {"exclude": [{"receptor": {"her2": ["postive"]}}]}
    return {
        "kinds": sorted(key for key in trial_json_schema()["$defs"] if key.startswith("kind-")),
        "takes": validator.is_valid(trial),
        "takes_mistyped": validator.is_valid(mistyped),
    }


def _refusals(read: Any) -> Any:
    try:
        read()
    except InputError as error:
        return [str(fault) for fault in error.faults]
    return []


def _command(*arguments: str) -> Any:
    """What a command prints for programs, or else for people."""
    done = CliRunner().invoke(main, arguments)
    return json.loads(done.stdout) if done.stdout else done.stderr


def _api(folder: Path) -> dict[str, Any]:
    """A patient submitted and matched, as clients see it."""
    with tempfile.TemporaryDirectory(dir=folder) as data, running_valkey(Path(data)) as valkey:
        service = make_service(Settings(data_dir=Path(data), broker_url=valkey.url))
        try:
            return _answers(service)
        finally:
            service.database.close()


def _answers(service: Service) -> dict[str, Any]:
    client = service.client()
    get = {path: client.get(f"/api/v1{path}") for path in ("/trials/NCT03734029", "/vocabulary/her2_ihc", "/facts")}
    schemas = {name: client.get(f"/api/v1/schemas/{name}").get_json() for name in ("trial", "patient")}
    refused = client.post("/api/v1/patients", json={"patient_ref": "B-1", **PATIENT, **BREAST})
    matched = []
    if refused.status_code == 202:
        service.match(refused.get_json()["id"])
        matched = client.get(refused.get_json()["links"]["matches"]).get_json()["matches"]
    thyroid = service.submit("A-1")
    service.match(thyroid)
    return {
        "status": {path: answer.status_code for path, answer in get.items()},
        "facts": [
            entry["path"] for entry in get["/facts"].get_json()["facts"] if entry["path"].startswith("receptors")
        ],
        "kinds": sorted(key for key in schemas["trial"]["$defs"] if key.startswith("kind-")),
        "sections": sorted(schemas["patient"]["properties"]),
        "submitted": refused.status_code,
        "errors": [(entry["path"], entry["detail"]) for entry in refused.get_json().get("errors", [])],
        "matched": [entry for entry in matched if entry["trial"] == "NCT03734029"],
        "thyroid": len(client.get(f"/api/v1/patients/{thyroid}/matches").get_json()["matches"]),
    }


if __name__ == "__main__":
    print(json.dumps(report(Path(sys.argv[1]))))
