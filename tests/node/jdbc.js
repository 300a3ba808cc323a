// Stands in for Java under Cube's Databricks driver: what JDBC would be given is checked as
// Databricks' driver for it does, and a statement goes to the warehouse over its REST API.
const PATHS = ['lib/drivermanager', 'lib/connection', 'lib/databasemetadata', 'lib/jinst'];

// The sign-in properties of https://docs.databricks.com/aws/en/integrations/jdbc-oss/configure.
const TOKEN = { AuthMech: 3, UID: 'token', PWD: /./ };
const SERVICE = { AuthMech: 11, Auth_Flow: 1, OAuth2ClientID: /./, OAuth2Secret: /./ };
const SIGN_IN = ['AuthMech', 'Auth_Flow', 'UID', 'PWD', 'OAuth2ClientID', 'OAuth2Secret'];

function matches(properties, wanted) {
  return SIGN_IN.every((name) => {
    const [value, rule] = [properties[name], wanted[name]];
    return rule instanceof RegExp ? rule.test(value || '') : value === rule;
  });
}

class Warehouse {
  constructor(load, url, properties) {
    const [, host, parameters] = url.match(/^jdbc:databricks:\/\/([^:;/]+):443\/default;(.*)$/) || [];
    const options = Object.fromEntries((parameters || '').split(';').filter(Boolean).map((word) => word.split('=')));
    const [, id] = (options.httpPath || '').match(/^\/sql\/1\.0\/warehouses\/(\w+)$/) || [];
    if (!id || options.ssl !== '1') throw new Error('jdbc: the URL names no SQL warehouse over TLS');
    if (!matches(properties, TOKEN) && !matches(properties, SERVICE)) {
      throw new Error(`jdbc: no way to sign in with ${Object.keys(properties).sort()}`);
    }
    Object.assign(this, { fetch: load('node-fetch'), host, id, properties });
  }

  async post(path, authorization, body, type) {
    const headers = { Authorization: authorization, 'Content-Type': type };
    const response = await this.fetch(`https://${this.host}${path}`, { method: 'POST', headers, body });
    const data = await response.json();
    if (!response.ok) throw new Error(data.message || data.error_description || response.statusText);
    return data;
  }

  async token() {
    const { PWD, OAuth2ClientID, OAuth2Secret } = this.properties;
    if (PWD) return PWD;
    const basic = `Basic ${Buffer.from(`${OAuth2ClientID}:${OAuth2Secret}`).toString('base64')}`;
    const form = new URLSearchParams({ grant_type: 'client_credentials', scope: 'all-apis' });
    return (await this.post('/oidc/v1/token', basic, form, 'application/x-www-form-urlencoded')).access_token;
  }

  async rows(statement) {
    const body = JSON.stringify({ statement, warehouse_id: this.id, wait_timeout: '30s' });
    const answer = await this.post('/api/2.0/sql/statements', `Bearer ${await this.token()}`, body, 'application/json');
    if (answer.status.state !== 'SUCCEEDED') throw new Error(answer.status.error.message);
    const names = answer.manifest.schema.columns.map((column) => column.name);
    const row = (values) => Object.fromEntries(names.map((name, index) => [name, values[index]]));
    return (answer.result.data_array || []).map(row);
  }
}

exports.install = (load) => {
  const callbackify = (promise, done) => promise.then((value) => done(null, value), done);
  class Connection {
    constructor(warehouse) { this.warehouse = warehouse; }

    getMetaData(done) { done(new Error('jdbc: metadata is not stood in for')); }

    isValid(_, done) { done(null, true); }

    close(done) { done(null); }

    createStatement(done) {
      const execute = (sql, then) => callbackify(this.warehouse.rows(sql), (error, rows) => (
        error ? then(error) : then(null, { toObjArray: (last) => last(null, rows) })));
      done(null, { execute, setQueryTimeout: (_, then) => then(null), cancel: (then) => then(null) });
    }
  }
  class DatabaseMetaData {
    getSchemas(done) { done(new Error('jdbc: metadata is not stood in for')); }

    getTables(done) { done(new Error('jdbc: metadata is not stood in for')); }
  }
  class Properties {
    putSync(name, value) { this[name] = value; }
  }
  const getConnection = (url, properties, done) => callbackify(
    (async () => new Warehouse(load, url, { ...properties }))(), done);
  const jinst = { isJvmCreated: () => true, getInstance: () => ({ import: () => Properties }) };
  const standIns = [{ getConnection }, Connection, DatabaseMetaData, jinst];
  const put = (name, value) => {
    const path = load.resolve(name);
    require.cache[path] = { id: path, filename: path, loaded: true, exports: value };
  };
  PATHS.forEach((path, index) => put(`@cubejs-backend/jdbc/${path}`, standIns[index]));
  put('@cubejs-backend/node-java-maven', (_, done) => done(null, { classpath: [] }));
  const { DatabricksDriver } = load('@cubejs-backend/databricks-jdbc-driver');
  DatabricksDriver.prototype.getCustomClassPath = async () => undefined; // or it fetches the jar
};
