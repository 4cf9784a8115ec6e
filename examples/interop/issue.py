"""Issues SD-JWT VCs with the reference implementation of SD-JWT, and presents them with key binding.

    issue.py DIR      writes DIR/theirs.json, for `interop check DIR`
"""

import json
import sys
import time
from pathlib import Path

from jwcrypto.jwk import JWK
from sd_jwt.common import SDObj
from sd_jwt.holder import SDJWTHolder
from sd_jwt.issuer import SDJWTIssuer

ISSUER = "https://issuer.example"
VCT = "https://credentials.example/membership"
AUDIENCE = "decentralized_identifier:did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK"
NONCE = "bUtJdjJESWdmTWNjb011YQ"
STATUS = {"idx": 412, "uri": "https://issuer.example/status/7"}

KEYS = {
    "EdDSA": lambda kid: JWK.generate(kty="OKP", crv="Ed25519", kid=kid),
    "ES256": lambda kid: JWK.generate(kty="EC", crv="P-256", kid=kid, use="sig", alg="ES256"),
}


def always(now):
    return {
        "iss": ISSUER,
        "vct": VCT,
        "iat": now,
        "nbf": now,
        "exp": now + 86_400,
        "status": {"status_list": STATUS},
    }


def hidden(hide):
    """The claims, with `hide` around what is disclosed one by one: members, in one another, and elements of arrays."""
    return {
        hide("given_name"): "Zoë 🌷",
        hide("address"): {
            hide("street"): "Neude 11",
            hide("geo"): {hide("lat"): 52.0929, hide("lon"): 5.1184, "datum": "WGS 84"},
            "country": "NL",
        },
        "langs": [hide("nl"), "en", hide(("fy", "nds"))],
        "member": {hide("since"): 2019, hide("number"): 9_007_199_254_740_993, "paid": True, "note": None},
    }


def plain(value):
    """As it reads once everything is disclosed."""
    if isinstance(value, dict):
        return {name: plain(inner) for name, inner in value.items()}
    return [plain(inner) for inner in value] if isinstance(value, (list, tuple)) else value


def hide(value):
    """An array that is hidden as a whole hides its elements as well."""
    return SDObj([SDObj(inner) for inner in value] if isinstance(value, tuple) else value)


# What the holder chooses, and what the verifier then is to read.
CHOICES = [
    (
        "a little",
        {"given_name": True, "address": {"geo": {"lat": True}}, "langs": [True, None, False]},
        {
            "given_name": "Zoë 🌷",
            "address": {"geo": {"lat": 52.0929, "datum": "WGS 84"}, "country": "NL"},
            "langs": ["nl", "en"],
            "member": {"paid": True, "note": None},
        },
    ),
    (
        "deep in arrays",
        {"langs": [False, None, [False, True]], "member": {"number": True}},
        {
            "langs": ["en", ["nds"]],
            "member": {"number": 9_007_199_254_740_993, "paid": True, "note": None},
        },
    ),
]


def case(algorithm, holder_algorithm, decoys, choice):
    name, disclose, expected = choice
    now = int(time.time())
    issuer_key, holder_key = KEYS[algorithm]("issuer-1"), KEYS[holder_algorithm]("holder-1")
    issued = SDJWTIssuer(
        always(now) | hidden(hide),
        issuer_key,
        holder_key,
        sign_alg=algorithm,
        add_decoy_claims=decoys,
        extra_header_parameters={"typ": "dc+sd-jwt", "kid": "issuer-1"},
    )
    holder = SDJWTHolder(issued.sd_jwt_issuance)
    holder.create_presentation(disclose, NONCE, AUDIENCE, holder_key, sign_alg=holder_algorithm)
    cnf = {"cnf": {"jwk": holder_key.export_public(as_dict=True)}}
    decoyed = f", {len(issued.decoy_digests)} decoys" if decoys else ""
    return {
        "name": f"{algorithm} issuer, {holder_algorithm} holder{decoyed}, {name}",
        "issuer": ISSUER,
        "vct": VCT,
        "status": STATUS,
        "audience": AUDIENCE,
        "nonce": NONCE,
        "issuer_jwk": issuer_key.export_public(as_dict=True),
        "holder_jwk": holder_key.export_public(as_dict=True),
        "issuance": issued.sd_jwt_issuance,
        "presentation": holder.sd_jwt_presentation,
        "claims": always(now) | expected | cnf,
        "all_claims": always(now) | plain(hidden(lambda value: value)) | cnf,
    }


def main(folder):
    cases = [
        case(algorithm, holder_algorithm, decoys, choice)
        for algorithm in KEYS
        for holder_algorithm in KEYS
        for decoys in (False, True)
        for choice in CHOICES
    ]
    text = json.dumps({"cases": cases}, ensure_ascii=False, indent=1)
    (Path(folder) / "theirs.json").write_text(text, encoding="utf-8")
    print(f"The Python package issued and bound {len(cases)} credentials.")


if __name__ == "__main__":
    main(sys.argv[1])
