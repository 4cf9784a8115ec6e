// A client of faam-node's local interface, with what Node brings along.
//
// It is all that a market needs to talk to its node: copy it. spec/text/local-api.md says what each call does.
import {createHmac, timingSafeEqual} from 'node:crypto';
import {readFile} from 'node:fs/promises';
import {request} from 'node:http';
import {join} from 'node:path';
import {setTimeout as pause} from 'node:timers/promises';

// A call is worked on for 60 s at most.
const TIMEOUT = 70_000;
// What is read of an answer: a decision may hold all that a person showed.
const MAX_ANSWER = 64 * 1024 * 1024;
// Oldest and newest webhook that is taken, in seconds.
const WEBHOOK_AGE = 300;

/** The node understood and refused, or cannot now. Programs look at `code`, people at `sentence`. */
export class Refused extends Error {
  constructor(status, body) {
    super(body.sentence ?? 'no sentence');
    Object.assign(this, {status, code: body.code ?? 'unknown', sentence: body.sentence ?? '', body});
  }

  get mayWorkLater() {
    return this.status === 503;
  }
}

/** The node whose state folder is `folder`, with the access key in `keyFile`. */
export class FaamNode {
  constructor(folder, keyFile = join(folder, 'api.key')) {
    Object.assign(this, {folder, keyFile});
  }

  /** One call. Busy nodes are asked again, a few times; nothing else is. */
  async call(method, path, body) {
    for(const wait of [200, 500, 1000, 2000, null]) {
      try {
        return await this.#once(method, path, body);
      } catch(error) {
        if(wait === null || !(error instanceof Refused && error.mayWorkLater)) throw error;
        await pause(wait);
      }
    }
  }

  async #once(method, path, body) {
    // Read anew each time: a daemon that was started again may listen elsewhere, and keys are rotated.
    const address = (await readFile(join(this.folder, 'api.addr'), 'utf8')).trim();
    const key = (await readFile(this.keyFile, 'utf8')).trim();
    const data = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
    const {status, text} = await new Promise((resolve, reject) => {
      const call = request(new URL(path, `http://${address}`), {
        method, timeout: TIMEOUT, agent: false,
        headers: {Authorization: `Bearer ${key}`, 'Content-Length': Buffer.byteLength(data ?? '')},
      }, answer => {
        const parts = [];
        let size = 0;
        answer.on('data', part => {
          parts.push(part);
          size += part.length;
          if(size > MAX_ANSWER) call.destroy(new Error('the answer is too large'));
        });
        answer.on('end', () => resolve({status: answer.statusCode, text: Buffer.concat(parts).toString()}));
        answer.on('error', reject);
      });
      call.on('timeout', () => call.destroy(new Error('the node does not answer')));
      call.on('error', reject);
      call.end(data);
    });
    const value = text ? JSON.parse(text) : {};
    if(status < 200 || status >= 300) throw new Refused(status, value);
    return value;
  }

  /** A link and a session code with which a person takes their ratings along. Show the code in their session alone. */
  offer(account) {
    return this.call('POST', '/v0/offers', {account});
  }

  /** A request by the name of a policy: its id, its link, and until when it can be answered. */
  ask(policy, purpose, retentionDays) {
    return this.call('POST', '/v0/requests', {policy, purpose, retention_days: retentionDays});
  }

  /** Where a request stands; waits up to `wait` seconds (30 at most) for it to change. */
  state(id, wait = 0) {
    return this.call('GET', `/v0/requests/${encodeURIComponent(id)}${wait ? `?wait=${wait}` : ''}`);
  }

  /** Takes a request back that nobody answered yet. */
  revoke(id) {
    return this.call('DELETE', `/v0/requests/${encodeURIComponent(id)}`);
  }

  /** Applies events. The same ones again do nothing, so that whoever does not know sends them again. */
  events(events) {
    return this.call('POST', '/v0/events', events.map(event => `${JSON.stringify(event)}\n`).join(''));
  }
}

/**
 * The message of a webhook after Standard Webhooks, or undefined if the node did not send it just now.
 *
 * `secret` is what `faam-node webhook secret` prints: whsec_ and base64. While it is rotated, the old one signs too.
 * `headers` are by lower-case name, `body` the bytes as they came.
 */
export function opened(secret, headers, body, now = Date.now() / 1000) {
  const id = headers['webhook-id'] ?? '';
  const stamp = headers['webhook-timestamp'] ?? '';
  if(!id || !/^\d{1,15}$/.test(stamp) || Math.abs(now - Number(stamp)) > WEBHOOK_AGE) return undefined;
  const given = (headers['webhook-signature'] ?? '').split(' ').filter(part => part.startsWith('v1,'))
    .map(part => Buffer.from(part.slice(3), 'base64'));
  for(const one of secret.split(/\s+/).filter(Boolean)) {
    const key = Buffer.from(one.replace(/^whsec_/, ''), 'base64');
    // Under an empty key anybody could sign.
    if(!key.length) throw new Error('the webhook\'s secret is empty; `faam-node webhook secret` prints it');
    const wanted = createHmac('sha256', key).update(`${id}.${stamp}.`).update(body).digest();
    if(given.some(signature => signature.length === wanted.length && timingSafeEqual(signature, wanted))) {
      return JSON.parse(body);
    }
  }
  return undefined;
}
