// What differs between two short texts, line by line.

/** So many lines around a difference are shown. */
const AROUND = 3;

/** Both texts in one: lines of the first alone begin with -, of the second alone with +. */
export function difference(before, after) {
  const [one, other] = [before.split('\n'), after.split('\n')];
  // The length of the longest common rest, from each pair of lines on.
  const common = Array.from({ length: one.length + 1 }, () => new Uint32Array(other.length + 1));
  for (let a = one.length - 1; a >= 0; a -= 1) {
    for (let b = other.length - 1; b >= 0; b -= 1) {
      common[a][b] = one[a] === other[b] ? common[a + 1][b + 1] + 1 : Math.max(common[a + 1][b], common[a][b + 1]);
    }
  }
  const lines = [];
  for (let a = 0, b = 0; a < one.length || b < other.length;) {
    if (one[a] === other[b] && a < one.length && b < other.length) {
      lines.push(` ${one[a]}`);
      a += 1;
      b += 1;
    } else if (b === other.length || (a < one.length && common[a + 1][b] >= common[a][b + 1])) lines.push(`-${one[a++]}`);
    else lines.push(`+${other[b++]}`);
  }
  const isNear = (n) => lines.slice(Math.max(0, n - AROUND), n + AROUND + 1).some((line) => !line.startsWith(' '));
  return lines.flatMap((line, n) => {
    if (isNear(n)) return [line];
    return n === 0 || isNear(n - 1) ? [' …'] : [];
  }).join('\n');
}
