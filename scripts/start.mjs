// Runs the Worker on this machine, then prints its address and how to talk to it.
import { greet } from './greeting.mjs';
import { runWorker, showOutput } from './local.mjs';

greet(await runWorker());
showOutput();
