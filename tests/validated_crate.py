"""Run in an environment of its own: what roc-validator says of a research object, a line an issue.

    python validated_crate.py CRATE CONTEXT PROFILE SEVERITY

The validator asks the web for the JSON-LD context of RO-Crate 1.1; it gets CONTEXT, which the library that
writes crates has of a later release, with the two types that have had other addresses since.
"""

import io
import json
import sys
from pathlib import Path

import requests
import requests_cache

OF_1_1 = {
    "ComputationalWorkflow": "https://bioschemas.org/ComputationalWorkflow",
    "FormalParameter": "https://bioschemas.org/FormalParameter",
}


def offline(context: bytes):
    """What is asked of the web: the context, and nothing else."""

    def send(session, request, **options):
        if request.url != "https://w3id.org/ro/crate/1.1/context":
            raise requests.ConnectionError(f"the web was asked for {request.url}")
        answer = requests.Response()
        answer.status_code, answer.url, answer.request = 200, request.url, request
        answer.headers["Content-Type"] = "application/ld+json"
        answer._content, answer.raw = context, io.BytesIO(context)
        return answer

    return send


def main(crate: str, context: str, profile: str, severity: str) -> None:
    """Validate, and print each issue."""
    terms = json.loads(Path(context).read_text(encoding="utf-8"))
    terms["@context"] |= OF_1_1
    send = offline(json.dumps(terms).encode())
    requests.Session.send = requests_cache.CachedSession.send = send
    # Read after it can no longer reach the web.
    from rocrate_validator import models, services

    asked = {"rocrate_uri": crate, "profile_identifier": profile, "no_cache": True, "abort_on_first": False}
    found = services.validate(asked | {"requirement_severity": models.Severity[severity]})
    for issue in found.get_issues():
        print(issue.severity.name, issue.check.identifier, issue.message, sep="\t")
    print("validated")


if __name__ == "__main__":
    main(*sys.argv[1:])
