// A Worker that does nothing at all.
// What the runtime and the load generator cost by themselves is the ceiling of any Worker here.
export default {
  fetch() {
    return new Response('{}', { headers: { 'Content-Type': 'application/json' } });
  },
};
