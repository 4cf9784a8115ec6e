// A marketplace's back end with Faam, in Node and without a package:
//
//     node market.mjs --node DIR --data FILE [--key FILE] [--secret FILE] [--policy NAME] [--port N] [--sweep N]
//
// It does what ../python/market.py does, with the same pages. DIR is the state folder of the market's faam-node, FILE a journal of
// the market's own: one change a line, on the disk before anybody is told of it, and read again at the start.
import {existsSync, fsyncSync, ftruncateSync, openSync, readFileSync, writeSync} from 'node:fs';
import {randomBytes} from 'node:crypto';
import {createServer} from 'node:http';
import {parseArgs} from 'node:util';
import {FaamNode, Refused, opened} from './faam.mjs';

const MAX_BODY = 64 * 1024;

/** The caller is told so: a status and a sentence. */
class Wrong extends Error {
  constructor(status, sentence) {
    super(sentence);
    this.status = status;
  }
}

/** Rows by table and id, each change of which is appended to a file. */
class Journal {
  #tables = {sessions: new Map(), events: new Map(), applications: new Map(), seen: new Map()};

  constructor(path) {
    const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
    this.file = openSync(path, 'a', 0o600);
    // What is behind the last end of a line was being written when the power went: nobody was told of it.
    const whole = text.slice(0, text.lastIndexOf('\n') + 1);
    ftruncateSync(this.file, Buffer.byteLength(whole));
    for(const line of whole.split('\n').filter(Boolean)) this.#apply(JSON.parse(line));
  }

  #apply({table, id, row}) {
    if(row === null) this.#tables[table].delete(id);
    else this.#tables[table].set(id, row);
  }

  put(table, id, row) {
    const change = {table, id, row};
    writeSync(this.file, `${JSON.stringify(change)}\n`);
    fsyncSync(this.file);
    this.#apply(change);
  }

  get(table, id) {
    return this.#tables[table].get(id);
  }

  all(table) {
    return [...this.#tables[table]];
  }
}

const seconds = () => Math.floor(Date.now() / 1000);

class Market {
  constructor(node, journal, secretFile, policy) {
    Object.assign(this, {node, journal, secretFile, policy});
  }

  // People

  logIn(account) {
    const token = randomBytes(24).toString('base64url');
    this.journal.put('sessions', token, {account});
    return token;
  }

  who(token) {
    const session = this.journal.get('sessions', token);
    if(!session) throw new Wrong(401, 'log in first');
    return session.account;
  }

  // Ratings go to the node: written down with the deal, sent as soon as may be, and again until they are applied.

  async rate(rater, deal, body) {
    const id = `${deal}-${rater}`;
    if(this.journal.get('events', id)) throw new Wrong(409, 'this deal is rated already');
    const event = {
      type: 'rating', id, account: text(body, 'account'), rater, role: text(body, 'role'), value: body.value,
      scale: text(body, 'scale'), at: new Date().toISOString().replace(/\.\d+Z$/, 'Z'),
      ...('comment' in body ? {comment: text(body, 'comment')} : {}),
    };
    this.journal.put('events', id, {event, sent: false, problem: null});
    await this.sendEvents();
    const {sent, problem} = this.journal.get('events', id);
    return {id, recorded: sent, problem};
  }

  async sendEvents() {
    for(const [id, row] of this.journal.all('events')) {
      if(row.sent || row.problem) continue;
      let problem = null;
      try {
        await this.node.events([row.event]);
      } catch(error) {
        if(!(error instanceof Refused) || error.mayWorkLater) return;
        // It will never be taken as it is: somebody has to look at it, and the others go on.
        problem = `${error.code}: ${error.sentence}`;
      }
      this.journal.put('events', id, {...row, sent: problem === null, problem});
    }
  }

  // A person takes their ratings along.

  async offer(account) {
    await this.sendEvents();
    // The code is for this session's page alone, never for mail.
    const {link, code, expires} = await this.node.offer(account);
    return {link, code, expires};
  }

  // A person shows their good name.

  async apply(account, listing) {
    const {id, link, expires} = await this.node.ask(this.policy, `To decide about your application for ${listing}`, 30);
    this.journal.put('applications', id, {id, account, listing, state: 'open'});
    return {id, link, expires};
  }

  application(account, id) {
    const row = this.journal.get('applications', id);
    if(row?.account !== account) throw new Wrong(404, 'there is no such application of yours');
    return row;
  }

  async withdraw(account, id) {
    this.application(account, id);
    try {
      await this.node.revoke(id);
    } catch(error) {
      if(!(error instanceof Refused) || error.status >= 500) throw error;
    }
    await this.lookAt(id);
    return this.application(account, id);
  }

  /** Asks the node how a request stands, and keeps what it says. Whoever told us to look is not believed. */
  async lookAt(id) {
    const known = this.journal.get('applications', id);
    if(!known) return;
    let state;
    try {
      state = await this.node.state(id);
    } catch(error) {
      if(!(error instanceof Refused && error.code === 'request.unknown')) throw error;
      state = {state: 'gone'};
    }
    const row = {
      ...known, state: state.state, outcome: state.decision?.outcome ?? null, explanation: state.explanation ?? null,
      delete_by: state.delete_by ?? null,
    };
    if(JSON.stringify(row) !== JSON.stringify(known)) this.journal.put('applications', id, row);
  }

  async calledBack(headers, body) {
    const secret = this.secretFile ? readFileSync(this.secretFile, 'utf8') : '';
    const message = opened(secret, headers, body);
    if(!message) throw new Wrong(401, 'this is not signed by our node, or too old');
    const id = headers['webhook-id'];
    if(this.journal.get('seen', id)) return {seen: true};
    await this.lookAt(message.data.id);
    // Noted last: what failed before is told again by the node.
    this.journal.put('seen', id, {at: seconds()});
    return {seen: false};
  }

  /** What no webhook told of, and what must not be kept any longer. */
  async sweep() {
    await this.sendEvents();
    for(const [id, row] of this.journal.all('applications')) {
      if(row.state === 'open') await this.lookAt(id);
      else if(row.delete_by <= seconds() && row.explanation) {
        this.journal.put('applications', id, {...row, state: 'gone', explanation: null});
      }
    }
    for(const [id, {at}] of this.journal.all('seen')) {
      if(at < seconds() - 30 * 86_400) this.journal.put('seen', id, null);
    }
  }
}

function text(body, name) {
  const value = body[name];
  if(typeof value !== 'string' || !value || value.length > 2000) throw new Wrong(400, `${name} is missing, or no text`);
  return value;
}

async function read(call) {
  const parts = [];
  let size = 0;
  for await (const part of call) {
    size += part.length;
    if(size > MAX_BODY) throw new Wrong(413, 'the body is too large');
    parts.push(part);
  }
  return Buffer.concat(parts);
}

async function serve(market, call) {
  const raw = await read(call);
  const [first, name, last, ...more] = call.url.replace(/^\/|\/$/g, '').split('/').map(decodeURIComponent);
  const page = [call.method, first, name && '*', last, ...more].filter(part => part !== undefined).join(' ');
  if(page === 'POST faam') return [200, await market.calledBack(call.headers, raw)];
  let body;
  try {
    body = raw.length ? JSON.parse(raw) : {};
  } catch {
    throw new Wrong(400, 'the body is no JSON');
  }
  if(body === null || typeof body !== 'object' || Array.isArray(body)) throw new Wrong(400, 'the body is no object');
  if(page === 'POST session') return [200, {}, market.logIn(text(body, 'account'))];
  const token = /(?:^|; ?)session=([^;]*)/.exec(call.headers.cookie ?? '')?.[1];
  const account = market.who(token);
  switch(page) {
    case 'POST deals * rating': return [200, await market.rate(account, name, body)];
    case 'POST me *': if(name === 'offer') return [200, await market.offer(account)]; break;
    case 'POST applications': return [201, await market.apply(account, text(body, 'listing'))];
    case 'GET applications *': return [200, market.application(account, name)];
    case 'DELETE applications *': return [200, await market.withdraw(account, name)];
  }
  throw new Wrong(404, 'there is no such page');
}

function told(error) {
  if(error instanceof Wrong) return [error.status, {sentence: error.message}];
  if(error instanceof Refused) {
    return [error.mayWorkLater ? 503 : 422, {code: error.code, sentence: error.sentence}];
  }
  if(error instanceof URIError) return [404, {sentence: 'there is no such page'}];
  console.error(`the node is not reached: ${error.message}`);
  return [503, {sentence: 'that cannot be done now; try again in a moment'}];
}

const {values: args} = parseArgs({options: {
  node: {type: 'string'}, data: {type: 'string'}, key: {type: 'string'}, secret: {type: 'string'},
  policy: {type: 'string', default: 'default'}, port: {type: 'string', default: '0'},
  // How often what no webhook told of is looked for, in seconds.
  sweep: {type: 'string', default: '60'},
}});
if(!args.node || !args.data) {
  console.error('usage: node market.mjs --node DIR --data FILE [--key FILE] [--secret FILE] [--policy NAME] [--port N] [--sweep N]');
  process.exit(2);
}
const market = new Market(new FaamNode(args.node, args.key), new Journal(args.data), args.secret, args.policy);
const server = createServer({requestTimeout: 30_000}, async (call, answer) => {
  const [status, value, cookie] = await serve(market, call).catch(told);
  const data = JSON.stringify(value);
  answer.writeHead(status, {
    'Content-Type': 'application/json', 'Cache-Control': 'no-store', 'Content-Length': Buffer.byteLength(data),
    ...(cookie ? {'Set-Cookie': `session=${cookie}; HttpOnly; SameSite=Strict; Path=/`} : {}),
  });
  answer.end(data);
});
server.listen(Number(args.port), '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}`));
let sweeping = false;
setInterval(async () => {
  if(sweeping) return;
  sweeping = true;
  try {
    await market.sweep();
  } catch(error) {
    console.error(`not everything could be looked after: ${error.message}`);
  }
  sweeping = false;
}, Number(args.sweep) * 1000);
