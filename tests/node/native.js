// Stands in for Cube's native module, which npm does not bring: what the HTTP API calls of it.
//
// An answer has the shape of Cube's, for plain queries: no compareDateRange, no other format.
// Not here: Python (tests/cube/worker.py has it), the SQL API's protocol and its planner, the
// planner in Rust, Cube Store. What the SQL API calls in JavaScript is kept for `sqlApi`.
const rowsOf = (columnar) => {
  if (Array.isArray(columnar)) return columnar; // of Cube 1.3
  const { members, columns } = JSON.parse(columnar);
  return (columns[0] || []).map((_, row) => Object.fromEntries(members.map((name, i) => [name, columns[i][row]])));
};

// The database's columns have the planner's aliases; the answer has the members of the model.
const renamed = ({ aliasToMemberNameMap }, columnar) => {
  const names = Object.fromEntries(Object.entries(aliasToMemberNameMap).map(([alias, name]) => [alias.toLowerCase(), name]));
  const rename = ([alias, value]) => [names[alias.toLowerCase()], value];
  return rowsOf(columnar).map((row) => Object.fromEntries(Object.entries(row).map(rename)));
};

const standIns = {
  setupLogger: () => undefined,
  registerInterface: async (callbacks) => { exports.sqlApi = callbacks; return {}; },
  shutdownInterface: async () => undefined,
  redactSqlLiterals: () => 'redacted',
  getFinalQueryResult: async (transform, columnar, result) => (
    Buffer.from(JSON.stringify({ ...result, data: renamed(transform, columnar) }))),
  getFinalQueryResultMulti: async (transforms, columnars, { results, ...rest }) => {
    const full = results.map((result, i) => ({ ...result, data: renamed(transforms[i], columnars[i]) }));
    return Buffer.from(JSON.stringify({ ...rest, results: full }));
  },
};

exports.install = (load) => {
  const native = Object.assign(load('@cubejs-backend/native'), standIns);
  native.NativeInstance.prototype.newJinjaEngine = () => ({}); // asked for even by a model in JavaScript
};
