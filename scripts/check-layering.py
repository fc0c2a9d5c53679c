#!/usr/bin/env python3
"""Fails when a target imports a package target that it does not declare in Package.swift.

Usage: swift package describe --type json | check-layering.py
The compiler's own --explicit-target-dependency-import-check lets such imports through (Swift 6.3.1).
"""
import json
import pathlib
import re
import sys

IMPORT = re.compile(
    r"\s*(?:@\w+(?:\([^)]*\))?\s+)*"
    r"(?:(?:public|package|internal|fileprivate|private)\s+)?"
    r"import\s+(?:(?:struct|class|enum|protocol|func|var|let|typealias)\s+)?(\w+)"
)

package = json.load(sys.stdin)
targets = {target["c99name"] for target in package["targets"]}
failed = False
for target in package["targets"]:
    allowed = set(target.get("target_dependencies", [])) | {target["c99name"]}
    for source in target["sources"]:
        path = pathlib.Path(target["path"], source)
        if path.suffix != ".swift":
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            match = IMPORT.match(line)
            if match and match[1] in targets and match[1] not in allowed:
                print(f"{path}:{number}: {target['name']} may not import {match[1]}; Package.swift does not declare it")
                failed = True
sys.exit(failed)
