// The vectors of spec/vectors/private-standing with the BBS implementation of Digital Bazaar, which was written without ours:
//
//     node examples/interop/bbs.mjs FOLDER
//
// FOLDER holds a copy of github.com/digitalbazaar/bbs-signatures at 3.1.0 or later, with its dependencies installed in it. (The
// package of 3.0.0 has another form of pseudonyms.) Nothing of it is part of Faam.
import {readdirSync, readFileSync} from 'node:fs';
import {join, resolve} from 'node:path';
import {pathToFileURL} from 'node:url';

const folder = resolve(process.argv[2] ?? '.');
const load = path => import(pathToFileURL(join(folder, path)).href);
const {ProofVerifyWithPseudonym} = await load('lib/bbs/pseudonym/interface.js');
const {getCiphersuite} = await load('lib/bbs/ciphersuites.js');
const ciphersuite = getCiphersuite('BLS12-381-SHA-256');

const bytes = hex => Uint8Array.from(Buffer.from(hex, 'hex'));
const vectors = resolve(import.meta.dirname, '../../spec/vectors/private-standing');
let agreed = 0;
const differ = [];
for(const file of readdirSync(vectors).filter(name => name.endsWith('.json')).sort()) {
  const it = JSON.parse(readFileSync(join(vectors, file)));
  let verified = false;
  try {
    // More messages than it has room for are no question to it.
    verified = it.messages_total < 1000 && ProofVerifyWithPseudonym({
      PK: bytes(it.public_key), proof: bytes(it.proof), header: bytes(it.header), ph: bytes(it.presentation_header),
      pseudonym: bytes(it.pseudonym), context_id: bytes(it.context), L: it.messages_total,
      disclosed_messages: it.disclosed.map(shown => bytes(shown.message)),
      disclosed_committed_messages: [],
      disclosed_indexes: it.disclosed.map(shown => shown.index), disclosed_committed_indexes: [],
      ciphersuite
    });
  } catch {
    // It throws for what has not its form.
  }
  if(verified === (it.expect === 'accept')) {
    agreed++;
  } else {
    differ.push(`${it.id}: ${it.expect} is stated, ${verified ? 'accepted' : 'rejected'} it was`);
  }
}
console.log(`${agreed} agree, ${differ.length} differ`);
differ.forEach(line => console.log(line));
process.exitCode = differ.length === 0 ? 0 : 1;
