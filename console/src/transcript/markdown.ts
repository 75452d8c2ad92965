// Reads Markdown as the widget does (GitHub's, each line end a break) into tokens, of which elements are made: no HTML
// is ever put together, so there is none to clean.
import { lexer, type Token } from 'marked';

/** Longer texts are shown as they are: reading and laying them out would hold up the page. */
export const MAX_MARKDOWN = 20_000;
/** A screen reader and an eye are lost long before; what is nested deeper is shown as it was written. */
const MAX_DEPTH = 24;

/** The tokens, or null where the text is to be shown as it is. */
export function read(text: string): Token[] | null {
  if (text.length > MAX_MARKDOWN) return null;
  try {
    const tokens = lexer(text, { gfm: true, breaks: true });
    return depth(tokens, MAX_DEPTH) < MAX_DEPTH ? tokens : null;
  } catch {
    // Thousands of nested quotes exhaust the stack.
    return null;
  }
}

/** How deep tokens are nested, counted up to `most`. */
function depth(tokens: Token[], most: number): number {
  if (most <= 0) return 0;
  return tokens.reduce((deepest, token) => Math.max(deepest, 1 + depth(children(token), most - 1)), 0);
}

/** The tokens inside a token, cells of tables aside, which hold no blocks. */
function children(token: Token): Token[] {
  const { tokens, items } = token as { tokens?: Token[]; items?: Token[] };
  return items ?? tokens ?? [];
}
