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
require('./native').install(load);
require('./jdbc').install(load);
const { CubejsServerCore } = load('@cubejs-backend/server-core');
const { LocalCacheDriver } = load('@cubejs-backend/query-orchestrator');

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
    readline.createInterface({ input: this.process.stdout }).on('line', (line) => {
      const { resolve, reject } = this.waiting.shift();
      const { value, error } = JSON.parse(line);
      if (error) reject(new Error(`cube.py: ${error}`));
      else resolve(noneToUndefined(value));
    });
  }

  call(name, context) {
    return new Promise((resolve, reject) => {
      this.waiting.push({ resolve, reject });
      const undefinedToNone = (_, value) => (value === undefined ? null : value);
      this.process.stdin.write(`${JSON.stringify({ name, context }, undefinedToNone)}\n`);
    });
  }
}

let core;
let python;
let server;
let calls = 0;

const requests = {
  // A new Cube with this file, these variables and, for the HTTP API, this data model.
  async start({ cubePy, interpreter, worker, env, model }) {
    if (core) await requests.stop();
    Object.keys(process.env).filter((name) => name.startsWith('CUBE')).forEach((name) => delete process.env[name]);
    Object.assign(process.env, env);
    const { store } = new LocalCacheDriver();
    Object.keys(store).forEach((key) => delete store[key]); // it outlives a Cube
    python = new Python(interpreter, worker, cubePy);
    core = new CubejsServerCore({
      driverFactory: (context) => python.call('driver_factory', context),
      contextToOrchestratorId: (context) => python.call('context_to_orchestrator_id', context),
      repositoryFactory: () => ({ dataSchemaFiles: async () => [{ fileName: 'model.js', content: model || '' }] }),
      logger: (message, { error, warning }) => (error || warning) && console.error(message, error || warning),
    });
  },

  // A query of Cube's own making, through queue, cache and driver.
  async query({ context, sql, dataSource = 'default' }) {
    const request = { query: sql, values: [], dataSource, requestId: `test-${++calls}`, cacheKeyQueries: [] };
    for (;;) {
      try {
        const api = await core.getOrchestratorApi(context);
        return { rows: (await api.executeQuery(request)).data };
      } catch (error) {
        const reason = error.error || error.message;
        if (reason !== 'Continue wait') return { error: reason };
      }
    }
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
    const { securityContext } = await sql.buildCheckSqlAuth({})({}, user);
    return sql.contextByNativeReq({ meta: { protocol: 'postgres', apiType: 'sql' } }, securityContext, 'test');
  },

  // One round of the refresh worker.
  async refresh() {
    await core.handleScheduledRefreshInterval({});
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
    const app = load('express')();
    await core.initApp(app);
    server = app.listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    return { port: server.address().port };
  },

  async stop() {
    if (server) server.closeAllConnections();
    if (server) await new Promise((resolve) => server.close(resolve));
    server = undefined;
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
