// What D1 gave for a batch as JSON texts: how many rows all statements read and how many they wrote, and then the rows of
// each. A row that SQL wrote as JSON already, in the column `packed`, goes in as it is instead of being escaped once more.
const list = (rows) => rows[0]?.packed === undefined ? JSON.stringify(rows) : `[${rows.map(({ packed }) => packed)}]`;

const sum = (sets, cost) => sets.reduce((sum, { meta }) => sum + (meta[cost] ?? 0), 0);

export const texts = (sets) => [
  `[${sum(sets, 'rows_read')},${sum(sets, 'rows_written')}]`,
  ...sets.map(({ results }) => list(results)),
];
