// The other side of OpenID4VP 1.0: the TypeScript library @openid4vc/openid4vp (Apache-2.0), which shares no code with ours.
//
//   node openid4vp.mjs verifier FILE     asks for a standing; writes its link to FILE, waits for one answer, checks it
//   node openid4vp.mjs wallet LINK       reads a request of ours, verifies it, and answers it with nothing that is believed
//
// What the library leaves to its user is done here, with Node's own cryptography: signatures, and the key binding of the answer.

import assert from "node:assert/strict"
import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, randomBytes, sign, verify } from "node:crypto"
import { renameSync, writeFileSync } from "node:fs"
import { createServer } from "node:http"
import { createRequire } from "node:module"
import { pathToFileURL } from "node:url"

// The packages lie where `run` put them, beside no source of ours.
const require = createRequire(`${process.env.FAAM_INTEROP_NPM}/`)
const packaged = (name) => import(pathToFileURL(require.resolve(`@openid4vc/${name}`)))
const { Openid4vpClient, Openid4vpVerifier } = await packaged("openid4vp")
// Everything is on this machine, over plain HTTP.
const { setGlobalConfig } = await packaged("oauth2")
setGlobalConfig({ allowInsecureUrls: true })

const b64 = (value) => Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url")
const unb64 = (text) => JSON.parse(Buffer.from(text, "base64url"))
const base58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"

/** The key of a did:key of Ed25519, as JWK. */
function keyOf(did) {
  const text = did.match(/^did:key:z([1-9A-HJ-NP-Za-km-z]+)/)[1]
  let number = 0n
  for (const letter of text) number = number * 58n + BigInt(base58.indexOf(letter))
  const bytes = Buffer.from(number.toString(16).padStart(68, "0"), "hex")
  assert.deepEqual([...bytes.subarray(0, 2)], [0xed, 0x01])
  return { kty: "OKP", crv: "Ed25519", x: bytes.subarray(2).toString("base64url") }
}

function verified(compact, jwk) {
  const [header, payload, signature] = compact.split(".")
  const key = createPublicKey({ key: jwk, format: "jwk" })
  const algorithm = jwk.kty === "EC" ? "sha256" : null
  const options = jwk.kty === "EC" ? { key, dsaEncoding: "ieee-p1363" } : key
  return verify(algorithm, Buffer.from(`${header}.${payload}`), options, Buffer.from(signature, "base64url"))
}

const callbacks = {
  hash: (data, algorithm) => createHash(algorithm.replace("-", "")).update(data).digest(),
  encryptJwe: () => assert.fail("nothing is encrypted here"),
  decryptJwe: () => assert.fail("nothing is encrypted here"),
  verifyJwt: (signer, { compact }) => {
    assert.equal(signer.method, "did")
    const jwk = keyOf(signer.didUrl)
    return verified(compact, jwk) ? { verified: true, signerJwk: jwk } : { verified: false }
  },
}

/** A verifier that is named by a key on P-256, and knows nothing of Faam but the type of a standing. */
async function verifier(file) {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" })
  const jwk = publicKey.export({ format: "jwk" })
  const did = `did:jwk:${b64({ kty: jwk.kty, crv: jwk.crv, x: jwk.x, y: jwk.y })}`
  const library = new Openid4vpVerifier({
    callbacks: {
      ...callbacks,
      signJwt: (signer, { header, payload }) => {
        const signed = `${b64(header)}.${b64(payload)}`
        const key = { key: privateKey, dsaEncoding: "ieee-p1363" }
        return { jwt: `${signed}.${sign("sha256", Buffer.from(signed), key).toString("base64url")}`, signerJwk: jwk }
      },
    },
  })
  const server = createServer().listen(0, "127.0.0.1")
  await new Promise((ready) => server.once("listening", ready))
  const at = `http://127.0.0.1:${server.address().port}`
  const asked = {
    response_type: "vp_token",
    response_mode: "direct_post",
    client_id: `decentralized_identifier:${did}`,
    response_uri: `${at}/response`,
    nonce: randomBytes(24).toString("base64url"),
    state: randomBytes(16).toString("base64url"),
    client_metadata: {
      vp_formats_supported: { "dc+sd-jwt": { "sd-jwt_alg_values": ["EdDSA"], "kb-jwt_alg_values": ["EdDSA"] } },
    },
    dcql_query: {
      credentials: [{
        id: "good_name",
        format: "dc+sd-jwt",
        meta: { vct_values: ["urn:faam:standing:0"] },
        claims: [{ path: ["market"] }, { path: ["standing"] }],
      }],
    },
  }
  const made = await library.createOpenId4vpAuthorizationRequest({
    authorizationRequestPayload: asked,
    jar: {
      requestUri: `${at}/request`,
      jwtSigner: { method: "did", didUrl: `${did}#0`, alg: "ES256" },
      expiresInSeconds: 600,
      additionalJwtPayload: { aud: "https://self-issued.me/v2" },
    },
  })
  const answer = new Promise((resolve, reject) => {
    server.on("request", (request, response) => {
      if (request.method === "GET") {
        response.setHeader("content-type", "application/oauth-authz-req+jwt")
        return response.end(made.jar.authorizationRequestJwt)
      }
      const parts = []
      request.on("data", (part) => parts.push(part))
      request.on("end", () => {
        response.setHeader("content-type", "application/json")
        response.end(JSON.stringify({ redirect_uri: "https://gamma.example/done" }))
        assert.equal(request.headers["content-type"], "application/x-www-form-urlencoded")
        resolve(Object.fromEntries(new URLSearchParams(Buffer.concat(parts).toString())))
      })
      request.on("error", reject)
    })
  })
  // Whole or not at all: somebody waits for the file.
  writeFileSync(`${file}.part`, made.authorizationRequest)
  renameSync(`${file}.part`, file)
  const form = await answer
  server.close()
  server.closeAllConnections()

  const parsed = await library.parseOpenid4vpAuthorizationResponse({
    authorizationResponse: form,
    authorizationRequestPayload: asked,
    callbacks,
  })
  assert.equal(parsed.authorizationResponsePayload.state, asked.state)
  assert.deepEqual(Object.keys(form).sort(), ["state", "vp_token"], "nothing that this verifier does not know")
  const [presented] = parsed.dcql.presentations.good_name
  const [issued, binding] = [presented.split("~")[0], presented.split("~").at(-1)]
  const standing = unb64(issued.split(".")[1])
  assert.equal(standing.vct, "urn:faam:standing:0")
  assert.ok(verified(issued, keyOf(standing.iss)), "the market signed it")
  assert.ok(verified(binding, standing.cnf.jwk), "the holder's key signed the binding")
  const bound = unb64(binding.split(".")[1])
  assert.deepEqual([bound.aud, bound.nonce], [asked.client_id, asked.nonce])
  const hashed = presented.slice(0, presented.lastIndexOf("~") + 1)
  assert.equal(bound.sd_hash, createHash("sha256").update(hashed).digest("base64url"))
  console.log(`their verifier: asked our wallet, parsed its answer, verified the standing of ${standing.market}`)
}

/** A wallet of others: reads our request as any other, and has nothing that our verifier believes. */
async function wallet(link) {
  const library = new Openid4vpClient({ callbacks: { ...callbacks, fetch } })
  const parsed = library.parseOpenid4vpAuthorizationRequest({ authorizationRequest: link })
  const resolved = await library.resolveOpenId4vpAuthorizationRequest({
    authorizationRequestPayload: parsed.params,
  })
  const asked = resolved.authorizationRequestPayload
  assert.equal(resolved.client.prefix, "decentralized_identifier")
  assert.equal(asked.response_mode, "direct_post")
  assert.equal(resolved.version, 100, "OpenID4VP 1.0")
  const [credential] = asked.dcql_query.credentials
  assert.deepEqual([credential.format, credential.meta.vct_values], ["dc+sd-jwt", ["urn:faam:standing:0"]])
  const made = await library.createOpenid4vpAuthorizationResponse({
    authorizationRequestPayload: asked,
    authorizationResponsePayload: { vp_token: { [credential.id]: ["eyJhbGciOiJFZERTQSJ9.e30.AA~"] } },
  })
  const sent = await library.submitOpenid4vpAuthorizationResponse({
    authorizationRequestPayload: asked,
    authorizationResponsePayload: made.authorizationResponsePayload,
  })
  assert.equal(sent.response.status, 200)
  const told = await sent.response.json()
  assert.equal(told.faam.decision.outcome, "refused", "what proves nothing is refused, and with a code")
  console.log(`their wallet: parsed and verified our request, and was refused (${told.faam.decision.reasons[0].code})`)
}

const [what, argument] = process.argv.slice(2)
await { verifier, wallet }[what](argument)
