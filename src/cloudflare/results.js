// What D1 gave for a batch as one JSON text: for each statement the rows it read, the rows it wrote, and its own rows.
// A row that SQL wrote as JSON already, in the column `packed`, goes in as it is instead of being escaped once more.
const list = (rows) => rows[0]?.packed === undefined ? JSON.stringify(rows) : `[${rows.map(({ packed }) => packed)}]`;

export const text = (sets) =>
  `[${sets.map(({ meta, results }) => `[${meta.rows_read ?? 0},${meta.rows_written ?? 0},${list(results)}]`)}]`;
