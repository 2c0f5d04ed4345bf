"""Asks pyHanko about every detached signature that the matrix test left in a folder, and fails where it disagrees.

    BASVURU_MATRIX=DIR cargo test -p basvuru-core --test matrix
    python ask_pyhanko.py DIR

Needs pyHanko 0.38 from PyPI. pyHanko judges in the words of ETSI EN 319 102-1. It passes over archive time-stamps, and
takes the Turkish profiles for what they are besides: signatures with a time-stamp. Where certificates and the state of
certificates came along (B-LT, B-LTA), it is given the root alone and insists on the state of every certificate.
"""

import asyncio
import hashlib
import pathlib
import sys

from asn1crypto import cms, ocsp, pem, x509
from pyhanko.sign.ades.report import AdESPassed
from pyhanko.sign.validation import ades
from pyhanko.sign.validation.policy_decl import (
    CertificateFetchingRule,
    LocalKnowledge,
    RevinfoOnlineFetchingRule,
    RevocationInfoGatheringSpec,
    SignatureValidationSpec,
)
from pyhanko.sign.validation.settings import KeyUsageConstraints
from pyhanko_certvalidator.context import CertValidationPolicySpec
from pyhanko_certvalidator.policy_decl import CertRevTrustPolicy, RevocationCheckingPolicy, RevocationCheckingRule
from pyhanko_certvalidator.registry import SimpleTrustManager
from pyhanko_certvalidator.revinfo.archival import CRLContainer, OCSPContainer

OCSP_RESPONSE = "1.3.6.1.5.5.7.16.2"


def certificates(path):
    return [x509.Certificate.load(der) for _, _, der in pem.unarmor(path.read_bytes(), multiple=True)]


def knowledge(signed_data, chain):
    """The issuers, and the lists and answers that the signature brings along."""
    lists, answers = [], []
    for choice in signed_data["crls"] or ():
        if choice.name == "crl":
            lists.append(CRLContainer(choice.chosen))
        else:
            assert choice.chosen["other_rev_info_format"].dotted == OCSP_RESPONSE
            answers.append(OCSPContainer(ocsp.OCSPResponse.load(choice.chosen["other_rev_info"].dump())))
    return LocalKnowledge(known_certs=chain, known_crls=lists, known_ocsps=answers)


def specification(signed_data, roots, chain, insists):
    rule = RevocationCheckingRule.CRL_OR_OCSP_REQUIRED if insists else RevocationCheckingRule.NO_CHECK
    policy = CertValidationPolicySpec(
        trust_manager=SimpleTrustManager.build(trust_roots=roots),
        revinfo_policy=CertRevTrustPolicy(
            RevocationCheckingPolicy(ee_certificate_rule=rule, intermediate_ca_cert_rule=rule)
        ),
    )
    return SignatureValidationSpec(
        cert_validation_policy=policy,
        revinfo_gathering_policy=RevocationInfoGatheringSpec(
            online_fetching_rule=RevinfoOnlineFetchingRule.LOCAL_ONLY,
            certificate_fetching_rule=CertificateFetchingRule.NEVER_FETCH,
        ),
        local_knowledge=knowledge(signed_data, chain),
        key_usage_settings=KeyUsageConstraints(key_usage={"non_repudiation"}),
    )


async def judge(path, content, folder):
    signed_data = cms.ContentInfo.load(path.read_bytes())["content"]
    algorithm = signed_data["signer_infos"][0]["digest_algorithm"]["algorithm"].native
    digest = hashlib.new(algorithm, content).digest()
    brings_all = "B-LT" in path.stem
    chain = [] if brings_all else certificates(folder / "chain.pem")
    specified = specification(signed_data, certificates(folder / "root.pem"), chain, brings_all)
    validate = ades.ades_basic_validation if path.stem.endswith("B-B") else ades.ades_with_time_validation
    result = await validate(signed_data, specified, raw_digest=digest)
    return result.ades_subindic


async def main():
    folder = pathlib.Path(sys.argv[1])
    content = (folder / "content").read_bytes()
    paths = sorted(folder.glob("*.p7s"))
    wrong = [] if paths else ["nothing to judge"]
    for path in paths:
        good = await judge(path, content, folder)
        bad = await judge(path, content + b"x", folder)
        print(f"{path.stem:16} {good}; another content: {bad}")
        if good != AdESPassed.OK or bad == AdESPassed.OK:
            wrong.append(path.stem)
    sys.exit(f"pyHanko disagrees: {', '.join(wrong)}" if wrong else 0)


asyncio.run(main())
