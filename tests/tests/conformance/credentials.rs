//! The requirements of `spec/text/credentials.md` that can be broken in an object, each proven by its vectors.

use super::prove;

//= spec/text/credentials.md#REQ-CRED-1
//= type=test
//# It MUST compare sizes first: the whole is at most 65,536 bytes, the JWT 32,768, a disclosure 16,384,
//# and there are at most 64 disclosures.
#[test]
fn req_cred_1() {
    prove("REQ-CRED-1");
}

//= spec/text/credentials.md#REQ-CRED-2
//= type=test
//# The last `~` MUST be there.
#[test]
fn req_cred_2() {
    prove("REQ-CRED-2");
}

//= spec/text/credentials.md#REQ-CRED-3
//= type=test
//# A disclosure MUST be a JSON array of exactly two elements (array element) or three (member), the
//# first a text, the name of a member a text.
#[test]
fn req_cred_3() {
    prove("REQ-CRED-3");
}

//= spec/text/credentials.md#REQ-CRED-4
//= type=test
//# `_sd`, `...` and `_sd_alg` MUST NOT be names of disclosures.
#[test]
fn req_cred_4() {
    prove("REQ-CRED-4");
}

//= spec/text/credentials.md#REQ-CRED-5
//= type=test
//# The JWT MUST be a JWS as [README.md](README.md#hashes-and-signatures) says with `typ` `dc+sd-jwt`,
//# under the key that the payload's `iss` and the header's `kid` name ([names.md](names.md#dids)).
#[test]
fn req_cred_5() {
    prove("REQ-CRED-5");
}

//= spec/text/credentials.md#REQ-CRED-6
//= type=test
//# `_sd_alg` MUST be absent or `sha-256`.
#[test]
fn req_cred_6() {
    prove("REQ-CRED-6");
}

//= spec/text/credentials.md#REQ-CRED-7
//= type=test
//# A digest MUST NOT stand in the whole more than once, disclosed or not, and a disclosure MUST NOT be
//# given twice.
#[test]
fn req_cred_7() {
    prove("REQ-CRED-7");
}

//= spec/text/credentials.md#REQ-CRED-8
//= type=test
//# Every disclosure MUST have its digest in the whole.
#[test]
fn req_cred_8() {
    prove("REQ-CRED-8");
}

//= spec/text/credentials.md#REQ-CRED-9
//= type=test
//# A disclosure of three elements MUST stand for a member of an object, one of two for an element of an
//# array.
#[test]
fn req_cred_9() {
    prove("REQ-CRED-9");
}

//= spec/text/credentials.md#REQ-CRED-10
//= type=test
//# A disclosed name MUST NOT stand in its object already, and `_sd_alg` MUST NOT stand anywhere but at
//# the top.
#[test]
fn req_cred_10() {
    prove("REQ-CRED-10");
}

//= spec/text/credentials.md#REQ-CRED-11
//= type=test
//# `_sd` MUST be a list of digests, and `...` MUST stand nowhere but in an array's placeholder, alone.
#[test]
fn req_cred_11() {
    prove("REQ-CRED-11");
}

//= spec/text/credentials.md#REQ-CRED-12
//= type=test
//# Arrays and objects of the whole MUST NOT nest more than 16 deep, disclosures included; the payload
//# counts as one.
#[test]
fn req_cred_12() {
    prove("REQ-CRED-12");
}

//= spec/text/credentials.md#REQ-CRED-13
//= type=test
//# At the top, `iss`, `nbf`, `exp`, `iat`, `cnf`, `vct`, `vct#integrity` and `status` MUST NOT be
//# disclosed singly.
#[test]
fn req_cred_13() {
    prove("REQ-CRED-13");
}

//= spec/text/credentials.md#REQ-CRED-14
//= type=test
//# Last, `vct` MUST be there and be the one that belongs there.
#[test]
fn req_cred_14() {
    prove("REQ-CRED-14");
}

//= spec/text/credentials.md#REQ-CRED-15
//= type=test
//# A rating MUST have all of them but `_sd_alg`, which may be absent; of `vct`, REQ-CRED-14 speaks.
#[test]
fn req_cred_15() {
    prove("REQ-CRED-15");
}

//= spec/text/credentials.md#REQ-CRED-16
//= type=test
//# There MUST be no others, and `entry` MUST be of one of those kinds and have no `_sd` of its own.
#[test]
fn req_cred_16() {
    prove("REQ-CRED-16");
}

//= spec/text/credentials.md#REQ-CRED-17
//= type=test
//# Nothing MUST be disclosed in the place of `market` or `entry`. This is judged before what is
//# missing.
#[test]
fn req_cred_17() {
    prove("REQ-CRED-17");
}

//= spec/text/credentials.md#REQ-CRED-18
//= type=test
//# What is disclosed MUST have a name and value of a rating's [disclosable
//# parts](ledger.md#disclosable-parts).
#[test]
fn req_cred_18() {
    prove("REQ-CRED-18");
}

//= spec/text/credentials.md#REQ-CRED-19
//= type=test
//# The rating has no date of its own: its key MUST have been the issuer's at some time up to the `iat`
//# of the standing with which it is shown, which states the same leaf again.
#[test]
fn req_cred_19() {
    prove("REQ-CRED-19");
}

//= spec/text/credentials.md#REQ-CRED-20
//= type=test
//# Nothing of a standing MUST be disclosed singly, so that numbers are seen together or not at all.
//# This is judged first; a digest that nothing is disclosed for is a member too many (REQ-CRED-22).
#[test]
fn req_cred_20() {
    prove("REQ-CRED-20");
}

//= spec/text/credentials.md#REQ-CRED-21
//= type=test
//# The payload of a standing MUST have all of those members; of `vct`, REQ-CRED-14 speaks.
#[test]
fn req_cred_21() {
    prove("REQ-CRED-21");
}

//= spec/text/credentials.md#REQ-CRED-22
//= type=test
//# It MUST have no others, and the statement MUST have exactly its own.
#[test]
fn req_cred_22() {
    prove("REQ-CRED-22");
}

//= spec/text/credentials.md#REQ-CRED-23
//= type=test
//# `numbers.total.all.ratings` MUST equal `head.live.size`, which MUST NOT be over `head.log.size`.
#[test]
fn req_cred_23() {
    prove("REQ-CRED-23");
}

//= spec/text/credentials.md#REQ-CRED-24
//= type=test
//# `numbers.total.all.last` MUST NOT be later than the day after the day (UTC) of `iat`.
#[test]
fn req_cred_24() {
    prove("REQ-CRED-24");
}

//= spec/text/credentials.md#REQ-CRED-25
//= type=test
//# A verifier MUST demand it, whether or not one is there.
#[test]
fn req_cred_25() {
    prove("REQ-CRED-25");
}

//= spec/text/credentials.md#REQ-CRED-26
//= type=test
//# It MUST verify under the key in `cnf`, and no other key of the same person.
#[test]
fn req_cred_26() {
    prove("REQ-CRED-26");
}

//= spec/text/credentials.md#REQ-CRED-27
//= type=test
//# `aud` MUST be the whole string, compared byte by byte.
#[test]
fn req_cred_27() {
    prove("REQ-CRED-27");
}

//= spec/text/credentials.md#REQ-CRED-28
//= type=test
//# `nonce` MUST be the request's, and not empty.
#[test]
fn req_cred_28() {
    prove("REQ-CRED-28");
}

//= spec/text/credentials.md#REQ-CRED-29
//= type=test
//# `sd_hash` MUST be that of exactly these disclosures in exactly this order. It is compared as text:
//# what is no digest is another.
#[test]
fn req_cred_29() {
    prove("REQ-CRED-29");
}

//= spec/text/credentials.md#REQ-CRED-30
//= type=test
//# `iat` MUST be at most 300 s old, and `exp`, if it is there, in the future.
#[test]
fn req_cred_30() {
    prove("REQ-CRED-30");
}

//= spec/text/credentials.md#REQ-CRED-31
//= type=test
//# `iat` MUST be at most 60 s ahead, and so `nbf`, if it is there.
#[test]
fn req_cred_31() {
    prove("REQ-CRED-31");
}

//= spec/text/credentials.md#REQ-CRED-32
//= type=test
//# A credential that is being issued MUST NOT carry a key binding.
#[test]
fn req_cred_32() {
    prove("REQ-CRED-32");
}

//= spec/text/credentials.md#REQ-CRED-33
//= type=test
//# `alg` MUST be exactly that of the issuer's key, `EdDSA` or `ES256`, and that of a key binding the
//# holder key's.
#[test]
fn req_cred_33() {
    prove("REQ-CRED-33");
}

//= spec/text/credentials.md#REQ-CRED-34
//= type=test
//# An ES256 signature (RFC 7518 §3.4) MUST be the 64 bytes of r and s, never DER.
#[test]
fn req_cred_34() {
    prove("REQ-CRED-34");
}

//= spec/text/credentials.md#REQ-CRED-35
//= type=test
//# It MUST verify; of r and s, both s and n − s are accepted.
#[test]
fn req_cred_35() {
    prove("REQ-CRED-35");
}

//= spec/text/credentials.md#REQ-CRED-36
//= type=test
//# A JWK MUST be `OKP` with `Ed25519` or `EC` with `P-256`; other members may stand there, but no other
//# `alg` than its own (`unsupported.algorithm`), no `use` but `sig` and no `key_ops` without `verify`
//# (`invalid.key`).
#[test]
fn req_cred_36() {
    prove("REQ-CRED-36");
}

//= spec/text/credentials.md#REQ-CRED-37
//= type=test
//# Its coordinates MUST be exactly 32 bytes each and a point of the curve; a private part (`d`) MUST
//# NOT be there.
#[test]
fn req_cred_37() {
    prove("REQ-CRED-37");
}

//= spec/text/credentials.md#REQ-CRED-38
//= type=test
//# `vct` MUST be a text that is not empty, and the one that was asked for if one was.
#[test]
fn req_cred_38() {
    prove("REQ-CRED-38");
}

//= spec/text/credentials.md#REQ-CRED-39
//= type=test
//# `exp`, `nbf` and `iat` MUST be whole seconds without fraction or exponent, where they are there.
#[test]
fn req_cred_39() {
    prove("REQ-CRED-39");
}

//= spec/text/credentials.md#REQ-CRED-40
//= type=test
//# `exp` MUST be in the future.
#[test]
fn req_cred_40() {
    prove("REQ-CRED-40");
}

//= spec/text/credentials.md#REQ-CRED-41
//= type=test
//# `nbf` and `iat` MUST be at most 60 s ahead.
#[test]
fn req_cred_41() {
    prove("REQ-CRED-41");
}

//= spec/text/credentials.md#REQ-CRED-42
//= type=test
//# `cnf` MUST be there with a `jwk` when the credential is presented.
#[test]
fn req_cred_42() {
    prove("REQ-CRED-42");
}

//= spec/text/credentials.md#REQ-CRED-43
//= type=test
//# `iss` MUST be a text, `cnf` and `status` objects, and `status.status_list` one with a whole `idx`
//# from 0 and a text `uri`, where they are there.
#[test]
fn req_cred_43() {
    prove("REQ-CRED-43");
}

//= spec/text/credentials.md#REQ-CRED-44
//= type=test
//# It MUST have a key binding when it is presented, as [above](#key-binding).
#[test]
fn req_cred_44() {
    prove("REQ-CRED-44");
}

//= spec/text/credentials.md#REQ-CRED-46
//= type=test
//# A `status` with digests in it MUST show its `status_list` openly, `idx` and `uri` included: a holder
//# who keeps them back would have no status.
#[test]
fn req_cred_46() {
    prove("REQ-CRED-46");
}
