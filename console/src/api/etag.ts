/**
 * The ETag of an answer, for the `If-Match` of the edit that follows it: as the API gave it, though an edge that
 * compresses answers weakens it.
 */
export const etagOf = (headers: Headers): string | undefined => headers.get('ETag')?.replace(/^W\//, '');
