"""What pyHanko adds to the folder of the matrix test, for others to judge: `python add_by_pyhanko.py FOLDER`.

FOLDER/foreign gets a detached CAdES signature by pyHanko for every kind of key, and FOLDER/timestamps every time-stamp
over a signature with the octets it is over.
"""

import asyncio
import datetime
import pathlib
import sys

from asn1crypto import cms, keys, pem, x509
from pyhanko.sign.signers import SimpleSigner
from pyhanko.sign.signers.pdf_cms import PdfCMSSignedAttributes
from pyhanko_certvalidator.registry import SimpleCertificateStore


async def sign(folder):
    content = (folder / "content").read_bytes()
    chain = [x509.Certificate.load(der) for _, _, der in pem.unarmor((folder / "chain.pem").read_bytes(), multiple=True)]
    for path in sorted(folder.glob("*.certificate")):
        store = SimpleCertificateStore()
        store.register_multiple(chain)
        signer = SimpleSigner(
            x509.Certificate.load(path.read_bytes()),
            keys.PrivateKeyInfo.load(path.with_suffix(".key").read_bytes()),
            store,
        )
        now = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)
        signed = await signer.async_sign_general_data(
            content,
            "sha384" if path.stem == "P-384" else "sha256",
            detached=True,
            use_cades=True,
            signed_attr_settings=PdfCMSSignedAttributes(signing_time=now),
        )
        (folder / "foreign" / f"{path.stem}.p7s").write_bytes(signed.dump())


def leave_timestamps(folder):
    for path in sorted(folder.glob("*.p7s")):
        signer = cms.ContentInfo.load(path.read_bytes())["content"]["signer_infos"][0]
        for attribute in signer["unsigned_attrs"] or ():
            if attribute["type"].native == "signature_time_stamp_token":
                token = attribute["values"][0].dump()
                (folder / "timestamps" / f"{path.stem}.tst").write_bytes(token)
                (folder / "timestamps" / f"{path.stem}.value").write_bytes(signer["signature"].native)


folder = pathlib.Path(sys.argv[1])
for name in ("foreign", "timestamps"):
    (folder / name).mkdir(exist_ok=True)
asyncio.run(sign(folder))
leave_timestamps(folder)
