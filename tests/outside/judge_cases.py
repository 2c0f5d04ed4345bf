"""Judges the files of the conformity cases: `judge_cases.py FOLDER BASVURU`, where FOLDER is the `invalid` that the
conformity test left. Every verdict of `basvuru verify` has to be the one in `cases.tsv`, and OpenSSL has to accept what
passes and refuse what does not, where it can judge what the case is about. Prints a table; ends with 1 where any differs.
"""

import json
import re
import subprocess
import sys
import tempfile
import zipfile
from datetime import datetime
from pathlib import Path

folder, basvuru = Path(sys.argv[1]), sys.argv[2]
root = folder / "root.pem"
wrong = []


def ours(path, at):
    """The verdict of the file alone: nobody is asked."""
    command = [basvuru, "--json", "verify", "--offline", "--at", at, "--trust", root, path]
    if path.suffix == ".p7s":
        command += ["--content", folder / "content"]
    output = subprocess.run(command, capture_output=True, text=True)
    report = json.loads(output.stdout)
    # The exit status has to say the same: scripts rely on it.
    if (output.returncode == 0) != (report["verdict"] == "TOTAL-PASSED"):
        wrong.append(f"{path.name}: {report['verdict']} with exit status {output.returncode}")
    return report["verdict"], report["sub_indication"] or "-"


def openssl(path, at, can_judge):
    """What OpenSSL says of the file, by what of it the case is about: nothing where it accepts it."""
    moment = ["-attime", str(int(datetime.fromisoformat(at).timestamp()))]
    if can_judge == "timestamp":
        command = ["ts", "-verify", "-token_in", "-in", path.with_suffix(".tst"), "-data", path.with_suffix(".value")]
        # The issuing certificate is in the signature around the time-stamp.
        with tempfile.NamedTemporaryFile("w", suffix=".pem") as certificates:
            taken = ["openssl", "pkcs7", "-inform", "DER", "-in", path, "-print_certs"]
            certificates.write(subprocess.run(taken, capture_output=True, text=True).stdout)
            certificates.flush()
            return objection([*command, "-CAfile", root, "-untrusted", certificates.name, *moment])
    command = ["cms", "-verify", "-cades", "-binary", "-inform", "DER", "-purpose", "any", "-CAfile", root, *moment]
    command += ["-out", "/dev/null"]
    if can_judge == "lists":
        command.append("-crl_check_all")
    if path.suffix == ".p7s":
        return objection([*command, "-in", path, "-content", folder / "content"])
    with tempfile.TemporaryDirectory() as unpacked:
        zipfile.ZipFile(path).extractall(unpacked)
        for signature in sorted(Path(unpacked, "META-INF").glob("signature*.p7s")):
            manifest = signature.with_name(signature.name.replace("signature", "ASiCManifest")).with_suffix(".xml")
            found = objection([*command, "-in", signature, "-content", manifest])
            if found:
                return found
    return None


def objection(arguments):
    """OpenSSL's own words, from lines such as `…:error:…:library:function:reason:file:line:Verify error: detail`."""
    output = subprocess.run(["openssl", *arguments], capture_output=True, text=True)
    if output.returncode == 0:
        return None
    detail = re.search(r"Verify error: ?(.*)", output.stderr)
    reason = re.search(r":error:[^:]*:[^:]*:[^:]*:([^:]*):", output.stderr)
    return (detail or reason or re.search(r"(.*)", output.stderr)).group(1)


lines = (folder / "cases.tsv").read_text().splitlines()
for name, form, file_name, at, verdict, sub_indication, tells, can_judge in (line.split("\t") for line in lines):
    if tells == "asking":
        print(f"passed over: {name}: {verdict} {sub_indication} for someone who asks, as the test does")
        continue
    path = folder / file_name
    found = ours(path, at)
    if found != (verdict, sub_indication):
        wrong.append(f"{name}: {found} where {(verdict, sub_indication)}")
    word = "-"
    if can_judge != "-":
        found_by_openssl = openssl(path, at, can_judge)
        word = f"refuses: {found_by_openssl}" if found_by_openssl else "accepts"
        if (found_by_openssl is None) != (verdict == "TOTAL-PASSED"):
            wrong.append(f"{name}: OpenSSL {word}")
    kind = "honest" if name.startswith("honest-") else "case"
    print(f"{kind + ':':<8} {name:<52} {form:<6} {found[0]:<14} {found[1]:<34} OpenSSL {word}")

if not lines:
    wrong.append("no cases")
for line in wrong:
    print(f"wrong: {line}", file=sys.stderr)
sys.exit(1 if wrong else 0)
