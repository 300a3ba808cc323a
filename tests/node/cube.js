// Cube, for the tests: server-core and the real drivers, with cube.py in CPython as Cube has it.
//
// Reads one JSON request a line on standard input and answers each, in any order, with one line on
// standard output; ends when its input does. What stands in for the parts that npm does not bring
// is in the two files beside this one.
const { createRequire } = require('module');
const fs = require('fs');
const https = require('https');
const readline = require('readline');
const { spawn } = require('child_process');

const load = createRequire(`${process.env.NODE_FOLDER}/`);
const answer = (line) => fs.writeSync(1, `${JSON.stringify(line)}\n`);
console.log = console.error; // standard output is for answers

// The Databricks driver asks for its warehouse past HTTPS_PROXY; the Snowflake driver heeds it.
if (process.env.HTTPS_PROXY) {
  const { HttpsProxyAgent } = load('https-proxy-agent');
  https.globalAgent = new HttpsProxyAgent(process.env.HTTPS_PROXY, { keepAlive: true, maxSockets: 10 });
}
const native = require('./native');

native.install(load);
require('./jdbc').install(load);
const { CubejsServerCore } = load('@cubejs-backend/server-core');
const { LocalCacheDriver } = load('@cubejs-backend/query-orchestrator');
const { SnowflakeDriver } = load('@cubejs-backend/snowflake-driver');

// Cube hands Python's None on as undefined.
const noneToUndefined = (value) => {
  if (value === null) return undefined;
  if (Array.isArray(value)) return value.map(noneToUndefined);
  if (typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, noneToUndefined(v)]));
};

// Calls the functions of one cube.py, one after the other, as on Cube's one thread for Python.
class Python {
  constructor(python, worker, cubePy) {
    this.waiting = [];
    this.process = spawn(python, [worker, cubePy], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.process.on('exit', () => this.waiting.splice(0).forEach(({ reject }) => reject(new Error('cube.py: ended'))));
    this.functions = new Promise((resolve, reject) => { this.waiting.push({ resolve, reject }); });
    readline.createInterface({ input: this.process.stdout }).on('line', (line) => {
      const { resolve, reject } = this.waiting.shift();
      const { value, error } = JSON.parse(line);
      if (error) reject(new Error(`cube.py: ${error}`));
      else resolve(noneToUndefined(value));
    });
  }

  // What Cube takes for an option, if the file has such a function.
  async hook(name, taken = (value) => [value]) {
    const found = (await this.functions).includes(name);
    return found ? (...values) => this.call(name, taken(...values)) : undefined;
  }

  call(name, given) {
    return new Promise((resolve, reject) => {
      this.waiting.push({ resolve, reject });
      const undefinedToNone = (_, value) => (value === undefined ? null : value);
      this.process.stdin.write(`${JSON.stringify({ name, given }, undefinedToNone)}\n`);
    });
  }
}

// What a query comes to: its answer, or the error that is given instead.
async function answered(ask) {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      const reason = error.error || error.message;
      if (reason !== 'Continue wait') return { error: reason };
    }
  }
}

// The rows of a gateway's answer; its error is thrown.
async function rows(answer) {
  if (answer.error) throw new Error(answer.error);
  return { rows: JSON.parse(Buffer.from(await answer.getFinalResult())).data };
}

let core;
let python;
let server;
let checkSqlAuth;
let calls = 0;

const requests = {
  // A new Cube with this file and these variables; for the HTTP API with this data model, for
  // pre-aggregations with a store (the options of a Snowflake driver) beside the warehouse, and for
  // the refresh worker with its contexts.
  async start({ cubePy, interpreter, worker, env, model, store, contexts }) {
    if (core) await requests.stop();
    Object.keys(process.env).filter((name) => name.startsWith('CUBE')).forEach((name) => delete process.env[name]);
    Object.assign(process.env, env);
    const { store: cached } = new LocalCacheDriver();
    Object.keys(cached).forEach((key) => delete cached[key]); // it outlives a Cube
    python = new Python(interpreter, worker, cubePy);
    const simplified = ({ url, method, headers, ip }) => [{ url, method, headers, ip }]; // as the native module does
    const all = (...values) => values;
    checkSqlAuth = await python.hook('check_sql_auth', all);
    const own = {
      queryRewrite: await python.hook('query_rewrite', all),
      contextToGroups: await python.hook('context_to_groups'),
      scheduledRefreshContexts: await python.hook('scheduled_refresh_contexts', () => []),
      logger: await python.hook('logger', all),
    };
    Object.keys(own).forEach((name) => own[name] || delete own[name]);
    core = new CubejsServerCore({
      driverFactory: await python.hook('driver_factory'),
      contextToOrchestratorId: await python.hook('context_to_orchestrator_id'),
      extendContext: await python.hook('extend_context', simplified),
      orchestratorOptions: await python.hook('orchestrator_options'),
      repositoryFactory: () => ({ dataSchemaFiles: async () => [{ fileName: 'model.js', content: model || '' }] }),
      logger: (message, { error, warning }) => (error || warning) && console.error(message, error || warning),
      ...own,
      ...(contexts && { scheduledRefreshContexts: async () => contexts }),
      ...(store && { externalDbType: 'snowflake', externalDriverFactory: () => new SnowflakeDriver(store) }),
    });
  },

  // The variables of a .env file, as Cube's own reader of them has them.
  async dotenv({ text }) {
    return load('@cubejs-backend/dotenv').parse(text, { multiline: 'line-breaks' });
  },

  // A query of Cube's own making, through queue, cache and driver. A context that is only a
  // security context is what somebody sends: Cube's gateway makes the rest of it.
  async query({ context, sql, dataSource = 'default' }) {
    const request = { query: sql, values: [], dataSource, requestId: `test-${++calls}`, cacheKeyQueries: [] };
    const { securityContext, ...rest } = context;
    const sent = Object.keys(securityContext || {}).length > 0 && Object.keys(rest).length === 0;
    return answered(async () => {
      const whole = sent ? await core.apiGateway().contextByReq({}, securityContext, request.requestId) : context;
      const api = await core.getOrchestratorApi(whole);
      return { rows: (await api.executeQuery(request)).data };
    });
  },

  // What SQL Server's client would sign in with.
  async client({ context, dataSource = 'default' }) {
    const driver = await core.resolveDriver({ ...context, dataSource });
    await driver.initialConnectPromise.catch(() => {}); // nobody listens there
    const { authentication, options } = driver.pool._config();
    return { authentication, encrypt: options.encrypt, trustServerCertificate: options.trustServerCertificate };
  },

  // What a query has for its context that somebody sends with the SQL API's own user and password.
  async sqlContext({ user }) {
    const sql = core.apiGateway().getSQLServer();
    const { securityContext } = await sql.buildCheckSqlAuth({ checkSqlAuth })({}, user);
    return sql.contextByNativeReq({ meta: { protocol: 'postgres', apiType: 'sql' } }, securityContext, 'test');
  },

  // One round of the refresh worker.
  async refresh() {
    await core.handleScheduledRefreshInterval({});
  },

  // What the REST API answers to a query with this security context.
  async load({ securityContext, query }) {
    const gateway = core.apiGateway();
    return answered(async () => {
      const context = await gateway.contextByReq({ url: '/cubejs-api/v1/load' }, securityContext, `load-${++calls}`);
      const reply = await new Promise((res) => { gateway.load({ query, context, res }); });
      return rows(reply);
    });
  },

  // What the SQL API's protocol is answered for a query in a session with this security context.
  async sql({ securityContext, query }) {
    const gateway = core.apiGateway();
    await gateway.getSQLServer().init({}).catch(() => {}); // a second time it is refused
    const request = { id: `sql-${++calls}`, meta: { protocol: 'postgres', apiType: 'sql' } };
    const session = { user: 'bi', superuser: false, securityContext };
    return answered(async () => {
      const asked = { request, session, query, queryKey: query, streaming: false };
      const { results: [result] } = await native.sqlApi.sqlApiLoad(asked).catch(({ message }) => { throw new Error(message); });
      return rows(result);
    });
  },

  // What comes back for these messages over one connection of the WebSocket API, whose
  // subscriptions are then looked at once more.
  async socket({ messages }) {
    const replies = [];
    const server = core.initSubscriptionServer((_, reply) => replies.push(reply));
    for (const message of messages) await server.processMessage('socket', JSON.stringify(message));
    await server.processSubscriptions();
    server.clear();
    const answers = replies.filter(({ message }) => message).map(({ message }) => rows(message).catch((error) => ({ error: error.message })));
    return { replies: await Promise.all(answers) };
  },

  // Bytes in use after a collection, and open sockets (Linux counts them).
  async cost() {
    global.gc();
    const isSocket = (fd) => {
      try { return fs.readlinkSync(`/proc/self/fd/${fd}`).startsWith('socket:'); } catch { return false; }
    };
    return { heap: process.memoryUsage().heapUsed, sockets: fs.readdirSync('/proc/self/fd').filter(isSocket).length };
  },

  // Cube's HTTP server; answers its port.
  async listen() {
    if (server) server.close();
    const app = load('express')();
    app.use(load('body-parser').json()); // as Cube's own server does
    await core.initApp(app);
    server = app.listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    return { port: server.address().port };
  },

  async stop() {
    if (server) server.closeAllConnections();
    if (server) await new Promise((resolve) => server.close(resolve));
    server = undefined;
    await core.beforeShutdown(); // or its timer goes on
    await core.shutdown();
    python.process.stdin.end();
    core = undefined;
  },
};

readline.createInterface({ input: process.stdin })
  .on('line', async (line) => {
    const { number, request, ...fields } = JSON.parse(line);
    try {
      answer({ number, value: (await requests[request](fields)) || {} });
    } catch (error) {
      answer({ number, failure: error.stack || JSON.stringify(error) });
    }
  })
  .on('close', () => process.exit());
