// A shell of a reader: what one command sets, the next ones have.
import { spawn } from 'node:child_process';

const END = '=== end of snippet ===';

/** Opens one in `folder`. `run` gives what a snippet wrote; the first command that fails ends the shell. */
export function openShell(folder) {
  const child = spawn('bash', ['-eu', '-o', 'pipefail'], { cwd: folder, stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = new Promise((resolve) => child.on('close', resolve));
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text) => (output += text));
  return {
    run: async (snippet) => {
      child.stdin.write(`${snippet}\necho\necho '${END}'\n`);
      while (!output.includes(`${END}\n`)) {
        const code = await Promise.race([ended, new Promise((resolve) => child.stdout.once('data', () => resolve('more')))]);
        if (code !== 'more') throw new Error(`the shell ended with ${code}:\n${snippet}\n${output}`);
      }
      const [told, ...rest] = output.split(`${END}\n`);
      output = rest.join(`${END}\n`);
      return told;
    },
    close: async () => {
      child.stdin.end();
      await ended;
    },
  };
}
