"""Checks what Faam issued and bound with the reference implementation of SD-JWT.

    check.py DIR      reads DIR/ours.json, which `interop make DIR` wrote
"""

import json
import sys
from pathlib import Path

from jwcrypto.jwk import JWK
from sd_jwt.verifier import SDJWTVerifier


class Verifier(SDJWTVerifier):
    """The package's verifier, which takes key bindings by ES256 unless it is told otherwise: Faam's are EdDSA."""

    def _verify_key_binding_jwt(self, expected_aud=None, expected_nonce=None, sign_alg=None):
        super()._verify_key_binding_jwt(expected_aud, expected_nonce, sign_alg="EdDSA")


def verified(text, issuer, issuer_jwk, audience, nonce):
    """What a presentation says, once issuer and key binding are verified; the header as the package saw it."""
    seen = {}

    def key_of(stated, header):
        seen.update(header)
        if stated != issuer:
            raise ValueError(f"another issuer: {stated}")
        return JWK(**issuer_jwk)

    return Verifier(text, key_of, audience, nonce).get_verified_payload(), seen


def must_fail(why, *arguments):
    try:
        verified(*arguments)
    except Exception:  # the package and what is under it raise many kinds
        return
    raise SystemExit(f"FAILED: accepted although {why}")


def main(folder):
    ours = json.loads((Path(folder) / "ours.json").read_text(encoding="utf-8"))
    issuer, key, audience, nonce = (ours[name] for name in ("issuer", "issuer_jwk", "audience", "nonce"))
    if not ours["cases"]:
        raise SystemExit("FAILED: no cases")
    for case in ours["cases"]:
        text = case["presentation"]
        claims, header = verified(text, issuer, key, audience, nonce)
        if claims != case["claims"]:
            raise SystemExit(f"FAILED: {case['name']}: read {claims}, expected {case['claims']}")
        if header.get("typ") != "dc+sd-jwt" or claims["vct"] != case["vct"]:
            raise SystemExit(f"FAILED: {case['name']}: typ {header.get('typ')}, vct {claims['vct']}")
        if claims["cnf"]["jwk"] != ours["holder_jwk"]:
            raise SystemExit(f"FAILED: {case['name']}: bound to another key")

        signed, rest = text.split("~", 1)
        first, payload, _ = signed.split(".")
        must_fail("the nonce is another", text, issuer, key, audience, nonce + "x")
        must_fail("the audience is another", text, issuer, key, audience + "x", nonce)
        must_fail("the issuer's key is the holder's", text, issuer, ours["holder_jwk"], audience, nonce)
        must_fail("the signature is gone", f"{first}.{payload}.~{rest}", issuer, key, audience, nonce)
        must_fail("the key binding is gone", text.rsplit("~", 1)[0] + "~", issuer, key, audience, nonce)
        disclosures = rest.split("~")[:-1]
        if disclosures:
            fewer = "~".join([signed, *disclosures[:-1], text.rsplit("~", 1)[1]])
            must_fail("a disclosure was left out after binding", fewer, issuer, key, audience, nonce)
        print(f"  ✓ {case['name']}: {', '.join(sorted(claims))}")
    print(f"The Python package verified {len(ours['cases'])} presentations of Faam.")


if __name__ == "__main__":
    main(sys.argv[1])
