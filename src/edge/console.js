// The console, written to once WebAssembly has returned: the runtime takes down the stack of each call, and that is
// the dearer the more of it there is.

const returned = Promise.resolve();

export const info = (line) => void returned.then(() => console.log(line));
export const error = (line) => void returned.then(() => console.error(line));
