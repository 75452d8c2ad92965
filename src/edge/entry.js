// What the runtime calls: it hands on to WebAssembly.
// It is here so that a trap costs the request it happens in and no other: whoever comes next finds a new instance.
import * as wasm from 'client-tokens';
import module from './index_bg.wasm';

wasm.initSync({ module });

/** How many instances have trapped; what was made by one of them is of no use to the next. */
let generation = 0;

/** To be called first: after a trap, every call into the old instance throws, this one too. */
function enter() {
  try {
    wasm.touch();
  } catch {
    wasm.__wbg_reset_state();
    generation += 1;
    console.error('{"level":"error","cause":"The WebAssembly instance trapped; a new one was started."}');
  }
}

function answer(request, env, context, body) {
  enter();
  return wasm.fetch(request, env, context, body);
}

/** The most bytes of a page's body, as in body.rs, where what is longer or of unknown length is seen to. */
const PAGE_BODY = 1024 * 1024;

/**
 * Whether this is a request of a page whose body can be read at once. A page's credential stands in the body, so every
 * answer waits for it, and to wait here is quicker by a quarter.
 */
function hasBodyOfPage({ method, url, headers }) {
  const length = method === 'POST' && url.includes('/v1/client/') ? headers.get('Content-Length') : null;
  return length !== null && Number(length) <= PAGE_BODY;
}

export default {
  fetch(request, env, context) {
    if (!hasBodyOfPage(request)) return answer(request, env, context);
    return request.arrayBuffer().then((body) => answer(request, env, context, body));
  },

  scheduled(event, env) {
    enter();
    return wasm.scheduled(env);
  },
};

/** The limiter's Durable Object. */
export class Limiter {
  #state;
  #inner;
  #generation;

  constructor(state) {
    this.#state = state;
  }

  #enter() {
    enter();
    if (this.#generation !== generation) {
      this.#inner = new wasm.Limiter(this.#state);
      this.#generation = generation;
    }
    return this.#inner;
  }

  fetch(request) {
    return this.#enter().fetch(request);
  }

  alarm() {
    return this.#enter().alarm();
  }
}
