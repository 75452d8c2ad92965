// Names as they are drawn: set apart, so that one from right to left doesn't turn the text around it.
import { piecesOf } from './isolated.ts';

/** The name of something, by itself. */
export const Name = ({ of }: { of: string }) => <bdi>{of}</bdi>;

/** A text with names that `isolated` marked. */
export const Told = ({ text }: { text: string }) => <>{piecesOf(text).map(({ text: piece, isName }) => (isName ? <Name of={piece} /> : piece))}</>;
