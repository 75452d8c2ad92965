// Names within texts. A name may be written from right to left; set apart, it doesn't turn what stands around it. Where a
// text is drawn, that is done by <bdi>; where it is a page's title or a label, by two characters, which no name has.

const OPEN = '\u2068';
const CLOSE = '\u2069';

/** A name as part of a text. */
export const isolated = (name: string): string => OPEN + name + CLOSE;

export interface Piece {
  text: string;
  isName: boolean;
}

/** The pieces of a text, its names apart from what stands around them. */
export function piecesOf(text: string): Piece[] {
  return text.split(/(\u2068[^\u2068\u2069]*\u2069)/).filter(Boolean).map((piece) => {
    const isName = piece.startsWith(OPEN) && piece.endsWith(CLOSE) && piece.length > 1;
    return isName ? { text: piece.slice(1, -1), isName } : { text: piece, isName };
  });
}
