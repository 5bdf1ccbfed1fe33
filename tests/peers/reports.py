"""Reads the reports of a suite with Python's own parsers, and prints what it finds: reports.py JUNIT JSON."""

import json
import sys
import xml.etree.ElementTree as xml

junit = xml.parse(sys.argv[1]).getroot()
suites = junit.findall("testsuite")
for suite in suites:
    for case in suite.findall("testcase"):
        found = [(part.tag, part.get("message")) for part in case if part.tag != "system-out"]
        told = " ".join(f"{tag} {message!r}" for tag, message in found) or "held"
        print(f"{case.get('classname')}: {case.get('name')}: {told}")
for suite in suites:
    if suite.find("system-out") is not None and suite.get("name") == "a.nsh":
        print(f"{suite.get('name')} wrote {suite.find('system-out').text!r}")
sums = ", ".join(f"{key} {junit.get(key)}" for key in ["tests", "failures", "errors", "skipped"])
assert all(int(junit.get(key)) == sum(int(suite.get(key)) for suite in suites) for key in ["tests", "failures", "errors"])
print(f"{junit.tag}: {sums}\n")

with open(sys.argv[2], encoding="utf-8") as file:
    files = json.load(file)["files"]
for file in files:
    for case in file["cases"]:
        error = f" {case['error']['message']!r}" if "error" in case else ""
        print(f"{file['file']}: {case.get('name')}: {case['verdict']}{error}")
    if file.get("error"):
        print(f"{file['file']}: not run")
for file in files:
    if "stdout" in file and file["file"] == "a.nsh":
        print(f"{file['file']} wrote {file['stdout']!r}")
