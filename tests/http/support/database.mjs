// Runs SQL on the Worker's database, past the Worker.
// A Worker of its own, because Miniflare's access to D1 takes fifty times as long.

/**
 * The module of that Worker: it takes `[[sql, ...params], ...]` and answers with the rows of each, or with what D1 exports
 * if it is asked by GET: statements that make the database anew.
 */
export const MODULE = `export default {
  async fetch(request, { DB }) {
    try {
      if (request.method === 'GET') {
        const [exported] = await DB.prepare('PRAGMA miniflare_d1_export(?,?,?);').bind(0, 0).raw();
        return Response.json(exported);
      }
      const statements = await request.json();
      const results = await DB.batch(statements.map(([sql, ...params]) => DB.prepare(sql).bind(...params)));
      return Response.json(results.map((result) => result.results));
    } catch (error) {
      return new Response(error.message, { status: 500 });
    }
  },
};`;

/** A connection that was idle may be closed at the moment in which it is used again: none is used again. */
export const ONCE = { Connection: 'close' };

/** A function that runs statements in one transaction. */
export function database(origin) {
  return async (...statements) => {
    const response = await fetch(origin, { method: 'POST', headers: ONCE, body: JSON.stringify(statements) });
    if (!response.ok) throw new Error(await response.text());
    return response.json();
  };
}

/** The statements that D1 exports. */
export async function exported(origin) {
  const response = await fetch(origin, { headers: ONCE });
  if (!response.ok) throw new Error(await response.text());
  return response.json();
}
