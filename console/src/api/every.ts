// Lists that are read whole, page by page.

interface Page<Row> {
  rows: Row[];
  pagination?: { limit: number; offset: number; hasMore: boolean };
}

/** The most that the API gives at once. */
const BATCH = 200;

/**
 * Every row of a list. A page may end early, and says where the next one begins. A row that moved between two pages
 * counts once.
 */
export async function every<Row extends { id: string }>(read: (query: { limit: number; offset: number }) => Promise<Page<Row>>): Promise<Row[]> {
  const found = new Map<string, Row>();
  for (let offset = 0; ;) {
    const { rows, pagination } = await read({ limit: BATCH, offset });
    for (const row of rows) found.set(row.id, row);
    if (!pagination?.hasMore) return [...found.values()];
    offset = pagination.offset + pagination.limit;
  }
}
