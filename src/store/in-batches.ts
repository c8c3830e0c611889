/** Many rows in few statements: each costs as much to compile as dozens of rows to write, and nobody else has a turn meanwhile. */

/** Under SQLite's bound of parameters by far, and long enough that the rest is the rows' own cost. */
const rowsAStatement = 50;

/** In order. */
export async function inBatches<Row>(rows: readonly Row[], write: (some: Row[]) => Promise<unknown>): Promise<void> {
  for (let from = 0; from < rows.length; from += rowsAStatement) await write(rows.slice(from, from + rowsAStatement));
}
