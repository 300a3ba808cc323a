// Signs in with Cube's own Snowflake driver, as Cube would, and runs one query. Standard input: the
// options that cube.py returned, and the query. Standard output: the rows, or why there are none.
const { SnowflakeDriver } = require(`${process.env.NODE_FOLDER}/node_modules/@cubejs-backend/snowflake-driver`);

async function main() {
  const { options, query } = JSON.parse(require('fs').readFileSync(0, 'utf8'));
  const driver = new SnowflakeDriver({ ...options, dataSource: 'default' });
  try {
    await driver.testConnection();
    console.log(JSON.stringify({ rows: await driver.query(query, []) }));
  } catch (error) {
    console.log(JSON.stringify({ error: error.message }));
  } finally {
    await driver.release();
  }
}

main();
